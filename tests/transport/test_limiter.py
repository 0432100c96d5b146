"""Lanes, concurrency, cancellation and cool-downs; where time passes, it is virtual."""

from __future__ import annotations

import asyncio
import logging
import math
import random

import anyio
import pytest
from trio.testing import MockClock

from energy_async import ApiClient, DeadlineExceeded, HttpxBackend, RateLimitSnapshot
from energy_async.transport.limiter.limiter import Limiter
from energy_async.transport.limiter.quota import Quota, quota_from
from energy_async.transport.request import Lane
from tests.virtual_loop import VirtualLoop, run_virtual

EITHER_LOOP = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
VIRTUAL = pytest.mark.parametrize(
    "anyio_backend",
    [
        pytest.param(("asyncio", {"loop_factory": VirtualLoop}), id="asyncio"),
        pytest.param(("trio", {"clock": MockClock(autojump_threshold=0)}), id="trio"),
    ],
)
"""On either loop, with a clock that jumps to the next timer when there is nothing else to do."""


async def all_started() -> None:
    """Let every task reach its first wait; no virtual time passes."""
    for _ in range(3):
        await anyio.lowlevel.checkpoint()


async def take(limiter: Limiter, lane: Lane, order: list[Lane]) -> None:
    await limiter.acquire(lane)
    order.append(lane)
    limiter.release()


@EITHER_LOOP
async def test_urgent_overtakes_normal_overtakes_bulk() -> None:
    limiter = Limiter(math.inf, concurrency=1)
    assert limiter.try_acquire()
    order: list[Lane] = []
    async with anyio.create_task_group() as group:
        lanes: tuple[Lane, ...] = ("bulk", "normal", "urgent", "bulk", "normal", "urgent")
        for lane in lanes:
            group.start_soon(take, limiter, lane, order)
        await anyio.wait_all_tasks_blocked()
        limiter.release()
    assert order == ["urgent", "urgent", "normal", "normal", "bulk", "bulk"]


async def test_a_stream_of_urgent_requests_does_not_starve_bulk() -> None:
    """A lane that was passed over eight times gets the ninth slot."""
    limiter = Limiter(math.inf, concurrency=1)
    assert limiter.try_acquire()
    order: list[Lane] = []
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(take, limiter, "bulk", order)
        for _ in range(30):
            group.start_soon(take, limiter, "urgent", order)
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


@VIRTUAL
async def test_the_rate_is_kept_and_used_by_those_who_wait() -> None:
    limiter = Limiter(500, burst=1, concurrency=100, clock=anyio.current_time)
    started = anyio.current_time()
    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(limiter.acquire)
    assert anyio.current_time() - started == pytest.approx(49 / 500, abs=0.002)


