"""What can be added up: the whole numbers per quarter-hour that every data point is computed from.

Measures add over time and over assets. An amount that belongs to a block or a day is either spread
evenly over its quarter-hours (to the cent: the parts add up to the whole) or left where it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api_sandbox.world import products

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api_sandbox.world.calendar import Day
    from api_sandbox.world.fleet import Battery
    from api_sandbox.world.world import World

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


def measure_day(world: World, battery: Battery, day: Day, *, spread: bool) -> Measures:
    """Measure one battery on one day: cents, Wh, and kW times quarter-hours."""
    measures = _wholesale(world, battery, day)
    blocks = world.blocks(battery, day)
    if blocks:
        rows = [_block_amounts(block) for block in blocks]
        for name in rows[0]:
            amounts = [row[name] for row in rows]
            measures[name] = _place(amounts, day.blocks, spread=spread)
    for name, lease in (
        ("tolling", products.toll_day(battery)),
        ("auction", products.auction_day(world.noise, battery, day)),
    ):
        if lease is not None:
            whole = (0, day.quarters)
            measures[name] = _place([lease.cents], whole, spread=spread)
            measures[f"{name}_price"] = _place(
                [lease.price_cents * day.quarters], whole, spread=spread
            )
            measures[f"{name}_quarters"] = _place([day.quarters], whole, spread=spread)
    return measures


def _wholesale(world: World, battery: Battery, day: Day) -> Measures:
    if not battery.market:
        return {}
    trades = world.trades(battery, day)
    both = zip(trades.bought, trades.sold, strict=True)
    return {
        "wholesale": trades.revenue,
        "bought": list(trades.bought),
        "sold": list(trades.sold),
        "cost": list(trades.cost),
        "proceeds": list(trades.proceeds),
        "netted": [min(bought, sold) for bought, sold in both],
    }


def _block_amounts(block: products.Block) -> dict[str, int]:
    return {
        "fcr": block.fcr,
        "fcr_kw": block.fcr_kw * block.quarters,
        "fcr_price": block.fcr_price * block.quarters,
        "fcr_kw_price": block.fcr_kw * block.fcr_price * block.quarters,
        "fcr_quarters": block.quarters,
        "afrr_capacity": block.afrr_capacity,
        "afrr_pos": block.afrr_energy_pos,
        "afrr_neg": block.afrr_energy_neg,
        "pos_wh": block.pos_wh,
        "neg_wh": block.neg_wh,
        "pos_price": block.pos_price * block.quarters,
        "neg_price": block.neg_price * block.quarters,
    }


def _place(amounts: list[int], borders: tuple[int, ...], *, spread: bool) -> list[int]:
    """Lay amounts out over quarter-hours, each between its two borders."""
    placed: list[int] = []
    for index, amount in enumerate(amounts):
        length = borders[index + 1] - borders[index]
        if spread:
            placed += [amount * (i + 1) // length - amount * i // length for i in range(length)]
        else:
            placed += [amount, *(0,) * (length - 1)]
    return placed


def add(parts: Iterable[Measures]) -> Measures:
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
