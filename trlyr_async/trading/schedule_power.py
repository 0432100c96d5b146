"""Checks of a block schedule before it is sent: unit, power, sign and energy. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import QUARTER_HOUR
from trlyr_async.trading.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from trlyr_async.models.virtual_assets import Block, SchedulePoint, VirtualAsset

__all__ = ["power_findings"]

_HOURS: Final = 0.25
_KW_PER_MW: Final = 1000
_NOTHING_KWH: Final = 1e-6


class _Limits(NamedTuple):
    """Most charge and most discharge in kW, both positive; None where not known."""

    charge: float | None
    discharge: float | None

    def allows(self, power: float) -> bool:
        """Whether a power (kW, discharge positive) lies within what is known."""
        limit = self.discharge if power > 0 else self.charge
        return limit is None or abs(power) <= limit


class _Store(NamedTuple):
    """A battery that is followed through a schedule, energies in kWh."""

    stored: float
    capacity: float
    charge_efficiency: float
    discharge_efficiency: float

    def after(self, power: float) -> _Store:
        """Give the battery after a quarter-hour of `power` (kW, discharge positive)."""
        if power > 0:
            change = -power * _HOURS / self.discharge_efficiency
        else:
            change = -power * _HOURS * self.charge_efficiency
        return self._replace(stored=self.stored + change)

    @property
    def is_possible(self) -> bool:
        return -_NOTHING_KWH <= self.stored <= self.capacity + _NOTHING_KWH


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
    store = _store(asset, stored_kwh)
    left = store and _leaves(points, block, store, 1)
    if left:
        yield left
    yield from _wrong_way(points, block, limits, store, is_wrong=left is not None)


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


def _store(asset: VirtualAsset | None, stored_kwh: float | None) -> _Store | None:
    """Give the battery to follow; None if something about it is not known."""
    if asset is None or stored_kwh is None or asset.units_energy not in {"kWh", None}:
        return None
    capacity = asset.available_energy_capacity
    if capacity is None:
        capacity = asset.energy_capacity
    if not capacity or not asset.charge_efficiency or not asset.discharge_efficiency:
        return None
    return _Store(stored_kwh, capacity, asset.charge_efficiency, asset.discharge_efficiency)


def _leaves(
    points: Sequence[SchedulePoint], block: Block | None, store: _Store, sign: int
) -> Finding | None:
    """Follow the energy with all powers times `sign`; give the first quarter-hour that is too much.

    Quarter-hours that are not in the schedule keep the power that the block has for them. Where
    that is not known, nobody can say how it goes on.
    """
    ours = {point.time: point.power for point in points}
    held = {point.time: point.power for point in (block and block.schedule) or ()}
    time = points[0].time if points else None
    while time is not None and time <= points[-1].time:
        power = sign * ours[time] if time in ours else held.get(time)
        if power is None:
            return None
        store = store.after(power)
        if not store.is_possible:
            return _energy_finding(time, store, power)
        time += QUARTER_HOUR
    return None


def _energy_finding(time: datetime, store: _Store, power: float) -> Finding:
    end = "below empty" if store.stored < 0 else f"above the {store.capacity:,g} kWh it can hold"
    return Finding(
        severity="warning",
        kind="energy_limit",
        message=f"{power:,g} kW bring the battery to {store.stored:,.1f} kWh, {end}",
        advice="upstream may refuse the schedule, or adjust it later; charge or discharge less",
        time=time,
        value=store.stored,
    )


def _wrong_way(
    points: Sequence[SchedulePoint],
    block: Block | None,
    limits: Callable[[datetime], _Limits],
    store: _Store | None,
    *,
    is_wrong: bool,
) -> Iterator[Finding]:
    """Suspect the sign of a schedule that is impossible as it is, and possible the other way."""
    is_wrong = is_wrong or not all(limits(one.time).allows(one.power) for one in points)
    turned = all(limits(one.time).allows(-one.power) for one in points)
    if is_wrong and turned and not (store and _leaves(points, block, store, -1)):
        yield Finding(
            severity="warning",
            kind="sign",
            message="the schedule is impossible, and possible with every sign turned round",
            advice="check the sign: discharge (export) is positive, charge (import) negative",
        )
