"""Checks of a block schedule before it is sent: unit, power, sign and energy. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import QUARTER_HOUR
from trlyr_async.models.virtual_assets import Block, SchedulePoint
from trlyr_async.trading.findings import Finding
from trlyr_async.trading.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = ["power_findings"]

_KW_PER_MW: Final = 1000


class _Limits(NamedTuple):
    """Most charge and most discharge in kW, both positive; None where not known."""

    charge: float | None
    discharge: float | None

    def allows(self, power: float) -> bool:
        """Whether a power (kW, discharge positive) lies within what is known."""
        limit = self.discharge if power > 0 else self.charge
        return limit is None or abs(power) <= limit


def power_findings(
    points: Sequence[SchedulePoint],
    asset: VirtualAsset | None,
    block: Block | None,
    stored_kwh: float | None,
) -> Iterator[Finding]:
    """Hold the powers of a schedule, in order of time, against limits of power and energy."""
    foreign = [one.units_power for one in (asset, block) if one and one.units_power not in _KW]
    if foreign:
        yield _unit(f"upstream gives power in {foreign[0]} here, and not in kW")
        return
    limits = _limits(asset, block)
    yield from _too_much(points, limits)
    yield from _like_megawatts(points, _rated(asset, block))
    found = [] if asset is None else _simulated(points, asset, block, stored_kwh)
    yield from found
    is_wrong = any(one.kind == "energy_limit" for one in found)
    is_wrong = is_wrong or not all(limits(one.time).allows(one.power) for one in points)
    if not is_wrong or not all(limits(one.time).allows(-one.power) for one in points):
        return
    turned = [SchedulePoint(time=one.time, power=-one.power) for one in points]
    again = [] if asset is None else _simulated(turned, asset, block, stored_kwh)
    if not any(one.kind == "energy_limit" for one in again):
        yield Finding(
            severity="warning",
            kind="sign",
            message="the schedule is impossible, and possible with every sign turned round",
            advice="check the sign: discharge (export) is positive, charge (import) negative",
        )


_KW: Final = frozenset({"kW", None})


def _unit(message: str) -> Finding:
    return Finding(
        kind="unit", message=message, advice="compare the units by hand; limits were not checked"
    )


def _rated(asset: VirtualAsset | None, block: Block | None) -> _Limits:
    """Give the rated power of the block, or else that of the asset."""
    known = [one for one in (block, asset) if one is not None]
    charge = [one.rated_charge_power for one in known if one.rated_charge_power is not None]
    discharge = [
        one.rated_discharge_power for one in known if one.rated_discharge_power is not None
    ]
    return _Limits(charge[0] if charge else None, discharge[0] if discharge else None)


def _limits(asset: VirtualAsset | None, block: Block | None) -> Callable[[datetime], _Limits]:
    """Give what is available at a time; where that is not known, what is rated."""
    rated = _rated(asset, block)
    known = {
        one.time: _Limits(
            rated.charge if one.charge_power_capacity is None else one.charge_power_capacity,
            rated.discharge
            if one.discharge_power_capacity is None
            else one.discharge_power_capacity,
        )
        for one in (block and block.power_capacity) or ()
        if one.time is not None
    }
    return lambda time: known.get(time, rated)


def _too_much(
    points: Sequence[SchedulePoint], limits: Callable[[datetime], _Limits]
) -> Iterator[Finding]:
    for point in points:
        limit = limits(point.time)
        if limit.allows(point.power):
            continue
        what, most = ("discharge", limit.discharge) if point.power > 0 else ("charge", limit.charge)
        yield Finding(
            kind="power_limit",
            message=f"{abs(point.power):,g} kW of {what}, and {most:,g} kW are available",
            advice=f"stay within {most:,g} kW; upstream refuses the schedule",
            time=point.time,
            value=point.power,
        )


def _like_megawatts(points: Sequence[SchedulePoint], rated: _Limits) -> Iterator[Finding]:
    limit = max(rated.charge or 0.0, rated.discharge or 0.0)
    most = max(points, key=lambda point: abs(point.power), default=None)
    if most is not None and 0 < abs(most.power) <= limit / _KW_PER_MW:
        yield Finding(
            severity="warning",
            kind="looks_like_mw",
            message=f"no power is above {abs(most.power):g} kW, of {limit:,g} kW that are rated:"
            " are these MW?",
            advice="multiply by 1000 if so; schedules are in kW",
            time=most.time,
            value=most.power,
        )


def _simulated(
    points: Sequence[SchedulePoint], asset: VirtualAsset, block: Block | None, stored: float | None
) -> list[Finding]:
    """Follow the battery through the schedule; quarter-hours beside it keep the block's power."""
    own = block or Block(id="", schedule=[])
    found = simulate(
        asset, [own], {own.id or "": list(points)}, stored_kwh=stored, end=_end_of(points)
    )
    left = [one for one in found.findings if one.kind not in {"power_limit", "not_checked"}]
    unchecked = [one.message for one in found.findings if one.kind == "not_checked"]
    return [*left, *([_in_one(unchecked)] if unchecked else [])]


def _in_one(unchecked: Sequence[str]) -> Finding:
    return Finding(
        severity="info",
        kind="not_checked",
        message=f"{len(unchecked)} checks were not made: {'; '.join(unchecked)}",
        advice="`simulate` takes what is missing",
    )


def _end_of(points: Sequence[SchedulePoint]) -> datetime | None:
    return points[-1].time + QUARTER_HOUR if points else None
