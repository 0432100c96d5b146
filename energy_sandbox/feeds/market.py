"""Day-ahead prices and balancing capacity, as the French feeds show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from energy_sandbox.world.calendar import QUARTER, Calendar, Day, stamp_milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energy_sandbox.feeds.edition import Edition
    from energy_sandbox.world.noise import Noise
    from energy_sandbox.world.prices import PriceCurve

_HOUR = 3600
_BLOCK_HOURS = 4

Row = dict[str, object]
_PRODUCTS = {
    # product: directions, usual price, usual contracted MW
    "FCR": (("SYMMETRIC",), 18.0, 576),
    "aFRR": (("UPWARD", "DOWNWARD"), 12.5, 640),
    "mFRR": (("UPWARD", "DOWNWARD"), 9.5, 300),
}


def day_ahead_prices(curve: PriceCurve, calendar: Calendar, shown: Edition) -> Row:
    """Give the quarter-hours of the Paris delivery days that an edition shows."""
    rows: list[Row] = []
    for local in shown.days:
        day = calendar.day(local)
        rows.extend(
            {**span("hour", day.first + QUARTER * i, QUARTER), "price_eur_mwh": cents / 100}
            for i, cents in enumerate(curve.day(local).cents)
        )
    return {
        "rows": rows,
        "latestDate": shown.days[-1].isoformat(),
        "earliestDate": shown.days[0].isoformat(),
    }


def capacity(noise: Noise, calendar: Calendar, product: str, shown: Edition) -> Row:
    """Give hourly rows of one product, per direction, of the days that an edition shows."""
    rows: list[Row] = []
    for local in shown.days:
        rows.extend(_capacity_day(noise, calendar.day(local), product))
    return {"rows": rows, "latestFetchedAtUtc": stamp_milliseconds(shown.published)}


def _capacity_day(noise: Noise, day: Day, product: str) -> Iterator[Row]:
    directions, price, contracted = _PRODUCTS[product]
    for first in range(0, day.quarters, 4):
        hour = day.wall[first] // 4
        period = hour // _BLOCK_HOURS if product == "FCR" else f"hour {first // 4}"
        for direction in directions:
            chance = noise.units(4, "capacity", product, direction, day.date, period)
            bought = round(contracted * (0.9 + 0.2 * chance[0]))
            row: Row = {
                **span("period", day.first + first * QUARTER, _HOUR),
                "contracted_volume_mw": bought,
                "offered_volume_mw": round(bought * (1.02 + 2 * chance[1])),
                "price": round(price * (0.3 + 1.4 * chance[2] ** 1.5), 2),
                "direction": direction,
                "product_type": product,
                "time_horizon": "DAILY",
            }
            yield row | ({"volume_mw": bought + int(12 * chance[3])} if product == "FCR" else {})


def moment(second: int) -> str:
    """Write seconds since 1970 in the feeds' form, `2026-01-31T23:00:00.000Z`."""
    return stamp_milliseconds(datetime.fromtimestamp(second, UTC))


def span(name: str, first: int, seconds: int) -> Row:
    """Write where a row begins and ends, as `<name>_start_utc` and `<name>_end_utc`."""
    return {f"{name}_start_utc": moment(first), f"{name}_end_utc": moment(first + seconds)}
