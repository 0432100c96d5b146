"""Who may send next: rate, burst and concurrency over three lanes.

A request that need not wait passes `try_acquire`, plain arithmetic. Only those that must wait
queue up. There is no background task: one of those who wait keeps the time for all. It sleeps until
the next slot or deadline, gives slots to whoever is first by lane, and passes that duty on when it
leaves. So a cool-down needs to tell only one sleeper, and nobody holds a slot from before it.

Urgent requests may go above the concurrency, by a quarter of it or one: slow reads that hold all
slots for a minute must not hold up a schedule. The rate binds them like all others.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from energy_async.transport.errors import ClientClosed, DeadlineExceeded
from energy_async.transport.limiter.lanes import Lanes, Waiter, new_waiter
from energy_async.transport.limiter.pace import Pace
from energy_async.transport.limiter.recovery import UNRELATED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from energy_async.transport.limiter.quota import Quota
    from energy_async.transport.request import Lane

__all__ = ["Limiter", "RateLimitSnapshot"]

_LONGEST_PAUSE: Final = 120.0
"""Seconds; a server that names more gets its request back, and all others wait `_LONG_ENOUGH`."""
_LONG_ENOUGH: Final = 55.0
_STEP: Final = 1.0
_LONG_WINDOW: Final = 5.0
_NOT_SENT: Final = "the client was closed before the request could be sent"
_HEAD_START: Final = 2.0
"""How many times the even pace a long quota may be used at: early on faster, never used up."""

Sleep: TypeAlias = "Callable[[float], Awaitable[None]]"


class RateLimitSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A limiter at one moment; rates are requests a second.

    Attributes:
        configured: The rate that the caller set.
        allowed: The same, or less if the server states a lower limit.
        rate: The present rate; below `allowed` after a refusal, or when a quota runs low.
        paused_for: Seconds for which nothing leaves because the server asked for it.
        burst: How many may leave at once after a quiet time.
        concurrency: How many may be under way at once; urgent requests may go a little above it.
        active: Requests under way now.
        waiting: Requests that wait for a slot, by lane.
    """

    configured: float
    allowed: float
    rate: float
    paused_for: float
    burst: int
    concurrency: int
    active: int
    waiting: dict[Lane, int]

    @property
    def is_slowed(self) -> bool:
        """Whether the server has made the client slower than configured, or pause."""
        return self.rate < self.configured or self.paused_for > 0

    def __str__(self) -> str:
        parts = [f"{self.rate:.3g} of {self.configured:.3g} requests/s"]
        if self.paused_for:
            parts.append(f"paused for {self.paused_for:.1f} s")
        parts.append(f"{self.active} of {self.concurrency} active")
        waiting = [f"{count} {lane}" for lane, count in self.waiting.items() if count]
        parts.append(f"waiting: {', '.join(waiting) or 'none'}")
        return "; ".join(parts)


