"""Schedules to upstream: checked, sent before the gate closes, read back with their imbalance."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Unpack

import msgspec

from energy_async.delivery import Interval  # noqa: TC001 - of options, which are read by tools
from energy_async.transport.errors import EnergyApiError
from energy_async.transport.request import Request
from trlyr_async.models.virtual_assets import (
    Block,
    BlockUpdate,
    ScheduleAdjustment,
    SchedulePoint,
    VirtualAsset,
)
from trlyr_async.trading.deadlines import (
    clock_findings,
    gate_by,
    gate_time,
    moment_of,
    operation_of,
    read,
    upstream_ahead,
)
from trlyr_async.trading.findings import Finding, require
from trlyr_async.trading.schedule import ScheduleSource, build_schedule
from trlyr_async.trading.schedule_check import check_schedule, gate_closure, gate_of
from trlyr_async.trading.standing import standing_powers
from trlyr_async.trading.submission import Receipt, Submission, SubmissionOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Mapping, Sequence
    from uuid import UUID

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions

__all__ = [
    "ScheduleDifference",
    "ScheduleImbalance",
    "ScheduleOptions",
    "SubmittedSchedule",
    "prepare_schedule",
    "submit_schedule",
]

_KW: Final = 1e-3
LONGEST_REPORT: Final = timedelta(seconds=10)
_UNREAD: Final = Finding(
    severity="info",
    kind="not_checked",
    message="the block was not read: available power, its lifetime, and what stood there before",
    advice="submit earlier, or give the blocks",
)


class ScheduleOptions(SubmissionOptions, total=False):
    """What `prepare_schedule`, `submit_schedule` and `submit_schedules` take by name.

    Attributes:
        period: See `check_schedule`.
        closed: What becomes of quarter-hours whose gate has closed: an error (`refuse`), or they
            are left out and the rest is sent, with a warning (`leave_out`).
    """

    period: Interval | date | None
    closed: Literal["refuse", "leave_out"]


class ScheduleDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A quarter-hour for which upstream shows another power than was sent, or none.

    Attributes:
        time: Its start, aware and in UTC.
        sent: kW.
        found: kW; None if upstream does not show the quarter-hour, or it could not be read.
    """

    time: datetime
    sent: float
    found: float | None


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

    def __str__(self) -> str:
        if self.is_balanced:
            return "balanced: no charge or discharge is missing"
        missing = self.charge_kwh, self.discharge_kwh
        charge, discharge = (
            "an unknown amount" if kwh is None else f"{kwh:,g} kWh" for kwh in missing
        )
        text = f"{charge} of charge and {discharge} of discharge are missing at the end of life"
        return f"out of balance: {self.feedback or text}"


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
    stored_kwh: float | None = None,
    **options: Unpack[ScheduleOptions],
) -> Submission[Block]:
    """Check a schedule against its asset and block; `send` of the result puts it in force.

    Args:
        client: Sends everything, in the lane `urgent`.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        block_id: Id of one of its wholesale blocks.
        schedule: Whatever `build_schedule` takes. kW, discharge positive, charge negative.
        asset: As it was read before, which saves a request.
        block: As it was read before, with its schedule and power for the time of the schedule;
            saves a request. The asset's other blocks are then not looked at.
        stored_kwh: See `check_schedule`.
        **options: See `ScheduleOptions`. The gate of the first quarter-hour is a deadline, where
            the asset names one.

    Raises:
        CheckFailed: The schedule has errors, all of which it carries.
        EnergyApiError: The asset or its blocks cannot be read.
    """
    due = moment_of(options.get("deadline"), client.now())
    points = built(schedule)
    target = Target(client, organisation_id, virtual_asset_id, block_id)
    call: CallOptions = {"lane": "urgent"} if due is None else {"lane": "urgent", "deadline": due}
    asset = asset or await target.read("get_virtual_asset", call)
    blocks = [block] if block else await target.read("get_blocks", call, points) or []
    return target.prepared(points, asset, blocks, stored_kwh, options)


