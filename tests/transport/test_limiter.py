"""Lanes, concurrency, cancellation and cool-downs, with real waits of milliseconds."""

from __future__ import annotations

import asyncio
import math
import time

import anyio
import pytest

from energy_async import DeadlineExceeded
from energy_async.transport.limiter import Limiter
from energy_async.transport.quota import Quota
from energy_async.transport.request import Lane


async def test_urgent_overtakes_normal_overtakes_bulk() -> None:
    limiter = Limiter(math.inf, concurrency=1)
    assert limiter.try_acquire()
    order: list[Lane] = []

    async def take(lane: Lane) -> None:
        await limiter.acquire(lane)
        order.append(lane)
        limiter.release()

    async with anyio.create_task_group() as group:
        lanes: tuple[Lane, ...] = ("bulk", "normal", "urgent", "bulk", "normal", "urgent")
        for lane in lanes:
            group.start_soon(take, lane)
        await anyio.wait_all_tasks_blocked()
        limiter.release()
    assert order == ["urgent", "urgent", "normal", "normal", "bulk", "bulk"]


async def test_a_stream_of_urgent_requests_does_not_starve_bulk() -> None:
    """A lane that was passed over eight times gets the ninth slot."""
    limiter = Limiter(math.inf, concurrency=1)
    assert limiter.try_acquire()
    order: list[Lane] = []

    async def take(lane: Lane) -> None:
        await limiter.acquire(lane)
        order.append(lane)
        limiter.release()

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(take, "bulk")
        for _ in range(30):
            group.start_soon(take, "urgent")
        await anyio.wait_all_tasks_blocked()
        limiter.release()
    assert [place for place, lane in enumerate(order) if lane == "bulk"] == [8, 17, 26]


async def test_never_more_than_the_concurrency_and_always_that_much() -> None:
    limiter = Limiter(math.inf, concurrency=3)
    most = 0

    async def take() -> None:
        nonlocal most
        await limiter.acquire()
        most = max(most, limiter.active)
        await anyio.lowlevel.checkpoint()
        limiter.release()

    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(take)
    assert most == 3
    assert limiter.active == limiter.waiting == 0


async def test_the_rate_is_kept_and_used_by_those_who_wait() -> None:
    limiter = Limiter(500, burst=1, concurrency=100)
    started = time.monotonic()
    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(limiter.acquire)
    elapsed = time.monotonic() - started
    assert elapsed >= 49 / 500
    assert elapsed < 1


@pytest.mark.parametrize("victim", [0, 1, 2])
async def test_a_cancelled_waiter_gives_its_place_back(victim: int) -> None:
    """Whoever is cancelled, the keeper of the time included, the others get through."""
    limiter = Limiter(200, burst=1, concurrency=10)
    assert limiter.try_acquire()
    through: list[int] = []
    scopes = [anyio.CancelScope() for _ in range(4)]

    async def take(number: int) -> None:
        with scopes[number]:
            await limiter.acquire()
            through.append(number)

    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(take, number)
        await anyio.wait_all_tasks_blocked()
        scopes[victim].cancel()
    assert through == [number for number in range(4) if number != victim]
    assert limiter.waiting == 0


async def test_a_slot_granted_to_a_cancelled_waiter_is_not_lost() -> None:
    limiter = Limiter(math.inf, concurrency=1)
    assert limiter.try_acquire()
    first = asyncio.create_task(limiter.acquire())
    await anyio.wait_all_tasks_blocked()
    second = asyncio.create_task(limiter.acquire())
    await anyio.wait_all_tasks_blocked()
    limiter.release()  # goes to the first, which is cancelled before it can run
    first.cancel()
    with anyio.fail_after(1):
        await second
    assert first.cancelled()
    assert limiter.active == 1


async def test_a_wait_known_to_pass_the_deadline_fails_at_once() -> None:
    limiter = Limiter(1, burst=1)
    assert limiter.try_acquire()
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded, match="not sent"):
        await limiter.acquire(deadline=started + 0.5)
    assert time.monotonic() - started < 0.2
    assert limiter.waiting == 0


async def test_those_ahead_in_the_queue_count_for_the_deadline() -> None:
    limiter = Limiter(100, burst=1)
    assert limiter.try_acquire()
    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(limiter.acquire)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(DeadlineExceeded):
            await limiter.acquire(deadline=time.monotonic() + 0.1)
        await limiter.acquire("urgent", deadline=time.monotonic() + 0.1)
        group.cancel_scope.cancel()


async def test_a_busy_limiter_ends_the_wait_at_the_deadline() -> None:
    """How long requests under way take is not known, so this one has to be waited for."""
    limiter = Limiter(math.inf, concurrency=1)
    assert limiter.try_acquire()
    with pytest.raises(DeadlineExceeded):
        await limiter.acquire(deadline=time.monotonic() + 0.02)


async def test_a_cool_down_holds_for_those_who_sleep_already() -> None:
    """Sleepers look again: none leaves in the pause, and they do not all leave at its end."""
    limiter = Limiter(200, burst=1, concurrency=100)
    assert limiter.try_acquire()
    left: list[float] = []

    async def take() -> None:
        await limiter.acquire()
        left.append(time.monotonic())

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(take)
        await anyio.wait_all_tasks_blocked()
        until = time.monotonic() + 0.05
        limiter.complained(sent_at=time.monotonic(), retry_after=0.05, throttled=True)
    assert min(left) >= until - 0.001
    assert left[-1] - left[0] >= 4 / 100 - 0.006  # half the rate now


async def test_a_cool_down_tells_those_whose_deadline_it_passes() -> None:
    limiter = Limiter(1, burst=1)
    assert limiter.try_acquire()
    started = time.monotonic()
    async with anyio.create_task_group() as group:

        async def take() -> None:
            with pytest.raises(DeadlineExceeded):
                await limiter.acquire(deadline=started + 5)

        group.start_soon(take)
        await anyio.wait_all_tasks_blocked()
        limiter.complained(sent_at=started, retry_after=60, throttled=True)
    assert time.monotonic() - started < 0.5


def test_an_empty_quota_pauses_and_a_scarce_one_slows() -> None:
    now = 100.0
    limiter = Limiter(10, clock=lambda: now)
    limiter.told(Quota(remaining=0, reset=30))
    assert limiter.pace.wait(now) == 30
    limiter = Limiter(10, clock=lambda: now)
    limiter.told(Quota(remaining=20, reset=40))
    assert limiter.pace.rate == 0.5
    limiter = Limiter(10, clock=lambda: now)
    limiter.told(Quota(rate=50, remaining=0, reset=1))
    assert limiter.try_acquire(), "our own pace is slower than the policy anyway"


def test_a_concurrency_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="concurrency"):
        Limiter(1, concurrency=0)
