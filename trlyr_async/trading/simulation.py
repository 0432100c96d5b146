"""What a battery does with its schedules, by quarter-hour: power, energy, limits. Pure.

`simulate` follows **all** blocks of a virtual asset together, with what it has sold as reserve.
Every violation is a finding, and so is every check that could not be made, with the reason.

The rules are upstream's as far as it documents them. Assumed, since no page says it: a cycle is the
energy delivered over the rated capacity (an available energy discharge: over the available one),
counted on the sum of all blocks; the tolerance of the final state of charge is a share, 0.01 = 1%.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import msgspec

from energy_async.delivery import BERLIN, QUARTER_HOUR, Interval, days, delivery_day
from energy_async.plot import Panel, draw_panels
from trlyr_async.trading.energy import HOURS, Course, Store, follow
from trlyr_async.trading.findings import Finding  # noqa: TC001 - as above
from trlyr_async.trading.numbers import number_of
from trlyr_async.trading.planned import Commitment, Planned
from trlyr_async.trading.violations import Known, find_violations, lacking

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from matplotlib.figure import Figure

    from trlyr_async.models.virtual_assets import Block, VirtualAsset
    from trlyr_async.trading.schedule import ScheduleSource

__all__ = ["SimulatedQuarterHour", "Simulation", "draw_simulation", "simulate"]

_KW: Final = msgspec.Meta(extra={"unit": "kW"})
_KWH: Final = msgspec.Meta(extra={"unit": "kWh"})
_PERCENT: Final = msgspec.Meta(extra={"unit": "%"})


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
    findings: tuple[Finding, ...]

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
        columns = (
            self.times,
            self.power,
            self.delivered or nothing,
            self.upper or nothing,
            self.lower or nothing,
            self.stored or nothing,
            self.capacity or nothing,
        )
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


def simulate(
    asset: VirtualAsset,
    blocks: Iterable[Block],
    schedules: Mapping[str, ScheduleSource] | None = None,
    *,
    stored_kwh: float | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    commitments: Iterable[Commitment] = (),
    capacity: Mapping[datetime, float] | None = None,
    deliverable: Mapping[datetime, tuple[float, float]] | None = None,
    ramp_kw_per_minute: float | None = None,
    cycles_used: float | None = None,
    discharges_used: float | None = None,
) -> Simulation:
    """Follow a virtual asset through the schedules of all its blocks.

    Args:
        asset: Brings rated power, energy capacity, efficiencies, limits of cycles, end of life.
        blocks: All its blocks, with the schedule and the power capacity that upstream has for them.
        schedules: New points by block id, laid over what the block has: whatever `build_schedule`
            takes. kW, discharge positive. A quarter-hour that no block knows counts as zero, which
            is a finding where the block lives.
        stored_kwh: Energy that can be used at `start`, kWh: upstream's state of charge times the
            available capacity. Without it energy is not followed, which is a finding.
        start: Aware, the start of a quarter-hour. Default: that of the first new point, or of the
            first known one.
        end: Aware, excluded. Default: the end of the last known quarter-hour.
        commitments: Reserve that has been sold and must stay free.
        capacity: kWh that can be used, by quarter-hour; one that is missing has the asset's
            `available_energy_capacity`. With it, energy that an outage takes away is frozen.
        deliverable: kW (minimum, maximum), signed, by quarter-hour, as upstream projects them in
            `minimumDeliverablePower` and `maximumDeliverablePower`.
        ramp_kw_per_minute: Most change of power; `asset.ramp_rate` has no documented unit.
        cycles_used: Cycles of the first year before `start`.
        discharges_used: Available energy discharges of the first delivery day before `start`.

    Raises:
        CheckFailed: A schedule cannot be read; see `build_schedule`.
        ValueError: `start` or `end` has no time zone, is no quarter-hour, or ends before it starts.
    """
    planned = Planned.of(blocks, schedules or {}, start, end)
    reserve = planned.within(commitments)
    upper, lower = planned.limits(asset, reserve, deliverable or {})
    stored = None if stored_kwh is None else number_of(stored_kwh)
    usable, store = planned.usable(asset, capacity), _store_of(asset, stored)
    course = None if store is None or usable is None else follow(planned.power, store, usable)
    cycles, discharges = _counts(planned, course, asset.energy_capacity, usable)
    result = Simulation(
        times=planned.times,
        power=planned.power,
        by_block={
            one.id or "": powers for one, powers in zip(planned.blocks, planned.powers, strict=True)
        },
        upper=upper,
        lower=lower,
        delivered=None if course is None else list(course.delivered),
        stored=None if course is None else list(course.stored),
        capacity=usable,
        store=store,
        cycles=cycles,
        discharges=discharges,
        discharges_used=discharges_used or 0.0,
        findings=(),
    )
    known = Known(
        stored_kwh=stored_kwh,
        is_stored_a_number=stored is not None,
        ramp_kw_per_minute=ramp_kw_per_minute,
        cycles_used=cycles_used,
        discharges_used=discharges_used,
        deliverable=deliverable is not None,
        frozen=capacity is not None,
    )
    found = find_violations(result, asset, planned, reserve, known)
    return msgspec.structs.replace(result, findings=tuple(found))


def _store_of(asset: VirtualAsset, stored_kwh: float | Decimal | None) -> Store | None:
    """Give the battery to follow; None if something about it is not known."""
    if stored_kwh is None or lacking(asset, stored_kwh):
        return None
    rated = asset.energy_capacity
    if rated is None:
        rated = asset.available_energy_capacity
    efficiencies = asset.charge_efficiency or 0.0, asset.discharge_efficiency or 0.0
    return Store(float(stored_kwh), rated or 0.0, *efficiencies)


def _counts(
    planned: Planned, course: Course | None, rated: float | None, usable: Sequence[float] | None
) -> tuple[dict[int, float], dict[date, float]]:
    """Energy delivered over the rated capacity by year, and over the available one by day."""
    cycles: dict[int, float] = {}
    discharges: dict[date, float] = {}
    power = planned.power if course is None else course.delivered
    for day in days(planned.start, planned.end, BERLIN) if planned.times else ():
        where = planned.where(*delivery_day(day, BERLIN))
        if rated:
            energy = HOURS * sum(one for one in power[where] if one > 0)
            cycles[day.year] = cycles.get(day.year, 0.0) + energy / rated
        if usable is not None:
            pairs = zip(power[where], usable[where], strict=True)
            discharges[day] = sum(HOURS * kw / kwh for kw, kwh in pairs if kw > 0 and kwh > 0)
    return cycles, discharges


# The chart

_Line: TypeAlias = list[tuple[datetime, datetime, float | None]]


def draw_simulation(simulation: Simulation, *, name: str, zone: str = BERLIN) -> Figure:
    """Draw power (kW), its limits, and the energy (kWh) by quarter-hour; `plot.save` writes it.

    Args:
        simulation: What to draw; it has at least one quarter-hour.
        name: Of the battery, for the title.
        zone: The zone of the time axis.

    Raises:
        ValueError: The simulation is empty.
        ImportError: matplotlib is not installed.
    """
    found = simulation
    if not found.times:
        raise ValueError("the simulation has no quarter-hour to draw")
    panels = [
        Panel(
            f"Power of {name}",
            "all blocks, discharge is positive",
            "kW",
            _lines(found.times, scheduled=found.power, deliverable=found.delivered,
                   most=found.upper, least=found.lower),
        )
    ]  # fmt: skip
    if found.stored is not None:
        energy = _lines(found.times, stored=found.stored, usable=found.capacity)
        panels.append(Panel("Energy", "at the end of each quarter-hour", "kWh", energy))
    whole = Interval(found.times[0], found.times[-1] + QUARTER_HOUR)
    return draw_panels(panels, whole, zone, source=_in_short(found))


def _lines(times: Sequence[datetime], **columns: Sequence[float] | None) -> dict[str, _Line]:
    return {
        name: [(at, at + QUARTER_HOUR, value) for at, value in zip(times, values, strict=True)]
        for name, values in columns.items()
        if values is not None
    }


def _in_short(found: Simulation) -> str:
    wrong = [one for one in found.findings if one.severity != "info"]
    unchecked = len(found.findings) - len(wrong)
    said = f"{len(wrong)} findings" if wrong else "no violation found"
    end = found.end_state_of_charge
    left = "energy not followed" if end is None else f"ends at {end:.1f}% of the rated capacity"
    return f"{said}, {unchecked} checks not made  ·  {left}"
