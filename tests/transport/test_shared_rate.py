"""Workers that share a rate while the place it is kept in answers, fails and comes back.

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

from energy_async import ApiClient, RedisRateLimit, Request, SharedRateLost, SharedRateRegained
from energy_async.transport.events import Event
from energy_async.transport.limiter.limiter import Limiter
from energy_async.transport.limiter.redis_rate import Member, share_of
from tests.transport.conftest import ScriptedBackend, operation, reply
from tests.virtual_loop import run_virtual

RATE = 50.0


class Place:
    """Counts workers as Redis does, or does whatever `trouble` does."""

    def __init__(self) -> None:
        self.asks: list[tuple[float, bool]] = []
        self.seen: dict[str, float] = {}
        self.paused_until = -math.inf
        self.trouble: Callable[[], Awaitable[None]] | None = None
        self.closed = 0
        self.events: list[Event] = []
        self.shared = RedisRateLimit("redis://cache", name="test", rate=RATE, workers=5)

    async def exchange(self, worker: str, pause: float, leaves: bool) -> tuple[int, float]:
        await asyncio.sleep(0.001)
        self.asks.append((pause, leaves))
        if self.trouble is not None:
            await self.trouble()
        now = asyncio.get_running_loop().time()
        self.seen = {one: at for one, at in {**self.seen, worker: now}.items() if at >= now - 2}
        if leaves:
            del self.seen[worker]
        self.paused_until = max(self.paused_until, now + pause)
        return len(self.seen), self.paused_until - now

    async def close(self) -> None:
        self.closed += 1

    def limiter(self) -> tuple[Limiter, Member]:
        clock = asyncio.get_running_loop().time
        limiter = Limiter(RATE, concurrency=64, clock=clock)
        member = Member(
            self.shared, self.exchange, self.close, limiter, clock=clock, report=self.events.append
        )
        return limiter, member


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


def test_one_worker_has_the_whole_rate_and_asks_four_times_a_second() -> None:
    async def main(place: Place) -> float:
        limiter, member = place.limiter()
        sent = await send(limiter, 101)
        await member.aclose()
        return sent[-1] - sent[0]

    place = Place()
    assert run_virtual(main(place)) == pytest.approx(100 / (RATE * 0.95 * 0.975), rel=0.02)
    assert len(place.asks) <= 12
    assert place.asks[-1] == (0.0, True)
    assert (place.closed, place.events) == (1, [])


def test_workers_that_come_one_after_the_other_never_pass_the_rate_together() -> None:
    async def main(place: Place) -> None:
        sent: list[float] = []
        members = []

        async def work(delay: float, count: int) -> None:
            await asyncio.sleep(delay)
            limiter, member = place.limiter()
            members.append(member)
            sent.extend(await send(limiter, count))

        async with anyio.create_task_group() as group:
            for delay, count in ((0, 150), (0.7, 60), (1.3, 60), (1.3, 40)):
                group.start_soon(work, delay, count)
        assert most_in_a_second(sorted(sent)) <= RATE
        assert len(sent) / (max(sent) - min(sent)) > 0.7 * RATE, "no share is left unused for long"
        for member in members:
            await member.aclose()

    run_virtual(main(Place()))


def test_a_worker_that_was_quiet_makes_itself_known_before_it_sends() -> None:
    async def main(place: Place) -> None:
        loop = asyncio.get_running_loop()
        (one, first), (other, second) = place.limiter(), place.limiter()
        await send(other, 1)
        busy = asyncio.create_task(send(one, 300))
        await asyncio.sleep(3)
        assert one.snapshot().rate == pytest.approx(RATE * 0.95)
        began = loop.time()
        sent = await send(other, 1)
        assert 0.3 <= sent[0] - began < 0.5
        assert one.snapshot().rate == pytest.approx(RATE * 0.95 / 2)
        busy.cancel()
        await first.aclose()
        await second.aclose()

    run_virtual(main(Place()))


@pytest.mark.parametrize("trouble", [refuse, hang])
def test_without_contact_a_safe_share_goes_on(
    trouble: Callable[[], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        await send(limiter, 20)
        place.trouble = trouble
        sent = await send(limiter, 90)
        late = [one for one in sent if one > sent[0] + 2]
        assert most_in_a_second(late) <= RATE / 5
        gap = 1 / (RATE / 5 * 0.8 * 0.975)
        assert late[-1] - late[0] == pytest.approx((len(late) - 1) * gap, rel=0.05)
        await member.aclose()

    place = Place()
    with caplog.at_level(logging.WARNING):
        run_virtual(main(place))
    assert len(caplog.records) == 1, "reported once, however long it lasts"
    assert "secret" not in caplog.text
    (lost,) = place.events
    assert isinstance(lost, SharedRateLost)
    assert (lost.name, lost.rate) == ("test", 8)
    assert lost.reason == ("ConnectionError" if trouble is refuse else "TimeoutError")
    assert not place.asks[-1][1], "nobody to take leave of"


def test_while_requests_leave_it_is_asked_again_every_second_and_found() -> None:
    async def main(place: Place) -> None:
        limiter, member = place.limiter()
        place.trouble = refuse
        await send(limiter, 25)  # three seconds
        assert 6 <= len(place.asks) <= 10, "two tries each time"
        place.trouble = None
        began = asyncio.get_running_loop().time()
        sent = await send(limiter, 200)
        early = [one for one in sent if 0.3 < one - began < 2.3]
        assert most_in_a_second(early) <= RATE / 10 + 1, "others may still have to find it"
        assert most_in_a_second(sent) > 0.9 * RATE
        await member.aclose()

    place = Place()
    run_virtual(main(place))
    assert place.events[1:] == [SharedRateRegained("test", RATE, 1)]
    assert isinstance(place.events[0], SharedRateLost)


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


def test_a_pause_of_one_worker_is_that_of_all_and_does_not_grow() -> None:
    async def main(place: Place) -> None:
        loop = asyncio.get_running_loop()
        (one, first), (other, second) = place.limiter(), place.limiter()
        busy = [asyncio.create_task(send(limiter, 400)) for limiter in (one, other)]
        await asyncio.sleep(1)
        until = loop.time() + 4
        one.complained(sent_at=loop.time(), retry_after=4, throttled=False)
        await asyncio.sleep(0.6)
        assert other.snapshot().paused_for == pytest.approx(until - loop.time(), abs=0.1)
        await asyncio.sleep(4.5)
        assert one.snapshot().paused_for == other.snapshot().paused_for == 0
        for task in busy:
            task.cancel()
        await first.aclose()
        await second.aclose()

    run_virtual(main(Place()))


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


def test_what_the_server_allows_is_for_all_workers_together() -> None:
    async def main(place: Place) -> None:
        from energy_async.transport.limiter.quota import Quota  # noqa: PLC0415

        (one, first), (other, second) = place.limiter(), place.limiter()
        await send(one, 2)
        await send(other, 2)
        await send(one, 20)
        one.told(Quota(rate=20))
        assert one.snapshot().allowed == pytest.approx(10, rel=0.1)
        await first.aclose()
        await second.aclose()

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


@pytest.mark.parametrize(
    ("stated", "known", "share"), [(None, None, 4), (5, None, 8), (5, 8, 5), (None, 2, 20)]
)
def test_the_share_without_contact_is_a_safe_one(
    stated: int | None, known: int | None, share: float
) -> None:
    assert share_of(RATE, stated, known) == share


def test_a_burst_beside_a_shared_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="has no burst"):
        ApiClient("https://api.example", auth=None, rate=Place().shared, burst=5)


def test_another_loop_than_asyncio_is_told_so() -> None:
    async def main() -> None:
        backend = ScriptedBackend(reply())
        request: Any = Request(operation(authenticated=False))
        async with ApiClient(
            "https://a.example", auth=None, backend=backend, rate=Place().shared
        ) as client:
            await client.send_raw(request)

    with pytest.raises(RuntimeError, match="needs asyncio"):
        trio.run(main)
