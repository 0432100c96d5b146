"""Balancing energy: the 4-second aFRR series and the quarter-hour mFRR series of one Paris day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import TYPE_CHECKING

from energy_sandbox.feeds.market import Row, moment, span
from energy_sandbox.world.calendar import QUARTER, Calendar, Day

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from energy_sandbox.world.noise import Noise
    from energy_sandbox.world.prices import PriceCurve

STEP = 4
RECENT_STEPS, RECENT_QUARTERS = 45, 24
_BUCKET = 300
_PER_BUCKET, _PER_QUARTER = _BUCKET // STEP, QUARTER // STEP
_CALLED_UP, _CALLED_DOWN = 0.55, 0.35
"""Chances that mFRR is called in a quarter-hour."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Prices (EUR/MWh) and demand (MW) of every 4-second step of a day."""

    upward: list[float]
    downward: list[float]
    demand: list[float]


class BalancingEnergy:
    """Both energy feeds of any Paris delivery day."""

    def __init__(self, noise: Noise, calendar: Calendar, curve: PriceCurve) -> None:
        self._noise, self._calendar, self._curve = noise, calendar, curve
        self.steps: Callable[[date], Steps] = lru_cache(maxsize=4)(self._steps)

    def _steps(self, local: date) -> Steps:
        cents = self._curve.day(local).cents
        count = len(cents) * _PER_QUARTER
        up, down, need = (
            self._noise.units(count, "afrr", name, local) for name in ("up", "down", "need")
        )
        spot = [cents[i // _PER_QUARTER] / 100 for i in range(count)]
        return Steps(
            [round(price + 8 + 40 * chance**3, 2) for price, chance in zip(spot, up, strict=True)],
            [
                round(price - 70 - 60 * chance**3, 2)
                for price, chance in zip(spot, down, strict=True)
            ],
            [round(1800 * (chance - 0.5), 4) for chance in need],
        )

    def afrr(self, local: date, fetched: str, *, all_steps: bool = False) -> Row:
        """Give the aFRR feed: `recentRows` from the newest, `chartRows` from the oldest."""
        day, steps = self._calendar.day(local), self.steps(local)
        count = len(steps.upward)
        first = 0 if all_steps else count - RECENT_STEPS
        recent = [self._step(day, steps, i) for i in reversed(range(first, count))]
        return {
            **_head(day, fetched, STEP),
            "rowCount": count,
            "averageUpwardPrice": round(fmean(steps.upward), 2),
            "averageDownwardPrice": round(fmean(steps.downward), 2),
            "latestRow": recent[0],
            "recentRows": recent,
            "chartRows": [_bucket(day, steps, i) for i in range(count // _PER_BUCKET)],
        }

    def _step(self, day: Day, steps: Steps, index: int) -> Row:
        demand = steps.demand[index]
        coupled, prorata = self._noise.units(2, "picasso", day.date, index * STEP // QUARTER)
        return {
            **span("period", day.first + STEP * index, STEP),
            "upward_price_eur_mwh": steps.upward[index],
            "downward_price_eur_mwh": steps.downward[index],
            "pdemand_mw": demand,
            "afrr_for_france_mw": round(demand * 0.9, 4),
            "afrr_in_france_mw": round(demand * 0.62, 4),
            "picasso_connection": coupled > 0.02,  # noqa: PLR2004  a chance
            "prorata_mode": coupled <= 0.02 and prorata > 0.5,  # noqa: PLR2004  a chance
        }

    def mfrr(self, local: date, fetched: str) -> Row:
        """Give the mFRR feed for a day; `rowCount` counts both directions of each quarter-hour."""
        day = self._calendar.day(local)
        upward = [self._quarter(day, i, "UPWARD") for i in range(day.quarters)]
        downward = [self._quarter(day, i, "DOWNWARD") for i in range(day.quarters)]
        pairs = [_pair(up, down) for up, down in zip(upward, downward, strict=True)]
        return {
            **_head(day, fetched, QUARTER),
            "rowCount": len(upward) + len(downward),
            "averageUpwardPrice": _mean_price(upward),
            "averageDownwardPrice": _mean_price(downward),
            "latestUpwardRow": upward[-1],
            "latestDownwardRow": downward[-1],
            "recentRows": pairs[: -1 - RECENT_QUARTERS : -1],
            "chartRows": pairs,
        }

    def _quarter(self, day: Day, index: int, direction: str) -> Row:
        """Give one direction of a quarter-hour: zeros where nothing was called."""
        called, size, spread, offers = self._noise.units(4, "mfrr", direction, day.date, index)
        sign, chance = (1, _CALLED_UP) if direction == "UPWARD" else (-1, _CALLED_DOWN)
        active = called < chance
        price = self._curve.day(day.date).cents[index] / 100 + sign * (15 + 45 * spread)
        price = round(price, 2) if active else 0
        need = round(20 + 160 * size) if active else 0
        submitted = round(180 + 260 * offers)
        return {
            **span("period", day.first + QUARTER * index, QUARTER),
            "direction": direction,
            "clearing_price_eur_mwh": price,
            "settlement_price_current_eur_mwh": price,
            "settlement_price_previous_eur_mwh": round(price * 0.96, 2),
            "total_requested_volume_sa_mw": need,
            "total_requested_volume_da_mw": 0,
            "total_satisfied_need_sa_mw": need * 15 // 16,
            "total_satisfied_need_da_mw": 0,
            "total_activated_volume_sa_mw": need * 15 // 16,
            "total_activated_volume_da_mw": 0,
            "total_volume_submitted_offers_mw": submitted,
            "total_volume_filtered_offers_mw": submitted * 6 // 7,
        }


def _head(day: Day, fetched: str, resolution: int) -> Row:
    return {
        "latestDeliveryDateParis": day.date.isoformat(),
        "latestFetchedAtUtc": fetched,
        "latestPeriodStartUtc": moment(day.last - resolution),
        "latestPeriodEndUtc": moment(day.last),
        "resolutionSeconds": resolution,
    }


def _bucket(day: Day, steps: Steps, index: int) -> Row:
    part = slice(index * _PER_BUCKET, (index + 1) * _PER_BUCKET)
    return {
        **span("bucket", day.first + _BUCKET * index, _BUCKET),
        "upward_price_eur_mwh": round(fmean(steps.upward[part]), 2),
        "downward_price_eur_mwh": round(fmean(steps.downward[part]), 2),
    }


def _pair(upward: Row, downward: Row) -> Row:
    return {
        "period_start_utc": upward["period_start_utc"],
        "period_end_utc": upward["period_end_utc"],
        "upward_price_eur_mwh": upward["clearing_price_eur_mwh"],
        "downward_price_eur_mwh": downward["clearing_price_eur_mwh"],
    }


def _mean_price(rows: Sequence[Row]) -> float:
    prices = [row["clearing_price_eur_mwh"] for row in rows]
    return round(fmean(price for price in prices if isinstance(price, int | float)), 2)
