"""The arithmetic of the rate limit: one number, no queue, no clock of its own.

`Pace` is the generic cell rate algorithm. It remembers when the next request would be due if all
went out evenly (`_due`); a request may leave up to `_tolerance` seconds before that.
"""

from __future__ import annotations

import math
from typing import Final

from energy_async.transport.limiter.recovery import UNRELATED, Recovery, Refusals

__all__ = ["Pace", "burst_for"]

_MARGIN: Final = 0.975
"""Share of the allowed rate that is used, so that jitter on the way cannot bunch requests up."""

_LATE: Final = 0.005
"""Seconds that a late timer may be made up for, even with a burst of 1."""

_SLOWEST: Final = 0.1
_TRUSTED: Final = 55.0
"""Seconds that the server's word on its limit holds, unless it says it again."""

_INSTANT: Final = 0.1


def burst_for(rate: float) -> int:
    """1, and one more for each 100 requests a second.

    A burst as large as the rate would let twice the allowance through in the first second. This one
    and the margin together stay within the allowance of any second, even if the first requests are
    10 ms late because their connections have to be made.
    """
    return 1 + int(rate // 100) if math.isfinite(rate) else 1


class Pace:
    """When the next request may leave, and how the server's answers change that.

    In any stretch of `t` seconds at most `burst + rate * (t + 0.005)` requests leave. The rate is
    the least of four: what is configured, what the server says it allows, what is left of its
    quota, and what refusals have taught. All times are readings of one monotonic clock, brought
    by the caller.
    """

    __slots__ = (
        "_allowed_until",
        "_before",
        "_due",
        "_interval",
        "_left",
        "_left_before",
        "_paused_until",
        "_recovery",
        "_refusals",
        "_second_ends",
        "_share",
        "_share_until",
        "_tolerance",
        "allowed",
        "burst",
        "configured",
        "rate",
    )

    def __init__(self, rate: float, burst: int | None = None) -> None:
        if not rate > 0:  # also refuses NaN
            message = f"rate must be a positive number of requests a second, got {rate!r}"
            raise ValueError(message)
        if burst is not None and burst < 1:
            message = f"burst must be at least 1, got {burst!r}"
            raise ValueError(message)
        self.burst: int = burst_for(rate) if burst is None else burst
        self.configured: float
        self.allowed: float
        self.rate: float
        self.configured = self.allowed = self.rate = rate
        self._share = math.inf
        self._recovery = Recovery()
        self._refusals = Refusals()
        self._left = self._left_before = self._before = 0
        self._due = self._paused_until = self._second_ends = -math.inf
        self._share_until = self._allowed_until = math.inf
        self._interval, self._tolerance = self._spacing(rate)

    def _spacing(self, rate: float) -> tuple[float, float]:
        """Seconds between two requests, and how much before its time one may leave."""
        interval = 1 / (rate * _MARGIN)
        burst = self.burst if rate >= self.configured else 1  # no bursts while under suspicion
        return interval, (burst - 1) * interval + min(_LATE, interval / 2)

    def _refresh(self) -> None:
        """Go by the least of the rates; the last request counts as if it had left at that."""
        rate = min(self.allowed, self._share, self._recovery.rate)
        if rate != self.rate:
            before = self._interval
            self.rate = rate
            self._interval, self._tolerance = self._spacing(rate)
            self._due += self._interval - before

    @property
    def interval(self) -> float:
        """Seconds between two requests at the present rate."""
        return self._interval

    @property
    def is_slowed(self) -> bool:
        """Whether the rate is below what it was configured to."""
        return self.rate < self.configured

    def paused_for(self, now: float) -> float:
        """Seconds for which nothing leaves at all because the server asked for it."""
        return max(0.0, self._paused_until - now)

    def wait(self, now: float) -> float:
        """Seconds until a request may leave; 0 for now. Changes nothing."""
        return max(0.0, self._due - self._tolerance - now, self._paused_until - now)

    def look_at(self, now: float) -> float:
        """The reading of the clock at which `take` is worth another try."""
        lapse = min(self._share_until, self._allowed_until)
        return min(now + self.wait(now), max(lapse, self._paused_until))

    def configure(self, rate: float) -> None:
        """Go by another rate of the caller's choice; what the server has said still holds."""
        stated = self.allowed if self.allowed < self.configured else math.inf
        self.configured, self.allowed = rate, min(rate, stated)
        self._refresh()

    def lapse(self, now: float) -> None:
        """Forget what the server has said long ago, and not again."""
        if now >= self._share_until:
            self._share, self._share_until = math.inf, math.inf
        if now >= self._allowed_until:
            self.allowed, self._allowed_until = self.configured, math.inf
        self._refresh()

    def least_wait(self, now: float, ahead: int) -> float:
        """Seconds until a request may leave with `ahead` others before it, if all goes well."""
        first = now + self.wait(now)
        if not ahead:
            return first - now
        interval, tolerance = self._spacing(self.allowed)
        return max(first, max(first, self._due) + ahead * interval - tolerance) - now

    def take(self, now: float) -> bool:
        """Let one request leave now, if it may."""
        due = self._due
        if now < due - self._tolerance or now < self._paused_until:
            return False
        self._due = max(now, due) + self._interval
        if now >= self._second_ends:
            self._begin_second(now)
        self._left += 1
        return True

    def give_back(self) -> None:
        """Undo one `take` whose request was not sent."""
        self._due -= self._interval
        self._left -= 1

    def _begin_second(self, now: float) -> None:
        self._before += self._left
        self._left_before = self._left if now < self._second_ends + 1 else 0
        self._left = 0
        self._second_ends = now + 1

    def _speed(self, now: float) -> float:
        """Requests a second that left of late; less than the rate if something else was slower."""
        elapsed = now - (self._second_ends - 1)
        left = max(self._left_before, self._left / min(1.0, max(_INSTANT, elapsed)))
        too_early = elapsed < 1 and not self._left_before and math.isfinite(self.rate)
        return self.rate if too_early or not left else min(self.rate, left)

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing leave for `seconds`, and nothing in a burst after that."""
        until = now + seconds
        self._paused_until = max(self._paused_until, until)
        self._due = max(self._due, until + self._tolerance)

    def rest(self, now: float, seconds: float) -> None:
        """Pause because a quota is used up; refusals of what is under way are no news then."""
        self.pause(now, seconds)
        self._recovery.hold(now)

    def slow_down(self, now: float, sent_at: float) -> float | None:
        """Halve the rate, once for all the requests that were under way when it was cut.

        A single refusal among many requests that passed costs a tenth, and no pause. Returns the
        seconds to pause if the server names none; None if the refused request left before the last
        cut, which makes it no news; `UNRELATED` if a lower rate has not helped.
        """
        least, left = min(self.configured, _SLOWEST), self._before + self._left
        if self._refusals.is_single(left):
            is_lower = self._recovery.eased(now, sent_at, self._speed(now), least)
            self._refresh()
            return None if is_lower is None else 0.0 if is_lower else UNRELATED
        if not self._recovery.refused(now, sent_at, self._speed(now), least):
            return None
        self._refusals.begin(left)
        self._refresh()
        return max(self._recovery.pause, self._interval)

    def share(self, now: float, rate: float, seconds: float) -> None:
        """Go no faster than `rate` for `seconds`, or until told otherwise, or not for a while."""
        self._share = max(rate, min(self.configured, _SLOWEST))
        self._share_until = now + min(seconds, _TRUSTED)
        self._refresh()

    def allow(self, now: float, rate: float) -> None:
        """The server's stated limit: go no faster, whatever is configured, while it is told anew.

        A lower one is a lesson learned: refusals of what was sent before it teach nothing more.
        """
        allowed = min(self.configured, rate)
        if allowed < self.rate:
            self._recovery.hold(now)
        self.allowed = allowed
        self._allowed_until = now + _TRUSTED if allowed < self.configured else math.inf
        self._refresh()

    def succeed(self, now: float, sent_at: float) -> None:
        """A request that left at `sent_at` was not refused: climb back."""
        self.lapse(now)
        self._recovery.answered(now, sent_at)
        if self._recovery.rate >= self.allowed:
            self._recovery.forget()
        self._refresh()
