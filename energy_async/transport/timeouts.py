"""The limits of one attempt, and how a number becomes them."""

from __future__ import annotations

import math

import msgspec

__all__ = ["Timeouts", "positive", "timeouts_from"]


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one attempt, in seconds; waits for the rate limit are not part of it.

    Attributes:
        connect: For name lookup, connection and TLS together.
        read: For silence while the answer is awaited or read. A limit below `total` is kept by a
            timer of its own, which costs a few microseconds for each request.
        total: For the attempt as a whole.
    """

    connect: float = 10.0
    read: float = 60.0
    total: float = 60.0

    def __post_init__(self) -> None:
        for name in ("connect", "read", "total"):
            positive(getattr(self, name), f"timeout {name}")


def timeouts_from(value: float | Timeouts) -> Timeouts:
    """The limits as they are, or a single number as the total that bounds the other two."""
    if isinstance(value, Timeouts):
        return value
    total = positive(value, "timeout")
    usual = Timeouts()
    return Timeouts(connect=min(usual.connect, total), read=min(usual.read, total), total=total)


def positive(value: object, name: str) -> float:
    """A number of seconds that is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{name} must be a number of seconds, got {value!r}"
        raise TypeError(message)
    if not (value > 0 and math.isfinite(value)):
        message = f"{name} must be positive and finite, got {value!r}"
        raise ValueError(message)
    return float(value)
