"""What a live view shows: the newest value of each series, its age and its state. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from energy_async.delivery import PARIS, delivery_day_of, in_day
from nanocorp_async.publication import expected_by, newest_due

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from nanocorp_async.tidy import FeedName, MarketRow

__all__ = ["Board", "Entry", "EntryState", "FeedStatus", "entries"]

EntryState: TypeAlias = Literal["fresh", "late", "not published yet", "no answer", "waiting"]
"""How a value stands: as new as it can be expected, older, not expected yet, not to be had, or not
asked yet. What can be expected is a habit, not a promise: see `nanocorp_async.publication`."""

_CAPACITY: Final[tuple[FeedName, ...]] = ("fcr-capacity", "afrr-capacity", "mfrr-capacity")
_ENERGY: Final[tuple[FeedName, ...]] = ("afrr-energy", "mfrr-energy")
_PRODUCTS: Final[dict[FeedName, str]] = {
    "fcr-capacity": "FCR",
    "afrr-capacity": "aFRR",
    "mfrr-capacity": "mFRR",
    "afrr-energy": "aFRR",
    "mfrr-energy": "mFRR",
}
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
        error: Why, in a line; empty if the last request was answered.
    """

    rows: Sequence[MarketRow] = ()
    newest: Sequence[MarketRow] = ()
    fetched_at: dict[FeedName, datetime | None] = field(default_factory=dict)
    answered_at: datetime | None = None
    next_at: datetime | None = None
    asking: bool = False
    failures: int = 0
    error: str = ""


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
        return {
            "day-ahead prices": self.day_ahead,
            "balancing capacity": self.capacity,
            "balancing energy": self.energy,
        }


def entries(board: Board, now: datetime) -> list[Entry]:
    """Give the lines of the view as they stand now."""
    return [
        *_day_ahead(board.day_ahead, now),
        *(one for feed in _CAPACITY for one in _capacity(board.capacity, feed, now)),
        *(one for feed in _ENERGY for one in _energy(board.energy, feed, now)),
    ]


def _day_ahead(status: FeedStatus, now: datetime) -> Iterator[Entry]:
    current = _holding(status.rows, now)
    following = _holding(status.rows, current.end if current and current.end else now)
    yield _entry("Day-ahead now", status, "day-ahead", current, now)
    if current is not None:
        yield _entry("Day-ahead next", status, "day-ahead", following, now)
    tomorrow = delivery_day_of(now, PARIS) + _DAY
    yield _tomorrow(status, tomorrow, now)


def _tomorrow(status: FeedStatus, day: date, now: datetime) -> Entry:
    found = in_day(status.rows, day, PARIS)
    prices = [row.price for row in found if row.price is not None]
    mean = sum(prices) / len(prices) if prices else None
    state = "fresh" if found else _absent(status, "day-ahead", day, now)
    remark = f"mean of {len(prices):,} prices" if prices else ""
    return Entry(
        name="Day-ahead tomorrow",
        state=state,
        start=min((row.start for row in found if row.start), default=None),
        end=max((row.end for row in found if row.end), default=None),
        price=mean,
        unit=found[0].price_unit if found else "",
        answered_at=status.answered_at,
        remark=remark,
    )


def _capacity(status: FeedStatus, feed: FeedName, now: datetime) -> Iterator[Entry]:
    product = _PRODUCTS[feed]
    rows = [row for row in status.rows if row.feed == feed]
    today = [row for row in rows if row.start and row.end and row.start <= now < row.end]
    if not today:
        yield _entry(f"{product} capacity", status, feed, None, now)
    for row in sorted(today, key=_upward_first):
        yield _entry(f"{product} capacity{_direction(row)}", status, feed, row, now)


def _energy(status: FeedStatus, feed: FeedName, now: datetime) -> Iterator[Entry]:
    product = _PRODUCTS[feed]
    last = [row for row in status.newest if row.feed == feed]
    if not last:
        yield _entry(f"{product} energy", status, feed, None, now)
    for row in sorted(last, key=_upward_first):
        remark = "0 may stand for no activation" if row.is_doubtful_zero else ""
        one = _entry(f"{product} energy{_direction(row)}", status, feed, row, now)
        yield one._replace(remark=remark)


def _entry(
    name: str, status: FeedStatus, feed: FeedName, row: MarketRow | None, now: datetime
) -> Entry:
    if row is None or row.start is None:
        day = delivery_day_of(now, PARIS)
        due = min(day, newest_due(feed, now))
        state = _absent(status, feed, due, now)
        return Entry(name, state, answered_at=status.answered_at)
    held = delivery_day_of(row.start, PARIS)
    is_current = held >= min(newest_due(feed, now), delivery_day_of(now, PARIS))
    return Entry(
        name=name,
        state="fresh" if is_current else "late",
        start=row.start,
        end=row.end,
        price=row.price,
        unit=row.price_unit,
        volume_mw=row.contracted_volume_mw,
        fetched_at=status.fetched_at.get(feed),
        answered_at=status.answered_at,
    )


def _absent(status: FeedStatus, feed: FeedName, day: date, now: datetime) -> EntryState:
    if status.answered_at is None:
        return "no answer" if status.error else "waiting"
    return "not published yet" if now < expected_by(feed, day) else "late"


def _holding(rows: Sequence[MarketRow], moment: datetime) -> MarketRow | None:
    """Give the row whose period holds a moment."""
    found = (row for row in rows if row.start and row.end and row.start <= moment < row.end)
    return next(found, None)


def _upward_first(row: MarketRow) -> tuple[bool, str]:
    return row.direction != "UPWARD", row.direction or ""


def _direction(row: MarketRow) -> str:
    """Give direction and time horizon, where they are not the usual ones."""
    words = [row.direction, row.time_horizon]
    return "".join(f" {one.lower()}" for one in words if one and one not in _USUAL)
