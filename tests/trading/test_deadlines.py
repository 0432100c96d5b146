"""A deadline is an aware time or seconds from now, for submissions as for every other call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from trlyr_async import DeadlineExceeded, trading
from trlyr_async.trading.deadlines import moment_of, reading_time

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
