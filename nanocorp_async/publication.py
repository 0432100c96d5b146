"""When the feeds publish, as far as that is known: when to ask, and from when a day is late.

All times here are **provisional**: upstream documents none. They are read off the fetch times in
its examples, and off when RTE and the exchanges have their results. Nothing depends on them but how
soon a new day is noticed and what is called late; pass others where you know better.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
import msgspec

from energy_async.delivery import PARIS, require_aware, time_zone
from energy_async.transport.errors import EnergyApiError, NotSubscribed, RateLimited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from nanocorp_async._market_row import FeedName

__all__ = [
    "PUBLICATIONS",
    "Absence",
    "Publication",
    "Rhythm",
    "Timing",
    "absence",
    "expected_by",
    "newest_due",
]

Absence: TypeAlias = Literal["not published yet", "late", "no longer held", "missing"]
"""Why a feed has no row for a delivery day.

- `not published yet`: it is not expected by now.
- `late`: it is expected by now, and newer than all that the feed holds.
- `no longer held`: it is older than all that the feed holds.
- `missing`: the feed holds days before and after it.
"""

_DAY: Final = timedelta(days=1)
_HOUR: Final = 3600.0
_GRACE: Final = timedelta(hours=1)
_NEAR_THE_HOUR: Final = 90.0
"""Seconds on either side of a full hour in which nobody asks: everybody else does."""
_SPREAD: Final = 300.0
_PATIENCE: Final = 2 * _HOUR
_NAP: Final = 900.0
"""Longest sleep in seconds: the clock may have been set, or the machine was asleep."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """The usual daily publication of a feed.

    Attributes:
        at: Time of day in Paris by which a new delivery day is usually there.
        ahead: The delivery day that comes then: 1 is tomorrow, -1 is yesterday.
    """

    at: time
    ahead: int

    def due_at(self, day: date) -> datetime:
        """Give the time at which a delivery day is due; aware and in UTC."""
        local = datetime.combine(day - self.ahead * _DAY, self.at, time_zone(PARIS))
        return local.astimezone(UTC)

    def newest_due(self, now: datetime) -> date:
        """Give the newest delivery day that is due by `now`.

        Raises:
            ValueError: `now` is naive.
        """
        now = require_aware(now, "now")
        today = now.astimezone(time_zone(PARIS)).date() + self.ahead * _DAY
        return today if self.due_at(today) <= now else today - _DAY


PUBLICATIONS: Final[Mapping[FeedName, Publication]] = MappingProxyType(
    {
        # RTE's copy of the auction for 2026-10-11 was written at 13:31 the day before.
        "day-ahead": Publication(at=time(13, 31), ahead=1),
        # The example's fetch time, the same for all three; RTE has its results in the morning.
        "fcr-capacity": Publication(at=time(16, 36), ahead=1),
        "afrr-capacity": Publication(at=time(16, 36), ahead=1),
        "mfrr-capacity": Publication(at=time(16, 36), ahead=1),
        # The examples' fetch times: the day before, whole, at night.
        "afrr-energy": Publication(at=time(1, 11), ahead=-1),
        "mfrr-energy": Publication(at=time(1, 21), ahead=-1),
    }
)
"""When each feed seems to publish. Provisional: taken from examples, promised by nobody."""


def expected_by(feed: FeedName, day: date) -> datetime:
    """Give the time from which a Paris delivery day is late: an hour after its usual time, UTC."""
    return PUBLICATIONS[feed].due_at(day) + _GRACE


def newest_due(feed: FeedName, now: datetime) -> date:
    """Give the newest delivery day that is late if the feed does not hold it.

    Raises:
        ValueError: `now` is naive.
    """
    return PUBLICATIONS[feed].newest_due(require_aware(now, "now") - _GRACE)


def absence(feed: FeedName, day: date, held: tuple[date, date] | None, now: datetime) -> Absence:
    """Give the reason why a feed has no row for a delivery day.

    Args:
        feed: The feed.
        day: The Paris delivery day.
        held: The oldest and the newest day that it holds; None if it holds nothing.
        now: Aware.
    """
    if held is not None and day < held[0]:
        return "no longer held"
    if held is not None and day < held[1]:
        return "missing"
    return "not published yet" if require_aware(now, "now") < expected_by(feed, day) else "late"


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """How often a feed is asked. Seconds; each wait is drawn from a quarter below to one above.

    Attributes:
        near: Around the usual time, and for two hours after it while the day is not there.
        overdue: After those two hours.
        quiet: At all other times, for corrections; and for a feed that is days behind.
        lead: How long before the usual time `near` begins.
        grace: How long after the usual time a feed counts as late.
    """

    near: float = 300.0
    overdue: float = 1200.0
    quiet: float = 3 * _HOUR
    lead: float = 900.0
    grace: float = _GRACE.total_seconds()

    def __post_init__(self) -> None:
        for name in ("near", "overdue", "quiet"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least a second, got {getattr(self, name)}")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """When to ask: the clock, the usual times and how often; all replaceable.

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

    def next_poll(
        self,
        feed: FeedName,
        newest: date | None,
        *,
        failures: int = 0,
        error: EnergyApiError | None = None,
    ) -> datetime:
        """Give the time at which to ask a feed again: never within 90 seconds of a full hour.

        Args:
            feed: The feed.
            newest: The newest delivery day that was seen; None if there is none.
            failures: How many requests in a row have failed.
            error: Of the last one.
        """
        now, jitter = require_aware(self.now(), "now"), self.draw()
        if failures:
            pause = pause_after(failures, error, jitter)
        else:
            pause = _pause(now, newest, self.publications[feed], self.rhythm, jitter)
        return off_the_hour(now + timedelta(seconds=pause), jitter)

    async def until(self, moment: datetime) -> None:
        """Sleep until a time of day; what the clock is set to under way counts."""
        while (left := (moment - self.now()).total_seconds()) > 0:
            await self.sleep(min(left, _NAP))


