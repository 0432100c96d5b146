"""How the rate limiter stands, as a value to look at or to log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from energy_async.transport.request import Lane

__all__ = ["RateLimitSnapshot"]


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
