"""The rate limit: a sliding window, so that no second holds more than `rate` requests.

A rate below 1 per second lengthens the window: 0.5 means one request in any two seconds. A refused
request takes nothing from the allowance. The limit is strict: a client that saves up and bursts is
refused, and so is one that sends its full rate evenly when jitter on the line moves one request
into an earlier second.
"""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING

from energy_sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable


class SlidingWindow:
    """At most `quota` requests in any `window` seconds."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        if not (math.isfinite(rate) and rate > 0):
            raise ValueError(f"rate must be above 0, got {rate}")
        self.quota: int = max(1, int(rate))
        self.window: float = self.quota / rate
        self._clock = clock
        self._passed: deque[float] = deque()

    def admit(self) -> dict[str, str]:
        """Count one request and give the headers that tell the caller what is left."""
        now = self._clock()
        while self._passed and now - self._passed[0] >= self.window:
            self._passed.popleft()
        if len(self._passed) >= self.quota:
            wait = max(1, math.ceil(self._passed[0] + self.window - now))
            message = f"more than {self.quota} requests in {self.window:g} s; wait {wait} s"
            raise Refusal(429, message, {"Retry-After": str(wait), **self._headers(now)})
        self._passed.append(now)
        return self._headers(now)

    def _headers(self, now: float) -> dict[str, str]:
        left = self.quota - len(self._passed)
        reset = max(1, math.ceil(self._passed[0] + self.window - now)) if self._passed else 0
        return {
            "RateLimit-Policy": f'"default";q={self.quota};w={math.ceil(self.window)}',
            "RateLimit": f'"default";r={left};t={reset}',
        }
