"""Products of ancillary services: their names, delivery periods, gates and publication times.

From the documentation: the names, and for FCR the opening a week ahead, the gate at 07:30 and the
results at 08:20 of the day before (it says 09:20, too). Made up after the German market: the gate
of aFRR capacity at 09:00 with results at 09:30 of the day before; that of aFRR energy 25 minutes
before each quarter-hour, with results as it starts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from energy_sandbox.world.calendar import Calendar, Day
    from energy_sandbox.world.noise import Noise

from energy_sandbox.world.calendar import QUARTER
from energy_sandbox.world.products import block_prices

Market = Literal["FCR", "AFRRCapacity", "AFRREnergy"]
MARKETS: Final[tuple[Market, ...]] = ("FCR", "AFRRCapacity", "AFRREnergy")
DIRECTIONS: Final = ("POS", "NEG", "NEGPOS")
_BLOCK = re.compile(r"(NEGPOS|POS|NEG)_(00_04|04_08|08_12|12_16|16_20|20_24)", re.ASCII)
_QUARTER = re.compile(r"(POS|NEG)_(\d{3})", re.ASCII)
_OPENS_BEFORE = timedelta(days=7)
_DAY = timedelta(days=1)
_ENERGY_GATE = 25 * 60
_DAY_AHEAD: dict[Market, tuple[time, time]] = {
    "FCR": (time(7, 30), time(8, 20)),
    "AFRRCapacity": (time(9), time(9, 30)),
}
"""Gate and publication, local time of the day before delivery."""


@dataclass(frozen=True, slots=True)
class Product:
    """One product of one delivery day; times are seconds since 1970."""

    name: str
    day: date
    market: Market
    direction: str
    block: int
    start: int
    end: int
    opens_at: int
    closes_at: int
    published_at: int

    @property
    def code(self) -> str:
        """The product date code, `2026-01-31_POS_00_04`."""
        return f"{self.day}_{self.name}"


def product(calendar: Calendar, day: date, name: str) -> Product:
    """Give the product of this name.

    Raises:
        ValueError: The day has no such product.
    """
    local = calendar.day(day)
    block, quarter = _BLOCK.fullmatch(name), _QUARTER.fullmatch(name)
    if block:
        index = int(block[2][:2]) // 4
        market: Market = "FCR" if block[1] == "NEGPOS" else "AFRRCapacity"
        direction, first, last = block[1], local.blocks[index], local.blocks[index + 1]
    elif quarter and 1 <= int(quarter[2]) <= local.quarters:
        direction, market, last = quarter[1], "AFRREnergy", int(quarter[2])
        first = last - 1
        index = _block_of(local, first)
    else:
        raise ValueError(f"{day} has no product {name!r}")
    start = local.first + QUARTER * first
    gate, published = start - _ENERGY_GATE, start
    if market in _DAY_AHEAD:
        gate, published = (calendar.local(day - _DAY, wall) for wall in _DAY_AHEAD[market])
    opens = calendar.midnight(day - _OPENS_BEFORE)
    end = local.first + QUARTER * last
    return Product(name, day, market, direction, index, start, end, opens, gate, published)


def _block_of(day: Day, quarter: int) -> int:
    return max(index for index in range(len(day.blocks) - 1) if day.blocks[index] <= quarter)


def clearing_price(noise: Noise, calendar: Calendar, product: Product) -> float:
    """Give the highest price that is accepted: EUR/MW per hour, for energy EUR/MWh."""
    prices = block_prices(noise, calendar.day(product.day), product.block)
    match product.market:
        case "FCR":
            cents: float = prices.fcr
        case "AFRRCapacity":
            cents = round(prices.afrr_capacity)
        case _:
            cents = prices.energy_pos if product.direction == "POS" else prices.energy_neg
    return cents / 100
