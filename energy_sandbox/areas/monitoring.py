"""Monitoring: what physical assets have measured. Names and shapes are made up: none are published.

Timeseries are laid out as the data points of revenue: one value by quarter-hour that has ended, by
the trading of the seed and the schedules together; powers are averages, discharge positive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from energy_sandbox.handling import Handler
from energy_sandbox.problems import Refusal
from energy_sandbox.reading import listed, period_of, quarters, series
from energy_sandbox.world.calendar import QUARTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energy_sandbox.state.state import State
    from energy_sandbox.validation import Call
    from energy_sandbox.world.calendar import Period
    from energy_sandbox.world.fleet import Battery

    Rows = list[tuple[int, dict[str, float]]]

MAX_BYTES: Final = 10_000_000
_POINT_BYTES: Final = 50
_UNITS: Final = {
    "activePower": "kW",
    "availableChargePower": "kW",
    "availableDischargePower": "kW",
    "gridFrequency": "Hz",
    "ambientTemperature": "°C",
    "batteryTemperature": "°C",
}
_HOURS: Final = 0.25


def _names(state: State, call: Call) -> object:
    return list(_UNITS) if state.physical(call).battery else []


def _timeseries(state: State, call: Call) -> object:
    names, rows = _measured(state, call, is_limited=True)
    return series(names, _UNITS, rows)


def _sums(state: State, call: Call) -> object:
    names, rows = _measured(state, call)
    return {name: _sum([values[name] for _, values in rows]) for name in names}


def _detailed_sums(state: State, call: Call) -> object:
    """Give sums and, of powers, the energy in kWh: imported, exported, and the balance."""
    names, rows = _measured(state, call)
    return {name: _details(name, [values[name] for _, values in rows]) for name in names}


def _measured(state: State, call: Call, *, is_limited: bool = False) -> tuple[list[str], Rows]:
    """Give the names asked for and the values; nothing where no battery is known to be behind."""
    battery = state.physical(call).battery
    names, period = listed(call, "datapoints", list(_UNITS)), period_of(call)
    if is_limited and len(quarters(period)) * len(names) * _POINT_BYTES > MAX_BYTES:
        raise Refusal(400, f"the answer would exceed {MAX_BYTES} bytes: ask for less")
    return ([], []) if battery is None else (names, list(_values(state, battery, period)))


def _values(
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
            traded = (trades["sold"][index] - trades["bought"][index]) / 1000 / _HOURS
            available = state.outages.available(battery, second)
            power = traded + scheduled
            grid, air = world.noise.units(2, "measured", battery.zone, second)
            heat = 6 * abs(power) / battery.discharge_kw
            yield (
                second,
                {
                    "activePower": round(power, 3),
                    "availableChargePower": available.charge,
                    "availableDischargePower": available.discharge,
                    "gridFrequency": round(49.97 + 0.06 * grid, 3),
                    "ambientTemperature": round(10 + 8 * air, 1),
                    "batteryTemperature": round(22 + 2 * air + heat, 1),
                },
            )


def _sum(values: list[float]) -> float:
    return float(round(sum(values), 3))


def _details(name: str, values: list[float]) -> dict[str, Any]:
    details: dict[str, Any] = {"unit": _UNITS[name], "count": len(values), "sum": _sum(values)}
    if _UNITS[name] == "kW":
        energies = [value * _HOURS for value in values]
        details |= {
            "unitsEnergy": "kWh",
            "exportedEnergy": round(sum(value for value in energies if value > 0), 3),
            "importedEnergy": round(-sum(value for value in energies if value < 0), 3),
            "energy": round(sum(energies), 3),
        }
    return details


HANDLERS: Final = {
    "monitoring.get_data_points": Handler(_timeseries, slow=True),
    "monitoring.get_data_point_names": Handler(_names),
    "monitoring.get_sums": Handler(_sums, slow=True),
    "monitoring.get_detailed_sums": Handler(_detailed_sums, slow=True),
}
