"""Do the sums agree? Totals with their streams, by day and month, and what is derived from them."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.bulk.daily import DaySum, total_of
from energy_async.bulk.reconcile import Compared
from energy_async.bulk.reconcile.findings import finding
from energy_async.delivery import days, delivery_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from energy_async.bulk.chunks import Series
    from energy_async.bulk.daily import DaySums
    from energy_async.bulk.reconcile.findings import Finding, Kind
    from energy_async.delivery import Interval
    from trlyr_async.bulk.figures import Figures

Disturbed = frozenset[tuple[str, str, "date"]]
"""Asset, stream or category, and day of what is known to be missing or doubled."""

_BASE, _BY_COUNT = 0.01, 0.02
_SKEWED: Final = frozenset(
    {"not pulled", "gap", "duplicate", "conflict", "overlap", "off grid", "no figure",
     "outside its window", "begins late", "ends early", "length", "backwards", "an hour off",
     "no zone", "damaged"}
)  # fmt: skip


class Scope(NamedTuple):
    """What can be compared: the range that both sides were pulled for, but for disturbed days."""

    within: Interval
    disturbed: Disturbed
    zone: str


class Side(NamedTuple):
    """One side of a comparison: the series of an asset that are added up for a day.

    The sum of an asset and day is multiplied by `scale`; `what` is what people call it.
    """

    what: str
    sums: DaySums
    series: Callable[[str], Sequence[Series]]
    scale: Callable[[str, date], float] = lambda _asset, _day: 1.0

    def of(self, asset_id: str, day: date) -> DaySum:
        """The sum of a day; its figures are 0 if no series has any figure of it."""
        found = (self.sums.of(one).get(day) for one in self.series(asset_id))
        whole = total_of(one for one in found if one is not None)
        return whole._replace(total=whole.total * self.scale(asset_id, day))

    def has(self, asset_id: str) -> bool:
        """Whether there is any figure of an asset."""
        return any(self.sums.of(one) for one in self.series(asset_id))

    def names(self, asset_id: str) -> set[str]:
        """The streams and categories that are added up."""
        return {name for one in self.series(asset_id) for name in (one.stream, one.category)}


class Sums(NamedTuple):
    """Days on which the sides differ, neighbours together; and how much was compared.

    `days` of `assets` were, `set_aside` were not, because rows of theirs are missing or doubled.
    """

    findings: list[Finding]
    days: int
    set_aside: int
    assets: int
    differing: frozenset[tuple[str, date]]

    def compared(self, figures: Figures | None) -> Compared:
        """Say how much of a dataset was compared."""
        of = (figures.asset_days, len(figures.manifest.assets)) if figures else (0, 0)
        return Compared(self.days, of[0], self.assets, of[1], self.set_aside)


class _Day(NamedTuple):
    day: date
    left: DaySum
    right: DaySum
    slack: float

    @property
    def differs(self) -> bool:
        """Whether the sides differ by more than their figures' rounding to cents."""
        return _differs(self.left, self.right, self.slack)


def compare(
    left: Side,
    right: Side,
    assets: Iterable[str],
    scope: Scope,
    *,
    known: frozenset[tuple[str, date]] = frozenset(),
    kind: Kind = "sum",
    unit: str = "EUR",
) -> Sums:
    """Compare two sides by asset, day and month.

    A day is compared if it was pulled whole for both and no row of it is known to be missing or
    doubled; a month is compared over the days that agree. In a sum, a side without any figure
    differs if the other has more than nothing; other kinds need as many figures on both sides.
    `known` are assets and days that differ for a reason already reported; they are passed over.
    """
    findings: list[Finding] = []
    differing: set[tuple[str, date]] = set()
    counts: Counter[str] = Counter()
    for asset in assets:
        names = {name for side in (left, right) for name in side.names(asset)}
        found = []
        for day in _days(asset, left, right, scope):
            one, other = left.of(asset, day), right.of(asset, day)
            slack = (left.scale(asset, day) + right.scale(asset, day)) / 2
            if (asset, day) in known or any(
                (asset, name, day) in scope.disturbed for name in names
            ):
                counts["set aside"] += 1
            elif kind == "sum" or one.figures == other.figures:
                found.append(_Day(day, one, other, slack))
        counts["days"] += len(found)
        counts["assets"] += bool(found)
        wrong = [one for one in found if one.differs]
        differing.update((asset, one.day) for one in wrong)
        findings.extend(
            _finding(kind, unit, asset, left, right, run, scope.zone)
            for run in (*_runs(wrong), *_months(found))
        )
    return Sums(
        findings, counts["days"], counts["set aside"], counts["assets"], frozenset(differing)
    )


def disturbed_by(findings: Iterable[Finding], zone: str) -> Disturbed:
    """Give the days that findings say are not whole."""
    return frozenset(
        (one.asset_id, one.category or one.stream, day)
        for one in findings
        if one.kind in _SKEWED and one.start is not None and one.end is not None
        for day in days(one.start, one.end, zone)
    )


def _days(asset: str, left: Side, right: Side, scope: Scope) -> list[date]:
    """Give the days of which a side has a figure and which were pulled whole for both."""
    series = [(side, one) for side in (left, right) for one in side.series(asset)]
    there = {day for side, one in series for day in side.sums.of(one)}
    whole = {day: delivery_day(day, scope.zone) for day in there}
    first, last = scope.within
    return sorted(day for day, one in whole.items() if first <= one.start and one.end <= last)


def _differs(left: DaySum, right: DaySum, slack: float) -> bool:
    rounding = _BASE + _BY_COUNT * math.sqrt(left.figures + right.figures)
    return abs(left.total - right.total) > slack * rounding + 1e-9 * abs(right.total)


def _runs(found: Sequence[_Day]) -> Iterator[list[_Day]]:
    """Bring days that follow one another together."""
    for _, group in itertools.groupby(
        enumerate(found), key=lambda one: one[1].day - timedelta(days=one[0])
    ):
        yield [one for _, one in group]


def _months(found: Sequence[_Day]) -> Iterator[list[_Day]]:
    """Find months that differ though every day of theirs agrees."""
    for _, group in itertools.groupby(found, key=lambda one: (one.day.year, one.day.month)):
        month = [one for one in group if not one.differs]
        a, b = total_of(one.left for one in month), total_of(one.right for one in month)
        if _differs(a, b, max((one.slack for one in month), default=1.0)):
            yield month


def _finding(
    kind: Kind, unit: str, asset: str, left: Side, right: Side, run: Sequence[_Day], zone: str
) -> Finding:
    a, b = total_of(one.left for one in run).total, total_of(one.right for one in run).total
    span = f"on {run[0].day}" if len(run) == 1 else f"over {len(run)} days from {run[0].day}"
    return finding(
        kind,
        f"{span}, {left.what} is {a:,.2f} {unit} and {right.what} {b:,.2f} {unit}:"
        f" {abs(a - b):,.2f} {unit} {'too much' if a > b else 'too little'}",
        start=delivery_day(run[0].day, zone).start,
        end=delivery_day(run[-1].day, zone).end,
        count=len(run),
        figures={
            f"{left.what}, {unit}": a, f"{right.what}, {unit}": b, f"difference, {unit}": a - b
        },
        **left.series(asset)[0]._asdict(),
    )  # fmt: skip
