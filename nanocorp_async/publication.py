"""When the feeds can be expected to hold a delivery day, and what it means if they do not.

The times are **not documented**. They are what the examples of the documentation page show (and for
day-ahead prices what is known of RTE), with an hour or two in hand: a day that is absent before
then is not published yet, and late afterwards. Pure.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from energy_async.delivery import PARIS, delivery_day_of, require_aware, time_zone

if TYPE_CHECKING:
    from nanocorp_async._market_row import FeedName

__all__ = ["Absence", "absence", "expected_by", "newest_due"]

Absence: TypeAlias = Literal["not published yet", "late", "no longer held", "missing"]
"""Why a feed has no row for a delivery day.

- `not published yet`: it is not expected by now.
- `late`: it is expected by now, and newer than all that the feed holds.
- `no longer held`: it is older than all that the feed holds.
- `missing`: the feed holds days before and after it.
"""


class _Habit(NamedTuple):
    days: int
    """From the delivery day to the day on which it is published."""
    by: time
    """By then, on Paris clocks."""


_DAY_AHEAD: Final = _Habit(-1, time(14))
_CAPACITY: Final = _Habit(-1, time(18))
_ENERGY: Final = _Habit(1, time(3))
_HABITS: Final[dict[FeedName, _Habit]] = {
    "day-ahead": _DAY_AHEAD,
    "fcr-capacity": _CAPACITY,
    "afrr-capacity": _CAPACITY,
    "mfrr-capacity": _CAPACITY,
    "afrr-energy": _ENERGY,
    "mfrr-energy": _ENERGY,
}


def expected_by(feed: FeedName, day: date) -> datetime:
    """Say by when a feed can be expected to hold a Paris delivery day; aware and in UTC."""
    habit = _HABITS[feed]
    local = datetime.combine(day + timedelta(days=habit.days), habit.by, time_zone(PARIS))
    return local.astimezone(UTC)


def newest_due(feed: FeedName, now: datetime) -> date:
    """Give the newest delivery day that a feed can be expected to hold."""
    day = delivery_day_of(now, PARIS) - timedelta(days=_HABITS[feed].days)
    return day if expected_by(feed, day) <= now else day - timedelta(days=1)


def absence(feed: FeedName, day: date, held: tuple[date, date] | None, now: datetime) -> Absence:
    """Say why a feed has no row for a delivery day.

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
