"""A battery followed through its schedules, and everything in them that cannot be. Pure.

`simulate` follows **all** blocks of a virtual asset together, with what it has sold as reserve.
Every violation is a finding, and so is every check that could not be made, with the reason.

The rules are upstream's as far as it documents them. Assumed, since no page says it: a cycle is the
energy delivered over the rated capacity (an available energy discharge: over the available one),
counted on the sum of all blocks; the tolerance of the final state of charge is a share, 0.01 = 1%.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from operator import sub
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from energy_async.delivery import BERLIN, QUARTER_HOUR, days, delivery_day
from trlyr_async.trading.findings import Finding
from trlyr_async.trading.numbers import number_of
from trlyr_async.trading.planned import Planned, stretches, wholesale_blocks
from trlyr_async.trading.simulation import (
    HOURS,
    TOLERANCE_KWH,
    Course,
    Simulation,
    Store,
    follow,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from trlyr_async.models.virtual_assets import Block, VirtualAsset
    from trlyr_async.trading.planned import Commitment
    from trlyr_async.trading.schedule import ScheduleSource

__all__ = ["simulate"]

FINAL_PERCENT: Final = 50.0
"""State of charge that a virtual asset should have at the end of its life, in %."""
_FCR_SHARE: Final = 0.8
_MINUTES: Final = 15
_KW: Final = 1e-6
_CYCLE: Final = 1e-9


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
        cycles_used: Cycles of the first year before `start`; they are the caller's to know.
        discharges_used: Available energy discharges of the first delivery day before `start`.

    Raises:
        CheckFailed: A schedule cannot be read; see `build_schedule`.
        ValueError: `start` or `end` has no time zone, is no quarter-hour, or ends before it starts.
    """
    planned = Planned(blocks, schedules or {}, start, end)
    reserve = planned.within(commitments)
    upper, lower = planned.limits(asset, reserve, deliverable or {})
    stored = None if stored_kwh is None else number_of(stored_kwh)
    usable, store = planned.usable(asset, capacity), _store_of(asset, stored)
    course = None if store is None or usable is None else follow(planned.power, store, usable)
    cycles, discharges = _counts(planned, course, asset.energy_capacity, usable)
    found = Simulation(
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
    )
    yearly, daily = "cycles of the year", "available energy discharges of the day"
    findings = [
        *_energy(found, asset, stored_kwh, is_number=stored is not None),
        *_power(found, asset),
        *_blocks(planned, asset),
        *_reserve(asset, reserve),
        *_ramp(found, asset, ramp_kw_per_minute),
        *_cycles(found, yearly, asset.annual_cycle_limit, cycles_used, cycles),
        *_cycles(found, daily, asset.daily_cycle_limit, discharges_used, discharges),
        *_final_state(found, asset),
    ]
    if deliverable is None:
        why = "upstream's projection of it was not given"
        findings.append(_unchecked("deliverable power", why))
    if capacity is None:
        why = "the energy capacity by quarter-hour was not given"
        findings.append(_unchecked("outages", why))
    return replace(found, findings=tuple(findings))


def _store_of(asset: VirtualAsset, stored_kwh: float | Decimal | None) -> Store | None:
    if stored_kwh is None or _lacking(asset, stored_kwh):
        return None
    known = asset.energy_capacity, asset.available_energy_capacity
    rated = next((one for one in known if one is not None), 0.0)
    efficiencies = asset.charge_efficiency or 0.0, asset.discharge_efficiency or 0.0
    return Store(float(stored_kwh), rated, *efficiencies)


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


def _lacking(asset: VirtualAsset, stored_kwh: object) -> str:
    """Say why energy cannot be followed; nothing if it can."""
    charge, discharge = asset.charge_efficiency, asset.discharge_efficiency
    reasons = []
    if stored_kwh is None:
        reasons.append("the energy at the start is not known (`stored_kwh`)")
    if asset.units_energy not in {"kWh", None}:
        reasons.append(f"upstream gives energy in {asset.units_energy}, and not in kWh")
    if asset.energy_capacity is None and asset.available_energy_capacity is None:
        reasons.append("the asset has no energy capacity")
    if not charge or not discharge:
        reasons.append(f"the efficiencies are {charge} (charge) and {discharge} (discharge)")
    return "; ".join(reasons)


