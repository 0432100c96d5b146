"""Schedules to upstream: checked, sent before the gate closes, read back with their imbalance."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeVar

import msgspec

from energy_async.transport.errors import EnergyApiError
from energy_async.transport.request import Request
from trlyr_async import virtual_assets
from trlyr_async.models.virtual_assets import (
    Block,
    BlockUpdate,
    ScheduleAdjustment,
    ScheduleAdjustments,
    SchedulePoint,
    VirtualAsset,
)
from trlyr_async.trading.deadlines import clock_findings, moment_of, note_date, upstream_ahead
from trlyr_async.trading.findings import Finding, require
from trlyr_async.trading.held import Held, power_key
from trlyr_async.trading.schedule import ScheduleSource, build_schedule
from trlyr_async.trading.schedule_check import check_schedule, gate_closure
from trlyr_async.trading.sending import Dossier, Receipt, Submission, sends

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Mapping, Sequence
    from uuid import UUID

    from energy_async.delivery import Interval
    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions, Operation
    from trlyr_async.trading.journal import Journal

__all__ = [
    "LONGEST_REPORT",
    "Place",
    "ScheduleDifference",
    "ScheduleImbalance",
    "SubmittedSchedule",
    "Terms",
    "differences",
    "prepare_schedule",
    "submit_schedule",
]

T = TypeVar("T")

_KW: Final = 1e-3
LONGEST_REPORT: Final = timedelta(seconds=10)
_UNREAD: Final = Finding(
    severity="info",
    kind="not_checked",
    message="the block was not read: available power, its lifetime, and what stood there before",
    advice="submit earlier, or give the blocks",
)


class ScheduleDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A quarter-hour for which upstream shows another power than was sent, or none.

    Attributes:
        time: Its start, aware and in UTC.
        sent: kW.
        held: kW; None if upstream does not show the quarter-hour, or it could not be read.
    """

    time: datetime
    sent: float
    held: float | None


class ScheduleImbalance(msgspec.Struct, frozen=True, kw_only=True):
    """What the virtual asset lacks to be balanced at the end of its life.

    Attributes:
        charge_kwh: Charge that is missing.
        discharge_kwh: Discharge that is missing.
        end_state_of_charge: Projected state of charge at the end, in %; it should be 50.
        feedback: Upstream's sentence about it.
    """

    charge_kwh: float | None
    discharge_kwh: float | None
    end_state_of_charge: float | None
    feedback: str | None

    @property
    def is_balanced(self) -> bool:
        """Whether upstream says that nothing is missing; False too where it says nothing."""
        return self.charge_kwh == 0 and self.discharge_kwh == 0


class SubmittedSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule that upstream has taken, and what it says of it.

    Attributes:
        block: The block as upstream answered.
        differences: Quarter-hours for which upstream does not show what was sent.
        imbalance: Of the virtual asset as a whole, read after the schedule was taken; None if it
            could not be read. Upstream has none by quarter-hour.
        adjustments: Quarter-hours of the schedule's range that upstream has adjusted already, in
            kW, with the reason; None if they could not be read. More may come until delivery.
        findings: What the check found, errors apart, and what upstream made of the schedule:
            adjustments, and an imbalance at the end.
        receipt: The request and upstream's answer: ids, times.
        unread: What could not be read afterwards, and why; the schedule is in force all the same.
    """

    block: Block
    differences: tuple[ScheduleDifference, ...]
    imbalance: ScheduleImbalance | None
    adjustments: tuple[ScheduleAdjustment, ...] | None
    findings: tuple[Finding, ...]
    receipt: Receipt
    unread: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether upstream shows every quarter-hour as it was sent, and has adjusted none of them.

        False too where the adjustments could not be read. Whether it is balanced is another thing.
        """
        return not self.differences and self.adjustments == ()


async def prepare_schedule(
    client: ApiClient,
    organisation_id: str,
    virtual_asset_id: UUID | str,
    block_id: UUID | str,
    schedule: ScheduleSource,
    *,
    asset: VirtualAsset | None = None,
    block: Block | None = None,
    deadline: datetime | float | None = None,
    period: Interval | date | None = None,
    stored_kwh: float | None = None,
    closed: Literal["refuse", "leave_out"] = "refuse",
    now: datetime | None = None,
    journal: Journal | None = None,
    reason: str = "",
    headers: Mapping[str, str] | None = None,
) -> Submission[Block]:
    """Check a schedule against its asset and block; `send` of the result puts it in force.

    Args:
        client: Sends the schedule, and reads what it is checked against, in the lane `urgent`.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        block_id: Id of one of its wholesale blocks.
        schedule: Whatever `build_schedule` takes. kW, discharge positive, charge negative.
        asset: The virtual asset, if it was read before; this saves a request.
        block: The block with the schedule that it has for this time, if it was read before; this
            saves a request. What stood there before is then as old as the block.
        deadline: Aware time, or seconds from now, by which upstream must have it. The gate closure
            of the schedule's first quarter-hour holds in any case, where the asset names one.
        period: See `check_schedule`.
        stored_kwh: See `check_schedule`.
        closed: What becomes of quarter-hours whose gate has closed: an error, or they are left out
            and the rest is sent, with a warning.
        now: Aware; the time for which gates are checked. Default: the client's clock.
        journal: Where the schedule is kept before it is sent, and what becomes of it.
        reason: Why, and who wants it, for the journal.
        headers: Further request headers.

    Raises:
        CheckFailed: The schedule has errors, all of which it carries.
        EnergyApiError: The asset or the block cannot be read.
    """
    terms = Terms(
        deadline=moment_of(deadline, client.now()), period=period, closed=closed, now=now,
        journal=journal, reason=reason, headers=headers,
    )  # fmt: skip
    points = build_schedule(schedule)
    if not points:
        require(check_schedule(points))
    there = Place(client, organisation_id, virtual_asset_id, block_id)
    asset = asset or await there.asset(_in_time(terms.deadline))
    block = block or await there.block(points, _in_time(terms.deadline))
    return there.prepared(points, asset, block, terms, stored_kwh)


