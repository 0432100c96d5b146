"""A client's part in a shared rate while the place it is kept in answers, fails and comes back.

On a virtual clock; the place is a stand-in. `test_redis_rate` has the real one.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
import trio

from energy_async import ApiClient, Request, SharedRateLost, SharedRateRegained
from energy_async.transport.events import Event
from energy_async.transport.limiter import Limiter
from energy_async.transport.pacing import SharedRate
from energy_async.transport.shared_pace import Answer, Ask
from energy_async.transport.shared_rate import Member
from tests.transport.bench_modules import bench_module
from tests.transport.conftest import ScriptedBackend, operation, reply

run_virtual = bench_module("limiter_clock").run_virtual

RATE = 50.0


class Place:
    """Where a rate is kept: gives out slots evenly, or does whatever `trouble` does."""

    rate = RATE
    burst: int | None = None

    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self.trouble: Callable[[], Awaitable[None]] | None = None
        self.alone_until = -math.inf
        self.due = -math.inf
        self.closed = 0
        self.delay = 0.001
        self.present_rate = RATE
        self.settles = False
        self.events: list[Event] = []

    async def exchange(self, ask: Ask) -> Answer:
        await asyncio.sleep(self.delay)
        self.asks.append(ask)
        if self.trouble is not None:
            await self.trouble()
        now = asyncio.get_running_loop().time()
        if self.settles and ask.alone and now >= self.alone_until:
            self.alone_until = now + 2.5
        alone = max(0.0, self.alone_until - now)
        slots = []
        for _ in range(0 if alone else min(ask.wanted, 4)):
            at = max(now, self.due)
            self.due = at + 1 / RATE
            slots.append(at - now)
        return Answer(
            rate=self.present_rate,
            allowed=RATE,
            paused=0,
            rest=1,
            workers=3,
            alone=alone,
            slots=slots,
        )

    async def close(self) -> None:
        self.closed += 1

    def join(
        self, limiter: Limiter, *, clock: Callable[[], float], tell: Callable[[Event], None]
    ) -> Member:
        return Member(
            self.exchange,
            self.close,
            self,
            name="test",
            workers=5,
            limit=0.5,
            limiter=limiter,
            clock=clock,
            tell=tell,
        )

    def limiter(self, concurrency: int = 64) -> tuple[Limiter, Member]:
        clock = asyncio.get_running_loop().time
        limiter = Limiter(RATE, concurrency=concurrency, clock=clock)
        return limiter, self.join(limiter, clock=clock, tell=self.events.append)


async def refuse() -> None:
    raise ConnectionError("redis://user:secret@host refused")


async def hang() -> None:
    await asyncio.sleep(math.inf)


async def send(limiter: Limiter, count: int) -> list[float]:
    """Let `count` requests pass; when they did."""
    loop, sent = asyncio.get_running_loop(), []

    async def one() -> None:
        await limiter.acquire()
        sent.append(loop.time())
        limiter.release()

    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(one)
    return sent


def most_in_a_second(sent: list[float]) -> int:
    return max(sum(start <= one < start + 1 for one in sent) for start in sent)


def test_the_whole_rate_is_used_with_few_exchanges() -> None:
    async def main(place: Place) -> float:
        limiter, member = place.limiter()
        sent = await send(limiter, 101)
        await member.aclose()
        return sent[-1] - sent[0]

    place = Place()
    assert run_virtual(main(place)) == pytest.approx(2.0, abs=0.05)
    assert len(place.asks) <= 101 / 2
    assert place.asks[-1].leave
    assert place.closed == 1
    assert place.events == []


@pytest.mark.parametrize("trouble", [refuse, hang])
def test_without_contact_a_safe_share_goes_on(
    trouble: Callable[[], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        await send(limiter, 20)
        began = asyncio.get_running_loop().time()
        place.trouble = trouble
        sent = await send(limiter, 40)
        assert sent[0] - began > 0.12, "another may have left just before"
        assert sent[0] - began < 1.2, "two tries of half a second, then a slot of its own"
        assert most_in_a_second(sent[5:]) <= RATE / 5
        assert sent[-1] - sent[5] == pytest.approx(34 / (RATE / 5 * 0.8 * 0.975), rel=0.05)
        await member.aclose()

    place = Place()
    with caplog.at_level(logging.WARNING):
        run_virtual(main(place))
    assert len(caplog.records) == 1, "told once, however long it lasts"
    assert "secret" not in caplog.text
    (lost,) = place.events
    assert isinstance(lost, SharedRateLost)
    assert (lost.name, lost.rate) == ("test", 8)
    assert lost.reason == ("ConnectionError" if trouble is refuse else "TimeoutError")
    assert not place.asks[-1].leave, "nobody to say goodbye to"


def test_while_requests_leave_it_is_asked_again_every_second_and_found() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        place.trouble = refuse
        await send(limiter, 25)  # three seconds
        assert 6 <= len(place.asks) <= 10, "two tries each time"
        assert place.asks[0].alone is False
        place.trouble = None
        await send(limiter, 10)
        before = len(place.asks)
        sent = await send(limiter, 50)
        assert sent[-1] - sent[0] == pytest.approx(1.0, abs=0.1)
        assert any(ask.alone for ask in place.asks[:before])
        assert not any(ask.alone for ask in place.asks[before:])
        await member.aclose()

    place = Place()
    run_virtual(main(place))
    assert [type(one) for one in place.events] == [SharedRateLost, SharedRateRegained]
    assert place.events[1] == SharedRateRegained("test", RATE, 3)


def test_a_worker_that_is_told_to_stay_alone_does_so_for_as_long_as_told() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        loop = asyncio.get_running_loop()
        await send(limiter, 5)
        place.alone_until = until = loop.time() + 2.5
        sent = await send(limiter, 60)
        alone = [one for one in sent if one < until]
        assert most_in_a_second(alone) <= RATE / 5 + 4, "and the slots it had"
        assert len([one for one in sent if one > until + 0.2]) >= 30
        assert sent[-1] < until + 1.2
        assert not any(ask.alone for ask in place.asks), "it was never out of contact"
        await member.aclose()

    run_virtual(main(Place()))


def test_a_connection_that_broke_unnoticed_is_made_again_without_a_word() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()

        async def once() -> None:
            place.trouble = None
            raise ConnectionError

        place.trouble = once
        await send(limiter, 10)
        await member.aclose()

    place = Place()
    run_virtual(main(place))
    assert place.events == []


def test_a_pause_goes_on_when_contact_is_lost() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        loop = asyncio.get_running_loop()
        await send(limiter, 5)
        place.trouble = refuse
        began = loop.time()
        limiter.complained(sent_at=began, retry_after=4, throttled=True)
        sent = await send(limiter, 2)
        assert sent[0] >= began + 4
        await member.aclose()

    run_virtual(main(Place()))


def test_a_complaint_is_told_at_once_and_success_with_the_next_exchange() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        loop = asyncio.get_running_loop()
        await send(limiter, 1)
        limiter.complained(sent_at=loop.time() - 0.2, retry_after=3, throttled=True)
        await asyncio.sleep(0.01)
        told = place.asks[-1]
        assert told.refused == pytest.approx(0.2)
        assert told.pause == pytest.approx(3)
        await member.aclose()

    run_virtual(main(Place()))


def test_a_complaint_during_an_exchange_is_told_with_the_next_one() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        loop = asyncio.get_running_loop()
        place.delay = 0.1
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.05)
        limiter.complained(sent_at=loop.time(), retry_after=3, throttled=True)
        await asyncio.sleep(0.2)
        assert [ask.refused is not None for ask in place.asks] == [False, True]
        waiting.cancel()
        await member.aclose()

    run_virtual(main(Place()))


def test_a_complaint_during_an_exchange_that_fails_does_not_hurry_the_next_one() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        loop = asyncio.get_running_loop()
        place.delay, place.trouble = 0.1, refuse
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.05)
        limiter.complained(sent_at=loop.time(), retry_after=3, throttled=True)
        await asyncio.sleep(0.6)
        assert len(place.asks) == 2, "the two tries"
        waiting.cancel()
        await member.aclose()

    run_virtual(main(Place()))


def test_a_rate_that_was_cut_stays_cut_when_contact_is_lost() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        place.present_rate = 10.0
        await send(limiter, 5)
        place.trouble = refuse
        await send(limiter, 1)
        assert limiter.snapshot().rate == pytest.approx(10 / 5 * 0.8)
        await member.aclose()

    run_virtual(main(Place()))


def test_a_pause_met_while_alone_is_told_to_all() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        loop = asyncio.get_running_loop()
        place.trouble = refuse
        await send(limiter, 10)
        place.trouble = None
        await asyncio.sleep(1)
        limiter.complained(sent_at=loop.time(), retry_after=7, throttled=True)
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.1)
        (told,) = [ask for ask in place.asks if ask.pause is not None]
        assert told.alone
        assert told.pause == pytest.approx(7)
        waiting.cancel()
        await member.aclose()

    run_virtual(main(Place()))


def test_an_outage_is_told_once_so_that_all_stay_alone_once() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        place.settles, place.trouble = True, refuse
        await send(limiter, 10)
        place.trouble = None
        place.asks.clear()
        await send(limiter, 60)
        assert [ask.alone for ask in place.asks[:3]] == [True, False, False]
        assert isinstance(place.events[-1], SharedRateRegained)
        await member.aclose()

    run_virtual(main(Place()))


def test_no_more_is_reserved_than_the_concurrency_lets_leave() -> None:
    """A slot that nobody here can use is lost to the other workers."""

    async def main(place: Place) -> None:
        limiter, member = place.limiter(concurrency=3)
        waiting = [asyncio.create_task(limiter.acquire()) for _ in range(20)]
        await asyncio.sleep(1)
        assert limiter.active == 3
        assert sum(ask.wanted for ask in place.asks) <= 4
        for one in waiting:
            one.cancel()
        await member.aclose()

    run_virtual(main(Place()))


def test_an_urgent_request_takes_the_next_slot() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        order: list[str] = []

        async def one(lane: Any) -> None:
            await limiter.acquire(lane)
            order.append(lane)
            limiter.release(lane)

        async with anyio.create_task_group() as group:
            for _ in range(30):
                group.start_soon(one, "bulk")
            await asyncio.sleep(0.1)
            left = len(order)
            group.start_soon(one, "urgent")
        assert order.index("urgent") - left <= 1
        await member.aclose()

    run_virtual(main(Place()))


def test_leaving_while_an_exchange_hangs_takes_no_longer_than_its_limits() -> None:
    async def main(place: Place) -> float:
        limiter, member = place.limiter()
        await send(limiter, 1)
        place.trouble = hang
        loop = asyncio.get_running_loop()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.1)
        began = loop.time()
        await member.aclose()
        waiting.cancel()
        return loop.time() - began

    place = Place()
    assert run_virtual(main(place)) <= 0.6
    assert place.closed == 1


async def test_a_client_goes_by_the_shared_rate_and_leaves_when_it_is_closed() -> None:
    place = Place()
    assert isinstance(place, SharedRate)
    backend = ScriptedBackend(reply())
    async with ApiClient("https://api.example", auth=None, backend=backend, rate=place) as client:
        assert client.rate_limit().configured == RATE
        await client.send_raw(_request())
    assert [ask.leave for ask in place.asks] == [False, True]
    assert place.closed == 1


async def test_another_process_slows_this_one_and_its_success_is_told() -> None:
    """Though this client never met a complaint itself."""
    place = Place()
    slowed = Answer(
        rate=20, allowed=50, paused=0, rest=1, workers=2, alone=0, slots=[0.0], slowed=0.5
    )

    async def exchange(ask: Ask) -> Answer:
        place.asks.append(ask)
        return slowed

    place.exchange = exchange  # type: ignore[method-assign]
    backend = ScriptedBackend(reply())
    async with ApiClient("https://api.example", auth=None, backend=backend, rate=place) as client:
        await client.send_raw(_request())
        assert client.rate_limit().is_slowed
        await client.send_raw(_request())
    assert place.asks[0].answered is None
    assert place.asks[1].answered is not None


def test_a_burst_beside_a_shared_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="belongs to the shared rate"):
        ApiClient("https://api.example", auth=None, rate=Place(), burst=5)


def test_another_loop_than_asyncio_is_told_so() -> None:
    async def main() -> None:
        backend = ScriptedBackend(reply())
        async with ApiClient("https://a.example", auth=None, backend=backend, rate=Place()) as one:
            await one.send_raw(_request())

    with pytest.raises(RuntimeError, match="needs asyncio"):
        trio.run(main)


def _request() -> Any:
    return Request(operation(authenticated=False))