def _energy(
    found: Simulation, asset: VirtualAsset, stored_kwh: object, *, is_number: bool
) -> Iterator[Finding]:
    if stored_kwh is not None and not is_number:
        message = f"`stored_kwh` is {stored_kwh!r:.40}, and no finite number of kWh"
        yield Finding("no_number", message, "give kWh at the start, not %")
        return
    if found.delivered is None or found.store is None:
        yield _unchecked("energy", _lacking(asset, stored_kwh))
        return
    stored, rated = found.store.stored, found.store.rated
    if not -TOLERANCE_KWH <= stored <= rated + TOLERANCE_KWH:
        message = f"{stored:,.1f} kWh cannot be stored in {rated:,g} kWh"
        at = found.times[0] if found.times else None
        advice = "check `stored_kwh`: kWh at the start, not %"
        yield Finding("energy_limit", message, advice, "error", at, stored)
    if found.delivered == found.power:
        return
    gaps = list(map(sub, found.power, found.delivered))
    for stretch in stretches([(gap > _KW) - (gap < -_KW) for gap in gaps]):
        kwh = HOURS * abs(sum(gaps[stretch]))
        words = ("empty", "discharge", "charge"), ("full", "charge", "discharge")
        state, what, before = words[gaps[stretch.start] < 0]
        message = (
            f"the battery is {state} for {_length(stretch)}: {kwh:,.1f} kWh of {what} cannot be"
        )
        advice = f"{what} {kwh:,.1f} kWh less, or {before} before; upstream refuses or adjusts it"
        yield Finding("energy_limit", message, advice, "warning", found.times[stretch.start], kwh)


def _power(found: Simulation, asset: VirtualAsset) -> Iterator[Finding]:
    if found.upper is None or found.lower is None:
        why = f"the asset's rated power is {asset.rated_charge_power} (charge) and"
        why += f" {asset.rated_discharge_power} (discharge)"
        if asset.units_power not in {"kW", None}:
            why = f"upstream gives power in {asset.units_power}, and not in kW"
        yield _unchecked("power of all blocks together", why)
    for limits, words in ((found.upper, "above the most"), (found.lower, "below the least")):
        if limits is None:
            continue
        pair = (found.power, limits) if limits is found.upper else (limits, found.power)
        excess = list(map(sub, *pair))
        if max(excess, default=0.0) <= _KW:
            continue
        for stretch in stretches([kw > _KW for kw in excess]):
            worst = max(range(stretch.start, stretch.stop), key=excess.__getitem__)
            power, at = found.power[worst], found.times[stretch.start]
            message = f"{power:,g} kW of all blocks together, {words} that rated power, outages"
            message += f" and sold reserve leave, {limits[worst]:,g} kW, for {_length(stretch)}"
            advice = f"change it by {excess[worst]:,g} kW at {found.times[worst]:%Y-%m-%dT%H:%MZ}"
            yield Finding("power_limit", message, advice, "error", at, power)


def _blocks(planned: Planned, asset: VirtualAsset) -> Iterator[Finding]:
    given = [one.id or "" for one in planned.blocks]
    absent = [one for one in wholesale_blocks(asset) if one not in given]
    if len(absent) > given.count(""):
        yield _unchecked("all blocks together", f"block {', '.join(absent)} was not given")
    for index, name in enumerate(given):
        if missing := planned.unknown(index):
            why = f"its power is not known for {len(missing)} quarter-hours of its life and taken"
            why += " as 0 kW; read the block for the whole range"
            yield _unchecked(f"block {name}", why, missing[0])


def _reserve(asset: VirtualAsset, commitments: Sequence[Commitment]) -> Iterator[Finding]:
    if not commitments:
        markets = {one.market for one in asset.block_metadata or ()} - {"WHOLESALE", None}
        if markets:
            names = ", ".join(sorted(map(str, markets)))
            why = f"the asset has blocks for {names}, and no commitments were given"
            yield _unchecked("sold reserve", why)
        return
    yield _unchecked("energy for sold reserve", "how much must be stored for it is not documented")
    most = _FCR_SHARE * min(asset.rated_charge_power or 0.0, asset.rated_discharge_power or 0.0)
    for one in commitments:
        if one.up and one.down and most and one.up > most + _KW:
            message = f"{one.name}: {one.up:,g} kW, and FCR may have 80% of what is rated,"
            message += f" {most:,g} kW"
            advice = "check the capacity that was sold"
            yield Finding("capacity", message, advice, "error", one.start, one.up)


