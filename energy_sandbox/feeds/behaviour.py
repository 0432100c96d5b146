"""How the French feeds behave on a world's clock: late days, corrections, windows, outages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FeedName = Literal[
    "day-ahead", "fcr-capacity", "afrr-capacity", "mfrr-capacity", "afrr-energy", "mfrr-energy"
]
Change = Literal["shift", "null", "drop"]
_ENERGY = ("afrr-energy", "mfrr-energy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A change of what a feed has published.

    Args:
        feed: The single feed; aggregates show the same.
        day: The Paris delivery day whose rows change.
        at: When the feed begins to show it. Aware.
        change: `shift` moves prices by `by`, `null` takes them away, `drop` takes the rows away.
        every: Which quarter-hours of the day: the first one and each `every`-th after it.
        by: How far prices move, in the unit of the feed.
    """

    feed: FeedName
    day: date
    at: datetime
    change: Change = "shift"
    every: int = 10
    by: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values that could never work."""
        _known(self.feed)
        if self.change not in get_args(Change):
            raise ValueError(
                f"unknown change {self.change!r}; known: {', '.join(get_args(Change))}"
            )
        if self.every < 1:
            raise ValueError(f"every must be at least 1, got {self.every}")
        _aware(self.at, "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedBehaviour:
    """What the French feeds do beside publishing on time. The defaults are plain.

    Args:
        late: By how much a delivery day of a feed is published later than usual. A day of an energy
            feed that is later than the next one is never shown.
        corrections: What changes after it was published.
        outages: Ranges of time in which every feed answers 503; ends excluded. Aware.
        day_ahead_days: How many delivery days the day-ahead feed holds.
        capacity_days: How many the capacity feeds hold. The energy feeds hold one.
        all_steps: Whether `recentRows` of aFRR energy holds every 4-second step of the day, and not
            the last three minutes only.
        etags: Whether answers carry an `ETag`, and `If-None-Match` is answered with 304.
        last_modified: The same for `Last-Modified` and `If-Modified-Since`.
    """

    late: Mapping[tuple[FeedName, date], timedelta] = field(default_factory=dict)
    corrections: Sequence[Correction] = ()
    outages: Sequence[tuple[datetime, datetime]] = ()
    day_ahead_days: int = 29
    capacity_days: int = 7
    all_steps: bool = False
    etags: bool = False
    last_modified: bool = False

    def __post_init__(self) -> None:
        """Refuse values that could never work."""
        for feed, _ in self.late:
            _known(feed)
        if min(self.late.values(), default=timedelta()) < timedelta():
            raise ValueError("a day cannot be late by less than nothing")
        if self.day_ahead_days < 1 or self.capacity_days < 1:
            raise ValueError("a feed holds at least one day")
        for start, end in self.outages:
            _aware(start, "outage")
            _aware(end, "outage")

    def days(self, feed: FeedName) -> int:
        """Give the number of delivery days that a feed holds."""
        if feed in _ENERGY:
            return 1
        return self.day_ahead_days if feed == "day-ahead" else self.capacity_days

    def delay(self, feed: FeedName, day: date) -> timedelta:
        """Give the time by which a delivery day is late."""
        return self.late.get((feed, day), timedelta())

    def corrected(self, feed: FeedName, now: datetime) -> list[Correction]:
        """Give what has been corrected by now, in order of time."""
        found = [one for one in self.corrections if one.feed == feed and one.at <= now]
        return sorted(found, key=lambda one: one.at)

    def is_out(self, now: datetime) -> bool:
        """Whether the feeds are out of order."""
        return any(start <= now < end for start, end in self.outages)


def _known(feed: str) -> None:
    if feed not in get_args(FeedName):
        raise ValueError(f"unknown feed {feed!r}; known: {', '.join(get_args(FeedName))}")


def _aware(moment: datetime, name: str) -> None:
    if moment.utcoffset() is None:
        raise ValueError(f"{name} must be an aware datetime, got {moment.isoformat()}")
