"""Do the sums agree? Totals with their streams, by day and month, and what is derived from them."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.bulk.daily import DaySum, total_of
from energy_async.bulk.reconcile import Compared, Finding
from energy_async.delivery import days, delivery_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from energy_async.bulk.chunks import Series
    from energy_async.bulk.daily import DaySums
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
_ADVICE: Final = (
    "One of the figures was corrected after the other was fetched, or one is wrong: pull both again"
    " and, if they still differ, ask upstream."
)


class Side(NamedTuple):
    """One side of a comparison: what is added up for a day.

    Attributes:
        what: What people call it.
        sums: Where it comes from.
        series: The series of an asset that are added up.
    """

    what: str
    sums: DaySums
    series: Callable[[str], Sequence[Series]]

    def of(self, asset_id: str, day: date) -> DaySum:
        """The sum of a day; its figures are 0 if no series has any figure of it."""
        found = (self.sums.of(one).get(day) for one in self.series(asset_id))
        return total_of(one for one in found if one is not None)

    def has(self, asset_id: str) -> bool:
        """Whether there is any figure of an asset."""
        return any(self.sums.of(one) for one in self.series(asset_id))

    def names(self, asset_id: str) -> set[str]:
        """The streams and categories that are added up."""
        return {name for one in self.series(asset_id) for name in (one.stream, one.category)}


class Sums(NamedTuple):
    """What a comparison found, and what it was about.

    Attributes:
        findings: Days on which the sides differ, those that follow one another together.
        days: How many days of assets were compared.
        set_aside: How many were not, because rows of theirs are missing or doubled.
        assets: How many assets they are of.
        differing: The assets and days that differ.
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

    @property
    def differs(self) -> bool:
        """Whether the sides differ by more than their figures' rounding to cents."""
        return _differs(self.left, self.right)


def compare(
    left: Side,
    right: Side,
    assets: Iterable[str],
    *,
    within: Interval,
    disturbed: Disturbed,
    zone: str,
    known: frozenset[tuple[str, date]] = frozenset(),
) -> Sums:
    """Hold two sides against each other, by asset, day and month.

    A day is compared if it was pulled whole for both and no row of it is known to be missing or
    doubled; a month is compared over the days that agree. A side without any figure differs if the
    other has more than nothing.

    Args:
        left: Such as the total.
        right: Such as its streams.
        assets: Whose days.
        within: The range that both sides were pulled for.
        disturbed: What is missing or doubled.
        zone: The zone of the delivery days.
        known: Assets and days that differ for a reason already told; they are passed over.
    """
    findings: list[Finding] = []
    differing: set[tuple[str, date]] = set()
    counts: Counter[str] = Counter()
    for asset in assets:
        names = {name for side in (left, right) for name in side.names(asset)}
        found = []
        for day in _days(asset, left, right, within, zone):
            if (asset, day) in known or any((asset, name, day) in disturbed for name in names):
                counts["set aside"] += 1
            else:
                found.append(_Day(day, left.of(asset, day), right.of(asset, day)))
        counts["days"] += len(found)
        counts["assets"] += bool(found)
        wrong = [one for one in found if one.differs]
        differing.update((asset, one.day) for one in wrong)
        series = left.series(asset)[0]
        findings.extend(_finding(series, left, right, run, zone) for run in _runs(wrong))
        findings.extend(_months(series, left, right, found, zone))
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


def _days(asset: str, left: Side, right: Side, within: Interval, zone: str) -> list[date]:
    """Give the days of which a side has a figure and which were pulled whole for both."""
    series = [(side, one) for side in (left, right) for one in side.series(asset)]
    there = {day for side, one in series for day in side.sums.of(one)}
    whole = {day: delivery_day(day, zone) for day in there}
    inside = (d for d, one in whole.items() if within.start <= one.start and one.end <= within.end)
    return sorted(inside)


def _differs(left: DaySum, right: DaySum) -> bool:
    rounding = _BASE + _BY_COUNT * math.sqrt(left.figures + right.figures)
    return abs(left.total - right.total) > rounding + 1e-9 * abs(right.total)


def _runs(found: Sequence[_Day]) -> Iterator[list[_Day]]:
    """Bring days that follow one another together."""
    for _, group in itertools.groupby(
        enumerate(found), key=lambda one: one[1].day - timedelta(days=one[0])
    ):
        yield [one for _, one in group]


def _months(
    series: Series, left: Side, right: Side, found: Sequence[_Day], zone: str
) -> Iterator[Finding]:
    """Find months that differ though every day of theirs agrees."""
    for _, group in itertools.groupby(found, key=lambda one: (one.day.year, one.day.month)):
        month = [one for one in group if not one.differs]
        a, b = total_of(one.left for one in month), total_of(one.right for one in month)
        if _differs(a, b):
            yield _finding(series, left, right, month, zone)


def _finding(series: Series, left: Side, right: Side, run: Sequence[_Day], zone: str) -> Finding:
    a, b = total_of(one.left for one in run).total, total_of(one.right for one in run).total
    span = f"on {run[0].day}" if len(run) == 1 else f"over {len(run)} days from {run[0].day}"
    return Finding(
        severity="error",
        kind="sum",
        text=f"{span}, {left.what} is {a:,.2f} EUR and {right.what} {b:,.2f} EUR:"
        f" {abs(a - b):,.2f} EUR {'too much' if a > b else 'too little'}",
        advice=_ADVICE,
        asset_id=series.asset_id,
        stream=series.stream,
        category=series.category,
        start=delivery_day(run[0].day, zone).start,
        end=delivery_day(run[-1].day, zone).end,
        count=len(run),
        figures={f"{left.what}, EUR": a, f"{right.what}, EUR": b, "difference, EUR": a - b},
    )
