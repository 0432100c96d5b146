"""Who may send next: rate, burst and concurrency over three lanes.

A request that need not wait passes `try_acquire`, plain arithmetic. Only those that must wait
queue up. There is no background task: the waiter at hand keeps the time for all (sleeps until the
next slot, gives it to whoever is first by lane), and passes that duty on when it leaves. So a
cool-down needs to tell only one sleeper, and nobody holds a slot from before it.

Order: `urgent` before `normal` before `bulk`, first come first served within a lane; but a lane
that was passed over 8 times gets the next slot, so a steady stream of urgent requests slows bulk
work down to a ninth and never stops it.
"""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio

from energy_async.transport.errors import DeadlineExceeded
from energy_async.transport.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from energy_async.transport.quota import Quota
    from energy_async.transport.request import Lane

__all__ = ["Limiter"]

_LANES: Final[tuple[Lane, ...]] = ("urgent", "normal", "bulk")
_PASSED_OVER: Final = 8
_LONGEST_PAUSE: Final = 120.0
_LONG_WINDOW: Final = 5.0


Sleep: TypeAlias = "Callable[[float], Awaitable[None]]"


class _Waiter:
    __slots__ = ("_granted", "deadline", "lane", "signal")

    def __init__(self, lane: Lane, deadline: float) -> None:
        self.lane = lane
        self.deadline = deadline
        self._granted = False
        self.signal = anyio.Event()

    def grant(self) -> None:
        self._granted = True
        self.signal.set()

    def is_granted(self) -> bool:
        return self._granted

    def wake(self) -> None:
        self.signal.set()

    async def sleep(self, seconds: float, sleep: Sleep | None) -> None:
        """Until woken, or for `seconds`; infinity for no limit."""
        if seconds == math.inf:
            await self.signal.wait()
        elif sleep is not None:
            await sleep(max(0.0, seconds))
        else:
            with anyio.move_on_after(seconds):
                await self.signal.wait()
        if not self._granted:
            self.signal = anyio.Event()