@sends(prepare_schedule)
async def submit_schedule(submission: Submission[Block]) -> SubmittedSchedule:
    """Check a schedule, put it in force, and read what upstream says of it.

    Reads the asset and the block, checks the schedule against both, and sends it only if there is
    no error. It is repeated where an answer is lost, since that has the same effect as sending it
    once. Quarter-hours that are not in the schedule keep their power. What upstream makes of it is
    read for ten seconds at most: a schedule that is in force does not wait for a slow answer.
    Arguments are those of `prepare_schedule`.

    Raises:
        CheckFailed: The schedule has errors, all of which it carries; nothing was sent.
        LimitExceeded: It is beyond the client's limits; nothing was sent.
        BadRequest: Upstream refuses the schedule, as a whole.
        DeadlineExceeded: It cannot be sent in time; it was not sent.
        SubmissionUnknown: It may be in force. Submit it again, or `look_up` the error.
        DecodeFailed: Upstream took it and answered in another shape than documented.
        OSError: The journal cannot be written; nothing was sent.
    """
    answer, receipt = await submission.exchange()
    there = Place(submission.client, *submission.request.path.values())
    return await there.report(there.sent(receipt), answer, receipt)


def _still_open(
    points: Sequence[SchedulePoint], asset: VirtualAsset, now: datetime
) -> tuple[list[SchedulePoint], tuple[Finding, ...]]:
    """Leave out what is closed, and say so."""
    gate = timedelta(seconds=asset.dispatch_gate_closure_seconds or 0)
    still = [point for point in points if now < point.time - gate]
    if len(still) == len(points):
        return still, ()
    return still, (
        Finding(
            severity="warning",
            kind="gate_closure",
            message=f"{len(points) - len(still)} of {len(points)} quarter-hours are closed and left"
            " out; they keep the power that upstream has for them",
            advice="send schedules earlier",
            time=points[0].time,
        ),
    )


class Terms(NamedTuple):
    """What is asked of a schedule beside its points; see `prepare_schedule`."""

    deadline: datetime | None
    period: Interval | date | None
    closed: Literal["refuse", "leave_out"]
    now: datetime | None
    journal: Journal | None
    reason: str
    headers: Mapping[str, str] | None


