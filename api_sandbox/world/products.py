"""What is sold by the block or by the day: ancillary services, tolling, virtual battery auction.

Money is whole cents, volumes are Wh, capacities kW.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api_sandbox.world.calendar import Day
    from api_sandbox.world.fleet import Battery
    from api_sandbox.world.noise import Noise

_QUARTERS_PER_HOUR = 4
_ENERGY_CALLED = 0.05
"""Mean part of the aFRR capacity that is called, each way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One 4-hour product block (3 or 5 hours where the clock changes)."""

    quarters: int
    fcr_kw: int
    fcr_price: int
    """Cents per MW and hour."""
    fcr: int
    afrr_capacity: int
    afrr_energy_pos: int
    afrr_energy_neg: int
    pos_wh: int
    neg_wh: int
    pos_price: int
    """Cents per MWh."""
    neg_price: int

    @property
    def revenue(self) -> int:
        """Cents from every ancillary service of the block."""
        return self.fcr + self.afrr_capacity + self.afrr_energy_pos + self.afrr_energy_neg


@dataclass(frozen=True, slots=True)
class BlockPrices:
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
    quarters = day.blocks[index + 1] - day.blocks[index]
    called = noise.units(5, "ancillary market", day.date, index)[4]
    prices = block_prices(noise, day, index)
    own = noise.units(4, "ancillary", battery.id, day.date, index)
    fcr_kw = round(kept_kw * (0.3 + 0.3 * own[0]) / 100) * 100
    afrr_kw = kept_kw - fcr_kw
    fcr_price, pos_price, neg_price = prices.fcr, prices.energy_pos, prices.energy_neg
    afrr_price = round(prices.afrr_capacity * (0.9 + 0.1 * own[1]))
    hours = quarters / _QUARTERS_PER_HOUR
    pos_wh = round(afrr_kw * 1000 * hours * 2 * _ENERGY_CALLED * own[2] * called)
    neg_wh = round(afrr_kw * 1000 * hours * 2 * _ENERGY_CALLED * own[3] * (1 - called))
    return Block(
        quarters=quarters,
        fcr_kw=fcr_kw,
        fcr_price=fcr_price,
        fcr=round(fcr_kw * fcr_price * hours / 1000),
        afrr_capacity=round(afrr_kw * afrr_price * hours / 1000),
        afrr_energy_pos=round(pos_wh * pos_price / 1e6),
        afrr_energy_neg=round(neg_wh * neg_price / 1e6),
        pos_wh=pos_wh,
        neg_wh=neg_wh,
        pos_price=pos_price,
        neg_price=neg_price,
    )


@dataclass(frozen=True, slots=True)
class Lease:
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