async def submit_schedule(
    client: ApiClient,
    organisation_id: str,
    virtual_asset_id: UUID | str,
    block_id: UUID | str,
    schedule: ScheduleSource,
    *,
    asset: VirtualAsset | None = None,
    block: Block | None = None,
    stored_kwh: float | None = None,
    **options: Unpack[ScheduleOptions],
) -> SubmittedSchedule:
    """Check a schedule, put it in force, and read what upstream says of it.

    Reads the asset and its blocks, checks the schedule against both, and sends it only if there is
    no error. It is repeated where an answer is lost, since that has the same effect as sending it
    once. Quarter-hours that are not in the schedule keep their power. What upstream makes of it is
    read for ten seconds at most. Arguments are those of `prepare_schedule`.

    Raises:
        CheckFailed: The schedule has errors, all of which it carries; nothing was sent.
        LimitExceeded: It is beyond the client's limits; nothing was sent.
        BadRequest: Upstream refuses the schedule, as a whole.
        DeadlineExceeded: It cannot be sent in time; it was not sent.
        SubmissionUnknown: It may be in force. Submit it again, or `look_up` the error.
        DecodeFailed: Upstream took it and answered in another shape than documented.
        OSError: The journal cannot be written; nothing was sent.
    """
    target = Target(client, organisation_id, virtual_asset_id, block_id)
    submission = await prepare_schedule(
        *target, schedule, asset=asset, block=block, stored_kwh=stored_kwh, **options
    )
    return await target.report(*await submission.exchange())


def built(schedule: ScheduleSource) -> list[SchedulePoint]:
    """Give the points of a schedule that has some."""
    points = build_schedule(schedule)
    if not points:
        require(check_schedule(points))
    return points


class Target(NamedTuple):
    """A block, and the client that reaches it."""

    client: ApiClient
    organisation_id: str
    virtual_asset_id: UUID | str
    block_id: UUID | str

    async def read(
        self, name: str, options: CallOptions, points: Sequence[SchedulePoint] = ()
    ) -> Any:  # noqa: ANN401 - whatever the operation gives
        """Read something of the asset, for the time of a schedule."""
        path = {"organisationID": self.organisation_id, "virtualAssetID": self.virtual_asset_id}
        query = {"start": points[0].time, "end": points[-1].time} if points else {}
        return await read(self.client, f"virtual_assets.{name}", path, query, **options)

    def to_send(
        self, points: Sequence[SchedulePoint], asset: VirtualAsset, options: ScheduleOptions
    ) -> tuple[Sequence[SchedulePoint], datetime | None]:
        """Give the points that are to be sent, and the gate of the first by this client's clock."""
        if options.get("closed") == "leave_out":
            now = self.client.now() + upstream_ahead(self.client)
            points = [point for point in points if now < point.time - gate_of(asset)]
        return points, gate_by(self.client, gate_closure(points, asset))

    def prepared(
        self,
        points: Sequence[SchedulePoint],
        asset: VirtualAsset,
        blocks: Sequence[Block] | None,
        stored_kwh: float | None,
        options: ScheduleOptions,
    ) -> Submission[Block]:
        """Check a schedule against what was read; without blocks, say what was not checked."""
        still, gate = self.to_send(points, asset, options)
        block = self._own(blocks or ())
        checked = check_schedule(
            still,
            asset=asset,
            block=block,
            others=[one for one in blocks or () if one is not block],
            period=options.get("period"),
            now=gate_time(self.client),
            stored_kwh=stored_kwh,
        )
        more = [*_left_out(points, len(points) - len(still))]
        if blocks is None:
            more.append(_UNREAD)
        elif block is None:
            message = f"block {self.block_id} is none of the asset's {len(blocks)} blocks"
            more.append(Finding("market", message, "take one of `wholesale_blocks(asset)`"))
        names = "organisationID", "virtualAssetID", "blockID"
        findings = require((*clock_findings(self.client), *checked, *more))
        request: Request[Block] = Request(
            operation_of("virtual_assets.update_block_schedule"),
            path=dict(zip(names, self[1:], strict=True)),
            body=BlockUpdate(schedule=[*still]),
        )
        return Submission(
            self.client,
            request,
            f"{self.virtual_asset_id}: block {self.block_id}",
            options,
            before=None if block is None else standing_powers(block),
            findings=findings,
            gate=gate,
        )

    def _own(self, blocks: Sequence[Block]) -> Block | None:
        names = {str(self.block_id).lower(), *([""] if len(blocks) == 1 else [])}
        return next((one for one in blocks if (one.id or "").lower() in names), None)

    async def report(
        self,
        answer: Block,
        receipt: Receipt,
        asset: VirtualAsset | None = None,
        within: timedelta | None = None,
    ) -> SubmittedSchedule:
        """Read what upstream makes of a schedule that it has taken."""
        points = msgspec.json.decode(receipt.intent.body, type=BlockUpdate).schedule
        unread: list[str] = []
        soon: CallOptions = {"deadline": self.client.now() + (within or LONGEST_REPORT)}
        found = _powers(answer)
        if any(point.time not in found for point in points):  # what the answer covers is not known
            block = self._own(await _tried(self.read("get_blocks", soon, points), unread) or ())
            found |= {} if block is None else _powers(block)
        asset = asset or await _tried(self.read("get_virtual_asset", soon), unread)
        answered = await _tried(self.read("get_adjustments", soon, points), unread)
        adjusted = None if answered is None else tuple(answered.adjustments or ())
        imbalance = None if asset is None else _imbalance(asset)
        return SubmittedSchedule(
            block=answer,
            differences=tuple(differences(points, found)),
            imbalance=imbalance,
            adjustments=adjusted,
            findings=(*receipt.findings, *_corrections(adjusted or (), imbalance, asset)),
            receipt=receipt,
            unread=tuple(unread),
        )