class Limiter:
    """Slots for requests to one host, shared by all tasks of a client."""

    def __init__(
        self,
        rate: float,
        *,
        burst: int | None = None,
        concurrency: int = 8,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep | None = None,
    ) -> None:
        if concurrency < 1:
            message = f"concurrency must be at least 1, got {concurrency!r}"
            raise ValueError(message)
        self.pace: Pace = Pace(rate, burst)
        self._part = 1.0
        self.most_active: int = concurrency + max(1, concurrency // 4)
        self._configured = rate
        self._clock = clock
        self._sleep = sleep
        self._concurrency = self._most = concurrency
        self._widened_at = -math.inf
        self._active = 0
        self._urgent = 0  # of the active ones
        self._lanes = Lanes()
        self._timekeeper: Waiter | None = None
        self._alarm = math.inf
        self._closed = False

    @property
    def active(self) -> int:
        """Requests that hold a slot now."""
        return self._active

    @property
    def waiting(self) -> int:
        """Requests that wait for a slot now."""
        return self._lanes.size

    def snapshot(self) -> RateLimitSnapshot:
        """Rate, pause, requests under way and waiting, as they are now."""
        return RateLimitSnapshot(
            configured=self._configured,
            allowed=self.pace.allowed,
            rate=self.pace.rate,
            paused_for=self.pace.paused_for(self._clock()),
            burst=self.pace.burst,
            concurrency=self._concurrency,
            active=self._active,
            waiting=self._lanes.counts(),
        )

    def use(self, pace: Pace, *, part: float = 1.0) -> None:
        """Go by another pace from now on, or by the same where something is new.

        `part` is the share of what the server allows that this client may use.
        """
        self.pace, self._part = pace, part
        if self._lanes.size:
            self._attend()

    def close(self) -> None:
        """End every wait with `ClientClosed`; no slot is given out any more."""
        self._closed = True
        self._concurrency = self.most_active = 0
        for waiter in self._lanes.empty():
            self._dismiss(waiter, "closed")

    def try_acquire(self, now: float | None = None, lane: Lane = "normal") -> bool:
        """Take a slot if one is free now and nobody is waiting for it."""
        if self._lanes.size or self._active >= self._concurrency:
            return False
        if not self.pace.take(self._clock() if now is None else now):
            return False
        self._active += 1
        if lane == "urgent":
            self._urgent += 1
        return True

    def release(self, lane: Lane = "normal") -> None:
        """Give the slot back that was taken in `lane`, after the request."""
        self._active -= 1
        if lane == "urgent":
            self._urgent -= 1
        if self._lanes.size:
            self._attend()

    def give_back(self, lane: Lane = "normal") -> None:
        """Give a slot back that was not used: the next request need not wait for it."""
        self.pace.give_back()
        self.release(lane)

    async def acquire(self, lane: Lane = "normal", *, deadline: float = math.inf) -> None:
        """Take a slot, waiting for it in `lane`.

        A cancelled waiter leaves the queue and passes on what it had been given.

        Raises:
            DeadlineExceeded: The wait would last beyond `deadline` (a reading of the clock); at
                once where that is known from the queue and the rate, or from a pause.
            ClientClosed: `close` was called, before or meanwhile.
        """
        if self.try_acquire(lane=lane):
            return
        if self._closed:
            raise ClientClosed(_NOT_SENT)
        if deadline < math.inf:
            self._check(lane, deadline)
        waiter = new_waiter(lane, deadline)
        self._lanes.add(waiter)
        try:
            self._attend()
            while waiter.is_waiting():
                if self._timekeeper is waiter:
                    await self._keep_time(waiter)
                else:
                    await waiter.woken()
        except BaseException:
            self._withdraw(waiter)
            raise
        if waiter.state == "expired":
            raise self._too_late(deadline, self.pace.wait(self._clock()))
        if waiter.state == "closed":
            raise ClientClosed(_NOT_SENT)

    def _check(self, lane: Lane, deadline: float) -> None:
        now = self._clock()
        wait = self.pace.least_wait(now, self._lanes.ahead(lane, deadline))
        if now + wait > deadline or now >= deadline:
            raise self._too_late(deadline, wait)

    def _too_late(self, deadline: float, wait: float) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"the rate limit makes this request wait {wait:.1f} s, its deadline is in"
            f" {max(0.0, deadline - self._clock()):.1f} s; it was not sent"
        )

    def _withdraw(self, waiter: Waiter) -> None:
        if waiter.state == "granted":
            self.give_back(waiter.lane)
        elif waiter.state == "waiting":
            self._lanes.remove(waiter)
            if self._timekeeper is waiter:
                self._timekeeper = None
                self._attend()

    # Giving out slots

    def _attend(self) -> None:
        """Serve, and see to it that somebody wakes up when there is more to give."""
        again = self._serve()
        if self._timekeeper is None:
            self._timekeeper = self._lanes.last()
        elif again >= self._alarm:
            return
        if self._timekeeper is not None:
            self._alarm = again
            self._timekeeper.wake()

    async def _keep_time(self, keeper: Waiter) -> None:
        keeper.renew()
        self._alarm = self._serve()
        if not keeper.is_waiting():  # it was its own turn
            self._attend()
            return
        seconds = max(0.0, self._alarm - self._clock())
        if self._sleep is None or seconds == math.inf:
            await keeper.nap(seconds)
        else:
            await self._sleep(seconds)

    def _serve(self) -> float:
        """Give out what can be given now; the reading of the clock at which to look again."""
        now = self._clock()
        self._expire(now)
        slot = math.inf
        while (whom := self._eligible()) != "none":
            if not self.pace.take(now):
                self.pace.lapse(now)
                slot = self.pace.look_at(now)
                break
            waiter = self._lanes.pop(urgent_only=whom == "urgent")
            self._active += 1
            if waiter.lane == "urgent":
                self._urgent += 1
            self._dismiss(waiter, "granted")
        self._expire(now)
        return min(slot, self._lanes.next_deadline())

    def _eligible(self) -> Literal["all", "urgent", "none"]:
        """Of those who wait, whom the concurrency lets pass."""
        if not self._lanes.size or self._active >= self.most_active:
            return "none"
        if self._active < self._concurrency:
            return "all"
        if self._lanes.is_unfair and self._active - self._urgent < self._concurrency:
            return "all"  # urgent ones have taken more than their share
        return "urgent" if self._lanes.has_urgent else "none"

    def _expire(self, now: float) -> None:
        """Tell those whose deadline is before the next slot."""
        while (waiter := self._lanes.pop_expired(now + self.pace.wait(now))) is not None:
            self._dismiss(waiter, "expired")

    def _dismiss(self, waiter: Waiter, state: Literal["granted", "expired", "closed"]) -> None:
        if self._timekeeper is waiter:
            self._timekeeper = None
        waiter.state = state
        waiter.wake()

    # What answers teach

    @property
    def is_troubled(self) -> bool:
        """Whether successes have anything to restore."""
        return self.pace.is_slowed or self._concurrency < self._most

    def succeeded(self, *, sent_at: float) -> None:
        """A request that left at `sent_at` met no complaint; matters only in trouble."""
        before, now = self.pace.rate, self._clock()
        if self.pace.is_slowed:
            self.pace.succeed(now, sent_at)
        if self._concurrency < self._most and now >= self._widened_at + _STEP:
            self._concurrency, self._widened_at = self._concurrency + 1, now
        if self.pace.rate > before or self._widened_at == now:
            self._attend()  # the next slot is earlier now

    def crowded(self) -> bool:
        """This machine had no room for another connection: keep to fewer, and widen in steps.

        True if others are under way, whose connections will be free.
        """
        self._concurrency = max(1, min(self._concurrency, self._active - 1))
        self._widened_at = self._clock()
        return self._active > 1

    def complained(self, *, sent_at: float, retry_after: float | None, throttled: bool) -> float:
        """The server refused for want of capacity; slows all tasks down and returns the pause.

        Args:
            sent_at: When the refused request left; requests that left before the last slow-down
                do not slow things down again.
            retry_after: Seconds the server asked for, if it did.
            throttled: True for 429, which also halves the rate; False for a mere pause.
        """
        now = self._clock()
        rest = self.pace.slow_down(now, sent_at) if throttled else 1.0
        if rest == UNRELATED:
            return 0.0
        pause = rest if retry_after is None else retry_after
        if pause:
            self.pace.pause(now, pause if pause <= _LONGEST_PAUSE else _LONG_ENOUGH)
        if rest:
            self._log()
        if self._lanes.size:
            self._attend()
        return self.pace.paused_for(now)

    def _log(self) -> None:
        import logging  # noqa: PLC0415 - kept out of the import of the package

        logging.getLogger("energy_async").info("slowed down by the server: %s", self.snapshot())

    def told(self, quota: Quota) -> None:
        """The server described its limit; follow it where it is tighter than ours."""
        now = self._clock()
        if quota.rate is not None:
            self.pace.allow(now, self._part * quota.rate)
        remaining, reset = quota.remaining, quota.reset
        if remaining is not None and reset is not None:
            if remaining > 0 and reset >= _LONG_WINDOW:
                self.pace.share(now, self._part * _HEAD_START * remaining / reset, reset)
            elif remaining <= 0 and (quota.rate is None or reset >= _LONG_WINDOW):
                self.pace.rest(now, min(reset, _LONG_ENOUGH))
        if self._lanes.size:
            self._attend()
