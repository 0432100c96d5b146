"""Checks of a block schedule before it is sent: times, gates, completeness, power, energy. Pure.

What a check calls an error is what terralayr documents that it refuses, or what cannot be meant.
Passing it is no promise: upstream checks against what it alone knows, outages and the projected
state of energy among it.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from energy_async.delivery import (
    BERLIN,
    QUARTER_HOUR,
    Interval,
    delivery_day,
    delivery_day_of,
    require_aware,
)
from trlyr_async.models.virtual_assets import Block, SchedulePoint
from trlyr_async.trading.battery import Battery
from trlyr_async.trading.findings import Finding, Kind, Severity
from trlyr_async.trading.planned import room_of, stretches
from trlyr_async.trading.schedule import ScheduleSource, read_points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = ["check_schedule", "gate_closure"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_FOREVER: Final = datetime.max.replace(tzinfo=UTC)
_KW_PER_MW: Final = 1000
_NOISE: Final = 1e-6
"""kW by which sums of floats may be off; both sides of a finding would look the same."""


def check_schedule(
    schedule: ScheduleSource,
    *,
    asset: VirtualAsset | None = None,
    block: Block | None = None,
    others: Sequence[Block] = (),
    period: Interval | date | None = None,
    now: datetime | None = None,
    stored_kwh: float | None = None,
    battery: Battery | None = None,
) -> tuple[Finding, ...]:
    """Find everything that is wrong or odd about a schedule, without asking upstream.

    Always checked: time zones, numbers, quarter-hour alignment, duplicates, gaps. The rest as far
    as it is given what it needs; no value is ever changed.

    Args:
        schedule: Whatever `build_schedule` takes. kW, discharge positive, charge negative.
        asset: Brings the gate closure, rated power, efficiencies and energy capacity.
        block: Brings the lifetime and the power that is available at each quarter-hour.
        others: The asset's other blocks, with the schedules that upstream has for them: they share
            its power and its energy.
        period: What must be covered, every quarter-hour of it and nothing else: a delivery day of
            Europe/Berlin (92, 96 or 100 quarter-hours) or a range. Without it, gaps in the delivery
            days that the schedule touches are warnings: upstream keeps the power it has for them.
        now: Aware; the moment for which gates are looked at. Without it they are not.
        stored_kwh: Energy that will be stored when the schedule begins, in kWh; with it and the
            asset's efficiencies, the energy is followed through the schedule.
        battery: All that `read_battery` has read, in place of asset, other blocks and energy.

    Returns:
        The findings in no particular order; none if nothing was found.
    """
    points, unreadable = read_points(schedule)
    if not points and not unreadable:
        advice = "a schedule that shall do nothing says so with zeros"
        return (Finding(kind="nothing", message="the schedule has no points", advice=advice),)
    aligned = [point for point in points if not (point.time - _EPOCH) % QUARTER_HOUR]
    if battery is None and asset is not None:
        first, last = (aligned[0].time, aligned[-1].time) if aligned else (_EPOCH, _EPOCH)
        blocks = [block or Block(id=""), *others]
        battery = Battery(asset, blocks, first, last + QUARTER_HOUR, stored_kwh)
    unread = () if battery is None else battery.findings
    return (*unreadable, *_inspected(points, aligned, battery, block, period, now), *unread)


def gate_closure(schedule: ScheduleSource, asset: VirtualAsset) -> datetime | None:
    """Give the moment until which all of a schedule can arrive: the gate of its first quarter-hour.

    None for a schedule without points, or where the asset names no gate closure.
    """
    points, _ = read_points(schedule)
    if not points or asset.dispatch_gate_closure_seconds is None:
        return None
    return points[0].time - gate_of(asset)


def gate_of(asset: VirtualAsset | None) -> timedelta:
    """Give the time before a quarter-hour at which its gate closes; none if it is not known."""
    seconds = None if asset is None else asset.dispatch_gate_closure_seconds
    return timedelta(seconds=seconds or 0)


def _inspected(
    points: Sequence[SchedulePoint],
    aligned: Sequence[SchedulePoint],
    battery: Battery | None,
    block: Block | None,
    period: Interval | date | None,
    now: datetime | None,
) -> Iterator[Finding]:
    """Give what is wrong or odd about points of a block."""
    asset = None if battery is None else battery.asset
    gate = gate_of(asset)
    moment = None if now is None else require_aware(now, "now")
    whole = None if period is None else _interval(period)
    for point in points:
        if (point.time - _EPOCH) % QUARTER_HOUR:
            message = f"{point.time.isoformat()} is not the start of a quarter-hour"
            advice = "stamp each point with the start of its quarter-hour: :00, :15, :30 or :45"
            yield _about(point, "alignment", message, advice)
    yield from _duplicates(points)
    yield from _market(asset, block)
    yield from _outside(aligned, block)
    for point in aligned:
        if moment is not None and moment >= point.time - gate:
            message = f"its gate closed at {_written(point.time - gate)}"
            advice = "leave the point out; upstream refuses the schedule with it"
            yield _about(point, "gate_closure", message, advice)
        if whole is not None and not whole.start <= point.time < whole.end:
            message = f"not in the period from {_written(whole.start)} to {_written(whole.end)}"
            advice = "leave the point out, or name the period that is meant"
            yield _about(point, "outside", message, advice)
    yield from _gaps(aligned, block, whole, None if moment is None else moment + gate)
    yield from _powers(aligned, battery, block)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _about(point: SchedulePoint, kind: Kind, message: str, advice: str) -> Finding:
    return Finding(kind=kind, message=message, advice=advice, time=point.time, value=point.power)


def _interval(period: Interval | date) -> Interval:
    if isinstance(period, date):
        return delivery_day(period, BERLIN)
    return Interval(require_aware(period[0], "start"), require_aware(period[1], "end"))


def _duplicates(points: Sequence[SchedulePoint]) -> Iterator[Finding]:
    for time, count in Counter(point.time for point in points).items():
        if count > 1:
            same = [point for point in points if point.time == time]
            powers = ", ".join(f"{point.power:g}" for point in same)
            message = f"the quarter-hour stands {count} times, with {powers} kW"
            advice = "keep one; in the doubled hour of October, use UTC"
            yield _about(same[-1], "duplicate", message, advice)


def _market(asset: VirtualAsset | None, block: Block | None) -> Iterator[Finding]:
    if asset is None or block is None:
        return
    known = {one.id: one.market for one in asset.block_metadata or () if one.id and one.market}
    market = known.get(block.id or "", "WHOLESALE")
    if market != "WHOLESALE":
        message = f"block {block.id} is for {market}, and only WHOLESALE blocks take a schedule"
        advice = "take the block whose `block_metadata` says WHOLESALE"
        yield Finding("market", message, advice)


def _outside(points: Iterable[SchedulePoint], block: Block | None) -> Iterator[Finding]:
    """Find what is not in the block's life, or left out between the ends of its own schedule."""
    if block is None:
        return
    shown = [point.time for point in block.schedule or ()]
    there, first, last = set(shown), min(shown, default=_NEVER), max(shown, default=_NEVER)
    for point in points:
        lives = (block.start or _NEVER) <= point.time < (block.end or _FOREVER)
        if not lives or (first < point.time < last and point.time not in there):
            message = "the block's schedule does not have this quarter-hour"
            advice = f"the block lives from {block.start} to {block.end}; leave the point out"
            yield _about(point, "outside", message, advice)


