"""Deadlines of submissions: by when, and how much of the time a reading before it may take."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Final

__all__ = ["moment_of", "reading_time"]

_LONGEST_READ: Final = 5.0
_SHARE_OF_TIME: Final = 0.25


def moment_of(deadline: datetime | float | None, now: datetime) -> datetime | None:
    """Give the time that a deadline means: an aware time, or seconds from `now`.

    Raises:
        ValueError: A time without a zone, or a number that is not finite.
        TypeError: Something else.
    """
    if deadline is None:
        return None
    if isinstance(deadline, datetime):
        if deadline.utcoffset() is None:
            message = f"deadline has no time zone: {deadline!r}; pass an aware datetime"
            raise ValueError(message)
        return deadline
    if isinstance(deadline, bool) or not isinstance(deadline, int | float):
        message = f"deadline must be an aware datetime or seconds from now, got {deadline!r}"
        raise TypeError(message)
    if not math.isfinite(deadline):
        message = f"deadline must be finite, got {deadline!r}"
        raise ValueError(message)
    return now + timedelta(seconds=deadline)


def reading_time(deadline: datetime | None, now: datetime) -> float:
    """Give the seconds that a reading before a submission may take: submitting comes first."""
    if deadline is None:
        return _LONGEST_READ
    left = (deadline - now).total_seconds()
    return min(_LONGEST_READ, left * _SHARE_OF_TIME)
