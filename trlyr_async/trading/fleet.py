"""Schedules of many batteries: one list of assets, earliest gate first, none held up by others."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import anyio

from energy_async.transport.errors import EnergyApiError
from energy_async.transport.options import Timeouts
from energy_async.transport.request import Request
from trlyr_async import virtual_assets
from trlyr_async.trading.deadlines import moment_of, note_date
from trlyr_async.trading.findings import Finding, require
from trlyr_async.trading.schedule import ScheduleSource, build_schedule
from trlyr_async.trading.schedule_check import check_schedule, wholesale_blocks
from trlyr_async.trading.schedule_submit import LONGEST_REPORT, Place, SubmittedSchedule, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from energy_async.delivery import Interval
    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions, Operation
    from trlyr_async.models.virtual_assets import Block, SchedulePoint, VirtualAsset
    from trlyr_async.trading.journal import Journal
    from trlyr_async.trading.sending import Receipt

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
    deadline: datetime | float | None = None,
    period: Interval | date | None = None,
    stored_kwh: Mapping[str, float] | None = None,
    closed: Literal["refuse", "leave_out"] = "refuse",
    journal: Journal | None = None,
    reason: str = "",
    headers: Mapping[str, str] | None = None,
) -> dict[str, SubmittedSchedule | Exception]:
    """Check the schedules of many batteries and put them in force, the earliest gate first.

    The assets are read with one request, each block with one of its own unless it is given. What
    upstream makes of the schedules is read after all were sent. Arguments that are not here are
    those of `prepare_schedule`.

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
        deadline: For all of them; the gate of each holds in any case.
        period: For all of them.
        stored_kwh: By the keys of `schedules`.
        closed: See `prepare_schedule`.
        journal: See `prepare_schedule`.
        reason: See `prepare_schedule`.
        headers: See `prepare_schedule`.

    Returns:
        For each key what upstream made of the schedule, or what `submit_schedule` would have
        raised. One that fails holds up no other.

    Raises:
        EnergyApiError: The assets cannot be read; nothing was sent.
    """
    terms = Terms(
        deadline=moment_of(deadline, client.now()), period=period, closed=closed, now=None,
        journal=journal, reason=reason, headers=headers,
    )  # fmt: skip
    if assets is None:
        assets = await _list(client, organisation_id, {"lane": "urgent"})
    fleet = _Fleet(client, organisation_id, terms, {one.id or "": one for one in blocks})
    energies = stored_kwh or {}
    owners = _owners(assets)
    for key, source in schedules.items():
        fleet.add(key, source, owners.get(key.lower()), energies.get(key))
    await fleet.send(always=unchecked == "send")
    await fleet.report()
    return {key: fleet.results[key] for key in schedules}


class _Member(NamedTuple):
    key: str
    place: Place
    asset: VirtualAsset
    points: list[SchedulePoint]
    stored_kwh: float | None
    last: datetime | None


class _Fleet:
    """All that is to be sent, and what became of it."""

    def __init__(
        self, client: ApiClient, organisation_id: str, terms: Terms, blocks: Mapping[str, Block]
    ) -> None:
        self.client, self.organisation_id, self.terms = client, organisation_id, terms
        self.blocks = blocks
        self.members: list[_Member] = []
        self.taken: dict[str, tuple[Block, Receipt]] = {}
        self.results: dict[str, SubmittedSchedule | Exception] = {}

    def add(
        self,
        key: str,
        source: ScheduleSource,
        owner: tuple[VirtualAsset, str] | None,
        stored_kwh: float | None,
    ) -> None:
        """Take a schedule in, or note why it cannot be one."""
        try:
            points = build_schedule(source)
            if not points or owner is None:
                require(check_schedule(points) if not points else (_unknown(key),))
        except (ValueError, TypeError, LookupError, ImportError) as error:
            self.results[key] = error
            return
        assert owner is not None  # noqa: S101 - else there was an error
        asset, block_id = owner
        place = Place(self.client, self.organisation_id, asset.id or "", block_id)
        still = points
        if self.terms.closed == "leave_out":
            now = self.client.now()
            still = [one for one in points if (place.last_moment([one], asset) or one.time) > now]
        gates = self.terms.deadline, place.last_moment(still, asset)
        last = min([one for one in gates if one is not None], default=None)
        self.members.append(_Member(key, place, asset, points, stored_kwh, last))

    async def send(self, *, always: bool) -> None:
        """Send all, each by its own gate; the lane `urgent` puts them in order."""
        self.members.sort(key=lambda one: one.last.timestamp() if one.last else math.inf)
        to_read = [one for one in self.members if str(one.place.block_id) not in self.blocks]
        if always:
            now, rate = self.client.now(), self.client.rate_limit().rate * _SHARE
            left = [(one.last - now).total_seconds() if one.last else None for one in self.members]
            spare = spared(left, rate, [one in to_read for one in self.members])
            to_read = [one for one, is_spared in zip(self.members, spare, strict=True) if is_spared]
        reading = {one.key for one in to_read}
        async with anyio.create_task_group() as group:
            for one in self.members:
                group.start_soon(self._send, one, one.key in reading, always)

    async def _send(self, one: _Member, reading: bool, always: bool) -> None:  # noqa: FBT001
        try:
            block = self.blocks.get(str(one.place.block_id))
            if reading:
                block = await self._read(one, always=always)
            submission = one.place.prepared(
                one.points, one.asset, block, self.terms, one.stored_kwh
            )
            self.taken[one.key] = await submission.exchange()
        except Exception as error:  # noqa: BLE001 - of this one; the others go on
            self.results[one.key] = error

    async def _read(self, one: _Member, *, always: bool) -> Block | None:
        options: CallOptions = {"lane": "urgent", "timeout": _READING}
        if one.last is not None:
            options["deadline"] = one.last - _TO_SPARE
        try:
            return await one.place.block(one.points, options)
        except EnergyApiError:
            if always:
                return None
            raise

    async def report(self) -> None:
        """Read what upstream makes of what it took: the assets at once, corrections one by one."""
        within = LONGEST_REPORT + timedelta(
            seconds=2 * len(self.taken) / self.client.rate_limit().rate
        )
        assets: dict[str | None, VirtualAsset] = {}
        try:
            if self.taken:
                options: CallOptions = {"timeout": within.total_seconds()}
                listed = await _list(self.client, self.organisation_id, options)
                assets = {one.id: one for one in listed}
        except EnergyApiError:
            pass  # then each is read by itself
        async with anyio.create_task_group() as group:
            for one in self.members:
                if one.key in self.taken:
                    group.start_soon(self._report, one, assets.get(one.asset.id), within)

    async def _report(self, one: _Member, asset: VirtualAsset | None, within: timedelta) -> None:
        answer, receipt = self.taken[one.key]
        sent = one.place.sent(receipt)
        self.results[one.key] = await one.place.report(sent, answer, receipt, asset, within)


def spared(left: Sequence[float | None], rate: float, wanted: Sequence[bool]) -> list[bool]:
    """Say for which schedules a reading can be spared, so that all are still sent in time.

    Args:
        left: Seconds to each gate, the earliest first; None for no gate.
        rate: Requests a second.
        wanted: Which would like to read.
    """
    free = math.inf
    slack: list[float] = []
    for index in reversed(range(len(left))):
        seconds = left[index]
        if seconds is not None:
            free = min(free, math.floor(seconds * rate) - index - 1)
        slack.append(free)
    slack.reverse()
    given = 0
    found: list[bool] = []
    for wants, room in zip(wanted, slack, strict=True):
        found.append(wants and room > given)
        given += found[-1]
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


def _unknown(key: str) -> Finding:
    return Finding(
        kind="market",
        message=f"{key} is no wholesale block, and no asset that has one such block",
        advice="give the id of a block of `wholesale_blocks(asset)`",
    )


async def _list(
    client: ApiClient, organisation_id: str, options: CallOptions
) -> list[VirtualAsset]:
    operation: Operation[list[VirtualAsset]] = virtual_assets.OPERATIONS["get_virtual_assets"]
    request = Request(operation, path={"organisationID": organisation_id})
    assets, reply = await client.exchange(request, **options)
    note_date(client, reply)
    return assets
