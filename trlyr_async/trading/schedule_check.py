"""Checks of a block schedule before it is sent: times, gates and completeness. Pure.

What a check calls an error is what terralayr documents that it refuses, or what cannot be meant.
Passing it is no promise: upstream checks against what it alone knows, outages and the projected
state of energy among it.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from energy_async.delivery import (
    BERLIN,
    QUARTER_HOUR,
    Interval,
    days,
    delivery_day,
    require_aware,
)
from trlyr_async.trading.findings import Finding
from trlyr_async.trading.schedule import ScheduleSource, read_points
from trlyr_async.trading.schedule_power import power_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from trlyr_async.models.virtual_assets import Block, SchedulePoint, VirtualAsset

__all__ = ["check_schedule", "gate_closure", "wholesale_blocks"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def check_schedule(
    schedule: ScheduleSource,
    *,
    asset: VirtualAsset | None = None,
    block: Block | None = None,
    period: Interval | date | None = None,
    now: datetime | None = None,
    stored_kwh: float | None = None,
) -> tuple[Finding, ...]:
    """Find everything that is wrong or odd about a schedule, without asking upstream.

    Always checked: time zones, numbers, quarter-hour alignment, duplicates, gaps. The rest as far
    as it is given what it needs; no value is ever changed.

    Args:
        schedule: Whatever `build_schedule` takes. kW, discharge positive, charge negative.
        asset: Brings the gate closure, rated power, efficiencies and energy capacity.
        block: Brings the lifetime and the power that is available at each quarter-hour.
        period: What must be covered, every quarter-hour of it and nothing else: a delivery day of
            Europe/Berlin (92, 96 or 100 quarter-hours) or a range. Without it, gaps in the delivery
            days that the schedule touches are warnings: upstream keeps the power it has for them.
        now: Aware; the moment for which gates are looked at. Without it they are not.
        stored_kwh: Energy that will be stored when the schedule begins, in kWh; with it and the
            asset's efficiencies, the energy is followed through the schedule.

    Returns:
        The findings in no particular order; none if nothing was found.
    """
    points, unreadable = read_points(schedule)
    if not points and not unreadable:
        return (_nothing(),)
    gate = _gate(asset)
    moment = None if now is None else require_aware(now, "now")
    aligned = [point for point in points if not _is_unaligned(point.time)]
    return (
        *unreadable,
        *(_unaligned(point) for point in points if _is_unaligned(point.time)),
        *_duplicates(points),
        *_market(asset, block),
        *_outside(aligned, block),
        *_closed(aligned, gate, moment),
        *_gaps(aligned, block, period, None if moment is None else moment + gate),
        *power_findings(aligned, asset, block, stored_kwh),
    )


def wholesale_blocks(asset: VirtualAsset) -> list[str]:
    """Give the ids of the blocks that take a schedule: those whose market is `WHOLESALE`."""
    known = asset.block_metadata or ()
    return [one.id for one in known if one.id is not None and one.market == "WHOLESALE"]


def gate_closure(schedule: ScheduleSource, asset: VirtualAsset) -> datetime | None:
    """Give the moment until which all of a schedule can arrive: the gate of its first quarter-hour.

    None for a schedule without points, or where the asset names no gate closure.
    """
    points, _ = read_points(schedule)
    if not points or asset.dispatch_gate_closure_seconds is None:
        return None
    return points[0].time - _gate(asset)


def _gate(asset: VirtualAsset | None) -> timedelta:
    seconds = None if asset is None else asset.dispatch_gate_closure_seconds
    return timedelta(seconds=seconds or 0)


def _is_unaligned(moment: datetime) -> bool:
    return bool((moment - _EPOCH) % QUARTER_HOUR)


def _nothing() -> Finding:
    return Finding(
        kind="nothing",
        message="the schedule has no points",
        advice="a schedule that shall do nothing says so with zeros",
    )


def _unaligned(point: SchedulePoint) -> Finding:
    return Finding(
        kind="alignment",
        message=f"{point.time.isoformat()} is not the start of a quarter-hour",
        advice="stamp each point with the start of its quarter-hour: :00, :15, :30 or :45",
        time=point.time,
        value=point.power,
    )


def _duplicates(points: Sequence[SchedulePoint]) -> Iterator[Finding]:
    for time, count in Counter(point.time for point in points).items():
        if count > 1:
            powers = [point.power for point in points if point.time == time]
            said = ", ".join(f"{power:g}" for power in powers)
            yield Finding(
                kind="duplicate",
                message=f"the quarter-hour stands {count} times, with {said} kW",
                advice="keep one; in the doubled hour of October, use UTC",
                time=time,
                value=powers[-1],
            )


def _market(asset: VirtualAsset | None, block: Block | None) -> Iterator[Finding]:
    if asset is None or block is None:
        return
    known = {one.id: one.market for one in asset.block_metadata or () if one.id and one.market}
    market = known.get(block.id or "", "WHOLESALE")
    if market != "WHOLESALE":
        yield Finding(
            kind="market",
            message=f"block {block.id} is for {market}, and only WHOLESALE blocks take a schedule",
            advice="take the block whose `block_metadata` says WHOLESALE",
        )


def _outside(points: Iterable[SchedulePoint], block: Block | None) -> Iterator[Finding]:
    if block is None:
        return
    held = {point.time for point in block.schedule or ()}
    shown = (min(held), max(held)) if held else None
    for point in points:
        before = block.start is not None and point.time < block.start
        after = block.end is not None and point.time >= block.end
        unknown = shown is not None and shown[0] < point.time < shown[1] and point.time not in held
        if before or after or unknown:
            yield Finding(
                kind="outside",
                message="the block's schedule does not have this quarter-hour",
                advice=f"the block lives from {block.start} to {block.end}; leave the point out",
                time=point.time,
                value=point.power,
            )


def _closed(
    points: Iterable[SchedulePoint], gate: timedelta, now: datetime | None
) -> Iterator[Finding]:
    for point in points:
        if now is not None and now >= point.time - gate:
            yield Finding(
                kind="gate_closure",
                message=f"its gate closed at {point.time - gate:%Y-%m-%dT%H:%M:%SZ}",
                advice="leave the point out; upstream refuses the schedule with it",
                time=point.time,
                value=point.power,
            )


def _gaps(
    points: Sequence[SchedulePoint],
    block: Block | None,
    period: Interval | date | None,
    closed_until: datetime | None,
) -> Iterator[Finding]:
    there = {point.time for point in points}
    if period is not None:
        whole = _interval(period)
        yield from _missing(whole, there, "error", "add them, with 0 where the battery shall rest")
        yield from _beyond(points, whole)
        return
    for whole in _touched(points, block):
        open_part = Interval(max(whole.start, _next_quarter(closed_until)), whole.end)
        yield from _missing(
            open_part,
            there,
            "warning",
            "upstream keeps the power it has for them; add them to be sure",
        )


def _interval(period: Interval | date) -> Interval:
    if isinstance(period, date):
        return delivery_day(period, BERLIN)
    return Interval(require_aware(period[0], "start"), require_aware(period[1], "end"))


def _touched(points: Sequence[SchedulePoint], block: Block | None) -> Iterator[Interval]:
    """Give the delivery days that have a point, as far as the block lives."""
    if not points:
        return
    born = (block and block.start) or datetime.min.replace(tzinfo=UTC)
    ends = (block and block.end) or datetime.max.replace(tzinfo=UTC)
    for day in days(points[0].time, points[-1].time + QUARTER_HOUR, BERLIN):
        whole = delivery_day(day, BERLIN)
        if any(whole.start <= point.time < whole.end for point in points):
            yield Interval(max(whole.start, born), min(whole.end, ends))


def _next_quarter(closed_until: datetime | None) -> datetime:
    """Give the first quarter-hour whose gate is open: it starts after `closed_until`."""
    if closed_until is None:
        return datetime.min.replace(tzinfo=UTC)
    return closed_until + QUARTER_HOUR - (closed_until - _EPOCH) % QUARTER_HOUR


def _missing(
    whole: Interval, there: set[datetime], severity: str, advice: str
) -> Iterator[Finding]:
    """Give one finding for each stretch of missing quarter-hours."""
    expected = max(0, -(-(whole.end - whole.start) // QUARTER_HOUR))
    quarters = [whole.start + QUARTER_HOUR * index for index in range(expected)]
    got = sum(quarter in there for quarter in quarters)
    for stretch in _stretches([quarter for quarter in quarters if quarter not in there]):
        end = stretch[-1] + QUARTER_HOUR
        yield Finding(
            severity="error" if severity == "error" else "warning",
            kind="incomplete",
            message=f"{len(stretch)} of {expected} quarter-hours are missing, up to"
            f" {end:%Y-%m-%dT%H:%M:%SZ} ({got} are there)",
            advice=advice,
            time=stretch[0],
        )


def _stretches(missing: Iterable[datetime]) -> list[list[datetime]]:
    found: list[list[datetime]] = []
    for quarter in missing:
        if found and quarter - found[-1][-1] == QUARTER_HOUR:
            found[-1].append(quarter)
        else:
            found.append([quarter])
    return found


def _beyond(points: Iterable[SchedulePoint], whole: Interval) -> Iterator[Finding]:
    for point in points:
        if not whole.start <= point.time < whole.end:
            yield Finding(
                kind="outside",
                message=f"not in the period from {whole.start:%Y-%m-%dT%H:%M:%SZ} to"
                f" {whole.end:%Y-%m-%dT%H:%M:%SZ}",
                advice="leave the point out, or name the period that is meant",
                time=point.time,
                value=point.power,
            )
