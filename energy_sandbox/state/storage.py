"""The energy in a battery: half full at first, then as the accepted schedule makes it.

Charging stores power times the charge efficiency, discharging takes power over the discharge
efficiency. What cannot be delivered is not: too little power left by an outage or by what was sold
as FCR or aFRR (`AVAILABILITY`), too fast a change of power (`RAMP_RATE`), too many cycles for the
day or the year (`CYCLE_LIMIT`), or a battery that is full or empty (`STATE_OF_ENERGY_BOUNDARIES`).
Only the first and the last are upstream's words. In an outage a part of the energy is frozen, in
proportion to the capacity that is lost; only the rest can be used.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from energy_sandbox.world.calendar import QUARTER
from energy_sandbox.world.fleet import CYCLES_A_DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from energy_sandbox.state.bids import Commitment
    from energy_sandbox.state.outages import Available, Outages
    from energy_sandbox.state.schedules import Schedules
    from energy_sandbox.world.fleet import Battery
    from energy_sandbox.world.world import World

TARGET = 0.5
"""Part of the rated energy that a battery should hold at the end of its life."""
TOLERANCE = 0.01
_HOURS = 0.25
_MINUTES = 15
_ROUNDING = 1e-6
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
        over, more, less = "over", "discharging", "charging"
        if self.charge:
            over, more, less = "under", less, more
        elif not self.discharge:
            return ""
        return (
            f"This block is projected to be {over}-charged by {self.charge or self.discharge:g}"
            f" kilowatt hours. Consider adding more {more} to the schedule, or reducing the amount"
            f" of {less}"
        )


class Storage:
    """The energy in every battery, worked out from schedules and outages when asked for."""

    def __init__(
        self,
        world: World,
        schedules: Schedules,
        outages: Outages,
        commitments: Callable[[Battery], tuple[Commitment, ...]],
    ) -> None:
        self._schedules, self._outages, self._commitments = schedules, outages, commitments
        self._calendar = world.calendar
        self._known: dict[str, tuple[object, list[Flow]]] = {}

    def scheduled(self, battery: Battery) -> dict[int, float]:
        """Give the power (kW) of all blocks of a battery together, by quarter-hour."""
        found: dict[int, float] = {}
        for block_id, _ in battery.blocks:
            for second, power in self._schedules.of(block_id).items():
                found[second] = found.get(second, 0) + power
        return found

    def flows(self, battery: Battery) -> Sequence[Flow]:
        """Give every quarter-hour with power in its schedule, in order."""
        sold = self._commitments(battery)
        version = (self._schedules.version, self._outages.version, sold)
        known = self._known.get(battery.id)
        if known is None or known[0] != version:
            known = self._known[battery.id] = (version, self._walk(battery, sold))
        return known[1]

    def level(self, battery: Battery, second: int) -> Level:
        """Give the state at the start of a quarter-hour."""
        flows = self.flows(battery)
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

    def imbalance(self, battery: Battery) -> Imbalance:
        """Hold the end of life against the target."""
        flows = self.flows(battery)
        rated = battery.energy_kwh
        final = flows[-1].after if flows else rated * TARGET
        excess = final - rated * TARGET
        if abs(excess) <= rated * TOLERANCE:
            excess = 0.0
        return Imbalance(
            round(max(-excess, 0.0), 3), round(max(excess, 0.0), 3), round(100 * final / rated, 4)
        )

    def _walk(self, battery: Battery, sold: Sequence[Commitment]) -> list[Flow]:
        flows: list[Flow] = []
        used: defaultdict[object, float] = defaultdict(float)
        for second, power in sorted(self.scheduled(battery).items()):
            if power:
                last = flows[-1] if flows else None
                flows.append(self._step(battery, last, second, power, sold, used))
        return flows

    def _step(
        self, battery: Battery, last: Flow | None, second: int, power: float,
        sold: Sequence[Commitment], used: defaultdict[object, float],
    ) -> Flow:  # fmt: skip
        available = self._outages.available(battery, second)
        total = last.after if last else battery.energy_kwh * TARGET
        part = available.energy / battery.energy_kwh
        frozen = self._frozen(battery, last, second, part, total)
        usable, day = total - frozen, self._calendar.date_at(second)
        before = last.delivered if last and last.second == second - QUARTER else 0.0
        ramp = battery.ramp_rate * _MINUTES
        left = min(
            (CYCLES_A_DAY - used[day]) * available.energy,
            (battery.cycles_a_year - used[day.year]) * battery.energy_kwh,
        )
        into, out = battery.charge_efficiency * _HOURS, battery.discharge_efficiency / _HOURS
        delivered, reason = power, None
        for name, least, most in (
            ("AVAILABILITY", *_free(battery, available, second, sold)),
            ("RAMP_RATE", before - ramp, before + ramp),
            (
                "STATE_OF_ENERGY_BOUNDARIES",
                min(0.0, usable - available.energy) / into,
                max(0.0, usable) * out,
            ),
            ("CYCLE_LIMIT", -inf, max(0.0, left) / _HOURS),
        ):
            limited = max(least, min(delivered, most))
            if abs(limited - delivered) > _ROUNDING:
                delivered, reason = limited, reason or name
        after = total - (delivered / out if delivered > 0 else delivered * into)
        used[day] += max(0.0, delivered) * _HOURS / (available.energy or inf)
        used[day.year] += max(0.0, delivered) * _HOURS / battery.energy_kwh
        return Flow(second, power, delivered, reason, total, after, frozen, part)

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


def _free(
    battery: Battery, available: Available, second: int, sold: Sequence[Commitment]
) -> tuple[float, float]:
    """Give the least and most power that is there for schedules, reserve taken off."""
    here = [one for one in sold if one.start <= second < one.end]
    charge = available.charge - sum(one.down for one in here)
    discharge = available.discharge - sum(one.up for one in here)
    share = battery.block
    return (
        -max(0.0, min(charge, available.charge * share)),
        max(0.0, min(discharge, available.discharge * share)),
    )