class Limiter:
    """Slots for requests to one host, shared by all tasks of a client.

    Args:
        rate: Requests a second; 97 % of it is used, so that jitter does no harm.
        burst: How many may leave at once after a quiet time; by default 1, and one more for
            each 100 requests a second.
        concurrency: How many may be under way at once.
        clock: A monotonic clock, in seconds.
        sleep: Waits in its place where the clock is not a real one.
    """

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
        self.pace = Pace(rate, burst)
        self._clock = clock
        self._sleep = sleep
        self._concurrency = concurrency
        self._active = 0
        self._lanes: dict[Lane, deque[_Waiter]] = {lane: deque() for lane in _LANES}
        self._passed_over: dict[Lane, int] = dict.fromkeys(_LANES, 0)
        self._waiting = 0
        self._timekeeper: _Waiter | None = None
        self._dozing = False

    @property
    def active(self) -> int:
        """Requests that hold a slot now."""
        return self._active

    @property
    def waiting(self) -> int:
        """Requests that wait for a slot now."""
        return self._waiting

    def try_acquire(self, now: float | None = None) -> bool:
        """Take a slot if one is free now and nobody is waiting for it."""
        if self._waiting or self._active >= self._concurrency:
            return False
        if not self.pace.take(self._clock() if now is None else now):
            return False
        self._active += 1
        return True

    def release(self) -> None:
        """Give the slot back after the request."""
        self._active -= 1
        if self._waiting and self._serve() < math.inf and self._dozing and self._timekeeper:
            self._timekeeper.wake()  # it sleeps without an end, and there is an end now

    def give_back(self) -> None:
        """Give a slot back that was not used: the next request need not wait for it."""
        self.pace.give_back()
        self.release()

    async def acquire(self, lane: Lane = "normal", *, deadline: float = math.inf) -> None:
        """Take a slot, waiting for it in `lane`.

        A cancelled waiter leaves the queue and passes on what it had been given.

        Raises:
            DeadlineExceeded: The wait would last beyond `deadline` (a reading of the clock); at
                once where the wait is known beforehand.
        """
        if self.try_acquire():
            return
        waiter = _Waiter(lane, deadline)
        self._lanes[lane].append(waiter)
        self._waiting += 1
        try:
            await self._wait(waiter)
        except BaseException:
            self._withdraw(waiter)
            raise

    async def _wait(self, waiter: _Waiter) -> None:
        while True:
            delay = self._serve() if self._timekeeper in {None, waiter} else math.inf
            if waiter.is_granted():
                return
            self._check_deadline(waiter)
            if self._timekeeper in {None, waiter}:
                self._timekeeper, self._dozing = waiter, delay == math.inf
            await waiter.sleep(min(delay, waiter.deadline - self._clock()), self._sleep)
            if waiter.is_granted():
                return

    def _serve(self) -> float:
        """Give out what can be given now; seconds until more can be, infinity if that is open."""
        while self._waiting and self._active < self._concurrency:
            now = self._clock()
            if not self.pace.take(now):
                return self.pace.wait(now)
            self._grant(self._next())
        return math.inf

    def _grant(self, waiter: _Waiter) -> None:
        self._waiting -= 1
        self._active += 1
        waiter.grant()
        if self._timekeeper in {None, waiter}:
            self._hand_over()

    def _next(self) -> _Waiter:
        """Take the next waiter out of its lane; lowers the patience of the lanes passed over."""
        filled = [lane for lane in _LANES if self._lanes[lane]]
        chosen = filled[0]
        for lane in reversed(filled):
            if self._passed_over[lane] >= _PASSED_OVER:
                chosen = lane
                break
        for lane in filled:
            self._passed_over[lane] += 1
        self._passed_over[chosen] = 0
        return self._lanes[chosen].popleft()

    def _hand_over(self) -> None:
        """Let somebody else keep the time: whoever wakes up without a slot takes it on."""
        self._timekeeper = None
        for lane in _LANES:
            if self._lanes[lane]:
                self._lanes[lane][0].wake()
                return

    def _withdraw(self, waiter: _Waiter) -> None:
        if waiter.is_granted():
            self.give_back()
            return
        self._lanes[waiter.lane].remove(waiter)
        self._waiting -= 1
        if self._timekeeper in {None, waiter}:
            self._hand_over()

    def _check_deadline(self, waiter: _Waiter) -> None:
        if waiter.deadline == math.inf:
            return
        now = self._clock()
        known = self._known_wait(waiter, now)
        if now + known > waiter.deadline or now >= waiter.deadline:
            raise DeadlineExceeded(
                f"the rate limit makes this request wait {known:.1f} s,"
                f" its deadline is in {max(0.0, waiter.deadline - now):.1f} s; it was not sent"
            )

    def _known_wait(self, waiter: _Waiter, now: float) -> float:
        """Seconds that pass at the least, whatever the requests under way do."""
        ahead = 0
        for lane in _LANES[: _LANES.index(waiter.lane)]:
            ahead += len(self._lanes[lane])
        ahead += self._lanes[waiter.lane].index(waiter)
        return self.pace.wait(now) + ahead * self.pace.interval

    # What answers teach

    def succeeded(self) -> None:
        """An answer came that was no complaint; matters only while the pace is slowed."""
        if self.pace.is_slowed:
            self.pace.succeed(self._clock())

    def complained(self, *, sent_at: float, retry_after: float | None, throttled: bool) -> float:
        """The server refused for want of capacity; slows all tasks down and returns the pause.

        Args:
            sent_at: When the refused request left; requests that left before the last slow-down
                do not slow things down again.
            retry_after: Seconds the server asked for, if it did.
            throttled: True for 429, which also halves the rate; False for a mere pause.
        """
        now = self._clock()
        if throttled:
            self.pace.slow_down(now, sent_at)
        pause = max(1.0, self.pace.interval) if retry_after is None else retry_after
        pause = min(pause, _LONGEST_PAUSE)
        self.pace.pause(now, pause)
        self._recheck()
        return pause

    def told(self, quota: Quota) -> None:
        """The server described its limit; follow it where it is tighter than ours."""
        now = self._clock()
        if quota.rate is not None:
            self.pace.allow(quota.rate)
        remaining, reset = quota.remaining, quota.reset
        if remaining is None or reset is None:
            return
        if remaining <= 0 and (quota.rate is None or reset >= _LONG_WINDOW):
            self.pace.pause(now, min(reset, _LONGEST_PAUSE))
            self._recheck()
        elif remaining > 0 and reset >= _LONG_WINDOW:  # spread what is left over a long window
            self.pace.limit_to(now, remaining / reset)

    def _recheck(self) -> None:
        """Wake those whose plans a cool-down may have upset: the timekeeper, and any deadline."""
        for queue in self._lanes.values():
            for waiter in queue:
                if waiter is self._timekeeper or waiter.deadline < math.inf:
                    waiter.wake()