def _left_out(points: Sequence[SchedulePoint], closed: int) -> Iterator[Finding]:
    if closed:
        message = f"{closed} of {len(points)} quarter-hours are closed and left out; they keep the"
        message += " power that upstream has for them"
        yield Finding("gate_closure", message, "send earlier", "warning", points[0].time)


async def _tried(reading: Awaitable[Any], unread: list[str]) -> Any:  # noqa: ANN401 - or None
    """Read something that is good to know, and note why if it cannot be had."""
    try:
        return await reading
    except EnergyApiError as error:
        unread.append(str(error))
        return None


def _corrections(
    adjusted: Sequence[ScheduleAdjustment],
    imbalance: ScheduleImbalance | None,
    asset: VirtualAsset | None,
) -> Iterator[Finding]:
    """Give upstream's corrections as findings."""
    if adjusted:
        reasons = ", ".join(sorted({str(one.reason) for one in adjusted}))
        message = f"upstream has adjusted {len(adjusted)} quarter-hours: {reasons}"
        advice = "see `adjustments`; change the schedule to what can be delivered"
        yield Finding("adjusted", message, advice, "warning", adjusted[0].timestamp)
    if asset is not None and imbalance is not None and not imbalance.is_balanced:
        advice, state = "balance it before the end of life", imbalance.end_state_of_charge
        yield Finding("final_state", str(imbalance), advice, "warning", asset.end, state)


def _powers(block: Block) -> dict[datetime, float]:
    return {point.time: point.power for point in block.schedule or ()}


def differences(
    points: Sequence[SchedulePoint], found: Mapping[datetime, float]
) -> Iterator[ScheduleDifference]:
    """Give the quarter-hours for which upstream has another power (kW) than was sent, or none."""
    for point in points:
        power = found.get(point.time)
        if power is None or not math.isclose(power, point.power, rel_tol=0.0, abs_tol=_KW):
            yield ScheduleDifference(time=point.time, sent=point.power, found=power)


def _imbalance(asset: VirtualAsset) -> ScheduleImbalance:
    return ScheduleImbalance(
        charge_kwh=asset.imbalance_charge,
        discharge_kwh=asset.imbalance_discharge,
        end_state_of_charge=asset.end_state_of_charge_percentage,
        feedback=asset.feedback,
    )
