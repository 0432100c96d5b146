"""Blocks: a virtual asset's power on the wholesale market, and the schedule that uses it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from energy_sandbox.handling import Handler
from energy_sandbox.reading import MAX_RANGE, period_around
from energy_sandbox.state.schedules import check_points
from energy_sandbox.world.calendar import Period, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_sandbox.state.state import State
    from energy_sandbox.validation import Call
    from energy_sandbox.world.fleet import Battery

BACK, AHEAD = timedelta(hours=24), timedelta(hours=48)
"""What a call without a range is about."""


def _all(state: State, call: Call) -> object:
    battery, period = state.battery(call), _period(state, call)
    return [_describe(state, battery, period, *block) for block in battery.blocks]


def _one(state: State, call: Call) -> object:
    battery, block_id, share = state.block(call)
    return _describe(state, battery, _period(state, call), block_id, share)


def _update(state: State, call: Call) -> object:
    """Accept a schedule as a whole and answer with the block and what unbalances the asset."""
    battery, block_id, share = state.block(call)
    points = check_points(call.body["schedule"], state.limits(battery, share), state.now())
    state.schedules.update(block_id, points)
    imbalance = state.storage.imbalance(battery)
    return {
        **_describe(state, battery, _covering(_period(state, call), points), block_id, share),
        "feedback": imbalance.feedback,
        "imbalanceCharge": imbalance.charge,
        "imbalanceDischarge": imbalance.discharge,
    }


def _period(state: State, call: Call) -> Period:
    return period_around(call, state.now(), BACK, AHEAD)


def _describe(
    state: State, battery: Battery, period: Period, block_id: str, share: float
) -> dict[str, object]:
    start, end = state.life(battery)
    limits, accepted = state.limits(battery, share), state.schedules.of(block_id)
    rated_charge, rated_discharge = battery.charge_kw * share, battery.discharge_kw * share
    seconds = state.quarters(battery, period)
    capacity = [
        {
            "chargePowerCapacity": charge,
            "dischargePowerCapacity": discharge,
            "ratedChargePowerCapacity": rated_charge,
            "ratedDischargePowerCapacity": rated_discharge,
            "time": stamp(second),
        }
        for second, (charge, discharge) in ((each, limits.power(each)) for each in seconds)
    ]
    return {
        "end": end,
        "id": block_id,
        "powerCapacity": capacity,
        "ratedChargePower": rated_charge,
        "ratedDischargePower": rated_discharge,
        "schedule": [
            {"power": accepted.get(second, 0), "time": stamp(second)} for second in seconds
        ],
        "start": start,
        "unitsPower": "kW",
    }


def _covering(period: Period, seconds: Mapping[int, float]) -> Period:
    """Widen a period to the updated points, as far as a request may ask for so much."""
    micro = [second * 1_000_000 for second in seconds]
    low, high = min((period.start, *micro)), max((period.end, *micro))
    return Period(low, high) if high - low <= MAX_RANGE / timedelta(microseconds=1) else period


HANDLERS: Final = {
    "virtual_assets.get_blocks": Handler(_all, slow=True),
    "virtual_assets.get_block": Handler(_one, slow=True),
    "virtual_assets.update_block_schedule": Handler(_update),
}
