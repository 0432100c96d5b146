"""The smallest change of a schedule that mends energy, power and final state; it sends nothing.

Needs the extra `[optimize]` (scipy, whose solver is HiGHS).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from operator import sub
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from energy_async.delivery import BERLIN, QUARTER_HOUR, delivery_day, require_aware
from trlyr_async.models.virtual_assets import SchedulePoint
from trlyr_async.trading.planned import room_of
from trlyr_async.trading.simulation import HOURS, Simulation, Store, follow
from trlyr_async.trading.violations import FINAL_PERCENT, final_tolerance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from trlyr_async.models.virtual_assets import Block, VirtualAsset

__all__ = ["Proposal", "propose"]

_WATT: Final = 3
"""Decimals of a proposed power in kW."""
_EXACT: Final = 9
"""Decimals that remain where a battery is then full or empty; sums of floats have more."""
_UNCHANGED: Final = 0.0005
"""kW by which a power may differ and count as the same."""
_SECONDS: Final = 5.0
_GAP: Final = 0.002
"""Share by which the change may be larger than the smallest possible; proving the rest is slow."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule that a battery can follow, as near as can be to the one that it cannot.

    Attributes:
        points: The block's power for the quarter-hours that change, kW.
        changed_kwh: How much energy, at the terminals, is scheduled otherwise than before.
        is_proven: Whether no change is smaller by more than 0.2%; False if time ran out (5 s).
    """

    points: tuple[SchedulePoint, ...]
    changed_kwh: float
    is_proven: bool


def propose(
    simulation: Simulation,
    asset: VirtualAsset,
    block: Block,
    *,
    not_before: datetime | None = None,
) -> Proposal | None:
    """Find the smallest change of one block's schedule after which nothing is impossible.

    The least energy in total is changed. Other blocks, and what comes before `not_before`, stay.
    Limits of power, sold reserve and energy are met, and a simulation that reaches the end of the
    asset's life ends at 50% within its tolerance. So are the limits of daily cycles, if possible;
    ramps are not looked at.

    Args:
        simulation: Of the asset, with its energy followed.
        asset: The asset that was simulated.
        block: The block to change; one of those that were simulated.
        not_before: Aware; earlier quarter-hours are closed. Default: none is.

    Returns:
        The proposal, with no points if nothing has to change; None if no schedule of this block
        alone can mend it.

    Raises:
        ValueError: The energy of the simulation was not followed, or its limits are not known.
        ImportError: scipy is not installed.
    """
    moment = None if not_before is None else require_aware(not_before, "not_before")
    problem = _Problem.of(simulation, asset, block, moment)
    solved = problem.solve() or problem._replace(days=()).solve()
    if solved is None:
        return None
    changes, is_proven = solved
    return Proposal(
        points=tuple(
            SchedulePoint(time=time, power=round(own + change, _EXACT))
            for time, own, change in zip(problem.times, problem.own, changes, strict=True)
            if change
        ),
        changed_kwh=HOURS * sum(map(abs, changes)),
        is_proven=is_proven,
    )


class _Problem(NamedTuple):
    """The quarter-hours that may change: powers of the battery as a whole, kW."""

    times: Sequence[datetime]
    planned: Sequence[float]
    own: Sequence[float]
    bounds: Sequence[tuple[float, float]]
    capacity: Sequence[float]
    store: Store
    final: tuple[float, float] | None
    days: Sequence[tuple[slice, float]]
    """Where each delivery day is, and the available energy discharges that are left on it."""

    @classmethod
    def of(
        cls,
        found: Simulation,
        asset: VirtualAsset,
        block: Block,
        not_before: datetime | None,
    ) -> _Problem:
        if found.store is None or found.stored is None or found.capacity is None:
            raise ValueError("the energy was not followed; its findings say what is missing")
        if found.upper is None or found.lower is None:
            raise ValueError("the limits of power are not known; the findings say what is missing")
        first = 0 if not_before is None else bisect_left(found.times, not_before)
        times, planned = found.times[first:], found.power[first:]
        own = [power or 0.0 for power in found.by_block[block.id or ""][first:]]
        target = found.store.rated * FINAL_PERCENT / 100
        rounding = len(times) * _UNCHANGED * HOURS / found.store.discharge_efficiency
        slack = max(0.0, found.store.rated * final_tolerance(asset) / 100 - rounding)
        is_end = bool(times) and asset.end is not None and times[-1] + QUARTER_HOUR >= asset.end
        stored = found.stored[first - 1] if first else found.store.stored
        limits = zip(found.lower[first:], found.upper[first:], strict=True)
        return cls(
            times,
            planned,
            own,
            bounds=[
                (max(low, lower), min(high, upper))
                for (low, high), (lower, upper) in zip(
                    _bounds(block, times, planned, own), limits, strict=True
                )
            ],
            capacity=found.capacity[first:],
            store=found.store._replace(stored=stored),
            final=(target - slack, target + slack) if is_end else None,
            days=[*_days(found, first, asset.daily_cycle_limit)],
        )

    def solve(self) -> tuple[list[float], bool] | None:
        """Give the change of each quarter-hour (kW), and whether it is proven to be the least."""
        try:
            from scipy.optimize import milp  # noqa: PLC0415 - an extra, loaded when first needed
        except ImportError as exc:
            raise ImportError('proposals need scipy: pip install "trlyr-async[optimize]"') from exc
        if not self.times:
            return [], True
        found = milp(**self._model(), options={"time_limit": _SECONDS, "mip_rel_gap": _GAP})
        if found.x is None:
            return None
        size = len(self.times)
        # Whole watts, unless the battery is then full or empty: what it can deliver instead.
        near = [
            old if abs(new - old) < _UNCHANGED else _whole(new, *bounds)
            for new, old, bounds in zip(
                map(float, found.x[:size] - found.x[size : 2 * size]),
                self.planned,
                self.bounds,
                strict=True,
            )
        ]
        possible = follow(near, self.store, self.capacity).delivered
        return list(map(sub, possible, self.planned)), bool(found.status == 0)

    def _model(self) -> dict[str, Any]:
        """Put it as a mixed-integer programme.

        Variables, one of each for a quarter-hour: discharge, charge, distance from the plan, energy
        stored at the end, and whether it discharges (a battery cannot do both, which would burn
        energy for nothing).
        """
        import numpy as np  # noqa: PLC0415 - comes with scipy
        from scipy.optimize import Bounds, LinearConstraint  # noqa: PLC0415
        from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack  # noqa: PLC0415

        size = len(self.times)
        zeros, ones, endless = np.zeros(size), np.ones(size), np.full(size, np.inf)
        one, none = eye_array(size), diags_array(zeros)
        low, high = np.array(self.bounds).T
        most, least = np.maximum(high, 0.0), np.maximum(-low, 0.0)
        planned, store = np.array(self.planned), self.store
        step = eye_array(size) - eye_array(size, k=-1)
        gain, loss = HOURS * store.charge_efficiency, HOURS / store.discharge_efficiency
        started = np.eye(1, size)[0] * store.stored
        stored_least, stored_most = np.zeros(size), np.array(self.capacity)
        if self.final is not None:
            stored_least[-1] = self.final[0]
            stored_most[-1] = min(stored_most[-1], self.final[1])
        rows = [
            (hstack([loss * one, -gain * one, none, step, none]), started, started),
            (hstack([-one, one, one, none, none]), -planned, endless),
            (hstack([one, -one, one, none, none]), planned, endless),
            (hstack([one, none, none, none, -diags_array(most)]), -endless, zeros),
            (hstack([none, one, none, none, diags_array(least)]), -endless, least),
            (hstack([one, -one, none, none, none]), low, high),
        ]
        for where, left in self.days:
            share = np.zeros((1, 5 * size))
            share[0, where] = [HOURS / kwh if kwh else 0.0 for kwh in self.capacity[where]]
            rows.append((csr_array(share), np.array([-np.inf]), np.array([left])))
        matrices, lows, highs = zip(*rows, strict=True)
        return {
            "c": np.concatenate([zeros, zeros, ones, zeros, zeros]),
            "integrality": np.concatenate([np.zeros(4 * size), ones]),
            "bounds": Bounds(
                np.concatenate([zeros, zeros, zeros, stored_least, zeros]),
                np.concatenate([most, least, endless, stored_most, ones]),
            ),
            "constraints": LinearConstraint(
                vstack(matrices), np.concatenate(lows), np.concatenate(highs)
            ),
        }


def _whole(power: float, least: float, most: float) -> float:
    """Give a power in whole watts, within limits that may not be."""
    watts = round(power, _WATT)
    if watts > most:
        return math.floor(most * 10**_WATT) / 10**_WATT
    return math.ceil(least * 10**_WATT) / 10**_WATT if watts < least else watts


def _days(found: Simulation, first: int, limit: float | None) -> Iterator[tuple[slice, float]]:
    """Give each delivery day from `first` on, with what is left of its discharges."""
    if limit is None or found.delivered is None or found.capacity is None:
        return
    left = limit - found.discharges_used
    for day in found.discharges:
        start, end = (bisect_left(found.times, at) for at in delivery_day(day, BERLIN))
        before = slice(start, max(start, first))
        pairs = zip(found.delivered[before], found.capacity[before], strict=True)
        left -= sum(HOURS * max(0.0, kw) / kwh for kw, kwh in pairs if kwh)
        left -= (end - start) * _UNCHANGED * HOURS / max(found.capacity[start:end], default=1.0)
        if end > first:
            yield slice(max(0, start - first), end - first), left
        left = limit


def _bounds(
    block: Block, times: Sequence[datetime], planned: Sequence[float], own: Sequence[float]
) -> Iterator[tuple[float, float]]:
    """Give the least and most power of the battery that the block allows, by quarter-hour."""
    room = room_of(block, None)
    for time, total, power in zip(times, planned, own, strict=True):
        born = block.start is None or time >= block.start
        lives = born and (block.end is None or time < block.end)
        least, most = room(time) if lives else (power, power)
        yield total - power + least, total - power + most
