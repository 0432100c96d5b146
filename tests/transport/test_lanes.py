"""The queue alone: order, patience, places and deadlines."""

from __future__ import annotations

import math

import pytest

from energy_async.transport.limiter.lanes import Lanes, Waiter, new_waiter
from energy_async.transport.request import Lane


def queue(lanes: Lanes, lane: Lane, count: int = 1, deadline: float = math.inf) -> list[Waiter]:
    waiters = [new_waiter(lane, deadline) for _ in range(count)]
    for waiter in waiters:
        lanes.add(waiter)
    return waiters


async def test_a_lane_that_emptied_begins_with_new_patience() -> None:
    """Nobody inherits the turn of one who was passed over eight times and gave up."""
    lanes = Lanes()
    (gave_up,) = queue(lanes, "bulk")
    urgent = queue(lanes, "urgent", 20)
    assert [lanes.pop(urgent_only=False) for _ in range(8)] == urgent[:8]
    unfair = [lanes.is_unfair]
    lanes.remove(gave_up)
    queue(lanes, "bulk")
    assert [*unfair, lanes.is_unfair] == [True, False]
    assert lanes.pop(urgent_only=False) is urgent[8]


async def test_a_lane_that_is_due_waits_while_only_urgent_ones_may_pass() -> None:
    lanes = Lanes()
    (bulk,) = queue(lanes, "bulk")
    urgent = queue(lanes, "urgent", 20)
    assert [lanes.pop(urgent_only=True) for _ in range(10)] == urgent[:10]
    assert lanes.pop(urgent_only=False) is bulk
    assert lanes.pop(urgent_only=False) is urgent[10]


@pytest.mark.parametrize(
    ("lane", "ahead"),
    [
        pytest.param("urgent", 40, id="urgent: those of its lane"),
        pytest.param("normal", 3 + 32, id="normal: eight urgent ones for each slot of the lane"),
        pytest.param("bulk", 8, id="bulk: at least every ninth"),
    ],
)
async def test_a_place_in_the_queue_counts_what_is_certain(lane: Lane, ahead: int) -> None:
    lanes = Lanes()
    queue(lanes, "urgent", 40)
    queue(lanes, "normal", 3)
    assert lanes.ahead(lane) == ahead
    assert lanes.counts() == {"urgent": 40, "normal": 3, "bulk": 0}


async def test_deadlines_come_in_their_order_whatever_the_lane() -> None:
    lanes = Lanes()
    (late,) = queue(lanes, "urgent", deadline=30.0)
    (early,) = queue(lanes, "bulk", deadline=10.0)
    (gone,) = queue(lanes, "normal", deadline=5.0)
    queue(lanes, "normal")
    lanes.remove(gone)
    assert lanes.next_deadline() == 10.0
    assert lanes.pop_expired(9.9) is None
    assert lanes.pop_expired(30.0) is early
    assert lanes.pop_expired(30.0) is late
    assert lanes.pop_expired(math.inf) is None
    assert (lanes.size, lanes.next_deadline()) == (1, math.inf)


async def test_the_earliest_deadline_is_first_among_urgent_ones() -> None:
    lanes = Lanes()
    (late,) = queue(lanes, "urgent", deadline=30.0)
    (never,) = queue(lanes, "urgent")
    early = queue(lanes, "urgent", 2, deadline=10.0)
    assert [lanes.ahead("urgent", at) for at in (5.0, 10.0, 40.0)] == [0, 2, 3]
    assert [lanes.pop(urgent_only=True) for _ in range(4)] == [*early, late, never]


async def test_an_urgent_request_without_a_deadline_is_not_starved() -> None:
    lanes = Lanes()
    (never,) = queue(lanes, "urgent")
    queue(lanes, "urgent", 30, deadline=10.0)
    assert never not in [lanes.pop(urgent_only=True) for _ in range(8)]
    assert lanes.pop(urgent_only=True) is never


async def test_with_deadlines_alone_nobody_is_taken_out_of_order() -> None:
    lanes = Lanes()
    for deadline in range(30, 0, -1):
        queue(lanes, "urgent", deadline=deadline)
    taken = [lanes.pop(urgent_only=True).deadline for _ in range(30)]
    assert taken == sorted(taken)