@pytest.mark.parametrize("victim", [0, 1, 2])
def test_a_cancelled_waiter_gives_its_place_back(victim: int) -> None:
    """Whoever is cancelled, the keeper of the time included, the others move up."""
    through: list[tuple[int, float]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        limiter = Limiter(10, burst=1, concurrency=10, clock=loop.time)
        assert limiter.try_acquire()

        async def take(number: int) -> None:
            await limiter.acquire()
            through.append((number, round(loop.time() - began, 3)))

        tasks = [asyncio.create_task(take(number)) for number in range(3)]
        await asyncio.sleep(0.01)
        tasks[victim].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert limiter.waiting == 0

    run_virtual(main())
    first, second = (number for number in range(3) if number != victim)
    assert through == [(first, 0.098), (second, 0.2)]


async def test_a_slot_granted_to_a_cancelled_waiter_is_not_lost() -> None:
    limiter = Limiter(math.inf, concurrency=1)
    assert limiter.try_acquire()
    first = asyncio.create_task(limiter.acquire())
    await anyio.wait_all_tasks_blocked()
    second = asyncio.create_task(limiter.acquire())
    await anyio.wait_all_tasks_blocked()
    limiter.release()  # goes to the first, which is cancelled before it can run
    first.cancel()
    with anyio.fail_after(60):
        await second
    assert first.cancelled()
    assert limiter.active == 1


@VIRTUAL
async def test_a_wait_known_to_pass_the_deadline_fails_at_once() -> None:
    limiter = Limiter(1, burst=1, clock=anyio.current_time)
    assert limiter.try_acquire()
    started = anyio.current_time()
    with pytest.raises(DeadlineExceeded, match="not sent"):
        await limiter.acquire(deadline=started + 0.5)
    assert anyio.current_time() == started
    assert limiter.waiting == 0


@VIRTUAL
async def test_those_ahead_in_the_queue_count_for_the_deadline() -> None:
    limiter = Limiter(100, burst=1, clock=anyio.current_time)
    assert limiter.try_acquire()
    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(limiter.acquire)
        await all_started()
        with pytest.raises(DeadlineExceeded):
            await limiter.acquire(deadline=anyio.current_time() + 0.1)
        await limiter.acquire("urgent", deadline=anyio.current_time() + 0.1)
        group.cancel_scope.cancel()


@VIRTUAL
async def test_a_busy_limiter_ends_the_wait_at_the_deadline() -> None:
    """How long requests under way take is not known, so this one has to be waited for."""
    limiter = Limiter(math.inf, concurrency=1, clock=anyio.current_time)
    assert limiter.try_acquire()
    deadline = anyio.current_time() + 3600
    with pytest.raises(DeadlineExceeded):
        await limiter.acquire(deadline=deadline)
    assert anyio.current_time() == pytest.approx(deadline)


@VIRTUAL
async def test_a_cool_down_holds_for_those_who_sleep_already() -> None:
    """Sleepers look again: none leaves in the pause, and they do not all leave at its end."""
    limiter = Limiter(200, burst=1, concurrency=100, clock=anyio.current_time)
    assert limiter.try_acquire()
    left: list[float] = []

    async def take() -> None:
        await limiter.acquire()
        left.append(anyio.current_time())

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(take)
        await all_started()
        now = anyio.current_time()
        limiter.complained(sent_at=now, retry_after=0.05, throttled=True)
    assert min(left) >= now + 0.05
    assert left[-1] - left[0] == pytest.approx(4 / 100, abs=0.006)  # half the rate now


@VIRTUAL
async def test_a_cool_down_tells_those_whose_deadline_it_passes() -> None:
    limiter = Limiter(1, burst=1, clock=anyio.current_time)
    assert limiter.try_acquire()
    started = anyio.current_time()
    async with anyio.create_task_group() as group:

        async def take() -> None:
            with pytest.raises(DeadlineExceeded):
                await limiter.acquire(deadline=started + 5)

        group.start_soon(take)
        await all_started()
        limiter.complained(sent_at=started, retry_after=60, throttled=True)
    assert anyio.current_time() == started


def test_an_empty_quota_pauses_and_a_scarce_one_slows() -> None:
    now = 100.0
    limiter = Limiter(10, clock=lambda: now)
    limiter.told(Quota(remaining=0, reset=30))
    assert limiter.pace.wait(now) == 30
    limiter = Limiter(10, clock=lambda: now)
    limiter.told(Quota(remaining=20, reset=40))
    assert limiter.pace.rate == 1.0, "twice the even pace"
    limiter = Limiter(10, clock=lambda: now)
    limiter.told(Quota(rate=50, remaining=0, reset=1))
    assert limiter.try_acquire(), "our own pace is slower than the policy anyway"


def test_a_concurrency_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="concurrency"):
        Limiter(1, concurrency=0)


# Urgent requests and the concurrency


def test_urgent_requests_may_go_a_bounded_number_above_the_concurrency() -> None:
    """All slots are held by slow reads: a quarter more, and at least one, is for urgent ones."""

    async def main(concurrency: int) -> int:
        limiter = Limiter(math.inf, concurrency=concurrency)
        for _ in range(concurrency):
            await limiter.acquire("bulk")
        tasks = [asyncio.create_task(limiter.acquire("normal"))]
        tasks += [asyncio.create_task(limiter.acquire("urgent")) for _ in range(20)]
        await asyncio.sleep(0.1)
        above = limiter.active - concurrency
        assert limiter.snapshot().waiting == {"urgent": 20 - above, "normal": 1, "bulk": 0}
        assert limiter.active == limiter.most_active
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return above

    assert [run_virtual(main(size)) for size in (1, 8, 12)] == [1, 2, 3]


