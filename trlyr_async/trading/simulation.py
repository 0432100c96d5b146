"""A battery's energy followed through a schedule, and what that shows, as rows or a chart. Pure.

Charging stores power times the charge efficiency, discharging takes power over the discharge
efficiency. What a full or an empty battery cannot do is not done; what comes after goes on from
there. In an outage a part of the energy is frozen, in proportion to the capacity that is lost, for
as long as the outage lasts; upstream documents that there is a frozen part, not how large it is.
"""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - read by msgspec
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec

from energy_async.delivery import BERLIN, QUARTER_HOUR, Interval
from energy_async.plot import Panel, draw_panels
from trlyr_async.trading.findings import Finding  # noqa: TC001 - read by msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

__all__ = ["SimulatedQuarterHour", "Simulation", "draw_simulation"]

HOURS: Final = 0.25
TOLERANCE_KWH: Final = 1e-6
_KW: Final = msgspec.Meta(extra={"unit": "kW"})
_KWH: Final = msgspec.Meta(extra={"unit": "kWh"})
_PERCENT: Final = msgspec.Meta(extra={"unit": "%"})


class Store(NamedTuple):
    """A battery at the start of a schedule.

    Attributes:
        stored: Energy in it that can be used, kWh.
        rated: Its energy capacity, kWh.
        charge_efficiency: Share of imported energy that is stored, above 0.
        discharge_efficiency: Share of stored energy that is exported, above 0.
    """

    stored: float
    rated: float
    charge_efficiency: float
    discharge_efficiency: float


class Course(NamedTuple):
    """What becomes of a schedule, by quarter-hour.

    Attributes:
        delivered: kW that the battery can deliver of what is scheduled, discharge positive.
        stored: kWh at the end of the quarter-hour, frozen energy included.
    """

    delivered: Sequence[float]
    stored: Sequence[float]


def follow(powers: Sequence[float], store: Store, capacity: Sequence[float]) -> Course:
    """Follow a battery through powers (kW, discharge positive), with the kWh usable in each."""
    gain, loss = HOURS * store.charge_efficiency, HOURS / store.discharge_efficiency
    changes = [-power * (loss if power > 0 else gain) for power in powers]
    stored = list(accumulate(changes, initial=store.stored))
    if not changes:
        return Course(powers, [])
    is_constant = capacity.count(capacity[0]) == len(capacity)
    least, most = min(stored[1:]), max(stored[1:])
    if is_constant and least >= -TOLERANCE_KWH and most <= capacity[0] + TOLERANCE_KWH:
        return Course(powers, stored[1:])
    return _step_by_step(powers, changes, store, capacity)


def _step_by_step(
    powers: Sequence[float], changes: Sequence[float], store: Store, capacity: Sequence[float]
) -> Course:
    total, frozen, last = store.stored, 0.0, capacity[0]
    delivered, stored = list(powers), list[float]()
    for index, (change, limit) in enumerate(zip(changes, capacity, strict=True)):
        if limit != last:
            share = limit / store.rated if store.rated else 1.0
            last, frozen = limit, total * max(0.0, 1.0 - share)
        usable, possible = total - frozen, change
        if change > 0 and usable + change > limit:
            possible = max(0.0, limit - usable)
        elif change < 0 and usable + change < 0:
            possible = -max(0.0, usable)
        total += possible
        stored.append(total)
        if abs(possible - change) > TOLERANCE_KWH:
            delivered[index] = powers[index] * possible / change
    return Course(delivered, stored)