def _gaps(
    points: Sequence[SchedulePoint],
    block: Block | None,
    whole: Interval | None,
    closed_until: datetime | None,
) -> Iterator[Finding]:
    """Find what is missing of the period, or of the delivery days that have a point."""
    there = {point.time for point in points}
    if whole is not None:
        advice = "add them, with 0 where the battery shall rest"
        yield from _missing(whole, there, "error", advice)
        return
    born, ends = (block and block.start) or _NEVER, (block and block.end) or _FOREVER
    if closed_until is not None:  # the first quarter-hour whose gate is open
        closed_until += QUARTER_HOUR - (closed_until - _EPOCH) % QUARTER_HOUR
        born = max(born, closed_until)
    advice = "upstream keeps the power it has for them; add them to be sure"
    for day in sorted({delivery_day_of(point.time, BERLIN) for point in points}):
        start, end = delivery_day(day, BERLIN)
        yield from _missing(Interval(max(start, born), min(end, ends)), there, "warning", advice)


def _missing(
    whole: Interval, there: set[datetime], severity: Severity, advice: str
) -> Iterator[Finding]:
    expected = max(0, -(-(whole.end - whole.start) // QUARTER_HOUR))
    quarters = [whole.start + QUARTER_HOUR * index for index in range(expected)]
    is_missing = [quarter not in there for quarter in quarters]
    for stretch in stretches(is_missing):
        message = (
            f"{stretch.stop - stretch.start} of {expected} quarter-hours are missing, up to"
            f" {_written(quarters[stretch.stop - 1] + QUARTER_HOUR)}"
            f" ({is_missing.count(False)} are there)"
        )
        yield Finding("incomplete", message, advice, severity, quarters[stretch.start])


# Power and energy


def _powers(
    points: Sequence[SchedulePoint], battery: Battery | None, block: Block | None
) -> Iterator[Finding]:
    """Compare the powers of a schedule, in order of time, with limits of power and energy."""
    asset = None if battery is None else battery.asset
    units = [one.units_power for one in (asset, block) if one is not None]
    if foreign := [unit for unit in units if unit not in {"kW", None}]:
        message = f"upstream gives power in {foreign[0]} here, and not in kW"
        yield Finding("unit", message, "compare the units by hand; limits were not checked")
        return
    room = room_of(block, asset)
    wrong = [*_too_much(points, room)]
    yield from wrong
    yield from _like_megawatts(points, asset, block)
    followed = _followed(points, battery, block)
    known = {one.time for one in wrong}
    yield from (one for one in followed if one.kind != "power_limit" or one.time not in known)
    if wrong or any(one.kind == "energy_limit" for one in followed):
        turned = [SchedulePoint(time=one.time, power=-one.power) for one in points]
        again = [*_too_much(turned, room), *_followed(turned, battery, block)]
        if not {"power_limit", "energy_limit"} & {one.kind for one in again}:
            message = "the schedule is impossible, and possible with every sign turned round"
            advice = "check the sign: discharge (export) is positive, charge (import) negative"
            yield Finding("sign", message, advice, "warning")


def _too_much(
    points: Iterable[SchedulePoint], room: Callable[[datetime], tuple[float, float]]
) -> Iterator[Finding]:
    for point in points:
        least, most = room(point.time)
        if least - _NOISE <= point.power <= most + _NOISE:
            continue
        if most < 0 or least > 0:  # it has to charge, or to discharge
            wanted, stay = f"{point.power:,g} kW", f"{least:,g} to {most:,g}"
        elif point.power > most:
            wanted, stay = f"{point.power:,g} kW of discharge", f"{most:,g}"
        else:
            wanted, stay = f"{-point.power:,g} kW of charge", f"{-least:,g}"
        message = f"{wanted}, and {stay} kW are available"
        advice = f"stay within {stay} kW; upstream refuses the schedule"
        yield _about(point, "power_limit", message, advice)


def _like_megawatts(
    points: Sequence[SchedulePoint], asset: VirtualAsset | None, block: Block | None
) -> Iterator[Finding]:
    rated = room_of(block and replace(block, power_capacity=None), asset)
    limit = max([abs(kw) for kw in rated(_EPOCH) if math.isfinite(kw)], default=0.0)
    most = max(points, key=lambda point: abs(point.power), default=None)
    if most is not None and 0 < abs(most.power) <= limit / _KW_PER_MW:
        message = f"no power is above {abs(most.power):g} kW, of {limit:,g} kW that are rated:"
        message += " are these MW?"
        advice = "multiply by 1000 if so; schedules are in kW"
        yield Finding("looks_like_mw", message, advice, "warning", most.time, most.power)


def _followed(
    points: Sequence[SchedulePoint], battery: Battery | None, block: Block | None
) -> list[Finding]:
    """Give what a simulation finds, and in one finding what it could not check."""
    if battery is None or not points:
        return []
    found = battery.simulate({(block and block.id) or "": list(points)}).findings
    wrong = [one for one in found if one.kind != "not_checked"]
    unchecked = [one.message for one in found if one.kind == "not_checked"]
    if unchecked:
        message = f"{len(unchecked)} checks were not made: {'; '.join(unchecked)}"
        wrong.append(Finding("not_checked", message, "`simulate` takes what is missing", "info"))
    return wrong
