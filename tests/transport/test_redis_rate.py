"""The rate that Redis keeps, with a real Redis. Time passes by setting the state back."""

from __future__ import annotations

import logging
import pickle
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from energy_async import ApiClient, RedisRateLimit, Request, SharedRateLost
from energy_async.transport.limiter.redis_rate import exchange_with
from energy_async.transport.redis_link import connect
from tests.transport.conftest import ScriptedBackend, operation, reply

KEY = "trlyr:rate:test"


class Shared:
    """The rate `test` at a Redis, asked for in the name of any worker."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._exchange = exchange_with(redis, "test")

    async def ask(
        self, me: str = "a", *, pause: float = 0, leaves: bool = False
    ) -> tuple[int, float]:
        return await self._exchange(me, pause, leaves)

    async def pass_time(self, seconds: float) -> None:
        """Have everything that was noted be `seconds` longer ago."""
        for name in "abc":
            if await self.redis.zscore(KEY, name) is not None:
                await self.redis.zincrby(KEY, -seconds, name)
        await self.redis.incrbyfloat(f"{KEY}:paused", -seconds)


@pytest.fixture
async def shared(redis_server: Any) -> AsyncIterator[Shared]:
    redis = connect(redis_server.url, 5)
    yield Shared(redis)
    await redis.aclose()


async def test_workers_are_counted_while_they_ask_and_until_they_leave(shared: Shared) -> None:
    assert [(await shared.ask(me))[0] for me in "aabc"] == [1, 1, 2, 3]
    assert (await shared.ask("b", leaves=True))[0] == 2
    await shared.pass_time(1.5)
    assert (await shared.ask("a"))[0] == 2
    await shared.pass_time(1)
    assert (await shared.ask("a"))[0] == 1, "who is silent for two seconds loses its share"


async def test_the_longest_pause_holds_for_all_and_ends(shared: Shared) -> None:
    assert (await shared.ask("a"))[1] == pytest.approx(0, abs=0.1)
    await shared.ask("a", pause=30)
    assert (await shared.ask("b", pause=1))[1] == pytest.approx(30, abs=1)
    await shared.pass_time(31)
    assert (await shared.ask("b"))[1] <= 0


async def test_what_nobody_asks_for_is_forgotten(shared: Shared) -> None:
    await shared.ask()
    for key in (KEY, f"{KEY}:paused"):
        assert 300 < await shared.redis.ttl(key) <= 600


async def test_names_are_different_limits(shared: Shared) -> None:
    await shared.ask("a")
    workers, _ = await exchange_with(shared.redis, "other")("b", 0, False)
    assert workers == 1


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
        assert client.rate_limit().rate == pytest.approx(47.5), "still together"


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
    assert (again.name, again.rate, again.workers) == ("test", 50.0, 3)


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "http://user:hush@cache"},
        {"name": ""},
        {"rate": 0},
        {"rate": float("inf")},
        {"rate": float("nan")},
        {"workers": 0},
        {"timeout": 0},
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_without_a_secret(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        RedisRateLimit(**{"url": "redis://cache", "name": "n", "rate": 1, **fields})
    assert "hush" not in str(caught.value)
