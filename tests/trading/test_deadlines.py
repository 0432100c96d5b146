"""A deadline is an aware time or seconds from now, for submissions as for every other call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from energy_async.transport.request import Reply
from energy_sandbox import Sandbox
from tests.clock import TODAY, Clock
from trlyr_async import BadRequest, DeadlineExceeded, Trlyr, trading, virtual_assets
from trlyr_async.trading.deadlines import (
    clock_findings,
    gate_time,
    moment_of,
    note_date,
    reading_time,
    upstream_ahead,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.trading.conftest import Desk

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def schedule(desk: Desk, deadline: Any) -> Any:
    noon = datetime.combine(desk.day, NOON.time(), UTC)
    return trading.submit_schedule(*desk.block, {noon: 100.0}, deadline=deadline)


def bids(desk: Desk, deadline: Any) -> Any:
    bid = trading.Bid(
        product="NEGPOS_08_12", delivery_day=desk.day, offered_capacity=2000, capacity_price=9
    )
    return trading.submit_bids(*desk.asset, [bid], deadline=deadline)


def auction_bid(desk: Desk, deadline: Any) -> Any:
    return trading.submit_auction_bid(desk.client, desk.asset_id, 100, deadline=deadline)


def test_a_time_is_taken_as_it_is_and_seconds_count_from_now() -> None:
    assert moment_of(None, NOON) is None
    assert moment_of(NOON, NOON - timedelta(days=1)) == NOON
    assert moment_of(30, NOON) == NOON + timedelta(seconds=30)


@pytest.mark.parametrize("submit", [schedule, bids, auction_bid])
@pytest.mark.parametrize(
    ("deadline", "kind", "message"),
    [
        (NOON.replace(tzinfo=None), ValueError, "has no time zone"),
        (float("nan"), ValueError, "must be finite"),
        (True, TypeError, "aware datetime or seconds from now"),
        ("30", TypeError, "aware datetime or seconds from now"),
    ],
)
async def test_what_is_no_deadline_is_refused_before_anything_is_read(
    desk: Desk,
    submit: Callable[[Desk, Any], Any],
    deadline: object,
    kind: type[Exception],
    message: str,
) -> None:
    before = desk.sandbox.counters.requests.total()
    with pytest.raises(kind, match=message):
        await submit(desk, deadline)
    assert desk.sandbox.counters.requests.total() == before


@pytest.mark.filterwarnings("ignore::trlyr_async.ProvisionalEndpointWarning")
@pytest.mark.parametrize("submit", [schedule, bids, auction_bid])
async def test_seconds_that_have_passed_send_nothing(
    desk: Desk, submit: Callable[[Desk, Any], Any]
) -> None:
    with pytest.raises(DeadlineExceeded):
        await submit(desk, -1)
    sent = ("update_block_schedule", "submit_ancillary_bids", "submit_bid")
    assert [desk.requests(name) for name in sent] == [0, 0, 0]


def test_reading_leaves_most_of_the_time_to_submitting() -> None:
    assert reading_time(None, NOON) == 5
    assert reading_time(NOON + timedelta(hours=1), NOON) == 5
    assert reading_time(NOON + timedelta(seconds=4), NOON) == 1
    assert reading_time(NOON - timedelta(seconds=4), NOON) < 0


class Told:
    """A client whose clock stands, and answers with a `Date` so many seconds off."""

    def now(self) -> datetime:
        return NOON

    def hear(self, *seconds: float, **headers: str) -> Any:
        for each in seconds:
            date = format_datetime(NOON + timedelta(seconds=each), usegmt=True)
            note_date(self, Reply(200, {"date": date, **headers}, b"", 0.0, 1))  # type: ignore[arg-type]
        return self


@pytest.mark.parametrize(
    ("heard", "ahead", "said"),
    [
        ([], 0, False),
        ([900], 0, False),  # one alone proves nothing
        ([900, 900], 900, True),
        ([-900, -900], -900, True),
        ([0, 0, 900], 0, False),  # an odd one among others
        ([900, 0, 900, 900], 900, True),
        ([0, 0, 900, 900], 0, False),  # half of them
        ([0, 0, 0, 900, 900, 900], 900, True),  # a clock that was set
        ([900, 1800], 0, False),  # no two agree
        ([7200, 7200], 0, True),  # beyond belief, and said
    ],
)
def test_clocks_differ_where_most_of_the_last_answers_agree(
    heard: list[float], ahead: float, said: bool
) -> None:
    client = Told().hear(*heard)
    assert upstream_ahead(client).total_seconds() == pytest.approx(ahead, abs=1)
    assert bool(clock_findings(client)) == said
    # A gate is closed here once both clocks say so.
    assert (gate_time(client) - NOON).total_seconds() == pytest.approx(min(ahead, 0), abs=1)


def test_the_date_of_a_cached_answer_says_nothing() -> None:
    assert upstream_ahead(Told().hear(-900, -900, age="900")) == timedelta(0)


@pytest.mark.parametrize(("minutes", "kinds"), [(15, {"clock"}), (-15, {"clock"}), (0, set())])
async def test_clocks_that_differ_are_said_and_reckoned_with(minutes: int, kinds: set[str]) -> None:
    """The client's clock is right for none of them, and nothing is lost for it."""
    clock, ahead = Clock(), timedelta(minutes=minutes)
    quarter = (TODAY + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    async with (
        Sandbox(assets=2, clock=lambda: clock() + ahead) as sandbox,
        Trlyr(
            sandbox.username, sandbox.password, environment=sandbox.url, rate=100, wall=clock.wall
        ) as client,
    ):
        asset = (await virtual_assets.get_virtual_assets(client, sandbox.organisation_id))[1]
        (block,) = trading.wholesale_blocks(asset)
        place = client, sandbox.organisation_id, asset.id or "", block
        submission = await trading.prepare_schedule(*place, {quarter: 10.0})
        assert {one.kind for one in submission.findings} & {"clock"} == kinds
        gate = quarter - timedelta(seconds=asset.dispatch_gate_closure_seconds or 0)
        assert submission.intent.last_moment is not None
        late = submission.intent.last_moment - gate
        assert abs(late - max(timedelta(0), -ahead)) < timedelta(seconds=1)
        # Closed by upstream's clock, open by the client's if that is behind: upstream decides.
        soon = clock() + ahead + timedelta(minutes=5)
        soon -= timedelta(
            minutes=soon.minute % 15, seconds=soon.second, microseconds=soon.microsecond
        )
        both = {soon: 10.0, quarter: 10.0}
        refusal = (BadRequest, trading.CheckFailed)[minutes <= 0]
        with pytest.raises(refusal, match=r"gate .*closed") as caught:
            await trading.submit_schedule(*place, both)
        assert (minutes > 0) == any("upstream's clock" in note for note in notes_of(caught.value))
        result = await trading.submit_schedule(*place, both, closed="leave_out")
        assert [one.time for one in result.block.schedule or () if one.power] == [quarter]


def notes_of(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])
