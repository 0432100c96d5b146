"""The arithmetic of the rate limit: one number, no queue, no clock of its own.

`Pace` is the generic cell rate algorithm. It remembers when the next request would be due if all
went out evenly (`_due`); a request may leave up to `_tolerance` seconds before that.
"""

from __future__ import annotations

import math
from typing import Final

__all__ = ["Pace", "burst_for"]

_MARGIN: Final = 0.97
"""Share of the allowed rate that is used, so that jitter on the way cannot bunch requests up."""

_LATE: Final = 0.005
"""Seconds that a late timer may be made up for, even with a burst of 1."""

_SLOWEST: Final = 1 / 64
_STEPS: Final = 10
_STEP_EVERY: Final = 1.0


def burst_for(rate: float) -> int:
    """1, and one more for each 100 requests a second.

    A burst as large as the rate would let twice the allowance through in the first second. This one
    and the margin together stay within the allowance of any second, even if the first requests are
    10 ms late because their connections have to be made.
    """
    return 1 + int(rate // 100) if math.isfinite(rate) else 1


class Pace:
    """When the next request may leave, and how the server's complaints change that.

    In any stretch of `t` seconds at most `burst + rate * (t + 0.005)` requests leave. All times
    are readings of one monotonic clock, brought by the caller.
    """

    __slots__ = (
        "_allowed",
        "_burst",
        "_changed_at",
        "_due",
        "_halved_at",
        "_interval",
        "_paused_until",
        "_tolerance",
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
        self._burst = burst_for(rate) if burst is None else burst
        self.configured = self._allowed = rate
        self._due = self._paused_until = self._changed_at = self._halved_at = -math.inf
        self._set_rate(rate)

    def _set_rate(self, rate: float) -> None:
        self.rate = rate
        self._interval = 1 / (rate * _MARGIN)
        burst = self._burst if rate >= self.configured else 1  # no bursts while under suspicion
        self._tolerance = (burst - 1) * self._interval + min(_LATE, self._interval / 2)

    @property
    def interval(self) -> float:
        """Seconds between two requests at the present rate."""
        return self._interval

    @property
    def is_slowed(self) -> bool:
        """Whether the rate is below what it may be."""
        return self.rate < self._allowed

    def wait(self, now: float) -> float:
        """Seconds until a request may leave; 0 for now. Changes nothing."""
        return max(0.0, self._due - self._tolerance - now, self._paused_until - now)

    def take(self, now: float) -> bool:
        """Let one request leave now, if it may."""
        due = self._due
        if now < due - self._tolerance or now < self._paused_until:
            return False
        self._due = (max(now, due)) + self._interval
        return True

    def give_back(self) -> None:
        """Undo one `take` whose request was not sent."""
        self._due -= self._interval

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing leave for `seconds`, and nothing in a burst after that."""
        until = now + seconds
        self._paused_until = max(self._paused_until, until)
        self._due = max(self._due, until + self._tolerance)

    def slow_down(self, now: float, sent_at: float) -> None:
        """Halve the rate, once for all the requests that were under way when it was halved."""
        if sent_at < self._halved_at:
            return
        self._halved_at = self._changed_at = now
        self._set_rate(max(self.rate / 2, min(self.rate, self.configured * _SLOWEST)))

    def limit_to(self, now: float, rate: float) -> None:
        """Go no faster than `rate` for the time being; climb from there."""
        if 0 < rate < self.rate:
            self._changed_at = now
            self._set_rate(max(rate, min(self.rate, self.configured * _SLOWEST)))

    def allow(self, rate: float) -> None:
        """The server's stated limit: never go faster, whatever is configured."""
        allowed = min(self.configured, rate)
        if allowed == self._allowed:
            return
        self._allowed = allowed
        if self.rate > allowed:
            self._set_rate(allowed)

    def succeed(self, now: float) -> None:
        """Climb back, a tenth of the configured rate for each second without complaint."""
        since = now - max(self._changed_at, self._paused_until)
        if self.rate >= self._allowed or since < _STEP_EVERY:
            return
        self._changed_at = now
        self._set_rate(min(self._allowed, self.rate + self.configured / _STEPS))
