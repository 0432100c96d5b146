"""One rate for workers on any number of machines, kept in Redis."""

from __future__ import annotations

import math
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.transport.redis_link import check_library, connect, shown
from energy_async.transport.shared_pace import Answer, Ask
from energy_async.transport.shared_rate import Member

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio import Redis

    from energy_async.transport.events import Event
    from energy_async.transport.limiter import Limiter

__all__ = ["RedisRateLimit", "exchange_with"]

_PREFIX: Final = "trlyr:rate:"


class RedisRateLimit:
    """A rate that all clients with the same `url` and `name` keep together.

    Give it to each client as `rate=`. Needs the extra `[redis]`, Redis 5 or newer, and asyncio:
    `redis.asyncio` runs on no other loop. It opens nothing and can be pickled; each client it is
    given to is a worker with a connection of its own, closed with the client.

    Redis gives out slots by its own clock, evenly, some at a time: workers that all have requests
    waiting get equal shares, and what one leaves unused the others have. A worker's `urgent`
    requests take its next slot. What the server says to one worker (429, `Retry-After`, quota
    headers) slows all of them: the others within about a quarter of a second.

    Without Redis a worker goes on at 80 % of `rate` divided by the number of workers, logs a
    warning once, tells `on_event` (`SharedRateLost`, `SharedRateRegained`), and asks again every
    second while requests leave. After an outage, workers stay at their shares for 2.5 seconds more,
    so that none of them is overlooked. While only some reach Redis, these share the whole rate,
    and those that do not add their shares to it.

    Args:
        url: `redis://`, `rediss://` (TLS) or `unix://`, with user and password if need be; never
            shown or logged.
        name: Which limit; one for each account or host that the server limits.
        rate: Requests a second of all together; 95 % of it is used. If workers name different
            ones, the lowest holds.
        burst: How many may leave at once after a quiet time; by default 1, and one more for each
            100 requests a second.
        workers: How many there are at most, for the share without Redis; by default as many as
            were seen last, ten if none were.
        timeout: Seconds that an exchange with Redis may take; it is tried twice.

    Raises:
        ValueError: The URL is none of a Redis, the name is empty, or a number is out of range.
        ImportError: `redis` is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str,
        rate: float,
        burst: int | None = None,
        workers: int | None = None,
        timeout: float = 0.5,
    ) -> None:
        if not name:
            raise ValueError("name must not be empty")
        if not (rate > 0 and math.isfinite(rate)):
            raise ValueError(f"rate must be positive and finite, got {rate!r}")
        if (burst is not None and burst < 1) or (workers is not None and workers < 1):
            raise ValueError(f"burst and workers must be at least 1, got {burst!r}, {workers!r}")
        if not (timeout > 0 and math.isfinite(timeout)):
            raise ValueError(f"timeout must be positive and finite, got {timeout!r}")
        check_library("RedisRateLimit")
        self._shown = shown(url)
        self._url = url
        self.name = name
        self.rate: float = float(rate)
        self.burst = burst
        self.workers = workers
        self.timeout = timeout

    def __repr__(self) -> str:
        return f"RedisRateLimit({self._shown!r}, name={self.name!r}, rate={self.rate:g})"

    def join(
        self, limiter: Limiter, *, clock: Callable[[], float], tell: Callable[[Event], None]
    ) -> Member:
        """Let `limiter` take part; a client does this by itself."""
        redis = connect(self._url, self.timeout)
        return Member(
            exchange_with(redis, self.name),
            redis.aclose,
            self,
            name=self.name,
            workers=self.workers,
            limit=self.timeout,
            limiter=limiter,
            clock=clock,
            tell=tell,
        )


def exchange_with(redis: Redis, name: str) -> Callable[[Ask], Awaitable[Answer]]:
    """What carries an `Ask` to the rate `name` and brings the `Answer`; raises as redis does."""
    source = files("energy_async.transport").joinpath("redis_rate.lua")
    script = redis.register_script(source.read_text(encoding="utf-8"))

    async def exchange(ask: Ask) -> Answer:
        found = await script(keys=[_PREFIX + name], args=[msgspec.json.encode(ask)])
        return msgspec.json.decode(found, type=Answer)

    return exchange
