"""One rate for workers on any number of machines: Redis knows how many they are.

Each worker goes at its share, the rate divided by the number of those that have requests, and says
four times a second that it is there while requests leave. One that begins waits for a moment, so
that the others have made room.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import uuid4

from energy_async.transport.events import SharedRateLost, SharedRateRegained
from energy_async.transport.limiter.pace import Pace
from energy_async.transport.redis_link import check_library, connect, shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from energy_async.transport.events import Event
    from energy_async.transport.limiter.limiter import Limiter

    Exchange: TypeAlias = Callable[[str, float, bool], Awaitable[tuple[int, float]]]

__all__ = ["Member", "RedisRateLimit", "exchange_with", "share_of"]

_log: Final = logging.getLogger("energy_async")
_EVERY: Final = 0.25
_PRESENT: Final = 2.0
"""Seconds after its last exchange that a worker still counts."""
_ROOM: Final = 0.3
"""Seconds in which all others have heard of one that begins."""
_BACK: Final = 2.5
"""Seconds in which all workers have found a Redis that was away."""
_AGAIN: Final = 1.0
_USED: Final = 0.95
_SAFE: Final = 0.8
"""Workers that do not know of each other may all have one request more in the same second."""
_UNKNOWN: Final = 10
_SCRIPT: Final = f"""
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1e6
if ARGV[3] == '1' then redis.call('ZREM', KEYS[1], ARGV[1])
else redis.call('ZADD', KEYS[1], now, ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - {_PRESENT})
local till = math.max(tonumber(redis.call('GET', KEYS[2]) or 0), now + ARGV[2])
redis.call('SET', KEYS[2], string.format('%.6f', till), 'PX', 600000)
redis.call('PEXPIRE', KEYS[1], 600000)
return {{redis.call('ZCARD', KEYS[1]), tostring(till - now)}}
"""
"""Who there is, and until when nothing leaves, by the clock of Redis."""


class RedisRateLimit:
    """A rate that all clients with the same `url` and `name` keep together.

    Give it to each client as `rate=`. Needs the extra `[redis]`, Redis 5 or newer, and asyncio:
    `redis.asyncio` runs on no other loop. It opens nothing and can be pickled; each client it is
    given to is a worker with a connection of its own, closed with the client.

    Workers with requests get equal shares of 95 % of the rate; the share of one that has been quiet
    for 2 seconds goes to the others, and it waits 0.3 seconds when it comes back. Where the server
    tells one worker to pause, all do within about a quarter of a second; to a lower rate each
    learns for itself.

    Without Redis a worker goes on at 80 % of `rate` divided by the number of workers, logs a
    warning once, tells `on_event` (`SharedRateLost`, `SharedRateRegained`), and asks again every
    second while requests leave. While only some reach Redis, these share the whole rate, and those
    that do not add their shares to it.

    Args:
        url: `redis://`, `rediss://` (TLS) or `unix://`, with user and password if need be; never
            shown or logged.
        name: Which limit; one for each account or host that the server limits.
        rate: Requests a second of all together; the same for every worker.
        workers: How many there are at most, for the share without Redis; by default as many as
            were seen last, ten if none were.
        timeout: Seconds that an exchange with Redis may take; it is tried twice.

    Raises:
        ValueError: The URL is none of a Redis, the name is empty, or a number is out of range.
        ImportError: `redis` is not installed.
    """

    def __init__(
        self, url: str, *, name: str, rate: float, workers: int | None = None, timeout: float = 0.5
    ) -> None:
        if not name:
            raise ValueError("name must not be empty")
        if not (rate > 0 and math.isfinite(rate)):
            raise ValueError(f"rate must be positive and finite, got {rate!r}")
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers!r}")
        if not (timeout > 0 and math.isfinite(timeout)):
            raise ValueError(f"timeout must be positive and finite, got {timeout!r}")
        check_library("RedisRateLimit")
        self._shown = shown(url)
        self._url = url
        self.name = name
        self.rate: float = float(rate)
        self.workers = workers
        self.timeout = timeout

    def __repr__(self) -> str:
        return f"RedisRateLimit({self._shown!r}, name={self.name!r}, rate={self.rate:g})"

    def join(
        self, limiter: Limiter, *, clock: Callable[[], float], report: Callable[[Event], None]
    ) -> Member:
        """Let `limiter` take part; a client does this by itself."""
        redis = connect(self._url, self.timeout)
        exchange = exchange_with(redis, self.name)
        return Member(self, exchange, redis.aclose, limiter, clock=clock, report=report)


def exchange_with(redis: Any, name: str) -> Exchange:  # noqa: ANN401 - a `redis.asyncio.Redis`
    """A function from worker, seconds to pause and "leaves" to workers and seconds to pause."""
    keys = f"trlyr:rate:{name}", f"trlyr:rate:{name}:paused"

    async def exchange(worker: str, pause: float, leaves: bool) -> tuple[int, float]:  # noqa: FBT001
        workers, left = await redis.eval(_SCRIPT, 2, *keys, worker, pause, int(leaves))
        return int(workers), float(left)

    return exchange


def share_of(rate: float, stated: int | None, known: int | None) -> float:
    """What a worker may use of a rate without asking; a fifth of the rate stays unused.

    The number of workers is what the user states or what was last seen, whichever is more; ten if
    neither is known.
    """
    numbers = [number for number in (stated, known) if number is not None]
    return rate * _SAFE / max(numbers, default=_UNKNOWN)


class Member:
    """One client's part in a shared rate: it sets the pace of its limiter."""

    def __init__(
        self,
        shared: RedisRateLimit,
        exchange: Exchange,
        close: Callable[[], Awaitable[None]],
        limiter: Limiter,
        *,
        clock: Callable[[], float],
        report: Callable[[Event], None],
    ) -> None:
        self._shared = shared
        self._exchange = exchange
        self._close = close
        self._limiter = limiter
        self._clock = clock
        self._report = report
        self._me = uuid4().hex
        self._known: int | None = None
        self._heard_at = self._others_until = self._paused_by_others = -math.inf
        self._others = 1
        self._is_alone = False
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._pace = _Share(shared.rate, self._ask)
        limiter.use(self._pace)

    async def aclose(self) -> None:
        """Leave, so that the others have this one's share at once; short, and never an error."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        with contextlib.suppress(Exception):
            async with asyncio.timeout(self._shared.timeout):
                if self._known is not None and not self._is_alone:
                    await self._exchange(self._me, 0.0, True)  # noqa: FBT003 - it leaves
        with contextlib.suppress(Exception):
            async with asyncio.timeout(self._shared.timeout):
                await self._close()

    def _ask(self, now: float) -> None:
        """See to it that an exchange is under way, in a task that ends by itself."""
        if self._task is not None or self._closed:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError as exc:
            message = "a shared rate needs asyncio; redis.asyncio runs on no other"
            raise RuntimeError(message) from exc
        if now - self._heard_at > _PRESENT and not self._is_alone:
            self._pace.opens_at = now + 2 * self._shared.timeout + _ROOM
        self._task = loop.create_task(self._talk())

    async def _talk(self) -> None:
        try:
            workers, pause = await self._answer()
        except Exception as error:  # noqa: BLE001 - whatever it is, requests must go on
            self._lost(type(error).__name__)
        else:
            self._heard(workers, pause)
        finally:
            self._task = None

    async def _answer(self) -> tuple[int, float]:
        """The second try is for a connection that ended unnoticed, or an answer just too late."""
        with contextlib.suppress(Exception):
            return await self._answer_once()
        return await self._answer_once()

    async def _answer_once(self) -> tuple[int, float]:
        now = self._clock()
        pause = self._pace.paused_for(now)
        if now + pause <= self._paused_by_others:
            pause = 0.0  # they know
        async with asyncio.timeout(self._shared.timeout):
            return await self._exchange(self._me, pause, False)  # noqa: FBT003 - it stays

    def _heard(self, workers: int, pause: float) -> None:
        now, pace = self._clock(), self._pace
        begins = now - self._heard_at > _PRESENT and workers > 1
        if self._is_alone:
            self._is_alone = begins = False
            self._others, self._others_until = self._known or _UNKNOWN, now + _BACK
            _log.warning("shared rate %s: together again, %d workers", self._shared.name, workers)
            self._report(SharedRateRegained(self._shared.name, self._shared.rate, workers))
        if now < self._others_until:  # some may not have found Redis again
            workers = max(workers, self._others)
        self._known, self._heard_at = workers, now
        pace.ask_at = now + _EVERY
        pace.opens_at = now + _ROOM if begins else now
        if pause > pace.paused_for(now):
            self._paused_by_others = now + pause + _EVERY
            pace.pause(now, pause)
        self._go_at(self._shared.rate * _USED / workers)

    def _lost(self, reason: str) -> None:
        now, share = self._clock(), share_of(self._shared.rate, self._shared.workers, self._known)
        self._pace.ask_at = now + _AGAIN
        self._pace.opens_at = now
        if not self._is_alone:
            self._is_alone = True
            _log.warning(
                "shared rate %s: out of contact (%s); on its own at %.3g of %.3g requests/s",
                self._shared.name, reason, share, self._shared.rate,
            )  # fmt: skip
            self._report(SharedRateLost(self._shared.name, share, reason))
        self._go_at(share)

    def _go_at(self, share: float) -> None:
        self._pace.configure(share)
        self._limiter.use(self._pace, part=share / self._shared.rate)


class _Share(Pace):
    """The pace of one of several workers, on which each request is an occasion to ask anew."""

    __slots__ = ("_ask", "ask_at", "opens_at")

    def __init__(self, rate: float, ask: Callable[[float], None]) -> None:
        super().__init__(rate, 1)
        self._ask = ask
        self.ask_at = self.opens_at = -math.inf

    def take(self, now: float) -> bool:
        """Let one request leave now, if it may."""
        if now >= self.ask_at:
            self._ask(now)
        return now >= self.opens_at and super().take(now)

    def wait(self, now: float) -> float:
        """Seconds until a request may leave; 0 for now."""
        return max(super().wait(now), self.opens_at - now)
