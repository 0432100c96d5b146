"""What a simulation finds: each stretch that cannot be, and each check that was not made. Pure."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from operator import sub
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import BERLIN, QUARTER_HOUR, delivery_day
from trlyr_async.trading.energy import HOURS, TOLERANCE_KWH
from trlyr_async.trading.findings import Finding
from trlyr_async.trading.planned import stretches, wholesale_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from trlyr_async.models.virtual_assets import VirtualAsset
    from trlyr_async.trading.planned import Commitment, Planned
    from trlyr_async.trading.simulation import Simulation

__all__: list[str] = []

FINAL_PERCENT: Final = 50.0
"""State of charge that a virtual asset should have at the end of its life, in %."""
_FCR_SHARE: Final = 0.8
_MINUTES: Final = 15
_KW: Final = 1e-6
_CYCLE: Final = 1e-9


class Known(NamedTuple):
    """What the caller of a simulation knows beyond the asset and its blocks; see `simulate`."""

    stored_kwh: float | None
    is_stored_a_number: bool
    ramp_kw_per_minute: float | None
    cycles_used: float | None
    discharges_used: float | None
    deliverable: bool
    frozen: bool


def find_violations(
    found: Simulation,
    asset: VirtualAsset,
    planned: Planned,
    commitments: Sequence[Commitment],
    known: Known,
) -> Iterator[Finding]:
    """Give everything that a simulation shows to be wrong, and what it could not check."""
    yield from _energy(found, asset, known)
    yield from _power(found, asset)
    yield from _blocks(planned, asset)
    yield from _reserve(asset, commitments)
    yield from _ramp(found, asset, known.ramp_kw_per_minute)
    limit, used = asset.annual_cycle_limit, known.cycles_used
    yield from _cycles(found, "cycles of the year", limit, used, found.cycles)
    limit, used, what = (
        asset.daily_cycle_limit,
        known.discharges_used,
        "available energy discharges",
    )
    yield from _cycles(found, f"{what} of the day", limit, used, found.discharges)
    yield from _final_state(found, asset)
    if not known.deliverable:
        yield _unchecked("deliverable power", "upstream's projection of it was not given")
    if not known.frozen:
        yield _unchecked("outages", "the energy capacity by quarter-hour was not given")


def lacking(asset: VirtualAsset, stored_kwh: object) -> list[str]:
    """Say why energy cannot be followed; nothing if it can."""
    charge, discharge = asset.charge_efficiency, asset.discharge_efficiency
    reasons = {
        "the energy at the start is not known (`stored_kwh`)": stored_kwh is None,
        f"upstream gives energy in {asset.units_energy}, and not in kWh": asset.units_energy
        not in {"kWh", None},
        "the asset has no energy capacity": asset.energy_capacity is None
        and asset.available_energy_capacity is None,
        f"the asset's efficiencies are {charge} (charge) and {discharge} (discharge)": not charge
        or not discharge,
    }
    return [why for why, is_so in reasons.items() if is_so]


def _energy(found: Simulation, asset: VirtualAsset, known: Known) -> Iterator[Finding]:
    if known.stored_kwh is not None and not known.is_stored_a_number:
        message = f"`stored_kwh` is {known.stored_kwh!r:.40}, and no finite number of kWh"
        yield Finding(kind="no_number", message=message, advice="give kWh at the start, not %")
        return
    if found.delivered is None or found.store is None:
        yield _unchecked("energy", "; ".join(lacking(asset, known.stored_kwh)))
        return
    stored, rated = found.store.stored, found.store.rated
    if not -TOLERANCE_KWH <= stored <= rated + TOLERANCE_KWH:
        message = f"{stored:,.1f} kWh cannot be stored in {rated:,g} kWh"
        advice = "check `stored_kwh`: kWh at the start, not %"
        at = found.times[0] if found.times else None
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
        advice = (
            f"{what} {kwh:,.1f} kWh less, or {before} before; upstream may refuse the"
            " schedule, or adjusts it"
        )
        yield Finding("energy_limit", message, advice, "warning", found.times[stretch.start], kwh)


def _power(found: Simulation, asset: VirtualAsset) -> Iterator[Finding]:
    if found.upper is None or found.lower is None:
        why = (
            f"upstream gives power in {asset.units_power}, and not in kW"
            if asset.units_power not in {"kW", None}
            else f"the asset's rated power is {asset.rated_charge_power} (charge) and"
            f" {asset.rated_discharge_power} (discharge)"
        )
        yield _unchecked("power of all blocks together", why)
    if found.upper is not None:
        over = list(map(sub, found.power, found.upper))
        yield from _beyond(found, over, found.upper, "above the most")
    if found.lower is not None:
        under = list(map(sub, found.lower, found.power))
        yield from _beyond(found, under, found.lower, "below the least")


def _beyond(
    found: Simulation, excess: Sequence[float], limits: Sequence[float], words: str
) -> Iterator[Finding]:
    if max(excess, default=0.0) <= _KW:
        return
    for stretch in stretches([kw > _KW for kw in excess]):
        worst = max(range(stretch.start, stretch.stop), key=excess.__getitem__)
        message = (
            f"{found.power[worst]:,g} kW of all blocks together, {words} that rated power,"
            f" outages and sold reserve leave, {limits[worst]:,g} kW, for {_length(stretch)}"
        )
        advice = f"change it by {excess[worst]:,g} kW at {found.times[worst]:%Y-%m-%dT%H:%MZ}"
        at = found.times[stretch.start]
        yield Finding("power_limit", message, advice, "error", at, found.power[worst])


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
    markets = {one.market for one in asset.block_metadata or ()} - {"WHOLESALE", None}
    if not commitments:
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
    """Hold what each year or day counts against its limit; `used` before the first."""
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
    early = found.times[-1] + QUARTER_HOUR < asset.end
    tolerance = final_tolerance(asset)
    if abs(end - FINAL_PERCENT) > tolerance + _CYCLE:
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
    return Finding("not_checked", f"{what}: {why}", advice, "info", time=time)


def _length(stretch: slice) -> str:
    count = stretch.stop - stretch.start
    return "a quarter-hour" if count == 1 else f"{count} quarter-hours"
