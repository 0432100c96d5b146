"""A client's part in a shared rate: when to ask, and what to do while nobody answers.

In contact, the limiter goes by slots that were reserved for it. Out of contact it goes by a pace of
its own, a safe share of the rate, and tries again every second for as long as requests leave. When
contact is back, all workers stay at their shares for the moment that the others may need to notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from energy_async.transport.events import SharedRateLost, SharedRateRegained
from energy_async.transport.pace import Pace
from energy_async.transport.shared_pace import Answer, Ask, SharedPace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from energy_async.transport.events import Event
    from energy_async.transport.limiter import Limiter
    from energy_async.transport.pacing import SharedRate

__all__ = ["Member", "share_of"]

_log: Final = logging.getLogger("energy_async")
_TRIES: Final = 2
_AGAIN: Final = 1.0
_SAFE: Final = 0.8
"""Workers that do not know of each other may all have one request more in the same second."""
_UNKNOWN: Final = 10
_SLOWED: Final = 60.0
_OTHERS: Final = "other workers have been without contact"


def share_of(rate: float, stated: int | None, known: int | None) -> float:
    """What a worker may use of a rate without asking.

    The number of workers is what the user states or what was last seen, whichever is more; ten if
    neither is known. A fifth of the rate stays unused.
    """
    told = [number for number in (stated, known) if number is not None]
    return rate * _SAFE / max(told, default=_UNKNOWN)


class Member:
    """See the module.

    Args:
        exchange: Carries an `Ask` to where the rate is kept and brings the `Answer`; may raise
            anything.
        close: Gives up the connection.
        shared: The rate.
        name: What it is called in events and in the log.
        workers: How many there are, as far as the user states it.
        limit: Seconds that one exchange may take.
        limiter: Whose pace it sets.
        clock: A monotonic clock, in seconds; the limiter's.
        tell: Told of `SharedRateLost` and `SharedRateRegained`.
    """

    def __init__(
        self,
        exchange: Callable[[Ask], Awaitable[Answer]],
        close: Callable[[], Awaitable[None]],
        shared: SharedRate,
        *,
        name: str,
        workers: int | None,
        limit: float,
        limiter: Limiter,
        clock: Callable[[], float],
        tell: Callable[[Event], None],
    ) -> None:
        self._exchange = exchange
        self._close = close
        self._shared = shared
        self._name = name
        self._workers = workers
        self._limit = limit
        self._limiter = limiter
        self._clock = clock
        self._tell = tell
        self._me = uuid4().hex
        self._known: int | None = None
        self._alone: Pace | None = None
        self._was_away = False
        self._retry_at = math.inf
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._closed = False
        self._pace = self._new_pace()
        limiter.use(self._pace)

    def _new_pace(self) -> SharedPace:
        return SharedPace(self._me, self._shared.rate, self._shared.burst, self._start)

    async def aclose(self) -> None:
        """Say goodbye, so that the others need not wait to have this one's share."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        with contextlib.suppress(Exception):
            async with asyncio.timeout(self._limit):
                if self._known is not None and self._alone is None:
                    await self._exchange(self._ask(leave=True))
        with contextlib.suppress(Exception):
            async with asyncio.timeout(self._limit):
                await self._close()

    # Exchanges: one at a time, in a task that ends by itself

    def _start(self) -> None:
        if self._task is not None:
            self._again = True
        elif not self._closed:
            self._task = _loop().create_task(self._talk())

    async def _talk(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = False
                await self._talk_once()
        finally:
            self._task = None

    async def _talk_once(self) -> None:
        try:
            answer = await self._answered(self._news())
        except Exception as error:  # noqa: BLE001 - whatever it is, requests must go on
            self._lost(type(error).__name__)
        else:
            self._heard(answer)

    def _ask(self, *, alone: bool = False, leave: bool = False) -> Ask:
        return Ask(
            me=self._me,
            rate=self._shared.rate,
            burst=self._pace.burst,
            alone=alone,
            leave=leave,
        )

    def _news(self) -> Ask:
        now = self._clock()
        if self._alone is None:
            return self._pace.news(now)
        ask = self._ask(alone=self._was_away)
        ask.pause = self._alone.paused_for(now) or None
        return ask

    async def _answered(self, ask: Ask) -> Answer:
        """The second try is for a connection that ended unnoticed, or an answer just too late."""
        for _ in range(_TRIES - 1):
            with contextlib.suppress(Exception):
                async with asyncio.timeout(self._limit):
                    return await self._exchange(ask)
        async with asyncio.timeout(self._limit):
            return await self._exchange(ask)

    def _heard(self, answer: Answer) -> None:
        self._known, self._was_away = answer.workers, False
        now = self._clock()
        if answer.alone > 0:
            self._retry_at = now + answer.alone
            self._go_alone(_OTHERS)
            return
        if self._alone is not None:
            self._return(answer)
        self._pace.accept(now, answer)
        self._again = self._pace.has_news
        self._limiter.use(self._pace)

    def _return(self, answer: Answer) -> None:
        self._alone, self._pace = None, self._new_pace()
        _log.warning("shared rate %s: together again, %d workers", self._name, answer.workers)
        self._tell(SharedRateRegained(self._name, answer.rate, answer.workers))

    # Without contact

    def _lost(self, reason: str) -> None:
        self._was_away = True
        self._retry_at = self._clock() + _AGAIN
        self._go_alone(reason)

    def _go_alone(self, reason: str) -> None:
        """Go on at a safe share; told once, however long it lasts."""
        self._again = False
        if self._alone is not None:
            return
        now, pace = self._clock(), self._pace
        share = share_of(self._shared.rate, self._workers, self._known)
        self._alone = alone = _Alone(share, self._try_again)
        alone.take(now)  # the last slot may have been used just now
        if pace.is_slowed:
            alone.share(now, share_of(pace.rate, self._workers, self._known), _SLOWED)
        alone.pause(now, pace.paused_for(now))
        _log.warning(
            "shared rate %s: out of contact (%s); on its own at %.3g of %.3g requests/s",
            self._name, reason, share, self._shared.rate,
        )  # fmt: skip
        self._tell(SharedRateLost(self._name, share, reason))
        self._limiter.use(alone)

    def _try_again(self, now: float) -> None:
        if now >= self._retry_at:
            self._start()


class _Alone(Pace):
    """A pace of one's own, on which each request is an occasion to look for the others."""

    __slots__ = ("_on_take",)

    def __init__(self, rate: float, on_take: Callable[[float], None]) -> None:
        super().__init__(rate, 1)
        self._on_take = on_take

    def take(self, now: float) -> bool:
        """Let one request leave now, if it may."""
        self._on_take(now)
        return super().take(now)


def _loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError as exc:
        raise RuntimeError("a shared rate needs asyncio; redis.asyncio runs on no other") from exc