def test_urgent_requests_above_the_concurrency_do_not_shut_bulk_out() -> None:
    """Urgent requests one after the other hold the only slot and the one above it."""
    order: list[Lane] = []

    async def main() -> None:
        limiter = Limiter(math.inf, concurrency=1, clock=asyncio.get_running_loop().time)

        async def take(lane: Lane) -> None:
            await limiter.acquire(lane)
            order.append(lane)
            await asyncio.sleep(1)
            limiter.release(lane)

        urgent = [take("urgent") for _ in range(30)]
        await asyncio.gather(*urgent, take("bulk"), take("bulk"))
        assert limiter.active == 0

    run_virtual(main())
    assert [place for place, lane in enumerate(order) if lane == "bulk"] == [10, 19]


async def test_an_urgent_request_wakes_a_limiter_that_dozes() -> None:
    """Those who wait for a slow read set no timer; an urgent arrival must not rely on one."""
    limiter = Limiter(math.inf, concurrency=1)
    assert limiter.try_acquire()
    waiting = asyncio.create_task(limiter.acquire("bulk"))
    await anyio.wait_all_tasks_blocked()
    with anyio.fail_after(60):
        await limiter.acquire("urgent")
    waiting.cancel()


# Deadlines


def test_a_deadline_counts_only_what_must_be_waited_for() -> None:
    """A saved-up burst, and the share of a lane among others, both bring a request forward."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        limiter = Limiter(1, burst=10, concurrency=1, clock=loop.time)
        assert limiter.try_acquire()
        crowd = [asyncio.create_task(limiter.acquire("urgent")) for _ in range(30)]
        await asyncio.sleep(0)
        bulk = asyncio.create_task(limiter.acquire("bulk", deadline=loop.time() + 2))
        await asyncio.sleep(0)
        assert not bulk.done(), "a ninth of the slots is for bulk, and some were saved up"
        with pytest.raises(DeadlineExceeded, match="wait"):
            await limiter.acquire("urgent", deadline=loop.time() + 2)
        for task in [*crowd, bulk]:
            task.cancel()
        await asyncio.gather(*crowd, bulk, return_exceptions=True)

    run_virtual(main())


def test_a_deadline_passes_to_the_second_for_those_deep_in_the_queue() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        limiter = Limiter(math.inf, concurrency=1, clock=loop.time)
        assert limiter.try_acquire()
        ended = []

        async def take(seconds: float) -> None:
            with pytest.raises(DeadlineExceeded):
                await limiter.acquire(deadline=began + seconds)
            ended.append(loop.time() - began)

        await asyncio.gather(*(take(seconds) for seconds in (5.0, 1.0, 3.0)))
        return ended

    assert run_virtual(main()) == [1.0, 3.0, 5.0]


def test_whoever_is_overtaken_too_late_is_told_when_that_is_certain() -> None:
    """An urgent request takes the slot after which there is none before the deadline."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        limiter = Limiter(1, burst=1, clock=loop.time)
        assert limiter.try_acquire()
        overtaken = asyncio.create_task(limiter.acquire("bulk", deadline=began + 1.5))
        await asyncio.sleep(0.1)
        await limiter.acquire("urgent")
        with pytest.raises(DeadlineExceeded):
            await overtaken
        return loop.time() - began

    assert run_virtual(main()) == pytest.approx(1 / 0.975, abs=0.01)


# What answers teach


def limiter_at(now: float, rate: float = 100) -> Limiter:
    return Limiter(rate, clock=lambda: now)


