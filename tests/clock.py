"""Clocks of tests: the day on which they run, and clocks that move when told."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final

import anyio.lowlevel

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


class SetClock:
    """A clock of the world that stands still until a test sets it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def set(self, text: str) -> None:
        """Set it to an ISO time."""
        self.at = datetime.fromisoformat(text)

    def advance(self, **length: float) -> None:
        """Set it forward by the arguments of a `timedelta`."""
        self.at += timedelta(**length)


class SleepClock:
    """A clock in seconds that only sleeping moves, so that nobody waits; `slept` keeps how long."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(seconds)
        self.now += seconds
        await anyio.lowlevel.checkpoint()
