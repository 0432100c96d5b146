"""What `watch` and `archive` report: small frozen structs, and each as a line of text."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - read by msgspec
from typing import TypeAlias

import msgspec

from energy_async.delivery import PARIS, time_zone
from nanocorp_async._market_row import FeedName  # noqa: TC001 - read by msgspec


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """Something that was noticed.

    Attributes:
        feed: Where.
        at: When it was noticed. Aware, in UTC.
    """

    feed: FeedName
    at: datetime


class DayPublished(_Event, frozen=True, kw_only=True, tag="day_published"):
    """A delivery day is there.

    Attributes:
        day: The Paris delivery day.
        prices: How many prices it has; a None counts as missing.
        was_there: Whether it was there already when watching began.
    """

    day: date
    prices: int
    was_there: bool = False


class PriceCorrected(_Event, frozen=True, kw_only=True, tag="price_corrected"):
    """A price that was published has changed; None stands for one that is missing.

    Attributes:
        start: Start of the period, aware and in UTC.
        end: Its end.
        direction: As the feed says; None for day-ahead prices.
        time_horizon: Of capacity only.
        old: What the feed said before.
        new: What it says now.
        unit: Of both.
    """

    start: datetime
    end: datetime | None
    direction: str | None
    time_horizon: str | None
    old: float | None
    new: float | None
    unit: str


class FeedLate(_Event, frozen=True, kw_only=True, tag="feed_late"):
    """A delivery day is not there although it usually would be. A state, not an error.

    Attributes:
        day: The day that is missing.
        due_at: When it is usually there; provisional. Aware, in UTC.
        reason: Why the last request failed; empty if the feed answers and has no such day.
    """

    day: date
    due_at: datetime
    reason: str = ""


class FeedRecovered(_Event, frozen=True, kw_only=True, tag="feed_recovered"):
    """A feed that was late is up to date again.

    Attributes:
        day: The newest day.
        late_s: Seconds since it was due.
    """

    day: date
    late_s: float


class RowsStored(_Event, frozen=True, kw_only=True, tag="rows_stored"):
    """Rows of one delivery day were written to the archive.

    Attributes:
        series: Which rows of the feed.
        day: The Paris delivery day.
        added: Rows that were not there before.
        revised: Rows that differ from what was stored; the old ones stay beside them.
        replaced: Stored rows that gave way to rows of other periods, such as hours to
            quarter-hours; they stay as revisions.
    """

    series: str
    day: date
    added: int
    revised: int
    replaced: int = 0


class GapFound(_Event, frozen=True, kw_only=True, tag="gap_found"):
    """Rows are missing for good: the feed does not hold that day any more.

    Attributes:
        series: Which rows of the feed.
        day: The Paris delivery day.
        missing: What the day lacks, in words.
    """

    series: str
    day: date
    missing: str


class PollFailed(_Event, frozen=True, kw_only=True, tag="poll_failed"):
    """A request failed, the client's own retries included. It is repeated later.

    Attributes:
        error: What happened.
        failures: How many requests of this feed have failed in a row.
    """

    error: str
    failures: int


class OddAnswer(_Event, frozen=True, kw_only=True, tag="odd_answer"):
    """An answer is not as it should be. What was stored before stays.

    It lacks something, contradicts itself or what was stored, or cannot be read whole.

    Attributes:
        what: In words.
    """

    what: str


WatchEvent: TypeAlias = DayPublished | PriceCorrected | FeedLate | FeedRecovered
"""What `watch` gives."""
ArchiveEvent: TypeAlias = RowsStored | GapFound | PollFailed | OddAnswer
"""What `archive` reports."""


def describe(event: WatchEvent | ArchiveEvent) -> str:
    """Write an event as one line, without its time."""
    return f"{event.feed}: {_words(event)}"


def _words(event: WatchEvent | ArchiveEvent) -> str:  # noqa: PLR0911 - one for each event
    match event:
        case DayPublished():
            there = " (was there already)" if event.was_there else ""
            return f"{event.day} is published, {counted(event.prices, 'price')}{there}"
        case PriceCorrected():
            what = " ".join(filter(None, (event.direction, event.time_horizon)))
            old, new = ("missing" if one is None else f"{one:g}" for one in (event.old, event.new))
            where = " ".join(filter(None, (_moment(event.start), what)))
            return f"{where} corrected, {old} is now {new} {event.unit}"
        case FeedLate():
            why = f": {event.reason}" if event.reason else ""
            return f"{event.day} is late, usually there by {_moment(event.due_at)}{why}"
        case FeedRecovered():
            return f"{event.day} is there, {event.late_s / 60:.0f} min after its usual time"
        case RowsStored():
            return f"{_of(event)}{event.day}: {_stored(event)}"
        case GapFound():
            return f"{_of(event)}{event.day} cannot be completed any more: {event.missing}"
        case PollFailed():
            again = f" ({event.failures} in a row)" if event.failures > 1 else ""
            return f"no answer{again}: {event.error}"
        case OddAnswer():
            return event.what


def _of(event: RowsStored | GapFound) -> str:
    return "" if event.series == event.feed else f"{event.series} "


def _stored(event: RowsStored) -> str:
    parts = {
        "added": event.added,
        "corrected, the old ones kept": event.revised,
        "replaced by others, kept as revisions": event.replaced,
    }
    return ", ".join(f"{counted(count, 'row')} {what}" for what, count in parts.items() if count)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _moment(moment: datetime) -> str:
    local = moment.astimezone(time_zone(PARIS))
    return f"{local:%Y-%m-%d %H:%M %Z}"
