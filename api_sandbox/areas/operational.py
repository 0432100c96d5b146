"""Operational data of virtual assets and their blocks: categories by quarter-hour.

The documentation names the categories, not the answer's shape, which follows that of revenue data
points. Power at a period's boundary is the mean of both periods; from there the power ramps to the
setpoint within a sixth of the period, and the setpoint is such that the average is the schedule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api_sandbox.areas.blocks import AHEAD, BACK, check_block
from api_sandbox.areas.owned import ASSET, owned
from api_sandbox.reading import listed, period_around
from api_sandbox.world.calendar import QUARTER, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from api_sandbox.handling import Handler
    from api_sandbox.state.state import State
    from api_sandbox.state.storage import Flow
    from api_sandbox.validation import Call
    from api_sandbox.world.fleet import Battery

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


class Operational:
    """The operations that give operational data."""

    def __init__(self, state: State) -> None:
        self._state = state

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        block, state = f"{ASSET}/blocks/{{blockID}}", self._state
        return {
            f"GET {ASSET}/operational": owned(state, self._asset_series, slow=True),
            f"GET {ASSET}/operational/latest": owned(state, self._asset_latest),
            f"GET {block}/operational": owned(state, self._block_series, slow=True),
            f"GET {block}/operational/latest": owned(state, self._block_latest),
        }

    def _asset_series(self, call: Call, battery: Battery) -> object:
        return _series(call, self._range(call, battery), ASSET_UNITS, self._asset_values(battery))

    def _asset_latest(self, call: Call, battery: Battery) -> object:
        return _series(call, [self._state.quarter], ASSET_UNITS, self._asset_values(battery))

    def _block_series(self, call: Call, battery: Battery) -> object:
        values = self._block_values(battery, *check_block(call, battery))
        return _series(call, self._range(call, battery), BLOCK_UNITS, values)

    def _block_latest(self, call: Call, battery: Battery) -> object:
        values = self._block_values(battery, *check_block(call, battery))
        return _series(call, [self._state.quarter], BLOCK_UNITS, values)

    def _range(self, call: Call, battery: Battery) -> list[int]:
        return self._state.quarters(battery, period_around(call, self._state.now(), BACK, AHEAD))

    def _asset_values(self, battery: Battery) -> Callable[[int], Values]:
        state = self._state
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
                **_power(battery, available.charge, available.discharge, 1),
                "maximumDeliverablePower": most,
                "minimumDeliverablePower": least,
                **_cycles(flow, battery.energy_kwh, available.energy),
                "undeliverableSchedule": _undeliverable(flow),
            }

        return values

    def _block_values(
        self, battery: Battery, block_id: str, share: float
    ) -> Callable[[int], Values]:
        state = self._state
        accepted = state.schedules.of(block_id)

        def boundary(second: int) -> float:
            return (accepted.get(second - QUARTER, 0) + accepted.get(second, 0)) / 2

        def values(second: int) -> Values:
            available = state.outages.available(battery, second)
            begin, end = boundary(second), boundary(second + QUARTER)
            return {
                **_power(battery, available.charge, available.discharge, share),
                "boundaryPower": begin,
                "deliveryPeriodSetpoint": (12 * accepted.get(second, 0) - begin - end) / 10,
            }

        return values


def _power(battery: Battery, charge: float, discharge: float, share: float) -> Values:
    return {
        "powerCapacityChargeRated": battery.charge_kw * share,
        "powerCapacityChargeAvailable": charge * share,
        "powerCapacityDischargeRated": battery.discharge_kw * share,
        "powerCapacityDischargeAvailable": discharge * share,
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


def _series(
    call: Call, seconds: Iterable[int], units: Mapping[str, str], values: Callable[[int], Values]
) -> object:
    names = listed(call, "categories", list(units))
    rows = [(stamp(second), values(second)) for second in seconds]
    return {
        "data": {
            name: [{"time": time, "value": row[name]} for time, row in rows] for name in names
        },
        "metaData": [{"dataPointName": name, "unit": units[name]} for name in names],
    }
