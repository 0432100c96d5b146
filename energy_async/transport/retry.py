"""Whether a failed attempt is repeated, and when: plain functions over plain values.

What may be repeated is repeated after everything but a final answer: a refusal, a redirect, or JSON
of another shape. What may not (bids) is repeated only where it is proved that it was not carried
out; everything that leaves it open, whatever it is, ends in `OutcomeUnknown`.

| What happened                                    | repeatable      | not repeatable (bids)   |
|--------------------------------------------------|-----------------|-------------------------|
| no connection was made                           | again           | again                   |
| 429 of the API                                   | after the wait  | after the wait          |
| another 4xx by which the API itself refuses      | stop            | stop                    |
| another 4xx, 3xx, in words or without any;       | stop            | stop, `OutcomeUnknown`  |
| JSON of another shape; an answer too large       |                 |                         |
| anything else: connection broken, read timed     | again           | stop, `OutcomeUnknown`  |
| out, 5xx, 408, 421, 425, 499, a page, a part     |                 |                         |
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from energy_async.transport.errors import (
    ConnectionBroken,
    DecodeFailed,
    EnergyApiError,
    RateLimited,
    RequestTimeout,
    StatusError,
)

__all__ = [
    "Again",
    "RetryBudget",
    "Stop",
    "decide",
]

_FINAL: Final = "the answer is final"
_CARRIED_OUT: Final = "the request may have been carried out"
_BASE: Final = 0.5
"""Seconds; the first delay is drawn from 0 to this, each further range is twice as wide."""
_CAP, _LASTING_CAP = 20.0, 5.0
"""Seconds; no drawn delay is longer, the second for a call that is repeated until its deadline."""
_LONGEST_WAIT: Final = 120.0
"""Seconds; a server that asks for more gets `RateLimited` raised at once."""
_LAST_CHANCE: Final = 1.0
"""Seconds before its deadline at which a call is tried for the last time."""


class Again(msgspec.Struct, frozen=True):
    """Try again after `delay` seconds; `cost` is what it takes from the budget."""

    delay: float
    cost: int
    reason: str


class Stop(msgspec.Struct, frozen=True):
    """Give up; `reason` completes the sentence "not repeated: ..."."""

    reason: str


def decide(
    error: EnergyApiError,
    *,
    attempt: int,
    retries: int,
    repeatable: bool,
    jitter: float,
    remaining: float = math.inf,
    retry_after: float | None = None,
    lasting: bool = False,
) -> Again | Stop:
    """Whether a failed attempt is repeated, and when."""
    if not error.passing:
        return Stop(_FINAL)
    if error.may_have_acted and not repeatable:
        return Stop(_CARRIED_OUT)
    if not lasting and retry_after is not None and retry_after > _LONGEST_WAIT:
        return Stop(f"the server asks to wait {retry_after:.0f} s")
    if not lasting and attempt > retries:
        return Stop(f"all {retries} retries are used" if retries else "retries are off")
    cap = _LASTING_CAP if lasting else _CAP
    delay = jitter * min(cap, _BASE * 2.0 ** min(attempt - 1, 30))
    if retry_after is not None:  # never less than asked, and not everybody at the same instant
        delay = retry_after + jitter * min(5.0, max(0.1, retry_after * 0.1))
    elif lasting and remaining > _LAST_CHANCE:
        delay = min(delay, remaining - _LAST_CHANCE)
    if delay >= remaining:
        return Stop(f"the next attempt in {delay:.1f} s would pass the deadline")
    cost = RetryBudget.THROTTLE if isinstance(error, RateLimited) else RetryBudget.TRANSIENT
    return Again(delay, cost, _reason(error))


def _reason(error: EnergyApiError) -> str:
    if isinstance(error, RateLimited):
        return "rate limited"
    if not error.may_have_acted:
        return "not connected"
    if isinstance(error, StatusError):
        return f"status {error.status}"
    return next((text for kind, text in _REASONS if isinstance(error, kind)), "no usable answer")


_REASONS: Final = (
    (ConnectionBroken, "connection broken"),
    (RequestTimeout, "timed out"),
    (DecodeFailed, "not the API's answer"),
)


class RetryBudget:
    """Keeps an outage from being multiplied: each retry costs, each success gives a little back.

    One for each client. 500 units pay for about 35 retries in a row; then failures are final at
    once until requests succeed again.
    """

    CAPACITY: Final = 500
    TRANSIENT: Final = 14
    THROTTLE: Final = 5

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = self.CAPACITY

    @property
    def left(self) -> int:
        """Units that can still be spent."""
        return self._left

    @property
    def is_full(self) -> bool:
        """Whether nothing is missing."""
        return self._left >= self.CAPACITY

    def spend(self, cost: int) -> bool:
        """Take `cost` units; False, and nothing taken, if there are fewer."""
        if cost > self._left:
            return False
        self._left -= cost
        return True

    def give_back(self, units: int) -> None:
        """Return what a retry that succeeded had cost, or 1 for any other success."""
        self._left = min(self.CAPACITY, self._left + units)
