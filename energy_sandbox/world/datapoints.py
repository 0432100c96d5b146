"""Data points of a group of batteries: measured per quarter-hour, added up into buckets.

Measures are whole numbers that add over time and over assets. An amount that belongs to a block or
a day is either spread evenly over its quarter-hours (to the cent: the parts add up to the whole) or
left where it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from energy_sandbox.world import products
from energy_sandbox.world.calendar import QUARTER, Day, Period
from energy_sandbox.world.categories import CATEGORIES, Bin, Category

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from energy_sandbox.world.fleet import Battery
    from energy_sandbox.world.world import World

Measures = dict[str, list[int]]
# fmt: off
_SHARED = frozenset(
    (
        "fcr_quarters", "fcr_price", "pos_price", "neg_price",
        "auction_price", "auction_quarters", "tolling_quarters",
    )
)
# fmt: on
"""Market prices and delivery times: the same for every battery, so not to be added over them."""


def _measure_day(world: World, battery: Battery, day: Day, *, spread: bool) -> Measures:
    """Measure one battery on one day: cents, Wh, and kW times quarter-hours."""
    measures = dict(world.trades(battery, day)) if battery.market else {}
    blocks = world.blocks(battery, day)
    for name in blocks[0] if blocks else ():
        measures[name] = _laid_out([block[name] for block in blocks], day.blocks, spread=spread)
    for name, lease in (
        ("tolling", products.toll_day(battery)),
        ("auction", products.auction_day(world.noise, battery, day)),
    ):
        if lease is not None:
            amounts = {
                name: lease.cents,
                f"{name}_price": lease.price_cents * day.quarters,
                f"{name}_quarters": day.quarters,
            }
            for key, amount in amounts.items():
                measures[key] = _laid_out([amount], (0, day.quarters), spread=spread)
    return measures


def _laid_out(amounts: list[int], borders: tuple[int, ...], *, spread: bool) -> list[int]:
    """Lay amounts out over quarter-hours, each between its two borders."""
    laid: list[int] = []
    for index, amount in enumerate(amounts):
        length = borders[index + 1] - borders[index]
        if spread:
            laid += [amount * (i + 1) // length - amount * i // length for i in range(length)]
        else:
            laid += [amount, *(0,) * (length - 1)]
    return laid


def _add(parts: Iterable[Measures]) -> Measures:
    """Add the measures of several batteries on the same day."""
    total: Measures = {}
    for part in parts:
        for name, values in part.items():
            known = total.get(name)
            if known is None:
                total[name] = values
            elif name not in _SHARED:
                total[name] = [a + b for a, b in zip(known, values, strict=True)]
    return total


class DataPoint(msgspec.Struct, frozen=True, gc=False):
    """One value of one data-point category."""

    time: str
    value: float


Series = dict[str, list[DataPoint]]


def data_points(
    world: World,
    batteries: Sequence[Battery],
    period: Period,
    resolution: str,
    names: Sequence[str],
    ended: int,
) -> Series:
    """Give the series of each named category that these batteries have.

    A bucket is given if it starts in the period and has ended by `ended`, seconds since 1970.

    `raw` buckets are the category's own periods and hold whole amounts; `15-minute` and `hourly`
    ones hold the part of a block's or a day's amount that falls into them.
    """
    series: Series = {}
    categories = [CATEGORIES[name] for name in names]
    for day in world.calendar.days(period):
        present = [battery for battery in batteries if battery.born <= day.date < battery.retired]
        mean_mw = sum(battery.mean_mw for battery in present)
        measures = _add(
            _measure_day(world, battery, day, spread=resolution != "raw") for battery in present
        )
        for grid, members in _by_grid(categories, resolution).items():
            for stamp, bin_ in _bins(day, measures, period, _borders(day, grid), ended):
                _append(series, members, stamp, bin_, mean_mw)
    return series


def _by_grid(categories: Sequence[Category], resolution: str) -> dict[str, list[Category]]:
    grids: dict[str, list[Category]] = {}
    for category in categories:
        grids.setdefault(category.grid if resolution == "raw" else resolution, []).append(category)
    return grids


def _borders(day: Day, grid: str) -> Sequence[int]:
    """Indices of the quarter-hours at which the buckets of a day begin, and its end."""
    match grid:
        case "block":
            return day.blocks
        case "day" | "daily":
            return (0, day.quarters)
        case "hourly":
            return range(0, day.quarters + 1, 4)
        case _:
            return range(day.quarters + 1)


def _bins(
    day: Day, measures: Measures, period: Period, borders: Sequence[int], ended: int
) -> Iterator[tuple[str, Bin]]:
    for index in range(len(borders) - 1):
        low, high = borders[index], borders[index + 1]
        if period.holds(day.first + QUARTER * low) and day.first + QUARTER * high <= ended:
            yield (
                day.stamps[low],
                {name: sum(values[low:high]) for name, values in measures.items()},
            )


def _append(
    series: Series, categories: Sequence[Category], stamp: str, bin_: Bin, mean_mw: float
) -> None:
    for category in categories:
        value = category.value(bin_, mean_mw)
        if value is not None:
            series.setdefault(category.name, []).append(DataPoint(stamp, value))
