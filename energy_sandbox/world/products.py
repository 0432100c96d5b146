"""What is sold by the block or by the day: ancillary services, tolling, virtual battery auction.

Money is whole cents, volumes are Wh, capacities kW.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from energy_sandbox.world.calendar import Day
    from energy_sandbox.world.fleet import Battery
    from energy_sandbox.world.noise import Noise

_QUARTERS_PER_HOUR = 4
_ENERGY_CALLED = 0.05
"""Mean part of the aFRR capacity that is called, each way."""
Block = dict[str, int]
"""What one 4-hour block (3 or 5 hours where the clock changes) yields; see `_block`."""


class BlockPrices(NamedTuple):
    """Prices at which the markets of one block clear: cents per MW and hour, cents per MWh."""

    fcr: int
    afrr_capacity: float
    energy_pos: int
    energy_neg: int


def block_prices(noise: Noise, day: Day, index: int) -> BlockPrices:
    """Clear the ancillary markets of one block."""
    market = noise.units(5, "ancillary market", day.date, index)
    return BlockPrices(
        fcr=round(800 + 2000 * market[0] ** 2),
        afrr_capacity=900 + 1700 * market[1],
        energy_pos=round(9_000 + 16_000 * market[2] ** 3),
        energy_neg=round(1_500 + 9_000 * market[3] ** 3),
    )


def sell_blocks(noise: Noise, battery: Battery, day: Day) -> tuple[Block, ...]:
    """Sell the ancillary share of a battery on one day; empty if it has none."""
    kept_kw = battery.discharge_kw * battery.market * battery.ancillary
    if kept_kw <= 0:
        return ()
    return tuple(
        _block(noise, battery, day, index, kept_kw) for index in range(len(day.blocks) - 1)
    )


def _block(noise: Noise, battery: Battery, day: Day, index: int, kept_kw: float) -> Block:
    """Give cents and Wh of a block, and capacities and prices times its quarter-hours."""
    quarters = day.blocks[index + 1] - day.blocks[index]
    called = noise.units(5, "ancillary market", day.date, index)[4]
    prices = block_prices(noise, day, index)
    own = noise.units(4, "ancillary", battery.id, day.date, index)
    fcr_kw = round(kept_kw * (0.3 + 0.3 * own[0]) / 100) * 100
    afrr_kw = kept_kw - fcr_kw
    afrr_price = round(prices.afrr_capacity * (0.9 + 0.1 * own[1]))
    hours = quarters / _QUARTERS_PER_HOUR
    pos_wh = round(afrr_kw * 1000 * hours * 2 * _ENERGY_CALLED * own[2] * called)
    neg_wh = round(afrr_kw * 1000 * hours * 2 * _ENERGY_CALLED * own[3] * (1 - called))
    return {
        "fcr": round(fcr_kw * prices.fcr * hours / 1000),
        "fcr_kw": fcr_kw * quarters,
        "fcr_price": prices.fcr * quarters,
        "fcr_kw_price": fcr_kw * prices.fcr * quarters,
        "fcr_quarters": quarters,
        "afrr_capacity": round(afrr_kw * afrr_price * hours / 1000),
        "afrr_pos": round(pos_wh * prices.energy_pos / 1e6),
        "afrr_neg": round(neg_wh * prices.energy_neg / 1e6),
        "pos_wh": pos_wh,
        "neg_wh": neg_wh,
        "pos_price": prices.energy_pos * quarters,
        "neg_price": prices.energy_neg * quarters,
    }


def block_revenue(block: Block) -> int:
    """Add up the cents from every ancillary service of a block."""
    return block["fcr"] + block["afrr_capacity"] + block["afrr_pos"] + block["afrr_neg"]


class Lease(NamedTuple):
    """What one delivery day of tolling or of an auctioned share earns, and at what price."""

    cents: int
    price_cents: int


def toll_day(battery: Battery) -> Lease | None:
    """Give any day's tolling revenue and the annual price (365 such days), None if untolled."""
    if not battery.tolled:
        return None
    annual = battery.toll_cents_per_mw_year * battery.discharge_kw * battery.tolled / 1000
    daily = round(annual / 365)
    return Lease(daily, daily * 365)


def auction_day(noise: Noise, battery: Battery, day: Day) -> Lease | None:
    """Give a day's auction revenue and the hurdle price per MW, None if none is auctioned."""
    if not battery.auctioned:
        return None
    hurdle = round(22_000 + 9_000 * noise.unit("hurdle", day.date))
    margin = 1 + 0.12 * noise.unit("auction", battery.id, day.date)
    return Lease(round(hurdle * margin * battery.discharge_kw * battery.auctioned / 1000), hurdle)


def availability(noise: Noise, battery: Battery, day: Day) -> tuple[int, ...] | None:
    """Give the usable part of a battery per quarter-hour in 1/1000, None on an undisturbed day."""
    chance, begin, length, depth = noise.units(4, "outage", battery.id, day.date)
    if chance >= 0.03:  # noqa: PLR2004  about eleven disturbed days a year
        return None
    first = int(begin * (day.quarters - 8))
    last = min(day.quarters, first + 4 + int(44 * length))
    left = (0, 500, 750)[int(depth * 3)]
    return tuple(left if first <= i < last else 1000 for i in range(day.quarters))
