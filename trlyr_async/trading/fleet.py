"""Schedules of many batteries: one list of assets, earliest gate first, none delayed by others."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Unpack

import anyio

from energy_async.transport.errors import EnergyApiError
from energy_async.transport.timeouts import Timeouts
from trlyr_async.trading.deadlines import earliest, moment_of, read
from trlyr_async.trading.findings import CheckFailed, Finding
from trlyr_async.trading.planned import wholesale_blocks
from trlyr_async.trading.schedule_submit import (
    LONGEST_REPORT,
    ScheduleOptions,
    SubmittedSchedule,
    Target,
    built,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions
    from trlyr_async.models.virtual_assets import Block, SchedulePoint, VirtualAsset
    from trlyr_async.trading.schedule import ScheduleSource
    from trlyr_async.trading.submission import Receipt

__all__ = ["submit_schedules"]

_SHARE: Final = 0.95
"""Of the rate that is counted on: others may be sending too."""
_TO_SPARE: Final = timedelta(seconds=2)
_READING: Final = Timeouts(connect=5.0, read=10.0, total=10.0)


async def submit_schedules(
    client: ApiClient,
    organisation_id: str,
    schedules: Mapping[str, ScheduleSource],
    *,
    assets: Iterable[VirtualAsset] | None = None,
    blocks: Iterable[Block] = (),
    unchecked: Literal["refuse", "send"] = "refuse",
    stored_kwh: Mapping[str, float] | None = None,
    **options: Unpack[ScheduleOptions],
) -> dict[str, SubmittedSchedule | Exception]:
    """Check the schedules of many batteries and put them in force, the earliest gate first.

    The assets are read with one request, the blocks of each with one of its own unless its block is
    given. What upstream makes of the schedules is read after all were sent.

    Args:
        client: Sends everything; its rate is what decides how many can be in time.
        organisation_id: Id of the organisation.
        schedules: By id of the block, or of a virtual asset that has one wholesale block.
        assets: The virtual assets, if they were read before.
        blocks: Blocks with the schedule that they have, as far as they were read before.
        unchecked: What becomes of a schedule whose block cannot be read in time, so that available
            power and lifetime are not checked and what stood there before is not known: nothing is
            sent, or it is sent all the same. With `send`, a block is read only where every
            schedule can still be sent in time.
        stored_kwh: By the keys of `schedules`; see `check_schedule`.
        **options: See `ScheduleOptions`; the same for all, but the gate of each counts.

    Returns:
        For each key what upstream made of the schedule, or what `submit_schedule` would have
        raised. One that fails delays no other.

    Raises:
        EnergyApiError: The assets cannot be read; nothing was sent.
    """
    fleet = _Fleet(client, organisation_id, options, unchecked == "send", blocks)
    owners = _owners(await fleet.list_assets({"lane": "urgent"}) if assets is None else assets)
    for key, source in schedules.items():
        fleet.add(key, source, owners.get(key.lower()), (stored_kwh or {}).get(key))
    await fleet.send()
    await fleet.report()
    return {key: fleet.results[key] for key in schedules}


class _Member(NamedTuple):
    key: str
    target: Target
    asset: VirtualAsset
    points: list[SchedulePoint]
    stored_kwh: float | None
    last: datetime | None


class _Fleet:
    """All that is to be sent, and what became of it."""

    def __init__(
        self,
        client: ApiClient,
        organisation_id: str,
        options: ScheduleOptions,
        always: bool,  # noqa: FBT001 - from here alone
        blocks: Iterable[Block],
    ) -> None:
        self.client, self.organisation_id, self.always = client, organisation_id, always
        self.blocks = {one.id or "": one for one in blocks}
        self.due = moment_of(options.get("deadline"), client.now())
        self.options: ScheduleOptions = {**options, "deadline": self.due}
        self.members: list[_Member] = []
        self.taken: dict[str, tuple[Block, Receipt]] = {}
        self.results: dict[str, SubmittedSchedule | Exception] = {}

    async def list_assets(self, options: CallOptions) -> list[VirtualAsset]:
        """Fetch all virtual assets."""
        path = {"organisationID": self.organisation_id}
        return await read(self.client, "virtual_assets.get_virtual_assets", path, **options) or []

    def add(
        self,
        key: str,
        source: ScheduleSource,
        owner: tuple[VirtualAsset, str] | None,
        stored_kwh: float | None,
    ) -> None:
        """Take a schedule in, or note why it cannot be one."""
        try:
            points = built(source)
            if owner is None:
                message = f"{key} is no wholesale block, and no asset that has one such block"
                advice = "give the id of a block of `wholesale_blocks(asset)`"
                raise CheckFailed((Finding("market", message, advice),))
        except (ValueError, TypeError, LookupError, ImportError) as error:
            self.results[key] = error
            return
        asset, block_id = owner
        target = Target(self.client, self.organisation_id, asset.id or "", block_id)
        last = earliest(self.due, target.to_send(points, asset, self.options)[1])
        self.members.append(_Member(key, target, asset, points, stored_kwh, last))

    async def send(self) -> None:
        """Send all, each by its own gate; the lane `urgent` puts them in order."""
        self.members.sort(key=lambda one: one.last.timestamp() if one.last else math.inf)
        reads = [str(one.target.block_id) not in self.blocks for one in self.members]
        if self.always:
            now, rate = self.client.now(), self.client.rate_limit().rate * _SHARE
            left = [(one.last - now).total_seconds() if one.last else None for one in self.members]
            reads = spared(left, rate, reads)
        async with anyio.create_task_group() as group:
            for one, is_read in zip(self.members, reads, strict=True):
                group.start_soon(self._send, one, is_read)

    async def _send(self, one: _Member, is_read: bool) -> None:  # noqa: FBT001
        try:
            given = self.blocks.get(str(one.target.block_id))
            blocks = await self._read(one) if is_read else None if given is None else [given]
            submission = one.target.prepared(
                one.points, one.asset, blocks, one.stored_kwh, self.options
            )
            self.taken[one.key] = await submission.exchange()
        except Exception as error:  # noqa: BLE001 - of this one; the others go on
            self.results[one.key] = error

    async def _read(self, one: _Member) -> list[Block] | None:
        options: CallOptions = {"lane": "urgent", "timeout": _READING}
        if one.last is not None:
            options["deadline"] = one.last - _TO_SPARE
        try:
            return await one.target.read("get_blocks", options, one.points) or []
        except EnergyApiError:
            if self.always:
                return None
            raise

    async def report(self) -> None:
        """Read what upstream makes of what it took: the assets at once, corrections one by one."""
        within = LONGEST_REPORT + timedelta(
            seconds=2 * len(self.taken) / self.client.rate_limit().rate
        )
        assets: dict[str | None, VirtualAsset] = {}
        if self.taken:
            with suppress(EnergyApiError):  # then each is read by itself
                listed = await self.list_assets({"timeout": within.total_seconds()})
                assets = {one.id: one for one in listed}

        async def report(one: _Member) -> None:
            taken, asset = self.taken[one.key], assets.get(one.asset.id)
            self.results[one.key] = await one.target.report(*taken, asset, within)

        async with anyio.create_task_group() as group:
            for one in self.members:
                if one.key in self.taken:
                    group.start_soon(report, one)


def spared(left: Sequence[float | None], rate: float, wanted: Sequence[bool]) -> list[bool]:
    """Say for which schedules a reading can be spared, so that all are still sent in time.

    `left` is the seconds to each gate, the earliest first, None for no gate; `rate` is requests a
    second; `wanted` says which would like to read.
    """
    free = math.inf
    slack: list[float] = []
    for index, seconds in reversed([*enumerate(left)]):
        if seconds is not None:
            free = min(free, math.floor(seconds * rate) - index - 1)
        slack.append(free)
    found: list[bool] = []
    for wants, room in zip(wanted, reversed(slack), strict=True):
        found.append(wants and room > sum(found))
    return found


def _owners(assets: Iterable[VirtualAsset]) -> dict[str, tuple[VirtualAsset, str]]:
    """Asset and block by block id, and by asset id where there is one wholesale block."""
    found: dict[str, tuple[VirtualAsset, str]] = {}
    for asset in assets:
        known = wholesale_blocks(asset)
        found |= {block_id.lower(): (asset, block_id) for block_id in known}
        if asset.id and len(known) == 1:
            found[asset.id.lower()] = asset, known[0]
    return found