def _ramp(found: Simulation, asset: VirtualAsset, limit: float | None) -> Iterator[Finding]:
    if limit is None:
        if asset.ramp_rate is not None:
            why = f"the asset's ramp rate, {asset.ramp_rate:g}, has no documented unit"
            yield _unchecked("ramps", why)
        return
    steps, most = [0.0, *(abs(b - a) for a, b in pairwise(found.power))], limit * _MINUTES
    for stretch in stretches([kw > most + _KW for kw in steps]):
        worst = max(steps[stretch])
        message = f"power changes by up to {worst:,g} kW from one quarter-hour to the next, for"
        message += f" {_length(stretch)}; {limit:g} kW a minute allow {most:,g} kW"
        advice, at = "change power in smaller steps", found.times[stretch.start]
        yield Finding("ramp", message, advice, "warning", at, worst)


def _cycles(
    found: Simulation,
    what: str,
    limit: float | None,
    used: float | None,
    counts: Mapping[int, float] | Mapping[date, float],
) -> Iterator[Finding]:
    """Compare what each year or day counts with its limit; `used` before the first."""
    periods: list[tuple[int | date, float]] = [*counts.items()]
    if limit is None or not periods:
        why = "the asset has no limit of them" if limit is None else "the capacity is not known"
        yield _unchecked(what, why)
        return
    for index, (period, count) in enumerate(periods):
        before = (used or 0.0) if index == 0 else 0.0
        if before + count > limit + _CYCLE:
            less = f"discharge {100 * (1 - (limit - before) / count):.0f}% less"
            message = f"{before + count:.2f} {what} {period}, and {limit:g} are allowed"
            advice = less if before < limit else "they were used up before"
            at = max(found.times[0], _opening(period))
            yield Finding("cycle_limit", message, advice, "warning", at, before + count)
    if used is None and found.times[0] > _opening(periods[0][0]):
        yield _unchecked(what, "how many there were before the start is not known")


def _opening(period: int | date) -> datetime:
    day = period if isinstance(period, date) else date(period, 1, 1)
    return delivery_day(day, BERLIN).start


def _final_state(found: Simulation, asset: VirtualAsset) -> Iterator[Finding]:
    end = found.end_state_of_charge
    if end is None or found.store is None or asset.end is None:
        yield _unchecked("state of charge at the end", "its energy or its end of life is not known")
        return
    tolerance = final_tolerance(asset)
    if abs(end - FINAL_PERCENT) > tolerance + _CYCLE:
        early = found.times[-1] + QUARTER_HOUR < asset.end
        kwh = (end - FINAL_PERCENT) / 100 * found.store.rated
        more, way = ("discharge", "leave") if kwh > 0 else ("charge", "enter")
        message = f"the battery ends at {end:.1f}%, and {FINAL_PERCENT:g} ± {tolerance:g}% are"
        message += " wanted at the end of its life"
        message += ", if nothing else is scheduled until then" if early else ""
        advice = f"{more} so that {abs(kwh):,.1f} kWh {way} the battery before"
        advice += f" {asset.end:%Y-%m-%dT%H:%MZ}"
        yield Finding("final_state", message, advice, "warning", found.times[-1], end)


def final_tolerance(asset: VirtualAsset) -> float:
    """Give the tolerance of the final state of charge in %; upstream's value is read as a share."""
    return 100 * (asset.final_soc_tolerance or 0.0)


def _unchecked(what: str, why: str, time: datetime | None = None) -> Finding:
    advice = "give what is missing, or look at it by hand"
    return Finding("not_checked", f"{what}: {why}", advice, "info", time)


def _length(stretch: slice) -> str:
    count = stretch.stop - stretch.start
    return "a quarter-hour" if count == 1 else f"{count} quarter-hours"