class Place(NamedTuple):
    """A block, and the client that reaches it."""

    client: ApiClient
    organisation_id: str
    virtual_asset_id: UUID | str
    block_id: UUID | str

    async def asset(self, options: CallOptions) -> VirtualAsset:
        """Fetch the asset, and learn from the answer what time it is upstream."""
        operation: Operation[VirtualAsset] = virtual_assets.OPERATIONS["get_virtual_asset"]
        path = {"organisationID": self.organisation_id, "virtualAssetID": self.virtual_asset_id}
        asset, reply = await self.client.exchange(Request(operation, path=path), **options)
        note_date(self.client, reply)
        return asset

    def last_moment(self, points: Sequence[SchedulePoint], asset: VirtualAsset) -> datetime | None:
        """Give the gate of the first quarter-hour, by this client's clock."""
        gate = gate_closure(points, asset)
        return None if gate is None else gate - upstream_ahead(self.client)

    def prepared(
        self,
        points: Sequence[SchedulePoint],
        asset: VirtualAsset,
        block: Block | None,
        terms: Terms,
        stored_kwh: float | None,
    ) -> Submission[Block]:
        """Check a schedule against what was read; without its block, say what was not checked."""
        client = self.client
        moment = client.now() + upstream_ahead(client) if terms.now is None else terms.now
        left_out: tuple[Finding, ...] = clock_findings(client)
        if terms.closed == "leave_out":
            points, closed = _still_open(points, asset, moment)
            left_out = (*left_out, *closed)
        found = check_schedule(
            points,
            asset=asset,
            block=block,
            period=terms.period,
            now=moment,
            stored_kwh=stored_kwh,
        )
        findings = (*left_out, *require(found), *(() if block else (_UNREAD,)))
        gates = terms.deadline, self.last_moment(points, asset)
        last = min([one for one in gates if one is not None], default=None)
        dossier = Dossier(
            f"{self.virtual_asset_id}: block {self.block_id}",
            terms.reason,
            terms.journal,
            terms.headers,
        )
        before: Held | None = None
        if block is not None:
            before = {power_key(time): power for time, power in _powers(block).items()}
        return dossier.submission(client, self.request([*points]), before, findings, last)

    def request(self, points: list[SchedulePoint]) -> Request[Block]:
        """Give the request that puts a schedule in force."""
        operation: Operation[Block] = virtual_assets.OPERATIONS["update_block_schedule"]
        path = {
            "organisationID": self.organisation_id,
            "virtualAssetID": self.virtual_asset_id,
            "blockID": self.block_id,
        }
        return Request(operation, path=path, body=BlockUpdate(schedule=points))

    def sent(self, receipt: Receipt) -> list[SchedulePoint]:
        """Give the points that were sent."""
        return msgspec.json.decode(receipt.intent.body, type=BlockUpdate).schedule or []

    async def report(
        self,
        points: Sequence[SchedulePoint],
        answer: Block,
        receipt: Receipt,
        asset: VirtualAsset | None = None,
        within: timedelta | None = None,
    ) -> SubmittedSchedule:
        """Read what upstream makes of a schedule that it has taken."""
        unread: list[str] = []
        soon: CallOptions = {"deadline": self.client.now() + (within or LONGEST_REPORT)}
        held = await self._confirm(points, answer, unread, soon)
        asset = asset or await _tried(self.asset(soon), unread)
        found = await _tried(
            virtual_assets.get_adjustments(
                self.client,
                self.organisation_id,
                self.virtual_asset_id,
                start=points[0].time,
                end=points[-1].time,
                **soon,
            ),
            unread,
        )
        return SubmittedSchedule(
            block=answer,
            differences=tuple(differences(points, held)),
            imbalance=None if asset is None else _imbalance(asset),
            adjustments=None if found is None else tuple(found.adjustments or ()),
            findings=(*receipt.findings, *_made_of_it(asset, found)),
            receipt=receipt,
            unread=tuple(unread),
        )

    async def _confirm(
        self,
        points: Sequence[SchedulePoint],
        answer: Block,
        unread: list[str],
        options: CallOptions,
    ) -> dict[datetime, float]:
        """Give the powers that upstream holds, and ask for those that its answer does not show.

        Which part of the schedule the answer covers is not documented.
        """
        held = _powers(answer)
        if any(point.time not in held for point in points):
            block = await _tried(self.block(points, options), unread)
            held |= {} if block is None else _powers(block)
        return held

    async def block(self, points: Sequence[SchedulePoint], options: CallOptions) -> Block:
        """Fetch the block, with what it has for the time of a schedule."""
        return await virtual_assets.get_block(
            self.client,
            self.organisation_id,
            self.virtual_asset_id,
            self.block_id,
            start=points[0].time,
            end=points[-1].time,
            **options,
        )


async def _tried(reading: Awaitable[T], unread: list[str]) -> T | None:
    """Read something that is good to know, and note why if it cannot be had."""
    try:
        return await reading
    except EnergyApiError as error:
        unread.append(str(error))
        return None


def _made_of_it(asset: VirtualAsset | None, found: ScheduleAdjustments | None) -> Iterator[Finding]:
    """Give upstream's corrections as findings."""
    adjusted = () if found is None else found.adjustments or ()
    if adjusted:
        yield Finding(
            severity="warning",
            kind="adjusted",
            message=f"upstream has adjusted {len(adjusted)} quarter-hours:"
            f" {', '.join(sorted({str(one.reason) for one in adjusted}))}",
            advice="see `adjustments`; change the schedule to what can be delivered",
            time=adjusted[0].timestamp,
        )
    imbalance = None if asset is None else _imbalance(asset)
    if imbalance is not None and not imbalance.is_balanced:
        yield Finding(
            severity="warning",
            kind="final_state",
            message=imbalance.feedback
            or f"{imbalance.charge_kwh} kWh of charge and"
            f" {imbalance.discharge_kwh} kWh of discharge are missing at the end of life",
            advice="balance it before the end of life",
            time=None if asset is None else asset.end,
            value=imbalance.end_state_of_charge,
        )


def _in_time(deadline: datetime | None) -> CallOptions:
    return {"lane": "urgent"} if deadline is None else {"lane": "urgent", "deadline": deadline}


def _powers(block: Block) -> dict[datetime, float]:
    return {point.time: point.power for point in block.schedule or ()}


def differences(
    points: Sequence[SchedulePoint], held: Mapping[datetime, float]
) -> Iterator[ScheduleDifference]:
    """Give the quarter-hours for which upstream has another power (kW) than was sent, or none."""
    for point in points:
        power = held.get(point.time)
        if power is None or not math.isclose(power, point.power, rel_tol=0.0, abs_tol=_KW):
            yield ScheduleDifference(time=point.time, sent=point.power, held=power)


def _imbalance(asset: VirtualAsset) -> ScheduleImbalance:
    return ScheduleImbalance(
        charge_kwh=asset.imbalance_charge,
        discharge_kwh=asset.imbalance_discharge,
        end_state_of_charge=asset.end_state_of_charge_percentage,
        feedback=asset.feedback,
    )
