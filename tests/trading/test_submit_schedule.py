"""A schedule goes out once it is good, before its gate closes, and its imbalance comes back."""

from __future__ import annotations

import pickle
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

import pytest

from energy_async.delivery import BERLIN, delivery_day, quarter_hours
from trlyr_async import (
    BadRequest,
    Conflict,
    DeadlineExceeded,
    Trlyr,
    trading,
    virtual_assets,
)
from trlyr_async.models.virtual_assets import Block, SchedulePoint
from trlyr_async.trading import schedule_submit
from trlyr_async.trading.schedule_submit import differences

if TYPE_CHECKING:
    from energy_async.transport.request import CallOptions, Reply, Request
    from tests.trading.conftest import Desk, Watch

PUT = "update_block_schedule"


def day_ahead(desk: Desk, power: float = 100.0) -> dict[datetime, float]:
    return {quarter.start: power for quarter in quarter_hours(desk.day, BERLIN)}


def hour(desk: Desk, power: float = 100.0) -> dict[datetime, float]:
    """Four quarter-hours at noon; the rest of the day is a warning."""
    start = delivery_day(desk.day, BERLIN).start + timedelta(hours=12)
    return {start + timedelta(minutes=15) * index: power for index in range(4)}


async def held(desk: Desk) -> set[float]:
    times = list(day_ahead(desk))
    block = await virtual_assets.get_block(*desk.block, start=times[0], end=times[-1])
    assert block.schedule
    return {point.power for point in block.schedule}


async def test_a_whole_day_is_accepted_and_its_imbalance_read(desk: Desk) -> None:
    result = await trading.submit_schedule(*desk.block, hour(desk, -2000.0))
    assert result.accepted
    assert result.differences == ()
    assert result.imbalance is not None
    assert result.imbalance.charge_kwh == 0
    stored = result.imbalance.discharge_kwh
    assert stored is not None
    assert 1000 < stored < 2000  # 2 MW for an hour, less the losses
    assert not result.imbalance.is_balanced
    assert "over-charged" in (result.imbalance.feedback or "")
    assert result.adjustments == ()
    assert {one.kind for one in result.findings} == {
        "incomplete",
        "not_checked",
        "final_state",
    }
    assert result.unread == ()
    assert await held(desk) == {-2000.0, 0.0}


async def test_adjustments_come_by_quarter_hour(desk: Desk) -> None:
    """4 MW for four hours is more than 10 MWh, half full, can give."""
    whole = day_ahead(desk, 0.0)
    schedule = {time: 4000.0 if index < 16 else 0.0 for index, time in enumerate(whole)}
    result = await trading.submit_schedule(*desk.block, schedule, period=desk.day)
    assert not result.accepted
    assert result.differences == ()
    assert [one.kind for one in result.findings] == ["not_checked", "adjusted", "final_state"]
    assert result.adjustments
    assert {one.reason for one in result.adjustments} == {"STATE_OF_ENERGY_BOUNDARIES"}
    assert {one.accepted_schedule for one in result.adjustments} == {4000.0}
    assert all(one.timestamp in schedule for one in result.adjustments)


async def test_a_schedule_with_errors_is_never_sent(desk: Desk) -> None:
    schedule = {**day_ahead(desk), next(iter(hour(desk))): 9_000.0}
    with pytest.raises(trading.CheckFailed, match="5,000 kW are available"):
        await trading.submit_schedule(*desk.block, schedule)
    with pytest.raises(trading.CheckFailed, match="missing"):
        await trading.submit_schedule(*desk.block, hour(desk), period=desk.day)
    with pytest.raises(trading.CheckFailed, match="no points"):
        await trading.submit_schedule(*desk.block, {})
    with pytest.raises(trading.CheckFailed, match="no time zone"):
        await trading.submit_schedule(*desk.block, {datetime(2026, 6, 1): 1.0})  # noqa: DTZ001
    assert desk.requests(PUT) == 0


async def test_a_schedule_whose_gate_has_closed_is_never_sent(desk: Desk) -> None:
    now = desk.clock()
    last = now - timedelta(
        minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond
    )
    with pytest.raises(trading.CheckFailed, match="its gate closed"):
        await trading.submit_schedule(*desk.block, {last: 0.0})
    assert desk.requests(PUT) == 0


async def test_a_deadline_of_the_caller_holds_too(desk: Desk) -> None:
    with pytest.raises(DeadlineExceeded):
        await trading.submit_schedule(
            *desk.block, hour(desk), deadline=desk.clock() - timedelta(seconds=1)
        )
    assert desk.requests(PUT) == 0


