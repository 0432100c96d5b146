"""What a live view shows: the newest value of each series, its age and its state. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from energy_async.delivery import PARIS, delivery_day_of, in_day
from nanocorp_async._market_row import TITLES
from nanocorp_async.feeds import GROUPS, Validators
from nanocorp_async.publication import expected_by, newest_due

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from nanocorp_async.tidy import FeedName, MarketRow

EntryState: TypeAlias = Literal["fresh", "late", "not published yet", "no answer", "waiting"]
"""How a value stands: as new as it can be expected, older, not expected yet, not to be had, or not
asked yet. What can be expected is a habit, not a promise: see `nanocorp_async.publication`."""

_DAY: Final = timedelta(days=1)
_USUAL: Final = frozenset({"SYMMETRIC", "DAILY"})


class Entry(NamedTuple):
    """One line of the view.

    Attributes:
        name: What the value is.
        state: How it stands.
        start: Of the period that the value is for; None if there is none.
        end: Of that period.
        price: In `unit`; None where the row has no price.
        unit: Of the price.
        volume_mw: Contracted volume, of capacity.
        fetched_at: When the vendor fetched the feed; None if it does not say so.
        answered_at: When the feed last answered.
        remark: What else there is to say.
    """

    name: str
    state: EntryState
    start: datetime | None = None
    end: datetime | None = None
    price: float | None = None
    unit: str = ""
    volume_mw: float | None = None
    fetched_at: datetime | None = None
    answered_at: datetime | None = None
    remark: str = ""


@dataclass(slots=True)
class FeedStatus:
    """What is known of one request and its feeds.

    Attributes:
        rows: Of the last answer; they stay while requests fail.
        newest: Of energy, the newest row of each direction in the finest steps.
        fetched_at: When the vendor fetched each feed.
        answered_at: When the last answer came; None before the first one.
        next_at: When it is asked next.
        asking: Whether a request is under way.
        failures: How often it has failed in a row.
        error: Why, in a line, or what of the last answer cannot be read; empty if all is well.
        validators: What the next request is conditional on.
        unreadable: What of the last answer cannot be read.
    """

    rows: Sequence[MarketRow] = ()
    newest: Sequence[MarketRow] = ()
    fetched_at: dict[FeedName, datetime | None] = field(default_factory=dict)
    answered_at: datetime | None = None
    next_at: datetime | None = None
    asking: bool = False
    failures: int = 0
    error: str = ""
    validators: Validators = field(default_factory=Validators)
    unreadable: str = ""


@dataclass(slots=True)
class Board:
    """The state of the view.

    Attributes:
        day_ahead: Of day-ahead prices.
        capacity: Of FCR, aFRR and mFRR capacity.
        energy: Of aFRR and mFRR energy.
    """

    day_ahead: FeedStatus = field(default_factory=FeedStatus)
    capacity: FeedStatus = field(default_factory=FeedStatus)
    energy: FeedStatus = field(default_factory=FeedStatus)

    @property
    def statuses(self) -> dict[str, FeedStatus]:
        """All three, by the name of what they hold."""
        return dict(zip(GROUPS, (self.day_ahead, self.capacity, self.energy), strict=True))


def entries(board: Board, now: datetime) -> list[Entry]:
    """Give the lines of the view as they stand now."""
    capacity, energy = board.capacity, board.energy
    today = {
        feed: [row for row in capacity.rows if row.feed == feed and _covers(row, now)]
        for feed in GROUPS["balancing capacity"][1]
    }
    last = {
        feed: [row for row in energy.newest if row.feed == feed]
        for feed in GROUPS["balancing energy"][1]
    }
    return [
        *_day_ahead(board.day_ahead, now),
        *(one for feed, rows in today.items() for one in _reserve(capacity, feed, rows, now)),
        *(one for feed, rows in last.items() for one in _reserve(energy, feed, rows, now)),
    ]


def _day_ahead(status: FeedStatus, now: datetime) -> Iterator[Entry]:
    current = next((row for row in status.rows if _covers(row, now)), None)
    yield _entry("Day-ahead now", status, "day-ahead", current, now)
    if current is not None and current.end is not None:
        following = next((row for row in status.rows if _covers(row, current.end)), None)
        yield _entry("Day-ahead next", status, "day-ahead", following, now)
    yield _tomorrow(status, delivery_day_of(now, PARIS) + _DAY, now)


def _tomorrow(status: FeedStatus, day: date, now: datetime) -> Entry:
    found = in_day(status.rows, day, PARIS)
    prices = [row.price for row in found if row.price is not None]
    return Entry(
        name="Day-ahead tomorrow",
        state="fresh" if found else _absent(status, "day-ahead", day, now),
        start=min((row.start for row in found if row.start), default=None),
        end=max((row.end for row in found if row.end), default=None),
        price=sum(prices) / len(prices) if prices else None,
        unit=found[0].price_unit if found else "",
        answered_at=status.answered_at,
        remark=f"mean of {len(prices):,} prices" if prices else "",
    )


def _reserve(
    status: FeedStatus, feed: FeedName, rows: list[MarketRow], now: datetime
) -> Iterator[Entry]:
    if not rows:
        yield _entry(TITLES[feed], status, feed, None, now)
    for row in sorted(rows, key=lambda row: (row.direction != "UPWARD", row.direction or "")):
        kinds = [one for one in (row.direction, row.time_horizon) if one and one not in _USUAL]
        yield _entry(" ".join([TITLES[feed], *map(str.lower, kinds)]), status, feed, row, now)


def _entry(
    name: str, status: FeedStatus, feed: FeedName, row: MarketRow | None, now: datetime
) -> Entry:
    due = min(newest_due(feed, now), delivery_day_of(now, PARIS))
    if row is None or row.start is None:
        state = _absent(status, feed, due, now)
        return Entry(name, state, answered_at=status.answered_at)
    return Entry(
        name=name,
        state="fresh" if delivery_day_of(row.start, PARIS) >= due else "late",
        start=row.start,
        end=row.end,
        price=row.price,
        unit=row.price_unit,
        volume_mw=row.contracted_volume_mw,
        fetched_at=status.fetched_at.get(feed),
        answered_at=status.answered_at,
        remark="0 may stand for no activation" if row.is_doubtful_zero else "",
    )


def _absent(status: FeedStatus, feed: FeedName, day: date, now: datetime) -> EntryState:
    if status.answered_at is None:
        return "no answer" if status.error else "waiting"
    return "not published yet" if now < expected_by(feed, day) else "late"


def _covers(row: MarketRow, moment: datetime) -> bool:
    return row.start is not None and row.end is not None and row.start <= moment < row.end
