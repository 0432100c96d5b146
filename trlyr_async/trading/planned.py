"""All that a battery is to do: the schedules of its blocks together, and the reserve it sold."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from energy_async.delivery import QUARTER_HOUR, require_aware
from trlyr_async.trading.bids import product
from trlyr_async.trading.schedule import ScheduleSource, build_schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from trlyr_async.models.virtual_assets import Block, SchedulePoint, VirtualAsset

__all__ = ["Commitment", "wholesale_blocks"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class Commitment(NamedTuple):
    """Reserve that has been sold: power that a schedule has to leave free.

    Attributes:
        start: Aware, the start of a quarter-hour.
        end: Aware, excluded.
        up: kW of more discharge that must be possible.
        down: kW of more charge that must be possible.
        name: What it is called in findings.
    """

    start: datetime
    end: datetime
    up: float = 0.0
    down: float = 0.0
    name: str = "reserve"

    @classmethod
    def of(cls, name: str, day: date, capacity: float) -> Self:
        """Give the commitment for a product of a delivery day, such as `NEGPOS_08_12` (kW).

        Raises:
            ValueError: The day has no such product.
        """
        sold = product(name, day)
        up = capacity if "POS" in sold.direction else 0.0
        down = capacity if "NEG" in sold.direction else 0.0
        return cls(*sold.delivery, up, down, sold.code)


class Planned:
    """The powers of all blocks by quarter-hour, new points laid over those that the blocks have.

    Attributes:
        times: Starts of the quarter-hours, in UTC.
        power: kW, the sum of all blocks, discharge positive.
        powers: kW by block, in the order of `blocks`; None where nobody knows.
    """

    def __init__(
        self,
        blocks: Iterable[Block],
        schedules: Mapping[str, ScheduleSource],
        start: datetime | None,
        end: datetime | None,
    ) -> None:
        self.blocks: list[Block] = list(blocks)
        if missing := set(schedules) - {one.id or "" for one in self.blocks}:
            raise ValueError(f"no block of this id was given: {', '.join(sorted(missing))}")
        new = {key: build_schedule(source) for key, source in schedules.items()}
        known = [list(one.schedule or ()) for one in self.blocks]
        self.end: datetime
        self.start: datetime
        self.start, self.end = _range(known, [*new.values()], start, end)
        count = (self.end - self.start) // QUARTER_HOUR
        self.times: list[datetime] = [self.start + QUARTER_HOUR * index for index in range(count)]
        self.powers: list[list[float | None]] = [
            self._column(points, new.get(one.id or "", ()))
            for one, points in zip(self.blocks, known, strict=True)
        ]
        self.power: list[float] = [sum(filter(None, at)) for at in zip(*self.powers, strict=True)]

    def where(self, start: datetime, end: datetime) -> slice:
        """Where a range stands in the lists."""
        first = math.ceil((start - self.start) / QUARTER_HOUR)
        return slice(max(0, first), max(0, math.ceil((end - self.start) / QUARTER_HOUR)))

    def within(self, commitments: Iterable[Commitment]) -> list[Commitment]:
        """Give the commitments that reach into the range.

        Raises:
            ValueError: The time of one has no zone, or a capacity is negative or no number.
        """
        found = list(commitments)
        for one in found:
            require_aware(one.start, f"start of {one.name}")
            require_aware(one.end, f"end of {one.name}")
            if not (one.up >= 0 and one.down >= 0):
                raise ValueError(f"{one.name}: capacities are kW from 0, got {one.up}, {one.down}")
        return [one for one in found if one.end > self.start and one.start < self.end]

    def limits(
        self,
        asset: VirtualAsset,
        commitments: Iterable[Commitment],
        deliverable: Mapping[datetime, tuple[float, float]],
    ) -> tuple[list[float] | None, list[float] | None]:
        """Give most and least power (kW, signed) by quarter-hour; None where it is not known."""
        if asset.units_power not in {"kW", None}:
            return None, None
        up = self._rated(asset.rated_discharge_power, charge=False)
        down = self._rated(asset.rated_charge_power, charge=True)
        for time, (least, most) in deliverable.items():
            index = (time - self.start) // QUARTER_HOUR
            if 0 <= index < len(self.times):
                up[index], down[index] = min(up[index], most), min(down[index], -least)
        for one in commitments:
            where = self.where(one.start, one.end)
            up[where] = [kw - one.up for kw in up[where]]
            down[where] = [kw - one.down for kw in down[where]]
        return (
            None if asset.rated_discharge_power is None else up,
            None if asset.rated_charge_power is None else [-kw for kw in down],
        )

    def usable(
        self, asset: VirtualAsset, capacity: Mapping[datetime, float] | None
    ) -> list[float] | None:
        """Give the kWh that can be used by quarter-hour; None if that is not known."""
        usual = asset.available_energy_capacity
        if usual is None:
            usual = asset.energy_capacity
        if usual is None or asset.units_energy not in {"kWh", None}:
            return None
        if not capacity:
            return [usual] * len(self.times)
        return [capacity.get(time, usual) for time in self.times]

    def unknown(self, index: int) -> list[datetime]:
        """Give the quarter-hours in a block's life for which its power is not known."""
        block = self.blocks[index]
        start, end = block.start or _FIRST, block.end or _LAST
        pairs = zip(self.times, self.powers[index], strict=True)
        return [time for time, power in pairs if power is None and start <= time < end]

    def _rated(self, rated: float | None, *, charge: bool) -> list[float]:
        """The rated power, less what its blocks lack of theirs at a time."""
        limits = [rated or 0.0] * len(self.times)
        for block in self.blocks:
            own = block.rated_charge_power if charge else block.rated_discharge_power
            for one in block.power_capacity or ():
                there = one.charge_power_capacity if charge else one.discharge_power_capacity
                if one.time is not None and there is not None and own is not None and there != own:
                    index = (one.time - self.start) // QUARTER_HOUR
                    if 0 <= index < len(limits):
                        limits[index] -= own - there
        return limits

    def _column(
        self, known: Sequence[SchedulePoint], new: Sequence[SchedulePoint]
    ) -> list[float | None]:
        column: list[float | None] = [None] * len(self.times)
        if len(known) == len(column) and [one.time for one in known] == self.times:
            column, known = [one.power for one in known], ()  # as upstream answers: without a gap
        for point in (*known, *new):
            index = (point.time - self.start) // QUARTER_HOUR
            if 0 <= index < len(column):
                column[index] = point.power
        return column


