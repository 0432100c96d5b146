"""The clock that watching and archiving go by, and how often they ask; all replaceable."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio
import msgspec

from energy_async.transport.errors import EnergyApiError, RateLimited
from nanocorp_async.watch_times import (
    PUBLICATIONS,
    Publication,
    Rhythm,
    next_poll,
    off_the_hour,
    pause_after_failures,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from nanocorp_async._market_row import FeedName

__all__ = ["Failures", "Timing"]

_NAP: Final = 900.0
"""Longest sleep in seconds: the clock may have been set, or the machine was asleep."""


class Failures(NamedTuple):
    """Requests of one feed that failed in a row: how many, and the last error."""

    number: int
    last: EnergyApiError


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """When to ask.

    Attributes:
        publications: When each feed usually publishes. Provisional.
        rhythm: How often to ask.
        now: The time of day. Aware.
        sleep: Waits for some seconds.
        draw: Random numbers from 0 to 1.
    """

    publications: Mapping[FeedName, Publication] = PUBLICATIONS
    rhythm: Rhythm = Rhythm()
    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    draw: Callable[[], float] = random.random

    def next_poll(self, feed: FeedName, newest: date | None) -> datetime:
        """Give the time at which to ask a feed again."""
        publication = self.publications[feed]
        return next_poll(self.now(), newest, publication, self.rhythm, self.draw())

    def after(self, failures: Failures) -> datetime:
        """Give the time at which to ask a feed again that does not answer."""
        asked = failures.last.retry_after if isinstance(failures.last, RateLimited) else None
        jitter = self.draw()
        pause = pause_after_failures(failures.number, jitter, asked)
        return off_the_hour(self.now() + timedelta(seconds=pause), jitter)

    async def until(self, moment: datetime) -> None:
        """Sleep until a time of day; what the clock is set to under way counts."""
        while (left := (moment - self.now()).total_seconds()) > 0:
            await self.sleep(min(left, _NAP))