def test_a_thousand_refusals_of_what_was_under_way_are_one() -> None:
    now = 100.0
    limiter = Limiter(100, clock=lambda: now)
    assert limiter.complained(sent_at=99.9, retry_after=None, throttled=True) == 1.0
    now = 100.8
    for _ in range(1000):
        assert limiter.complained(sent_at=99.95, retry_after=None, throttled=True) == pytest.approx(
            0.2
        ), "the pause is not begun again"
    assert limiter.pace.rate == 50


@pytest.mark.parametrize(
    ("retry_after", "pause"), [(0.0, 0.0), (7.0, 7.0), (119.0, 119.0), (1e9, 55.0)]
)
def test_a_pause_is_what_the_server_asks_for_within_reason(
    retry_after: float, pause: float
) -> None:
    limiter = limiter_at(100.0)
    limiter.complained(sent_at=99.9, retry_after=retry_after, throttled=True)
    assert limiter.snapshot().paused_for == pause


def test_unavailable_with_a_wait_pauses_and_keeps_the_rate() -> None:
    limiter = limiter_at(100.0)
    assert limiter.complained(sent_at=99.9, retry_after=30, throttled=False) == 30
    assert limiter.pace.rate == 100


def test_a_quota_that_is_used_up_explains_the_refusal() -> None:
    limiter = limiter_at(100.0)
    limiter.told(Quota(remaining=0, reset=30))
    limiter.complained(sent_at=99.9, retry_after=None, throttled=True)
    assert limiter.pace.rate == 100
    assert limiter.snapshot().paused_for == 30


def test_a_rate_that_rises_reaches_those_who_wait() -> None:
    """A slow rate had made them sleep for long; the next answer tells of a fast one."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        limiter = Limiter(100, clock=loop.time)
        limiter.told(Quota(rate=0.1))
        assert limiter.try_acquire()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.5)
        limiter.told(Quota(rate=50))
        began = loop.time()
        await waiting
        return loop.time() - began

    assert run_virtual(main()) < 0.1


def test_recovery_reaches_those_who_wait() -> None:
    """At a quarter a second the next slot is four seconds away; the rate rises meanwhile."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        limiter = Limiter(0.5, clock=loop.time)
        limiter.complained(sent_at=began, retry_after=0, throttled=True)
        assert limiter.try_acquire()
        waiting = asyncio.create_task(limiter.acquire())
        for _ in range(2):
            await asyncio.sleep(1)
            limiter.succeeded(sent_at=loop.time())
        await waiting
        return loop.time() - began

    assert run_virtual(main()) == pytest.approx(2.9, abs=0.05)


def test_a_machine_that_is_full_gets_fewer_connections_and_more_again() -> None:
    now = 100.0
    limiter = Limiter(1000, burst=1000, concurrency=8, clock=lambda: now)
    for _ in range(8):
        assert limiter.try_acquire()
    for _ in range(3):
        limiter.crowded()
        limiter.release()
    assert limiter.snapshot().concurrency == 5
    assert limiter.is_troubled
    assert not limiter.try_acquire()
    for _ in range(20):
        limiter.succeeded(sent_at=now)
    assert limiter.snapshot().concurrency == 5, "one more each second, however many answers"
    for _ in range(5):
        now += 1.0
        limiter.succeeded(sent_at=now)
    assert limiter.snapshot().concurrency == 8
    is_troubled: bool = limiter.is_troubled
    assert not is_troubled
    for _ in range(20):
        limiter.crowded()
        limiter.release()
    assert limiter.snapshot().concurrency == 1


# Limits that cannot be poisoned


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-remaining": "50", "x-ratelimit-reset": "1e300"},
        {"x-ratelimit-remaining": "50", "x-ratelimit-reset": "30000000"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30000000"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "80000"},
        {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "80000"},
        {"x-ratelimit-remaining": "-1e300", "x-ratelimit-reset": "1e-300"},
        {"ratelimit-policy": '"x";q=1;w=60'},
        {"ratelimit-policy": '"x";q=1;w=99999999'},
        {"ratelimit": '"x";r=0;t=3600'},
        {"ratelimit-policy": '"x";q=1;w=60', "ratelimit": '"x";r=1;t=60'},
    ],
    ids=str,
)
def test_what_one_answer_says_is_forgotten_within_a_minute(headers: dict[str, str]) -> None:
    """Later answers say nothing of it; one request each half second, all good."""

    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        limiter, began = Limiter(100, clock=loop.time), loop.time()
        await limiter.acquire()
        limiter.release()
        limiter.told(quota_from(headers, now=1.8e9))
        while limiter.pace.rate < 100 or limiter.snapshot().paused_for:
            assert loop.time() < began + 120
            await limiter.acquire()
            limiter.release()
            limiter.succeeded(sent_at=loop.time())
        back = loop.time() - began
        await limiter.acquire()
        return back, loop.time() - began

    back, next_one = run_virtual(main())
    assert back <= 60
    assert next_one <= 60


