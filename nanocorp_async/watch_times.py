"""When the feeds publish, as far as that is known, and when to ask next. Pure.

All times here are **provisional**: upstream documents none. They are read off the fetch times in
its examples, and off when RTE and the exchanges have their results. Nothing depends on them but
how soon a new day is noticed; say others where you know better.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.delivery import PARIS, require_aware, time_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nanocorp_async._market_row import FeedName

__all__ = [
    "FEEDS",
    "PUBLICATIONS",
    "Publication",
    "Rhythm",
    "next_poll",
    "off_the_hour",
    "pause_after_failures",
]

_DAY: Final = timedelta(days=1)
_HOUR: Final = 3600.0
_NEAR_THE_HOUR: Final = 90.0
"""Seconds on either side of a full hour in which nobody asks: everybody else does."""
_SPREAD: Final = 300.0
_PATIENCE: Final = 2 * _HOUR


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """The usual daily publication of a feed.

    Attributes:
        at: Time of day in Paris by which a new delivery day is usually there.
        ahead: The delivery day that comes then: 1 is tomorrow, -1 is yesterday.
    """

    at: time
    ahead: int

    def due_at(self, day: date) -> datetime:
        """Give the time at which a delivery day is due; aware, in Paris."""
        return datetime.combine(day - self.ahead * _DAY, self.at, time_zone(PARIS))

    def newest_due(self, now: datetime) -> date:
        """Give the newest delivery day that is due by `now`."""
        local = require_aware(now, "now").astimezone(time_zone(PARIS))
        today = local.date() + self.ahead * _DAY
        return today if _seconds(self.due_at(today), now) <= 0 else today - _DAY


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

FEEDS: Final[tuple[FeedName, ...]] = tuple(PUBLICATIONS)
"""The six single feeds."""


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
    grace: float = _HOUR

    def __post_init__(self) -> None:
        for name in ("near", "overdue", "quiet"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least a second, got {getattr(self, name)}")


def next_poll(
    now: datetime,
    newest: date | None,
    publication: Publication,
    rhythm: Rhythm,
    jitter: float,
) -> datetime:
    """Give the time at which to ask again.

    Args:
        now: When the last answer came. Aware.
        newest: The newest delivery day that was seen; None if there is none.
        publication: The feed's.
        rhythm: How often.
        jitter: A number from 0 to 1, drawn by the caller.

    Returns:
        A time after `now`, never within a minute and a half of a full hour.
    """
    moment = now + timedelta(seconds=_wait(now, newest, publication, rhythm, jitter))
    return off_the_hour(moment, jitter)


def pause_after_failures(failures: int, jitter: float, retry_after: float | None = None) -> float:
    """Give the seconds to wait after so many failures in a row: a minute, doubled up to an hour.

    Never less than the server asked for.
    """
    pause = min(_HOUR, 60.0 * 2.0 ** min(failures - 1, 10)) * (0.75 + 0.5 * jitter)
    return max(pause, (retry_after or 0.0) * (1 + 0.1 * jitter))


def off_the_hour(moment: datetime, jitter: float) -> datetime:
    """Give a time at or after `moment` that is not within a minute and a half of a full hour."""
    past = (moment.minute * 60 + moment.second + moment.microsecond / 1e6 + _NEAR_THE_HOUR) % _HOUR
    if past > 2 * _NEAR_THE_HOUR:
        return moment
    spread = _SPREAD * (jitter * 97 % 1)  # another draw would do; this one is at hand
    return moment + timedelta(seconds=2 * _NEAR_THE_HOUR - past + 1 + spread)


def _wait(
    now: datetime,
    newest: date | None,
    publication: Publication,
    rhythm: Rhythm,
    jitter: float,
) -> float:
    around = 0.75 + 0.5 * jitter
    due = publication.newest_due(now)
    if newest is None or newest < due:
        overdue = _seconds(now, publication.due_at(due))
        if overdue < _PATIENCE:
            return rhythm.near * around
        given_up = newest is None or newest < due - 2 * _DAY
        return (rhythm.quiet if given_up else rhythm.overdue) * around
    opening = _seconds(publication.due_at(max(due, newest) + _DAY), now) - rhythm.lead
    return min(rhythm.quiet * around, max(rhythm.near * around, opening + rhythm.near * jitter))


def _seconds(later: datetime, earlier: datetime) -> float:
    """The time that really passes; both in UTC, since one zone is subtracted by its clock."""
    return (require_aware(later) - require_aware(earlier)).total_seconds()
