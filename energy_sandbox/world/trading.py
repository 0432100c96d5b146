"""Wholesale trading of one battery on one delivery day, quarter-hour by quarter-hour.

The battery buys in the two cheap windows of the day (night, midday) and sells in the two dear ones
(morning, evening) if the spread pays. Idle quarter-hours see small trades that cancel in volume.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from energy_sandbox.world.calendar import Day
    from energy_sandbox.world.fleet import Battery
    from energy_sandbox.world.noise import Noise
    from energy_sandbox.world.prices import PriceDay

_WEAR_CENTS = 600
"""Spread per MWh below which a cycle is not worth the wear."""
_IDLE_TRADES = 20_000
"""Of 65,536 idle quarter-hours, so many see a trade."""
Trades = dict[str, list[int]]
"""Wh bought, sold and traded both ways (`netted`), cents of `cost`, `proceeds` and their balance
(`wholesale`): one entry for each quarter-hour."""


def trade_day(
    noise: Noise, battery: Battery, day: Day, prices: PriceDay, available: Sequence[int] | None
) -> Trades:
    """Trade one day. `available` is the usable part in 1/1000, None for all of it."""
    share = battery.market * (1 - battery.ancillary)
    power = round(battery.discharge_kw * share * 250)  # Wh in a quarter-hour
    planned = _schedule(battery, prices, power)
    steps = noise.steps(day.quarters, "trades", battery.id, day.date)
    rows = [
        _quarter(planned.get(i, 0), power, price, steps[i], available[i] if available else 1000)
        for i, price in enumerate(prices.cents)
    ]
    bought, sold, cost, proceeds = (list(column) for column in zip(*rows, strict=True))
    return {
        "wholesale": [gain - paid for gain, paid in zip(proceeds, cost, strict=True)],
        "bought": bought,
        "sold": sold,
        "cost": cost,
        "proceeds": proceeds,
        "netted": [min(pair) for pair in zip(bought, sold, strict=True)],
    }


def _schedule(battery: Battery, prices: PriceDay, power: int) -> dict[int, int]:
    """Plan Wh per quarter-hour: positive sells, negative buys."""
    wanted = round(battery.hours * 4)
    efficiency = battery.charge_efficiency * battery.discharge_efficiency
    schedule: dict[int, int] = {}
    windows = iter(prices.ranked)
    for cheap, dear in zip(windows, windows, strict=True):
        length = min(wanted, len(cheap), len(dear))
        buy, sell = cheap[:length], dear[len(dear) - length :]
        cost = sum(prices.cents[i] for i in buy)
        gain = sum(prices.cents[i] for i in sell) * efficiency
        if gain - cost > _WEAR_CENTS * length:
            schedule |= dict.fromkeys(buy, -power) | dict.fromkeys(sell, int(power * efficiency))
    return schedule


def _quarter(
    plan: int, power: int, price: int, step: int, available: int
) -> tuple[int, int, int, int]:
    """Give Wh bought, Wh sold, cents paid and cents earned in one quarter-hour."""
    slip = (step & 0xFF) * 4 - 512  # the price got differs from the day-ahead price, cents per MWh
    if plan < 0:
        volume = -plan * available // 1000
        return volume, 0, _cents(volume, price + slip // 2), 0
    if plan > 0:
        volume = plan * available // 1000
        return 0, volume, 0, _cents(volume, price + slip // 2)
    if step < _IDLE_TRADES:
        volume = power * (4 + step % 16) * available // 64_000
        return volume, volume, _cents(volume, price), _cents(volume, price + slip // 2 + 200)
    return 0, 0, 0, 0


def _cents(watt_hours: int, cents_per_mwh: int) -> int:
    """Multiply volume by price and round half up, exactly."""
    return (2 * watt_hours * cents_per_mwh + 1_000_000) // 2_000_000
