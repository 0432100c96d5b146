"""Is what is told for each MW what the figures and the power give?

Normalised revenue is revenue divided by the mean of rated charge and discharge power in MW; that
for a year is the former times 365.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.bulk.chunks import moment_of
from energy_async.bulk.reconcile import Finding
from energy_async.delivery import delivery_day, delivery_day_of
from trlyr_async.bulk.figures import DAYS_A_YEAR

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from datetime import date

    from energy_async.bulk.chunks import Chunk, Series

_CENT: Final = 0.005
_RELATIVE: Final = 1e-6
_MOST: Final = 0.5
_TELLING: Final = 1.0
"""EUR/MW from which on a figure tells the power in spite of its rounding."""
_PER_YEAR, _NORMALISED = "revenue_normalised_per_year_", "revenue_normalised_"


class _Point(NamedTuple):
    start: int
    told: float
    counted: float

    @property
    def off(self) -> float:
        return abs(self.told - self.counted)


def category_of(suffix: str) -> str:
    """Give the category of the absolute figures, EUR, that belongs to a normalised one."""
    return "revenue_total_revenue" if suffix == "total" else f"revenue_{suffix}"


class PerMegawatt:
    """Checks normalised figures, point by point, as months are read.

    Args:
        powers: The mean of rated charge and discharge power in MW, by asset. For a virtual asset
            that is not among them, the power is what most of its own figures agree on.
        zone: The zone of the delivery days.
    """

    def __init__(self, powers: Mapping[str, float], zone: str) -> None:
        self._powers = powers
        self._zone = zone
        self._wrong: defaultdict[tuple[Series, str], list[_Point]] = defaultdict(list)
        self._implied: defaultdict[str, list[float]] = defaultdict(list)
        self._checked: Counter[str] = Counter()
        self.compared: Counter[str] = Counter()
        self.without_power: set[str] = set()

    def see(self, asset_id: str, found: Sequence[Chunk]) -> None:
        """Take the points of a subject's month, by category."""
        chunks = {one.series.category: one for one in found}
        values = {name: _points(one) for name, one in chunks.items()}
        names = list(filter(_is_normalised, chunks))
        power = self._power(asset_id, found[0].series.stream, values) if names else None
        for name in names:
            suffix = name.removeprefix(_NORMALISED)
            wrong: set[int] = set()
            if base := values.get(category_of(suffix)):
                wrong = self._hold(chunks[name], base, 1 / power, "normalised") if power else wrong
            if yearly := chunks.get(_PER_YEAR + suffix):
                right = {start: v for start, v in values[name].items() if start not in wrong}
                self._hold(yearly, right, DAYS_A_YEAR, "per year")

    def findings(self, but: Container[tuple[str, str, date]] = ()) -> Iterator[Finding]:
        """Give what is wrong, days that follow one another together.

        Args:
            but: Assets, categories and days whose absolute figures are known to be wrong.
        """
        others = dict(self._other_powers())
        yield from others.values()
        for (series, kind), points in self._wrong.items():
            if kind == "normalised" and series.asset_id in others:
                continue
            base = category_of(series.category.removeprefix(_NORMALISED))
            dated = [
                (day, one)
                for one in sorted(points)
                for day in [delivery_day_of(moment_of(one.start), self._zone)]
                if kind != "normalised" or (series.asset_id, base, day) not in but
            ]
            for run in _runs(dated):
                yield _finding(series, kind, run, self._zone)

    def _other_powers(self) -> Iterator[tuple[str, Finding]]:
        """Find assets of which most figures agree on another power than the one that was given."""
        wrong: Counter[str] = Counter()
        for (series, kind), points in self._wrong.items():
            wrong[series.asset_id] += len(points) * (kind == "normalised")
        for asset_id, count in wrong.items():
            if asset_id in self._powers and self._implied[asset_id]:
                given, implied = self._powers[asset_id], median(self._implied[asset_id])
                if count > _MOST * self._checked[asset_id] and abs(given - implied) > _CENT * given:
                    yield asset_id, _other_power(asset_id, given, implied, count)

    def _hold(self, chunk: Chunk, base: Mapping[int, float], factor: float, kind: str) -> set[int]:
        """Hold figures against `base` times `factor`; give the starts of those that are wrong."""
        told, wrong = _points(chunk), set()
        for start in told.keys() & base.keys():
            one = _Point(start, told[start], base[start] * factor)
            self.compared[kind] += 1
            self._checked[chunk.series.asset_id] += kind == "normalised"
            if one.off > _CENT * (1 + factor) + _RELATIVE * abs(one.counted):
                self._wrong[chunk.series, kind].append(one)
                wrong.add(start)
        return wrong

    def _power(
        self, asset_id: str, stream: str, values: Mapping[str, Mapping[int, float]]
    ) -> float | None:
        ratios = list(_ratios(values)) if stream.startswith("virtual_asset") else []
        if ratios:
            self._implied[asset_id].append(median(ratios))
        if asset_id in self._powers:
            return self._powers[asset_id]
        if not ratios:
            self.without_power.add(asset_id)
            return None
        return median(ratios)


def _is_normalised(name: str) -> bool:
    return name.startswith(_NORMALISED) and not name.startswith(_PER_YEAR)


def _points(chunk: Chunk) -> dict[int, float]:
    pairs = zip(chunk.starts, chunk.values, strict=True)
    return {start: value for start, value in pairs if value is not None}


def _ratios(values: Mapping[str, Mapping[int, float]]) -> Iterator[float]:
    for name, points in values.items():
        if not _is_normalised(name):
            continue
        base = values.get(category_of(name.removeprefix(_NORMALISED)), {})
        for start in points.keys() & base.keys():
            if abs(points[start]) >= _TELLING and base[start]:
                yield base[start] / points[start]


def _runs(dated: Sequence[tuple[date, _Point]]) -> Iterator[list[tuple[date, _Point]]]:
    """Bring the points of days that follow one another together."""
    days = dict.fromkeys(day for day, _ in dated)
    first = {day: day - timedelta(days=place) for place, day in enumerate(days)}
    for _, group in itertools.groupby(dated, key=lambda one: first[one[0]]):
        yield list(group)


def _finding(series: Series, kind: str, run: Sequence[tuple[date, _Point]], zone: str) -> Finding:
    day, worst = max(run, key=lambda one: one[1].off)
    per_year = kind == "per year"
    unit = "EUR/MW/year" if per_year else "EUR/MW"
    rule = f"the normalised figure times {DAYS_A_YEAR}" if per_year else "revenue by rated power"
    more = f"; it is the worst of {len(run):,} points" if len(run) > 1 else ""
    return Finding(
        severity="error",
        kind="per year" if per_year else "normalised",
        text=f"not {rule}, on {day}: {worst.told:,.2f} {unit} told,"
        f" {worst.counted:,.2f} counted{more}",
        advice="Count it from the absolute figures and the power, and ask upstream.",
        asset_id=series.asset_id,
        stream=series.stream,
        category=series.category,
        start=delivery_day(run[0][0], zone).start,
        end=delivery_day(run[-1][0], zone).end,
        count=len(run),
        figures={f"told, {unit}": worst.told, f"counted, {unit}": worst.counted},
    )


def _other_power(asset_id: str, given: float, implied: float, count: int) -> Finding:
    return Finding(
        severity="warning",
        kind="normalised",
        text=f"its normalised figures are for {implied:,.3f} MW, not for {given:,.3f} MW",
        advice="See which power is right: EUR/MW counted with the other is wrong throughout.",
        asset_id=asset_id,
        count=count,
        figures={"power given, MW": given, "power of the figures, MW": implied},
    )
