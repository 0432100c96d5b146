"""Virtual assets: what they are, what is left of them, and the energy in them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from energy_sandbox.handling import Handler
from energy_sandbox.reading import ends_of, period_around, period_of
from energy_sandbox.state.schedules import GATE_SECONDS
from energy_sandbox.world.calendar import QUARTER, stamp
from energy_sandbox.world.fleet import CYCLES_A_DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_sandbox.state.state import State
    from energy_sandbox.state.storage import Level
    from energy_sandbox.validation import Call
    from energy_sandbox.world.calendar import Period
    from energy_sandbox.world.fleet import Battery


def _all(state: State, call: Call) -> object:
    """Give the assets whose life touches an interval, by default yesterday to a year ahead."""
    state.check_organisation(call)
    start, end = _life_period(state, call)
    known = [*state.world.fleet, *state.won().values()]
    lives = ((battery, *state.life(battery)) for battery in known)
    return [
        _describe(state, battery)
        for battery, born, retired in lives
        if born <= end and start <= retired
    ]


def _life_period(state: State, call: Call) -> tuple[datetime, datetime]:
    now, zone = state.now(), state.world.calendar.zone
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    default = datetime.combine(yesterday, time(), zone), now + timedelta(days=365)
    given = ends_of(call.query, default)
    return given if {"start", "end"} <= set(call.query) else default


def _one(state: State, call: Call) -> object:
    return _describe(state, state.battery(call))


def _energy_capacity(state: State, call: Call) -> object:
    battery = state.battery(call)
    points = [
        {
            "energyCapacity": {
                "available": float(state.outages.available(battery, second).energy),
                "rated": float(battery.energy_kwh),
            },
            "time": stamp(second),
        }
        for second in state.quarters(battery, period_of(call))
    ]
    return {"energyCapacityTimeseries": points}


def _levels(
    state: State, battery: Battery, period: Period, point: Callable[[Level], dict[str, Any]],
    shift: int = 0,
) -> list[dict[str, Any]]:  # fmt: skip
    """Give a point for each quarter-hour of a period, of the state at its start or later."""
    return [
        {**point(state.storage.level(battery, second + shift)), "time": stamp(second)}
        for second in state.quarters(battery, period)
    ]


def _right_aligned_charge(state: State, call: Call) -> object:
    """Give by quarter-hour the state at its end; by default three days back and four ahead."""
    battery = state.battery(call)
    period = period_around(call, state.now(), timedelta(days=3), timedelta(days=4))
    points = _levels(
        state, battery, period, lambda level: {"stateOfChargePercentage": level.percent}, QUARTER
    )
    return {"stateOfChargePercentageTimeseries": points}


def _projected_charge(state: State, call: Call) -> object:
    def point(level: Level) -> dict[str, Any]:
        return {"boundaries": {"lower": 0, "upper": 100}, "soc": level.percent}

    points = _levels(state, state.battery(call), period_of(call), point)
    return {"stateOfChargePercentageTimeseries": points}


def _projected_energy(state: State, call: Call) -> object:
    def point(level: Level) -> dict[str, Any]:
        return {"boundaries": {"lower": 0, "upper": level.capacity}, "soe": level.energy}

    return {"stateOfEnergyTimeseries": _levels(state, state.battery(call), period_of(call), point)}


def _latest_charge(state: State, call: Call) -> object:
    second = state.quarter
    return {
        "soc": state.storage.level(state.battery(call), second).percent, "time": stamp(second),
    }  # fmt: skip


def _latest_energy(state: State, call: Call) -> object:
    second = state.quarter
    return {
        "soe": state.storage.level(state.battery(call), second).energy, "time": stamp(second),
    }  # fmt: skip


def _adjustments(state: State, call: Call) -> object:
    period, flows = period_of(call), state.storage.flows(state.battery(call))
    adjusted = [
        {
            "acceptedSchedule": flow.accepted,
            "adjustedSchedule": flow.delivered,
            "reason": flow.reason,
            "timestamp": stamp(flow.second),
        }
        for flow in flows
        if flow.reason and period.holds(flow.second)
    ]
    return {"adjustments": adjusted}


def _describe(state: State, battery: Battery) -> dict[str, object]:
    start, end = state.life(battery)
    imbalance = state.storage.imbalance(battery)
    cycles, eic = battery.cycles_a_year, state.world.noise.uuid("eic", battery.id)
    blocks = [
        {"id": block_id, "market": "WHOLESALE", "start": start, "end": end}
        for block_id, _ in battery.blocks
    ]
    return {
        "annualCycleLimit": cycles,
        "availableEnergyCapacity": state.outages.available(battery, state.quarter).energy,
        "blockIDs": [block["id"] for block in blocks],
        "blockMetadata": blocks,
        "chargeEfficiency": battery.charge_efficiency,
        "createdAt": start - timedelta(days=30),
        "dailyCycleLimit": CYCLES_A_DAY,
        "deliveryZone": battery.zone,
        "dischargeEfficiency": battery.discharge_efficiency,
        "dispatchGateClosureSeconds": GATE_SECONDS,
        "eicCode": f"11W{eic.replace('-', '')[:12].upper()}A",
        "end": end,
        "endStateOfChargePercentage": imbalance.percent,
        "energyCapacity": battery.energy_kwh,
        "feedback": imbalance.feedback,
        "finalSoCTolerance": 0.01,
        "id": battery.id,
        "imbalanceCharge": imbalance.charge,
        "imbalanceDischarge": imbalance.discharge,
        "portfolioID": battery.portfolio_id,
        "protectedDurationSeconds": 3600,
        "rampRate": battery.ramp_rate,
        "ratedChargePower": battery.charge_kw,
        "ratedDischargePower": battery.discharge_kw,
        "start": start,
        "totalAllowedCycles": cycles * 15,
        "unitsEnergy": "kWh",
        "unitsPower": "kW",
    }


HANDLERS: Final = {
    f"virtual_assets.get_{name}": Handler(answer, slow=True)
    for name, answer in {
        "virtual_assets": _all,
        "virtual_asset": _one,
        "adjustments": _adjustments,
        "energy_capacity": _energy_capacity,
        "state_of_charge": _right_aligned_charge,
        "latest_state_of_charge": _latest_charge,
        "projected_state_of_charge": _projected_charge,
        "latest_state_of_energy": _latest_energy,
        "projected_state_of_energy": _projected_energy,
    }.items()
}