def test_a_limit_that_is_told_again_holds() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        limiter, began = Limiter(100, clock=loop.time), loop.time()
        for _ in range(100):
            await limiter.acquire()
            limiter.release()
            limiter.told(Quota(rate=0.5))
            limiter.succeeded(sent_at=loop.time())
        return loop.time() - began

    assert run_virtual(main()) == pytest.approx(99 / 0.5 / 0.975, rel=0.01)


def test_the_rate_survives_refusals_that_do_not_come_from_it() -> None:
    """One in a hundred, at 400 a second; when they end, the rate is whole within a minute."""

    async def main() -> tuple[int, float]:
        loop = asyncio.get_running_loop()
        limiter, draw, sent = Limiter(400, clock=loop.time), random.Random(5).random, 0
        began = loop.time()
        while loop.time() < began + 120:
            await limiter.acquire()
            limiter.release()
            if draw() < 0.01:
                limiter.complained(sent_at=loop.time(), retry_after=None, throttled=True)
            else:
                limiter.succeeded(sent_at=loop.time())
            sent += 1
        ended = loop.time()
        while limiter.pace.rate < 400:
            await limiter.acquire()
            limiter.release()
            limiter.succeeded(sent_at=loop.time())
        return sent, loop.time() - ended

    sent, recovery = run_virtual(main())
    assert sent > 0.6 * 400 * 120
    assert recovery <= 60


# Looking inside


def test_a_snapshot_tells_how_things_stand(caplog: pytest.LogCaptureFixture) -> None:
    limiter = Limiter(50, burst=3, concurrency=4, clock=lambda: 100.0)
    assert not limiter.snapshot().is_slowed
    assert limiter.try_acquire()
    limiter.told(Quota(rate=20))
    with caplog.at_level(logging.INFO, "energy_async"):
        limiter.complained(sent_at=100.0, retry_after=7, throttled=True)
        limiter.complained(sent_at=99.0, retry_after=7, throttled=True)
    found = limiter.snapshot()
    assert found == RateLimitSnapshot(
        configured=50,
        allowed=20,
        rate=10,
        paused_for=7,
        burst=3,
        concurrency=4,
        active=1,
        waiting={"urgent": 0, "normal": 0, "bulk": 0},
    )
    assert found.is_slowed
    text = "10 of 50 requests/s; paused for 7.0 s; 1 of 4 active; waiting: none"
    assert str(found) == text
    assert caplog.messages == [f"slowed down by the server: {text}"], "once, and not for old news"


def test_a_snapshot_names_the_lanes_in_which_requests_wait() -> None:
    async def main() -> str:
        limiter = Limiter(0.01, clock=asyncio.get_running_loop().time)
        assert limiter.try_acquire()
        tasks = [asyncio.create_task(limiter.acquire(lane)) for lane in ("bulk", "urgent", "bulk")]
        await asyncio.sleep(0)
        text = str(limiter.snapshot())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return text

    expected = "0.01 of 0.01 requests/s; 1 of 8 active; waiting: 1 urgent, 2 bulk"
    assert run_virtual(main()) == expected


async def test_a_client_tells_of_its_rate_limit() -> None:
    async with ApiClient(
        "https://api.example", auth=None, backend=HttpxBackend(), rate=7
    ) as client:
        assert client.rate_limit().configured == client.rate_limit().rate == 7
