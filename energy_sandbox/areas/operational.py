"""Operational data of virtual assets and their blocks: categories by quarter-hour.

The documentation names the categories, not the answer's shape, which follows that of revenue data
points. Power at a period's boundary is the mean of both periods; from there the power ramps to the
setpoint within a sixth of the period, and the setpoint is such that the average is the schedule.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from energy_sandbox.areas.blocks import AHEAD, BACK
from energy_sandbox.handling import Handler
from energy_sandbox.reading import listed, period_around, series
from energy_sandbox.world.calendar import QUARTER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from energy_sandbox.state.state import State
    from energy_sandbox.state.storage import Flow
    from energy_sandbox.validation import Call
    from energy_sandbox.world.fleet import Battery

    Values = Mapping[str, float]

_POWER: Final = {
    f"powerCapacity{way}{kind}": "kW"
    for way in ("Charge", "Discharge")
    for kind in ("Rated", "Available")
}
BLOCK_UNITS: Final = {**_POWER, "boundaryPower": "kW", "deliveryPeriodSetpoint": "kW"}
ASSET_UNITS: Final = {
    "chargeEfficiency": "",
    "dischargeEfficiency": "",
    "energyCapacityRated": "kWh",
    "energyCapacityAvailable": "kWh",
    **_POWER,
    "maximumDeliverablePower": "kW",
    "minimumDeliverablePower": "kW",
    **{
        f"{kind}{market}": "cycles" if kind == "cycles" else ""
        for kind in ("cycles", "availableEnergyDischarges")
        for market in ("Wholesale", "AFRR", "FCR", "Total")
    },
    "undeliverableSchedule": "kW",
}
_HOURS: Final = 0.25
_PROJECTED_PERIODS: Final = 2
"""Settlement periods ahead for which the energy limits what can be delivered."""


def _asset_data(state: State, call: Call, *, latest: bool = False) -> object:
    battery = state.battery(call)
    return _data(state, call, battery, ASSET_UNITS, _asset_values(state, battery), latest=latest)


def _block_data(state: State, call: Call, *, latest: bool = False) -> object:
    battery, block_id, share = state.block(call)
    values = _block_values(state, battery, block_id, share)
    return _data(state, call, battery, BLOCK_UNITS, values, latest=latest)


def _data(
    state: State, call: Call, battery: Battery, units: Mapping[str, str],
    values: Callable[[int], Values], *, latest: bool,
) -> object:  # fmt: skip
    seconds = [state.quarter]
    if not latest:
        seconds = state.quarters(battery, period_around(call, state.now(), BACK, AHEAD))
    names = listed(call, "categories", list(units))
    return series(names, units, [(second, values(second)) for second in seconds])


def _asset_values(state: State, battery: Battery) -> Callable[[int], Values]:
    flows = {flow.second: flow for flow in state.storage.flows(battery)}
    projected = range(state.quarter, state.quarter + _PROJECTED_PERIODS * QUARTER + 1, QUARTER)

    def values(second: int) -> Values:
        available = state.outages.available(battery, second)
        flow = flows.get(second)
        most, least = available.discharge, -available.charge
        if second in projected:
            level = state.storage.level(battery, second)
            room = max(0.0, level.capacity - level.energy)
            most = min(most, max(0.0, level.energy) * battery.discharge_efficiency / _HOURS)
            least = max(least, -room / battery.charge_efficiency / _HOURS)
        return {
            "chargeEfficiency": battery.charge_efficiency,
            "dischargeEfficiency": battery.discharge_efficiency,
            "energyCapacityRated": battery.energy_kwh,
            "energyCapacityAvailable": available.energy,
            **_power(state, battery, second, 1),
            "maximumDeliverablePower": most,
            "minimumDeliverablePower": least,
            **_cycles(flow, battery.energy_kwh, available.energy),
            "undeliverableSchedule": _undeliverable(flow),
        }

    return values


def _block_values(
    state: State, battery: Battery, block_id: str, share: float
) -> Callable[[int], Values]:
    accepted = state.schedules.of(block_id)

    def boundary(second: int) -> float:
        return (accepted.get(second - QUARTER, 0) + accepted.get(second, 0)) / 2

    def values(second: int) -> Values:
        begin, end = boundary(second), boundary(second + QUARTER)
        return {
            **_power(state, battery, second, share),
            "boundaryPower": begin,
            "deliveryPeriodSetpoint": (12 * accepted.get(second, 0) - begin - end) / 10,
        }

    return values


def _power(state: State, battery: Battery, second: int, share: float) -> Values:
    available = state.outages.available(battery, second)
    return {
        "powerCapacityChargeRated": battery.charge_kw * share,
        "powerCapacityChargeAvailable": available.charge * share,
        "powerCapacityDischargeRated": battery.discharge_kw * share,
        "powerCapacityDischargeAvailable": available.discharge * share,
    }


def _cycles(flow: Flow | None, rated: float, available: float) -> Values:
    """Give cycles and available energy discharges; only schedules cause any here."""
    discharged = max(0.0, flow.delivered) * _HOURS if flow else 0.0
    cycles, discharges = discharged / rated, discharged / available if available else 0.0
    return {
        f"{kind}{market}": value if market in ("Wholesale", "Total") else 0.0
        for kind, value in (("cycles", cycles), ("availableEnergyDischarges", discharges))
        for market in ("Wholesale", "AFRR", "FCR", "Total")
    }


def _undeliverable(flow: Flow | None) -> float:
    if flow is None or flow.reason != "AVAILABILITY":
        return 0.0
    return flow.accepted - flow.delivered


HANDLERS: Final = {
    "virtual_assets.get_operational_data": Handler(_asset_data, slow=True),
    "virtual_assets.get_latest_operational_data": Handler(partial(_asset_data, latest=True)),
    "virtual_assets.get_block_operational_data": Handler(_block_data, slow=True),
    "virtual_assets.get_latest_block_operational_data": Handler(partial(_block_data, latest=True)),
}