def pause_after(failures: int, error: EnergyApiError | None, jitter: float) -> float:
    """Give the seconds to wait after so many failures in a row: a minute, doubled up to an hour.

    Never less than the server asked for; a token that is refused is not tried again soon.
    """
    doublings = 10 if isinstance(error, NotSubscribed) else min(failures - 1, 10)
    pause = min(_HOUR, 60.0 * 2.0**doublings) * (0.75 + 0.5 * jitter)
    asked = error.retry_after if isinstance(error, RateLimited) else None
    return max(pause, (asked or 0.0) * (1 + 0.1 * jitter))


def off_the_hour(moment: datetime, jitter: float) -> datetime:
    """Give a time at or after `moment` that is not within a minute and a half of a full hour."""
    past = (moment.minute * 60 + moment.second + moment.microsecond / 1e6 + _NEAR_THE_HOUR) % _HOUR
    if past > 2 * _NEAR_THE_HOUR:
        return moment
    spread = _SPREAD * (jitter * 97 % 1)  # another draw would do; this one is at hand
    return moment + timedelta(seconds=2 * _NEAR_THE_HOUR - past + 1 + spread)


def _pause(
    now: datetime, newest: date | None, publication: Publication, rhythm: Rhythm, jitter: float
) -> float:
    around = 0.75 + 0.5 * jitter
    due = publication.newest_due(now)
    if newest is None or newest < due:
        if (now - publication.due_at(due)).total_seconds() < _PATIENCE:
            return rhythm.near * around
        given_up = newest is None or newest < due - 2 * _DAY
        return (rhythm.quiet if given_up else rhythm.overdue) * around
    until_due = (publication.due_at(max(due, newest) + _DAY) - now).total_seconds()
    opening = until_due - rhythm.lead
    return min(rhythm.quiet * around, max(rhythm.near * around, opening + rhythm.near * jitter))
