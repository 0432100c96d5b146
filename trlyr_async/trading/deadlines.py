"""Deadlines of submissions: how much of the time a reading before one may take."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

__all__ = ["reading_time"]

_LONGEST_READ: Final = 5.0
_SHARE_OF_TIME: Final = 0.25


def reading_time(deadline: datetime | None) -> float:
    """Give the seconds that a reading before a submission may take: submitting comes first."""
    if deadline is None:
        return _LONGEST_READ
    left = (deadline - datetime.now(UTC)).total_seconds()
    return min(_LONGEST_READ, left * _SHARE_OF_TIME)