def _range(
    known: Sequence[Sequence[SchedulePoint]],
    new: Sequence[Sequence[SchedulePoint]],
    start: datetime | None,
    end: datetime | None,
) -> tuple[datetime, datetime]:
    """Give start and end, those that are asked for or those of the points."""
    firsts = [points[0].time for points in new if points]
    firsts = firsts or [points[0].time for points in known if points]
    lasts = [points[-1].time for points in (*known, *new) if points]
    first = min(firsts, default=_EPOCH) if start is None else require_aware(start, "start")
    last = max(lasts, default=first - QUARTER_HOUR) + QUARTER_HOUR
    until = last if end is None else require_aware(end, "end")
    for name, moment in (("start", first), ("end", until)):
        if (moment - _EPOCH) % QUARTER_HOUR:
            raise ValueError(f"{name} {moment.isoformat()} is not the start of a quarter-hour")
    if until < first:
        raise ValueError(f"end {until.isoformat()} is before start {first.isoformat()}")
    return first.astimezone(UTC), until.astimezone(UTC)


def wholesale_blocks(asset: VirtualAsset) -> list[str]:
    """Give the ids of the blocks that take a schedule: those whose market is `WHOLESALE`."""
    known = asset.block_metadata or ()
    return [one.id for one in known if one.id is not None and one.market == "WHOLESALE"]


def room_of(
    block: Block | None, asset: VirtualAsset | None
) -> Callable[[datetime], tuple[float, float]]:
    """Give a function to the least and most power (kW, signed) of a block at a time.

    That is what is available then, or else what is rated, of the block or else of the asset;
    infinite where nobody knows.
    """
    known = [one for one in (block, asset) if one is not None]
    charge = _first([one.rated_charge_power for one in known])
    discharge = _first([one.rated_discharge_power for one in known])
    at = {
        one.time: (
            -_first([one.charge_power_capacity, charge]),
            _first([one.discharge_power_capacity, discharge]),
        )
        for one in (block and block.power_capacity) or ()
        if one.time is not None
    }
    rated = -charge, discharge
    return lambda time: at.get(time, rated)


def _first(values: Iterable[float | None]) -> float:
    return next((value for value in values if value is not None), math.inf)


def stretches(kinds: Sequence[int]) -> Iterator[slice]:
    """Give each run of one kind, other than 0."""
    at = 0
    for kind, run in groupby(kinds):
        length = sum(1 for _ in run)
        if kind:
            yield slice(at, at + length)
        at += length
