"""The rate that Redis keeps, with a real Redis. Time passes by setting the state back."""

from __future__ import annotations

import logging
import pickle
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import anyio
import msgspec
import pytest
from redis.asyncio import Redis

from energy_async import ApiClient, RedisRateLimit, Request, SharedRateLost
from energy_async.transport.limiter import Limiter
from energy_async.transport.redis_link import connect
from energy_async.transport.redis_rate import exchange_with
from energy_async.transport.shared_pace import Answer, Ask
from tests.transport.conftest import ScriptedBackend, operation, reply

KEY = "trlyr:rate:test"
RATE = 40.0
SPACING = 1 / (RATE * 0.95)


class Shared:
    """The rate `test` at a Redis, asked for in the name of any worker."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._exchange = exchange_with(redis, "test")

    async def ask(self, me: str = "a", **fields: Any) -> Answer:
        return await self._exchange(Ask(**{"me": me, "rate": RATE, "burst": 1, **fields}))

    async def pass_time(self, seconds: float) -> None:
        """Have everything that was noted be `seconds` longer ago."""
        kept = await self.redis.get(KEY)
        assert isinstance(kept, bytes)
        state = msgspec.msgpack.decode(kept)
        for name in state.keys() & {
            "due", "paused_until", "slowed_at", "stepped_at", "share_until", "alone_until",
        }:  # fmt: skip
            state[name] -= seconds
        state["workers"] = {n: [seen - seconds, r] for n, (seen, r) in state["workers"].items()}
        await self.redis.set(KEY, msgspec.msgpack.encode(state))


@pytest.fixture
async def shared(redis_server: Any) -> AsyncIterator[Shared]:
    redis = connect(redis_server.url, 5)
    yield Shared(redis)
    await redis.aclose()


async def test_slots_are_even_and_one_workers_follow_the_others(shared: Shared) -> None:
    began = time.monotonic()
    first = await shared.ask("a", wanted=3)
    second = await shared.ask("b", wanted=2)
    took = time.monotonic() - began
    assert first.slots == pytest.approx([0, SPACING, 2 * SPACING], abs=1e-4)
    assert second.slots[0] == pytest.approx(3 * SPACING, abs=took)
    assert second.slots[1] - second.slots[0] == pytest.approx(SPACING, abs=1e-4)
    assert (second.workers, second.rate, second.paused, second.slowed) == (2, RATE, 0, None)


async def test_a_worker_reserves_its_part_of_a_quarter_of_a_second_at_most(shared: Shared) -> None:
    assert len((await shared.ask("a", wanted=100)).slots) == 10
    assert len((await shared.ask("b", wanted=100)).slots) == 5
    assert len((await shared.ask("c", wanted=100)).slots) == 3
    assert len((await shared.ask("d", wanted=1)).slots) == 1
    assert len((await shared.ask("d", wanted=0)).slots) == 0


async def test_however_many_workers_there_are_each_gets_one(shared: Shared) -> None:
    for number in range(30):
        assert len((await shared.ask(str(number), wanted=9)).slots) >= 1


async def test_after_a_quiet_time_a_burst_may_leave_at_once(shared: Shared) -> None:
    found = await shared.ask(wanted=5, burst=3)
    assert found.slots == pytest.approx([0, 0, 0, SPACING, 2 * SPACING], abs=1e-4)


async def test_a_quiet_time_earns_no_more_than_the_burst(shared: Shared) -> None:
    await shared.ask(wanted=3)
    await shared.pass_time(600)
    assert (await shared.ask(wanted=2)).slots == pytest.approx([0, SPACING], abs=1e-4)


async def test_if_workers_name_different_rates_the_lowest_holds(shared: Shared) -> None:
    await shared.ask("a", rate=10)
    assert (await shared.ask("b")).rate == 10
    await shared.ask("a", rate=10, leave=True)
    assert (await shared.ask("b")).rate == RATE


async def test_who_is_silent_loses_its_share_at_once_and_is_forgotten_later(shared: Shared) -> None:
    await shared.ask("a")
    await shared.pass_time(3)
    found = await shared.ask("b", wanted=100)
    assert (len(found.slots), found.workers) == (10, 2)
    await shared.pass_time(58)
    assert (await shared.ask("b")).workers == 1


async def test_a_goodbye_is_known_at_once(shared: Shared) -> None:
    await shared.ask("a")
    await shared.ask("b")
    await shared.ask("a", leave=True)
    found = await shared.ask("b", wanted=100)
    assert (len(found.slots), found.workers) == (10, 1)


async def test_a_refusal_halves_the_rate_of_all_once_for_all_that_was_under_way(
    shared: Shared,
) -> None:
    await shared.ask("b")
    assert (await shared.ask("a", refused=0.2, pause=1)).rate == RATE / 2
    other = await shared.ask("b", refused=0.3, wanted=5)
    assert (other.rate, other.allowed) == (RATE / 2, RATE)
    assert other.paused == pytest.approx(1, abs=0.2)
    assert other.slots == [], "nothing is reserved beyond a pause"
    assert other.slowed == pytest.approx(0, abs=0.2)
    await shared.pass_time(1)
    found = await shared.ask("b", wanted=2, burst=5)
    assert found.slots == pytest.approx([0, 2 * SPACING], abs=1e-3), "no bursts under suspicion"


async def test_refusals_with_nothing_let_through_lengthen_the_rest_and_not_the_cut(
    shared: Shared,
) -> None:
    rests = []
    for _ in range(8):
        found = await shared.ask(refused=0)
        rests.append(found.rest)
        assert found.rate == RATE / 2
        await shared.pass_time(1)
    assert rests == [2, 4, 8, 16, 32, 60, 60, 60]
    assert (await shared.ask(answered=0)).rest == 1


async def test_success_brings_the_rate_back_in_a_dozen_steps_of_a_second(shared: Shared) -> None:
    await shared.ask(refused=0)
    await shared.pass_time(0.5)
    assert (await shared.ask(answered=0)).rate == RATE / 2, "not before a second has passed"
    await shared.pass_time(1)
    assert (await shared.ask(answered=5)).rate == RATE / 2, "it had left before the refusal"
    rates = []
    for _ in range(13):
        rates.append((await shared.ask(answered=0)).rate)
        await shared.pass_time(1.01)
    assert rates == sorted(rates)
    assert RATE / 2 < rates[0] < rates[5] < RATE
    assert rates[11] == rates[12] == RATE


async def test_a_limit_that_is_known_costs_less(shared: Shared) -> None:
    before = await shared.ask(refused=0)
    for _ in range(10):
        await shared.pass_time(1.01)
        before = await shared.ask(answered=0)
    await shared.pass_time(0.1)
    assert (await shared.ask(refused=0)).rate == pytest.approx(before.rate * 0.7)


async def test_a_refusal_counts_from_what_was_used_not_from_what_was_allowed(
    shared: Shared,
) -> None:
    kept = await _state(shared, wanted=1)
    second, _ = await shared.redis.time()
    for moment in (second, second + 1):  # whichever Redis' clock will show
        state = {**kept, "second": moment, "given": 8, "given_before": 8}
        await shared.redis.set(KEY, msgspec.msgpack.encode(state))
        found = await shared.ask(refused=0)
        if (await shared.redis.time())[0] == moment:
            assert found.rate == 4
            return
    pytest.fail("this took a second, twice")


async def _state(shared: Shared, **fields: Any) -> dict[str, Any]:
    await shared.ask(**fields)
    kept = await shared.redis.get(KEY)
    assert isinstance(kept, bytes)
    state: dict[str, Any] = msgspec.msgpack.decode(kept)
    return state


async def test_the_servers_stated_limit_holds_for_all_up_and_down(shared: Shared) -> None:
    assert (await shared.ask("a", allow=8)).rate == 8
    found = await shared.ask("b", refused=1)
    assert (found.rate, found.allowed) == (8, 8), "it had left before the limit was known"
    assert (await shared.ask("a", allow=1000)).rate == RATE


async def test_a_quota_is_spread_until_its_end(shared: Shared) -> None:
    await shared.ask("a", share=2.0, share_for=30.0)
    assert (await shared.ask("b")).rate == 2
    await shared.pass_time(31)
    assert (await shared.ask("b")).rate == RATE


async def test_a_quota_that_is_used_up_makes_refusals_no_news(shared: Shared) -> None:
    await shared.ask("a", pause=5, hold=True)
    assert (await shared.ask("b", refused=1)).rate == RATE


async def test_the_longest_pause_holds(shared: Shared) -> None:
    await shared.ask("a", pause=30)
    assert (await shared.ask("b", pause=1)).paused == pytest.approx(30, abs=1)


async def test_after_an_outage_all_stay_alone_once_until_all_are_back(shared: Shared) -> None:
    assert (await shared.ask("a", alone=True)).alone == pytest.approx(2.5, abs=0.1)
    other = await shared.ask("b", wanted=5)
    assert other.alone == pytest.approx(2.5, abs=0.5)
    assert other.slots == []
    await shared.pass_time(1)
    assert (await shared.ask("c", alone=True)).alone == pytest.approx(1.5, abs=0.5)
    await shared.pass_time(1.5)
    found = await shared.ask("a", wanted=1)
    assert found.alone == 0
    assert 0 < found.slots[0] <= 0.15, "while the last ones come back"


async def test_a_state_that_nobody_asks_for_is_forgotten(shared: Shared) -> None:
    await shared.ask()
    assert 300 < await shared.redis.ttl(KEY) <= 600


async def test_names_are_different_limits(shared: Shared) -> None:
    other = exchange_with(shared.redis, "other")
    await shared.ask(wanted=5)
    assert (await other(Ask(me="a", rate=RATE, burst=1, wanted=1))).slots == [0]


# A client


def limit_at(url: str, **fields: Any) -> RedisRateLimit:
    return RedisRateLimit(url, **{"name": "test", "rate": 50, **fields})


async def test_a_client_uses_it_across_a_restart_that_it_hardly_notices(redis_server: Any) -> None:
    backend = ScriptedBackend(reply())
    request = Request(operation(authenticated=False))
    async with ApiClient(
        "https://api.example", auth=None, backend=backend, rate=limit_at(redis_server.url)
    ) as client:
        for _ in range(5):
            await client.send(request)
        redis_server.kill()
        redis_server.start()  # its scripts are gone too
        for _ in range(5):
            await client.send(request)
        assert client.rate_limit().rate == 50, "still together"


async def test_workers_that_all_have_requests_waiting_get_equal_shares(redis_server: Any) -> None:
    """After the first sixty requests, in which who comes first has an advantage."""
    served: list[str] = []
    began = time.monotonic()

    async def worker(name: str) -> None:
        limiter = Limiter(120, concurrency=64)
        member = limit_at(redis_server.url, rate=120).join(
            limiter, clock=time.monotonic, tell=lambda _: None
        )

        async def one() -> None:
            await limiter.acquire("bulk")
            served.append(name)
            limiter.release("bulk")
            if len(served) == 180:
                work.cancel()

        try:
            async with anyio.create_task_group() as group:
                for _ in range(200):
                    group.start_soon(one)
        finally:
            with anyio.CancelScope(shield=True):
                await member.aclose()

    with anyio.CancelScope() as work:
        async with anyio.create_task_group() as group:
            for name in "abc":
                group.start_soon(worker, name)
    assert time.monotonic() - began > 1.2, "180 at 120 a second, less what was saved up"
    shares = Counter(served[60:180])
    assert min(shares[name] for name in "abc") >= 0.4 * max(shares.values()), "nobody starves"


async def test_without_redis_a_client_goes_on_and_keeps_the_password_to_itself(
    redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[object] = []
    limit = limit_at(redis_server.url, workers=2)
    redis_server.kill()
    backend = ScriptedBackend(reply())
    with caplog.at_level(logging.DEBUG):
        async with ApiClient(
            "https://api.example", auth=None, backend=backend, rate=limit, on_event=events.append
        ) as client:
            began = time.monotonic()
            await client.send(Request(operation(authenticated=False)))
            assert time.monotonic() - began < 10
            assert client.rate_limit().rate == 20
            assert client.rate_limit().configured == 50
    assert SharedRateLost("test", 20, "ConnectionError") in events
    assert "hush" not in caplog.text


async def test_a_wrong_password_is_no_contact(
    redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    limit = limit_at(redis_server.url.replace("hush-hush", "wrong-word"))
    backend = ScriptedBackend(reply())
    async with ApiClient("https://a.example", auth=None, backend=backend, rate=limit) as client:
        await client.send(Request(operation(authenticated=False)))
    assert "out of contact (AuthenticationError)" in caplog.text
    assert "wrong-word" not in caplog.text


def test_it_travels_to_other_processes_and_shows_no_password() -> None:
    limit = limit_at("redis://user:hush-hush@cache.example:6380/2?password=hush", workers=3)
    assert repr(limit) == ("RedisRateLimit('redis://cache.example:6380/2', name='test', rate=50)")
    again = pickle.loads(pickle.dumps(limit))
    assert (again.name, again.rate, again.burst, again.workers) == ("test", 50.0, None, 3)


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "http://user:hush@cache"},
        {"name": ""},
        {"rate": 0},
        {"rate": float("inf")},
        {"rate": float("nan")},
        {"burst": 0},
        {"workers": 0},
        {"timeout": 0},
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_without_a_secret(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        RedisRateLimit(**{"url": "redis://cache", "name": "n", "rate": 1, **fields})
    assert "hush" not in str(caught.value)
