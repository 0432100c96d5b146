"""Day-ahead prices by quarter-hour: two peaks, a solar valley, windy and calm days.

Prices are whole cents per MWh, so that money computed from them is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_sandbox.world.calendar import Calendar, Day
    from energy_sandbox.world.noise import Noise

_SATURDAY = 5


def _bell(centre: float, width: float) -> tuple[float, ...]:
    """Give a bell over the 96 wall-clock quarters, 1 at `centre` (hours)."""
    return tuple(math.exp(-(((q / 4 + 0.125 - centre) / width) ** 2) / 2) for q in range(96))


_NIGHT, _MORNING, _SUN, _EVENING = _bell(3.5, 2.4), _bell(8, 1.3), _bell(13, 2.5), _bell(19.3, 1.8)
# Trading windows of a battery, wall-clock quarters [from, to): charge, sell, charge, sell.
_WINDOWS = ((0, 24), (24, 40), (40, 66), (66, 92))


@dataclass(frozen=True, slots=True)
class PriceDay:
    """Prices of one delivery day and, per trading window, its quarter-hours from cheap to dear."""

    cents: tuple[int, ...]
    ranked: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Market:
    """What tells one country's curve from another's; EUR/MWh throughout."""

    name: str
    level: float
    evening: float
    sun: float


GERMANY = Market("DE", level=90.0, evening=76.0, sun=92.0)
FRANCE = Market("FR", level=62.0, evening=38.0, sun=62.0)


class PriceCurve:
    """The price of any quarter-hour of one market, computed day by day."""

    def __init__(self, noise: Noise, calendar: Calendar, market: Market) -> None:
        self._noise, self._calendar, self._market = noise, calendar, market
        self.day: Callable[[date], PriceDay] = lru_cache(maxsize=1024)(self._day)

    def _day(self, local: date) -> PriceDay:
        day = self._calendar.day(local)
        cents = tuple(round(price * 100) for price in self._prices(day))
        ranked = tuple(
            tuple(
                sorted(
                    (i for i, q in enumerate(day.wall) if low <= q < high), key=cents.__getitem__
                )
            )
            for low, high in _WINDOWS
        )
        return PriceDay(cents, ranked)

    def _prices(self, day: Day) -> list[float]:
        market, season = self._market, _summer(day.date)
        level = market.level - 14 * season - (11 if day.date.weekday() >= _SATURDAY else 0)
        sun = market.sun * (0.2 + 0.8 * season) * (0.35 + 0.9 * self._chance("sun", day.date))
        evening = market.evening * (0.7 + 0.6 * self._chance("evening", day.date))
        wind = self._wind(day.date)
        drift = (self._wind(day.date + timedelta(days=1)) - wind) / day.quarters
        ripple = self._noise.units(day.quarters, "ripple", market.name, day.date)
        return [
            level - wind - drift * i
            - 13 * _NIGHT[q] + 26 * _MORNING[q] - sun * _SUN[q] + evening * _EVENING[q]
            + (_ramp(q) + ripple[i] - 0.5) * 9
            for i, q in enumerate(day.wall)
        ]  # fmt: skip

    def _wind(self, local: date) -> float:
        """EUR/MWh by which wind presses the price; negative on calm days."""
        return 62 * self._chance("wind", local) ** 2 - 16

    def _chance(self, label: str, local: date) -> float:
        return self._noise.unit(label, self._market.name, local)


def _summer(local: date) -> float:
    """Give 1 at midsummer, 0 at midwinter."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * (local.timetuple().tm_yday + 10) / 365.25)


def _ramp(quarter: int) -> float:
    """Give the saw-tooth that hourly plants press into quarter-hour prices."""
    slope = 1 if quarter < 28 or 56 <= quarter < 76 else -1  # noqa: PLR2004  wall-clock quarters
    return slope * (quarter % 4 - 1.5) / 3
