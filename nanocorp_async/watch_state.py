"""What is new in an answer, compared with the ones before. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from energy_async.delivery import PARIS, delivery_day_of
from nanocorp_async.tidy import rows
from nanocorp_async.watch_events import (
    DayPublished,
    FeedLate,
    FeedRecovered,
    PriceCorrected,
    WatchEvent,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nanocorp_async._market_row import FeedName, MarketRow
    from nanocorp_async.tidy import Answer
    from nanocorp_async.watch_times import Publication, Rhythm

__all__ = ["Watched"]

_AHEAD: Final = timedelta(days=7)
"""A day further ahead than this is a slip of upstream's."""


class Watched:
    """What is known of one feed; it holds the prices that the feed holds, and no more.

    Args:
        feed: Which one.
        publication: When it usually publishes.
        rhythm: Says when it is late.
    """

    def __init__(self, feed: FeedName, publication: Publication, rhythm: Rhythm) -> None:
        self._feed, self._publication, self._rhythm = feed, publication, rhythm
        self._prices: dict[tuple[Any, ...], MarketRow] = {}
        self._late: date | None = None
        self._late_due: datetime | None = None
        self.newest: date | None = None

    def answered(self, answer: Answer, at: datetime) -> list[WatchEvent]:
        """Take an answer in; give what is new in it, in order of time."""
        limit = delivery_day_of(at, PARIS) + _AHEAD
        found = {key: row for key, row in _by_key(answer) if _day(row) <= limit}
        if not found:
            return []
        corrected = list(self._corrected(found, at))
        published = list(self._published(found, at))
        first = min(map(_day, found.values()))
        kept = {key: row for key, row in self._prices.items() if _day(row) >= first}
        self._prices = kept | found
        return [*corrected, *published]

    def looked(self, at: datetime, reason: str = "") -> list[WatchEvent]:
        """Say whether the feed is late or has recovered, after an answer or a failure."""
        due = self._publication.newest_due(at)
        due_at = self._publication.due_at(due).astimezone(UTC)
        if self.newest is not None and self.newest >= due:
            return self._recovered(self.newest, at)
        if self._late is None and (at - due_at).total_seconds() >= self._rhythm.grace:
            self._late, self._late_due = due, due_at
            return [FeedLate(feed=self._feed, at=at, day=due, due_at=due_at, reason=reason)]
        return []

    def _recovered(self, newest: date, at: datetime) -> list[WatchEvent]:
        if self._late_due is None:
            return []
        late_s = (at - self._late_due).total_seconds()
        self._late = self._late_due = None
        return [FeedRecovered(feed=self._feed, at=at, day=newest, late_s=late_s)]

    def _published(
        self, found: dict[tuple[Any, ...], MarketRow], at: datetime
    ) -> Iterator[WatchEvent]:
        prices = Counter(_day(row) for row in found.values() if row.price is not None)
        days = sorted(set(map(_day, found.values())))
        was_there = self.newest is None
        new = days[-1:] if self.newest is None else [day for day in days if day > self.newest]
        for day in new:
            yield DayPublished(
                feed=self._feed, at=at, day=day, prices=prices[day], was_there=was_there
            )
        self.newest = max(days[-1], self.newest or days[-1])

    def _corrected(
        self, found: dict[tuple[Any, ...], MarketRow], at: datetime
    ) -> Iterator[WatchEvent]:
        if self.newest is None:
            return
        for key, row in found.items():
            before = self._prices.get(key)
            old = None if before is None else before.price
            if row.start is None or row.price == old or _day(row) > self.newest:
                continue
            yield PriceCorrected(
                feed=self._feed, at=at, start=row.start, end=row.end, direction=row.direction,
                time_horizon=row.time_horizon, old=old, new=row.price, unit=row.price_unit,
            )  # fmt: skip


def _by_key(answer: Answer) -> Iterator[tuple[tuple[Any, ...], MarketRow]]:
    """Give each dated row by what it is about; rows that contradict each other are numbered."""
    doubles: Counter[tuple[Any, ...]] = Counter()
    for row in rows(answer):
        if row.start is None:
            continue
        key = (row.start, row.end, row.direction, row.product, row.time_horizon)
        yield (*key, doubles[key]), row
        doubles[key] += 1


def _day(row: MarketRow) -> date:
    if row.start is None:  # pragma: no cover - left out by `_by_key`
        raise ValueError("a row without a start is in no delivery day")
    return delivery_day_of(row.start, PARIS)
