"""What a physical asset has measured: its trading by the seed and the block's schedule together.

One value by quarter-hour that has ended; powers are averages, discharge positive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api_sandbox.world.calendar import QUARTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api_sandbox.state.state import State
    from api_sandbox.world.calendar import Period
    from api_sandbox.world.fleet import Battery

UNITS: Final = {
    "activePower": "kW",
    "availableChargePower": "kW",
    "availableDischargePower": "kW",
    "gridFrequency": "Hz",
    "ambientTemperature": "°C",
    "batteryTemperature": "°C",
}
POWERS: Final = frozenset(name for name, unit in UNITS.items() if unit == "kW")
HOURS: Final = 0.25


def measured(
    state: State, battery: Battery, period: Period
) -> Iterator[tuple[int, dict[str, float]]]:
    """Give every quarter-hour of a period that has ended, and its values."""
    world, now = state.world, state.time
    flows = {flow.second: flow for flow in state.storage.flows(battery)}
    for second in state.quarters(battery, period):
        if second + QUARTER <= now:
            day = world.calendar.day(world.calendar.date_at(second))
            index = (second - day.first) // QUARTER
            trades = world.trades(battery, day)
            scheduled = flows[second].delivered if second in flows else 0.0
            traded = (trades.sold[index] - trades.bought[index]) / 1000 / HOURS
            available = state.outages.available(battery, second)
            power = traded + scheduled
            effort = abs(power) / battery.discharge_kw
            grid, air = world.noise.units(2, "measured", battery.zone, second)
            yield (
                second,
                {
                    "activePower": round(power, 3),
                    "availableChargePower": available.charge,
                    "availableDischargePower": available.discharge,
                    "gridFrequency": round(49.97 + 0.06 * grid, 3),
                    "ambientTemperature": round(10 + 8 * air, 1),
                    "batteryTemperature": round(22 + 2 * air + 6 * effort, 1),
                },
            )
