"""The day on which tests run: always the same one, whatever the calendar says."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final

TODAY: Final = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
"""Ten o'clock in Berlin, on a Tuesday far from any clock change."""


class Clock:
    """A clock that starts at a time and runs on: `Sandbox(clock=it)`, `Trlyr(wall=it.wall)`."""

    def __init__(self, start: datetime = TODAY) -> None:
        self._start, self._began = start, time.monotonic()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began)

    def advance(self, by: timedelta) -> None:
        """Set it forward."""
        self._start += by

    def wall(self) -> float:
        """Seconds since the epoch."""
        return self().timestamp()
