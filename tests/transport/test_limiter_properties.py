"""The limiter under random traffic: arrivals, cancellations, deadlines and complaints."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from energy_async import DeadlineExceeded
from energy_async.transport.limiter.limiter import Limiter
from energy_async.transport.limiter.quota import Quota
from energy_async.transport.request import Lane
from tests.virtual_loop import run_virtual

LANES: tuple[Lane, ...] = ("urgent", "normal", "bulk")
TIMES = st.sampled_from([0.0, 0.0, 0.001, 0.02, 0.1, 0.5, 3.0])


@dataclass(frozen=True)
class Arrival:
    """A request that comes `after` seconds after the last step and takes `hold`."""

    after: float
    lane: Lane
    hold: float
    deadline: float | None
    cancelled: float | None


@dataclass(frozen=True)
class Complaint:
    """A 429 to a request that left `age` seconds ago."""

    after: float
    age: float
    retry_after: float | None


@dataclass(frozen=True)
class Telling:
    """Headers on a success."""

    after: float
    quota: Quota


Step = Arrival | Complaint | Telling

ARRIVALS = st.builds(
    Arrival,
    after=TIMES,
    lane=st.sampled_from(LANES),
    hold=TIMES,
    deadline=st.none() | TIMES,
    cancelled=st.none() | TIMES,
)
COMPLAINTS = st.builds(
    Complaint, after=TIMES, age=TIMES, retry_after=st.sampled_from([None, 0.0, 0.3, 2.0, 1e9])
)
TELLINGS = st.builds(
    Telling,
    after=TIMES,
    quota=st.builds(
        Quota,
        rate=st.sampled_from([None, 3.0, 50.0]),
        remaining=st.sampled_from([None, 0.0, 5.0, 1000.0]),
        reset=st.sampled_from([None, 0.5, 20.0]),
    ),
)
STEPS = st.lists(ARRIVALS | ARRIVALS | ARRIVALS | COMPLAINTS | TELLINGS, max_size=60)


@dataclass
class World:
    """A limiter with its requests, and what became of them; numbers are those of the arrivals."""

    rate: float
    burst: int
    concurrency: int
    granted: list[tuple[float, int, Lane]] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    cancelled: set[int] = field(default_factory=set)
    late: set[int] = field(default_factory=set)

    async def run(self, steps: list[Step]) -> None:
        self.loop = asyncio.get_running_loop()
        self.limiter = Limiter(
            self.rate, burst=self.burst, concurrency=self.concurrency, clock=self.loop.time
        )
        self.ordinary = 0
        tasks = []
        for number, step in enumerate(steps):
            await asyncio.sleep(step.after)
            if isinstance(step, Arrival):
                task = asyncio.create_task(self.request(number, step))
                tasks.append(task)
                if step.cancelled is not None:
                    self.loop.call_later(step.cancelled, task.cancel)
            else:
                self.answer(step)
            for _ in range(4):
                await asyncio.sleep(0)
            self.check_nobody_waits_in_vain()
        await asyncio.gather(*tasks, return_exceptions=True)

    def answer(self, step: Complaint | Telling) -> None:
        now = self.loop.time()
        if isinstance(step, Complaint):
            pause = self.limiter.complained(
                sent_at=now - step.age, retry_after=step.retry_after, throttled=True
            )
            assert pause <= 120.01
            self.limiter.succeeded(sent_at=now)
        else:
            self.limiter.told(step.quota)

    async def request(self, number: int, step: Arrival) -> None:
        deadline = math.inf if step.deadline is None else self.loop.time() + step.deadline
        try:
            await self.limiter.acquire(step.lane, deadline=deadline)
        except asyncio.CancelledError:
            self.cancelled.add(number)
            raise
        except DeadlineExceeded:
            self.late.add(number)
            return
        assert self.loop.time() <= deadline
        self.granted.append((self.loop.time(), number, step.lane))
        self.ordinary += step.lane != "urgent"
        assert self.ordinary <= self.limiter.most_active
        assert self.limiter.active <= self.limiter.most_active
        try:
            await asyncio.sleep(step.hold)
        finally:
            self.ordinary -= step.lane != "urgent"
            self.limiter.release(step.lane)

    def check_nobody_waits_in_vain(self) -> None:
        limiter = self.limiter
        if limiter.waiting and limiter.active < self.concurrency:
            assert limiter.pace.wait(self.loop.time()) > 0, "a slot is free and nobody was told"


@settings(max_examples=300, deadline=None)
@given(
    rate=st.sampled_from([2.0, 40.0, 1000.0, math.inf]),
    burst=st.integers(1, 4),
    concurrency=st.integers(1, 5),
    steps=STEPS,
)
@example(  # cancelled in the instant in which it is its turn
    rate=40.0,
    burst=1,
    concurrency=1,
    steps=[Arrival(0, "bulk", 0.1, None, None)] + [Arrival(0, "bulk", 0.1, None, 0.1)] * 5,
)
def test_whatever_happens(rate: float, burst: int, concurrency: int, steps: list[Step]) -> None:
    """Rate and order hold, deadlines hold, everybody is served or told, nothing stays behind."""
    world = World(rate, burst, concurrency)
    run_virtual(world.run(steps))  # raises if somebody would wait for ever
    arrivals = {number: step for number, step in enumerate(steps) if isinstance(step, Arrival)}
    served = [number for _, number, _ in world.granted]
    assert sorted([*served, *(world.cancelled - set(served)), *world.late]) == sorted(arrivals)
    assert all(arrivals[number].deadline is not None for number in world.late)

    for lane in LANES:
        in_lane = [number for _, number, lane_of in world.granted if lane_of == lane]
        if lane != "urgent" or len({arrivals[number].deadline for number in in_lane}) == 1:
            assert in_lane == sorted(in_lane), "first come, first served"

    times = [time for time, _, _ in world.granted]
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            allowed = burst + rate * (times[last] - start + 0.005)
            assert rate == math.inf or last - first + 1 <= allowed + 1e-6

    limiter = world.limiter
    assert (limiter.active, limiter.waiting, limiter._urgent) == (0, 0, 0)
    assert limiter._timekeeper is None
    assert limiter._lanes.next_deadline() == math.inf
    assert limiter._lanes._deadlines == []


@settings(max_examples=60, deadline=None)
@given(
    crowd=st.lists(st.sampled_from(LANES), min_size=30, max_size=120), concurrency=st.integers(1, 9)
)
def test_no_lane_waits_for_more_than_ten_others(crowd: list[Lane], concurrency: int) -> None:
    """Eight, and two more where normal and bulk are due together; one for urgent requests."""
    order: list[Lane] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        limiter = Limiter(100, concurrency=concurrency, clock=loop.time)
        assert limiter.try_acquire()

        async def take(lane: Lane) -> None:
            await limiter.acquire(lane)
            order.append(lane)
            limiter.release(lane)

        tasks = [asyncio.create_task(take(lane)) for lane in crowd]
        await asyncio.sleep(0)
        limiter.release()
        await asyncio.gather(*tasks)

    run_virtual(main())
    for lane in LANES:
        places = [0, *(place for place, found in enumerate(order) if found == lane)]
        most = max((b - a for a, b in pairwise(places)), default=0)
        assert most <= (2 if lane == "urgent" else 11)


@pytest.mark.parametrize("deadline", [math.inf, 1e6])
def test_leaving_a_long_queue_leaves_nothing(deadline: float) -> None:
    """Most of ten thousand give up; what stays is for those who still wait."""

    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        limiter = Limiter(1, concurrency=2, clock=loop.time)
        assert limiter.try_acquire()
        tasks = [
            asyncio.create_task(limiter.acquire("bulk", deadline=loop.time() + deadline))
            for _ in range(10_000)
        ]
        await asyncio.sleep(0)
        for task in tasks[100:]:
            task.cancel()
        await asyncio.sleep(0)
        assert limiter.waiting == 100
        assert len(limiter._lanes._deadlines) <= 2 * 100 + 64
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert limiter.waiting == 0
        assert [timer for timer in loop._scheduled if not timer.cancelled()] == []

    run_virtual(main())
