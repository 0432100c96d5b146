"""Blocks: a virtual asset's power on the wholesale market, and the schedule that uses it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from api_sandbox.areas.owned import ASSET, owned
from api_sandbox.problems import Refusal
from api_sandbox.reading import MAX_RANGE, period_around
from api_sandbox.state.schedules import check_points
from api_sandbox.world.calendar import Period, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api_sandbox.handling import Handler
    from api_sandbox.state.state import State
    from api_sandbox.validation import Call
    from api_sandbox.world.fleet import Battery

BACK, AHEAD = timedelta(hours=24), timedelta(hours=48)
"""What a call without a range is about."""


class Blocks:
    """The operations of blocks but for their operational data."""

    def __init__(self, state: State) -> None:
        self._state = state

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        return {
            f"GET {ASSET}/blocks": owned(self._state, self._all, slow=True),
            f"GET {ASSET}/blocks/{{blockID}}": owned(self._state, self._one, slow=True),
            f"PUT {ASSET}/blocks/{{blockID}}": owned(self._state, self._update),
        }

    def _all(self, call: Call, battery: Battery) -> object:
        period = self._period(call)
        return [self._describe(battery, period, *block) for block in battery.blocks]

    def _one(self, call: Call, battery: Battery) -> object:
        return self._describe(battery, self._period(call), *check_block(call, battery))

    def _update(self, call: Call, battery: Battery) -> object:
        """Accept a schedule as a whole and answer with the block and what unbalances the asset."""
        state = self._state
        block_id, share = check_block(call, battery)
        limits = state.limits(battery, share)
        points = check_points(call.body["schedule"], limits, state.now())
        state.schedules.update(block_id, points)
        imbalance = state.storage.imbalance(battery)
        return {
            **self._describe(battery, _covering(self._period(call), points), block_id, share),
            "feedback": imbalance.feedback,
            "imbalanceCharge": imbalance.charge,
            "imbalanceDischarge": imbalance.discharge,
        }

    def _period(self, call: Call) -> Period:
        return period_around(call, self._state.now(), BACK, AHEAD)

    def _describe(
        self, battery: Battery, period: Period, block_id: str, share: float
    ) -> dict[str, object]:
        state = self._state
        start, end = state.life(battery)
        limits = state.limits(battery, share)
        accepted = state.schedules.of(block_id)
        seconds = state.quarters(battery, period)
        capacity = [
            {
                "chargePowerCapacity": charge,
                "dischargePowerCapacity": discharge,
                "ratedChargePowerCapacity": battery.charge_kw * share,
                "ratedDischargePowerCapacity": battery.discharge_kw * share,
                "time": stamp(second),
            }
            for second, (charge, discharge) in ((each, limits.power(each)) for each in seconds)
        ]
        return {
            "end": end,
            "id": block_id,
            "powerCapacity": capacity,
            "ratedChargePower": battery.charge_kw * share,
            "ratedDischargePower": battery.discharge_kw * share,
            "schedule": [
                {"power": accepted.get(second, 0), "time": stamp(second)} for second in seconds
            ],
            "start": start,
            "unitsPower": "kW",
        }


def check_block(call: Call, battery: Battery) -> tuple[str, float]:
    """Give the id of the block that a call names, and its part of the power.

    Raises:
        Refusal: 404 if the virtual asset has no such block.
    """
    block_id = str(call.path["blockID"]).lower()
    for known in battery.blocks:
        if known[0] == block_id:
            return known
    raise Refusal(404, f"no such block: {block_id}")


def _covering(period: Period, seconds: Mapping[int, float]) -> Period:
    """Widen a period to the updated points, as far as a request may ask for so much."""
    micro = [second * 1_000_000 for second in seconds]
    low, high = min((period.start, *micro)), max((period.end, *micro))
    return Period(low, high) if high - low <= MAX_RANGE / timedelta(microseconds=1) else period
