"""Products of FCR and aFRR by name: their market, direction and time. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from energy_async.delivery import BERLIN, Interval, blocks, quarter_hours

__all__ = ["Market", "Product", "fcr_gate_closure", "product"]

Market: TypeAlias = Literal["FCR", "AFRRCapacity", "AFRREnergy"]
"""A market, as the functions of both markets together call it."""

_BLOCK: Final = re.compile(r"(NEGPOS|POS|NEG)_(00_04|04_08|08_12|12_16|16_20|20_24)", re.ASCII)
_QUARTER: Final = re.compile(r"(POS|NEG)_(\d{3})", re.ASCII)
_FCR_GATE: Final = time(7, 30)
_OPEN_FOR: Final = timedelta(days=7)


class Product(NamedTuple):
    """What can be bid for on one delivery day.

    Attributes:
        code: The product date code, `2025-01-01_POS_00_04`.
        market: FCR, aFRR capacity or aFRR energy.
        direction: `NEGPOS`, `POS` or `NEG`.
        delivery: When it is delivered, in UTC; the first block of a day lasts 3, 4 or 5 hours.
    """

    code: str
    market: Market
    direction: str
    delivery: Interval


def product(name: str, day: date) -> Product:
    """Give the product of this name on a delivery day of Europe/Berlin.

    Raises:
        ValueError: The day has no such product. A quarter-hour beyond the 92, 96 or 100 of the day
            is none.
    """
    code = f"{day}_{name}"
    if found := _BLOCK.fullmatch(name):
        market: Market = "FCR" if found[1] == "NEGPOS" else "AFRRCapacity"
        return Product(code, market, found[1], blocks(day, BERLIN)[int(found[2][:2]) // 4])
    quarters = quarter_hours(day, BERLIN)
    found = _QUARTER.fullmatch(name)
    if found and 1 <= int(found[2]) <= len(quarters):
        return Product(code, "AFRREnergy", found[1], quarters[int(found[2]) - 1])
    raise ValueError(
        f"{day} has no product {name!r}: FCR is NEGPOS_00_04 to NEGPOS_20_24, aFRR capacity"
        f" POS_00_04 to NEG_20_24, aFRR energy POS_001 to NEG_{len(quarters):03}"
    )


def fcr_gate_closure(day: date) -> datetime:
    """Give the end of bidding for FCR of a delivery day: 07:30 CET/CEST of the day before."""
    return datetime.combine(day - timedelta(days=1), _FCR_GATE, ZoneInfo(BERLIN))


def fcr_opening(day: date) -> date:
    """Give the local day on which bidding for FCR of a delivery day opens: a week before.

    The time of day is not documented.
    """
    return day - _OPEN_FOR
