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