class SimulatedQuarterHour(msgspec.Struct, frozen=True, kw_only=True):
    """One quarter-hour of a simulation, for tables.

    Attributes:
        time: Its start, aware and in UTC.
        power: Scheduled, all blocks together; discharge positive.
        delivered: What the battery can deliver of it; None if its energy could not be followed.
        headroom_up: Power that is left for more discharge, sold reserve taken off.
        headroom_down: Power that is left for more charge, sold reserve taken off.
        stored: Energy at its end; None if it could not be followed.
        state_of_charge: The same as a share of the usable capacity.
    """

    time: datetime
    power: Annotated[float, _KW]
    delivered: Annotated[float | None, _KW]
    headroom_up: Annotated[float | None, _KW]
    headroom_down: Annotated[float | None, _KW]
    stored: Annotated[float | None, _KWH]
    state_of_charge: Annotated[float | None, _PERCENT]


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """A battery followed through its schedules; lists have one value for each quarter-hour.

    Attributes:
        times: Starts of the quarter-hours, in UTC, without a gap.
        power: kW as scheduled, all blocks together, discharge positive.
        by_block: The same of each block, by its id; None where nobody knows.
        upper: Most power (kW, signed) that limits and sold reserve leave; None if not known.
        lower: Least power (kW, signed) that they leave; None if not known.
        delivered: kW that the battery can deliver of it; None if its energy was not followed.
        stored: kWh at the end of each quarter-hour; None if its energy was not followed.
        capacity: kWh that can be used; None if not known.
        store: The battery at the start; None if its energy was not followed.
        cycles: Energy delivered over the rated capacity, by year of Europe/Berlin.
        discharges: Energy delivered over the available capacity, by delivery day.
        discharges_used: Those of the first day before the simulation begins.
        findings: Every violation, and every check that was not made (`kind="not_checked"`).
    """

    times: list[datetime]
    power: list[float]
    by_block: dict[str, list[float | None]]
    upper: list[float] | None
    lower: list[float] | None
    delivered: list[float] | None
    stored: list[float] | None
    capacity: list[float] | None
    store: Store | None
    cycles: dict[int, float]
    discharges: dict[date, float]
    discharges_used: float
    findings: tuple[Finding, ...] = ()

    @property
    def is_feasible(self) -> bool:
        """Whether nothing was found, and the energy was followed: what was not checked counts."""
        return self.stored is not None and all(one.severity == "info" for one in self.findings)

    @property
    def end_state_of_charge(self) -> float | None:
        """The state of charge at the end, in % of the rated capacity; None if not followed."""
        if not self.stored or self.store is None or not self.store.rated:
            return None
        return 100 * self.stored[-1] / self.store.rated

    @property
    def missing_kwh(self) -> float | None:
        """Energy, at the terminals, that is scheduled and cannot be delivered or taken in."""
        if self.delivered is None:
            return None
        pairs = zip(self.power, self.delivered, strict=True)
        return HOURS * sum(abs(power - delivered) for power, delivered in pairs)

    def rows(self) -> list[SimulatedQuarterHour]:
        """Give one row for each quarter-hour; `energy_async.tables` makes a table of them."""
        nothing: list[None] = [None] * len(self.times)
        known = self.delivered, self.upper, self.lower, self.stored, self.capacity
        columns = self.times, self.power, *(one or nothing for one in known)
        return [
            SimulatedQuarterHour(
                time=time,
                power=power,
                delivered=delivered,
                headroom_up=None if upper is None else upper - power,
                headroom_down=None if lower is None else power - lower,
                stored=stored,
                state_of_charge=100 * stored / limit if stored is not None and limit else None,
            )
            for time, power, delivered, upper, lower, stored, limit in zip(*columns, strict=True)
        ]


def draw_simulation(simulation: Simulation, *, name: str) -> Figure:
    """Draw power (kW), its limits, and the energy (kWh) by quarter-hour; `plot.save` writes it.

    Args:
        simulation: What to draw; it has at least one quarter-hour.
        name: Of the battery, for the title.

    Raises:
        ValueError: The simulation is empty.
        ImportError: matplotlib is not installed.
    """
    found, times = simulation, simulation.times
    if not times:
        raise ValueError("the simulation has no quarter-hour to draw")
    power = {
        "scheduled": found.power,
        "deliverable": found.delivered,
        "most": found.upper,
        "least": found.lower,
    }
    energy = {"stored": found.stored, "usable": None if found.stored is None else found.capacity}
    panels = [
        Panel(
            title,
            subtitle,
            unit,
            {
                label: [
                    (at, at + QUARTER_HOUR, value) for at, value in zip(times, values, strict=True)
                ]
                for label, values in lines.items()
                if values is not None
            },
        )
        for title, subtitle, unit, lines in (
            (f"Power of {name}", "all blocks, discharge is positive", "kW", power),
            ("Energy", "at the end of each quarter-hour", "kWh", energy),
        )
        if any(lines.values())
    ]
    wrong = sum(one.severity != "info" for one in found.findings)
    end, unchecked = found.end_state_of_charge, len(found.findings) - wrong
    verdict = f"{wrong} findings" if wrong else "no violation found"
    left = "energy not followed" if end is None else f"ends at {end:.1f}% of the rated capacity"
    source = f"{verdict}, {unchecked} checks not made  ·  {left}"
    return draw_panels(panels, Interval(times[0], times[-1] + QUARTER_HOUR), BERLIN, source=source)