async def test_a_refusal_of_upstream_stays_what_it_is(desk: Desk) -> None:
    desk.sandbox.inject("status", operation=PUT, status=400, message="soft criteria")
    with pytest.raises(BadRequest, match="soft criteria"):
        await trading.submit_schedule(*desk.block, hour(desk))
    assert desk.requests(PUT) == 1


async def test_a_lost_answer_is_asked_for_again(patient: Desk) -> None:
    patient.sandbox.inject("cut_body", operation=PUT)
    result = await trading.submit_schedule(*patient.block, hour(patient))
    assert result.accepted
    assert patient.requests(PUT) == 2


async def test_a_server_that_hangs_once_does_not_cost_the_deadline(patient: Desk) -> None:
    """Half of the time is for the attempt that hangs, the other half for those that follow."""
    patient.sandbox.inject("delay", operation=PUT, delay=60, times=1)
    deadline = patient.clock() + timedelta(seconds=4)
    result = await trading.submit_schedule(*patient.block, hour(patient), deadline=deadline)
    assert result.accepted
    assert patient.clock() < deadline
    assert await held(patient) == {100.0, 0.0}


async def test_a_hanging_attempt_is_not_forgotten_when_the_next_is_refused(patient: Desk) -> None:
    patient.sandbox.inject("delay", operation=PUT, delay=60, times=1)
    patient.sandbox.inject("status", operation=PUT, status=400)
    deadline = patient.clock() + timedelta(seconds=4)
    with pytest.raises(trading.SubmissionUnknown) as caught:
        await trading.submit_schedule(*patient.block, hour(patient), deadline=deadline)
    assert isinstance(caught.value.__cause__, BadRequest)


async def test_a_server_that_asks_for_patience_gets_it(patient: Desk) -> None:
    patient.sandbox.inject("status", operation=PUT, status=503)
    result = await trading.submit_schedule(*patient.block, hour(patient))
    assert result.accepted
    assert patient.requests(PUT) == 2


async def test_patience_does_not_hide_that_an_answer_was_lost(patient: Desk) -> None:
    patient.sandbox.inject("status", operation=PUT, status=503)
    patient.sandbox.inject("cut_body", operation=PUT)
    patient.sandbox.inject("status", operation=PUT, status=409)
    with pytest.raises(trading.SubmissionUnknown) as caught:
        await trading.submit_schedule(*patient.block, hour(patient))
    assert isinstance(caught.value.__cause__, Conflict)
    assert any("ConnectionBroken" in note for note in caught.value.__cause__.__notes__)
    outcome = await trading.look_up(patient.client, caught.value)
    assert outcome.answer == "sent"


async def test_a_schedule_that_may_be_in_force_is_never_called_refused(
    patient: Desk, watch: Watch
) -> None:
    """The first answer is lost and the repetition refused: the schedule stands all the same."""
    patient.sandbox.inject("cut_body", operation=PUT)
    patient.sandbox.inject("status", operation=PUT, status=400)
    with pytest.raises(trading.SubmissionUnknown, match=r"the last one ended in.*400") as caught:
        await trading.submit_schedule(*patient.block, hour(patient))
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.method, error.attempts) == ("PUT", 2)
    assert error.sent_at.tzinfo is UTC
    assert set(error.before.values()) == {0}
    outcome = await watch.look_up(patient.client, error)
    assert (outcome.answer, outcome.in_force, outcome.looks) == ("sent", True, 1)
    assert [one.sent for one in outcome.evidence] == [100.0] * 4
    assert [one.found for one in outcome.evidence] == [100.0] * 4


async def never_arrived(desk: Desk) -> trading.SubmissionUnknown:
    """Submit a schedule while every connection breaks."""
    fault = desk.sandbox.inject("reset", operation=PUT, times=None)
    with pytest.raises(trading.SubmissionUnknown) as caught:
        await trading.submit_schedule(*desk.block, hour(desk))
    fault.remove()
    return caught.value


async def test_a_schedule_that_never_arrived_is_found_missing(desk: Desk, watch: Watch) -> None:
    outcome = await watch.look_up(desk.client, await never_arrived(desk))
    assert (outcome.answer, outcome.in_force) == ("not_seen", False)
    assert outcome.looks > 1


async def test_the_same_schedule_again_cannot_be_told_apart(desk: Desk, watch: Watch) -> None:
    await trading.submit_schedule(*desk.block, hour(desk))
    outcome = await watch.look_up(desk.client, await never_arrived(desk))
    assert (outcome.answer, outcome.in_force) == ("cannot_tell", True)


