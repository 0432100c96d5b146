"""Is what upstream gives for each MW what its own revenue and the power give?

Normalised revenue is revenue divided by the mean of rated charge and discharge power in MW; that
for a year is the former times 365.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.bulk.chunks import Series
from energy_async.bulk.reconcile.findings import Finding, finding
from trlyr_async.bulk.figures import DAYS_A_YEAR
from trlyr_async.bulk.totals import Side, compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from energy_async.bulk.daily import DaySums
    from trlyr_async.bulk.totals import Scope

_OFF: Final = 0.005
_TELLING: Final = 1.0
"""EUR/MW from which on a figure shows the power in spite of its rounding."""
_NORMALISED: Final = "revenue_normalised_"
_PER_YEAR: Final = f"{_NORMALISED}per_year_"


class Normalised(NamedTuple):
    """What a check found, how many days of assets it compared by kind, and whom it passed over."""

    findings: list[Finding]
    compared: dict[str, int]
    without_power: set[str]


def base_of(suffix: str) -> str:
    """Give the category of the revenue, EUR, that belongs to a normalised one."""
    return "revenue_total_revenue" if suffix == "total" else f"revenue_{suffix}"


def check_normalised(
    sums: DaySums,
    stream: str,
    given: Mapping[str, float],
    scope: Scope,
    wrong: Mapping[str, frozenset[tuple[str, date]]],
) -> Normalised:
    """Compare normalised figures with revenue by power, and those for a year with them.

    Where `given` has no power of a virtual asset, it is what most figures of a month agree on.
    `wrong` are the days whose revenue is known to be wrong, by category.
    """
    plain = (one.category for one in sums.series if not one.category.startswith(_PER_YEAR))
    names = sorted({one for one in plain if one.startswith(_NORMALISED)})
    bases = {one: base_of(one.removeprefix(_NORMALISED)) for one in names}
    assets = sorted({one.asset_id for one in sums.series if one.category in bases})
    shown = _shown(sums, stream, bases) if stream.startswith("virtual_asset") else {}
    others = dict(_other_powers(given, shown))

    def side(category: str, scale: float | None = 1.0) -> Side:
        def scaled(asset: str, day: date) -> float:
            power = given.get(asset) or shown.get((asset, day.replace(day=1)))
            return scale if scale is not None else 1 / power if power else 0.0

        return Side(category, sums, lambda asset: [Series(asset, stream, category)], scaled)

    known = [one for one in assets if one in given or any(one == asset for asset, _ in shown)]
    checked = [one for one in known if one not in others]
    findings, counts = list(others.values()), {"normalised": 0, "per year": 0}
    for name, base in bases.items():
        by_power = side(base, None)._replace(what=f"{base} by rated power")
        found = compare(
            side(name), by_power, checked, scope, known=wrong.get(base, frozenset()),
            kind="normalised", unit="EUR/MW",
        )  # fmt: skip
        yearly = compare(
            side(_PER_YEAR + name.removeprefix(_NORMALISED)),
            side(name, DAYS_A_YEAR)._replace(what=f"{name} times {DAYS_A_YEAR}"),
            assets, scope, known=found.differing, kind="per year", unit="EUR/MW/year",
        )  # fmt: skip
        findings += [*found.findings, *yearly.findings]
        counts["normalised"] += found.days
        counts["per year"] += yearly.days
    return Normalised(findings, counts, set(assets) - set(known))


def _shown(sums: DaySums, stream: str, bases: Mapping[str, str]) -> dict[tuple[str, date], float]:
    """Give the power, MW, that most figures of an asset and month agree on, by its first day."""
    ratios: defaultdict[tuple[str, date], list[float]] = defaultdict(list)
    for series in sums.series:
        if base := bases.get(series.category):
            revenue = sums.of(Series(series.asset_id, stream, base))
            for day, one in sums.of(series).items():
                of = revenue.get(day)
                if abs(one.total) >= _TELLING and of and of.total and of.figures == one.figures:
                    ratios[series.asset_id, day.replace(day=1)].append(of.total / one.total)
    return {key: median(found) for key, found in ratios.items()}


def _other_powers(
    given: Mapping[str, float], shown: Mapping[tuple[str, date], float]
) -> Iterator[tuple[str, Finding]]:
    """Find assets whose figures are for another power than the one that was given."""
    for asset_id, power in given.items():
        found = [one for (asset, _), one in shown.items() if asset == asset_id]
        if found and abs(power - (implied := median(found))) > _OFF * power:
            yield (
                asset_id,
                finding(
                    "normalised",
                    f"its normalised figures are for {implied:,.3f} MW, not for {power:,.3f} MW",
                    severity="warning",
                    advice="See which power is right: EUR/MW with the other is wrong throughout.",
                    asset_id=asset_id,
                    figures={"power given, MW": power, "power of the figures, MW": implied},
                ),
            )
