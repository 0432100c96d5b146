"""When the feeds can be expected to hold a delivery day, and what it means if they do not.

The times are **not documented**. They are what the examples of the documentation page show (and for
day-ahead prices what is known of RTE), with an hour or two in hand: a day that is absent before
then is not published yet, and late afterwards. `watch_times.PUBLICATIONS` are the same examples
with nothing in hand: when it is worth asking. Pure.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from energy_async.delivery import require_aware
from nanocorp_async.watch_times import Publication

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


_DAY_AHEAD: Final = Publication(at=time(14), ahead=1)
_CAPACITY: Final = Publication(at=time(18), ahead=1)
_ENERGY: Final = Publication(at=time(3), ahead=-1)
_HABITS: Final[dict[FeedName, Publication]] = {
    "day-ahead": _DAY_AHEAD,
    "fcr-capacity": _CAPACITY,
    "afrr-capacity": _CAPACITY,
    "mfrr-capacity": _CAPACITY,
    "afrr-energy": _ENERGY,
    "mfrr-energy": _ENERGY,
}


def expected_by(feed: FeedName, day: date) -> datetime:
    """Say by when a feed can be expected to hold a Paris delivery day; aware and in UTC."""
    return _HABITS[feed].due_at(day).astimezone(UTC)


def newest_due(feed: FeedName, now: datetime) -> date:
    """Give the newest delivery day that a feed can be expected to hold.

    Raises:
        ValueError: `now` is naive.
    """
    return _HABITS[feed].newest_due(now)


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