async def test_what_cannot_be_read_afterwards_is_told_and_no_error(desk: Desk) -> None:
    desk.sandbox.inject("status", operation="get_adjustments", status=500)
    desk.sandbox.inject("status", operation="get_virtual_asset", status=500, skip=1)
    result = await trading.submit_schedule(*desk.block, hour(desk))
    assert not result.accepted  # it is not known whether it was adjusted
    assert result.differences == ()
    assert (result.imbalance, result.adjustments) == (None, None)
    assert len(result.unread) == 2
    assert "get_adjustments" in result.unread[1]
    assert await held(desk) == {100.0, 0.0}


async def test_a_schedule_that_a_login_page_has_swallowed_is_sent_again(
    desk: Desk, patient: Desk
) -> None:
    desk.sandbox.inject("html", operation=PUT, times=1)
    assert (await trading.submit_schedule(*patient.block, hour(desk))).accepted
    assert await held(desk) == {100.0, 0.0}
    desk.sandbox.inject("html", operation=PUT, times=None)
    with pytest.raises(trading.SubmissionUnknown, match="login page"):
        await trading.submit_schedule(*desk.block, hour(desk, 50.0))


async def test_a_schedule_refused_after_a_page_may_be_in_force(desk: Desk, patient: Desk) -> None:
    desk.sandbox.inject("html", operation=PUT)
    desk.sandbox.inject("status", operation=PUT, status=409)
    with pytest.raises(trading.SubmissionUnknown) as caught:
        await trading.submit_schedule(*patient.block, hour(desk))
    assert isinstance(caught.value.__cause__, Conflict)


async def test_a_schedule_in_force_does_not_wait_for_a_slow_reading(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule_submit, "LONGEST_REPORT", timedelta(seconds=0.3))
    desk.sandbox.inject("delay", delay=30.0, operation="get_virtual_asset", skip=1)
    started = time.monotonic()
    result = await trading.submit_schedule(*desk.block, hour(desk))
    assert time.monotonic() - started < 25
    assert not result.accepted  # it is not known whether it was adjusted
    assert result.differences == ()
    assert (result.imbalance, result.adjustments) == (None, None)  # one time for all of it
    assert ["deadline passed" in why for why in result.unread] == [True, True]


def test_an_answer_that_says_otherwise_is_not_accepted() -> None:
    times = [datetime(2026, 6, 1, 12, 15 * index, tzinfo=UTC) for index in range(3)]
    sent = [SchedulePoint(time=time, power=100.0) for time in times]
    found = differences(sent, {times[0]: 100.0001, times[1]: 0.0})
    assert [(one.time, one.sent, one.found) for one in found] == [
        (times[1], 100.0, 0.0),
        (times[2], 100.0, None),
    ]


class _Noting(Trlyr):
    """A client that notes the deadline of each PUT."""

    deadlines: ClassVar[list[datetime | float | None]] = []

    async def exchange(
        self, request: Request[Any], **options: Unpack[CallOptions]
    ) -> tuple[Any, Reply]:
        if request.operation.method == "PUT":
            self.deadlines.append(options.get("deadline"))
        return await super().exchange(request, **options)


async def test_the_earlier_of_gate_and_deadline_holds(desk: Desk) -> None:
    """The sandbox closes its gates 480 seconds before each quarter-hour."""
    schedule, place = hour(desk), desk.block[1:]
    gate = min(schedule) - timedelta(seconds=480)
    early, late = gate - timedelta(minutes=1), gate + timedelta(minutes=1)
    who = desk.sandbox.username, desk.sandbox.password
    async with _Noting(*who, environment=desk.sandbox.url, wall=desk.clock.wall) as client:
        for deadline in (None, early, late):
            await trading.submit_schedule(client, *place, schedule, deadline=deadline)
    assert client.deadlines == [gate, early, gate]


class _Tight(Trlyr):
    """A client of a server that answers a PUT with a block without a schedule."""

    async def exchange(
        self, request: Request[Any], **options: Unpack[CallOptions]
    ) -> tuple[Any, Reply]:
        answer, reply = await super().exchange(request, **options)
        return (Block(id=answer.id) if isinstance(answer, Block) else answer), reply


async def test_what_the_answer_does_not_show_is_asked_for(desk: Desk) -> None:
    who = desk.sandbox.username, desk.sandbox.password
    place = desk.block[1:]
    async with _Tight(
        *who, environment=desk.sandbox.url, retries=0, wall=desk.clock.wall
    ) as client:
        assert (await trading.submit_schedule(client, *place, hour(desk))).accepted
        desk.sandbox.inject("status", operation="get_blocks", status=500, skip=1)
        result = await trading.submit_schedule(client, *place, hour(desk))
    assert not result.accepted
    assert [one.found for one in result.differences] == [None] * 4
    assert "get_blocks" in result.unread[0]
