"""The energy in a battery: half full at first, then as the accepted schedule makes it.

Charging stores power times the charge efficiency, discharging takes power over the discharge
efficiency. What cannot be delivered is not: too little power left by an outage (`AVAILABILITY`), or
a battery that is full or empty (`STATE_OF_ENERGY_BOUNDARIES`). In an outage a part of the energy is
frozen, in proportion to the capacity that is lost; only the rest can be used.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from api_sandbox.world.calendar import QUARTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api_sandbox.state.outages import Outages
    from api_sandbox.state.schedules import Schedules
    from api_sandbox.world.fleet import Battery

TARGET = 0.5
"""Part of the rated energy that a battery should hold at the end of its life."""
TOLERANCE = 0.01
_HOURS = 0.25
_LONGEST_MEMORY = 192 * QUARTER
"""Idle time after which an outage is taken for another one."""


class Flow(NamedTuple):
    """One quarter-hour with a schedule: powers in kW, energies in kWh."""

    second: int
    accepted: float
    delivered: float
    reason: str | None
    before: float
    after: float
    frozen: float
    part: float


class Level(NamedTuple):
    """Usable energy and usable capacity (kWh) at one instant."""

    energy: float
    capacity: float
    percent: float


class Imbalance(NamedTuple):
    """What is missing for the target at the end of life: kWh of charge or of discharge."""

    charge: float
    discharge: float
    percent: float

    @property
    def feedback(self) -> str:
        """Say it in a sentence, none if nothing is missing."""
        if self.discharge:
            return (
                f"This block is projected to be over-charged by {self.discharge:g} kilowatt hours."
                " Consider adding more discharging to the schedule, or reducing the amount of"
                " charging"
            )
        if self.charge:
            return (
                f"This block is projected to be under-charged by {self.charge:g} kilowatt hours."
                " Consider adding more charging to the schedule, or reducing the amount of"
                " discharging"
            )
        return ""


class Storage:
    """The energy in every battery, worked out from schedules and outages when asked for."""

    def __init__(self, schedules: Schedules, outages: Outages) -> None:
        self._schedules, self._outages = schedules, outages
        self._known: dict[str, tuple[tuple[int, int], list[Flow]]] = {}

    def flows(self, battery: Battery, block_id: str) -> Sequence[Flow]:
        """Give every quarter-hour with power in its schedule, in order."""
        version = (self._schedules.version, self._outages.version)
        known = self._known.get(battery.id)
        if known is None or known[0] != version:
            known = self._known[battery.id] = (version, self._walk(battery, block_id))
        return known[1]

    def level(self, battery: Battery, block_id: str, second: int) -> Level:
        """Give the state at the start of a quarter-hour."""
        flows = self.flows(battery, block_id)
        index = bisect_right(flows, second, key=lambda flow: flow.second) - 1
        last = flows[index] if index >= 0 else None
        capacity = self._outages.available(battery, second).energy
        if last is not None and last.second == second:
            total, frozen = last.before, last.frozen
        else:
            total = last.after if last else battery.energy_kwh * TARGET
            frozen = self._frozen(battery, last, second, capacity / battery.energy_kwh, total)
        energy = total - frozen
        part = energy / capacity if capacity else total / battery.energy_kwh
        return Level(energy, capacity, 100 * part)

    def imbalance(self, battery: Battery, block_id: str) -> Imbalance:
        """Hold the end of life against the target."""
        flows = self.flows(battery, block_id)
        rated = battery.energy_kwh
        final = flows[-1].after if flows else rated * TARGET
        excess = final - rated * TARGET
        if abs(excess) <= rated * TOLERANCE:
            excess = 0.0
        return Imbalance(
            round(max(-excess, 0.0), 3), round(max(excess, 0.0), 3), round(100 * final / rated, 4)
        )

    def _walk(self, battery: Battery, block_id: str) -> list[Flow]:
        flows: list[Flow] = []
        total = battery.energy_kwh * TARGET
        for second, power in sorted(self._schedules.of(block_id).items()):
            if power:
                last = flows[-1] if flows else None
                flows.append(self._step(battery, last, second, power, total))
                total = flows[-1].after
        return flows

    def _step(
        self, battery: Battery, last: Flow | None, second: int, power: float, total: float
    ) -> Flow:
        available = self._outages.available(battery, second)
        part = available.energy / battery.energy_kwh
        frozen = self._frozen(battery, last, second, part, total)
        usable, share = total - frozen, battery.block
        limited = max(-available.charge * share, min(power, available.discharge * share))
        if limited > 0:
            flow = -min(limited * _HOURS / battery.discharge_efficiency, max(0.0, usable))
            delivered = -flow * battery.discharge_efficiency / _HOURS
        else:
            room = max(0.0, available.energy - usable)
            flow = min(-limited * _HOURS * battery.charge_efficiency, room)
            delivered = -flow / battery.charge_efficiency / _HOURS
        reason = None
        if limited != power:
            reason = "AVAILABILITY"
        elif abs(delivered - limited) > 1e-6:  # noqa: PLR2004  a rounding error, no adjustment
            reason = "STATE_OF_ENERGY_BOUNDARIES"
        if reason is None:
            delivered = power
        return Flow(second, power, delivered, reason, total, total + flow, frozen, part)

    def _frozen(
        self, battery: Battery, last: Flow | None, second: int, part: float, total: float
    ) -> float:
        """Give the frozen energy: still the same in the same outage, else the lost part of all."""
        if last is None or last.part != part or part == 1:
            return total * (1 - part)
        if second - last.second > _LONGEST_MEMORY:
            return total * (1 - part)
        between = range(last.second + QUARTER, second, QUARTER)
        same = last.part * battery.energy_kwh
        if all(self._outages.available(battery, each).energy == same for each in between):
            return last.frozen
        return total * (1 - part)
