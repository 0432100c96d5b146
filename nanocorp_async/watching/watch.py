"""A feed asked again and again, and what is new in its answers."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from energy_async.delivery import PARIS, delivery_day_of
from energy_async.transport.errors import EnergyApiError, NotSubscribed
from nanocorp_async.feeds import OPERATIONS, Validators, fetch, read
from nanocorp_async.publication import Timing
from nanocorp_async.tidy import rows
from nanocorp_async.watching.events import (
    DayPublished,
    FeedLate,
    FeedRecovered,
    PriceCorrected,
    WatchEvent,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from nanocorp_async._client import Nanocorp
    from nanocorp_async._market_row import FeedName, MarketRow
    from nanocorp_async.tidy import Answer

_AHEAD: Final = timedelta(days=7)
"""A day further ahead than this is a slip of upstream's."""
_logger = logging.getLogger("energy_async.feeds")


async def watch(
    client: Nanocorp, feed: FeedName, *, timing: Timing | None = None
) -> AsyncIterator[WatchEvent]:
    """Give what happens in a feed, as it is noticed, for as long as it is asked for.

    The first event is the newest delivery day that is there already. A day that is not published
    yet is no error, and neither is an outage: both end in `FeedLate` once the day is overdue, and
    in `FeedRecovered`. Between two events nothing is open: it may be cancelled or left at any time.

    Args:
        client: Sends the requests; not closed.
        feed: One of the six single feeds. Energy feeds are watched by their evenly spaced rows. A
            row that cannot be read is left out, and the log (`energy_async.feeds`) says so.
        timing: The clock, and how often to ask: often around the usual time, else rarely.

    Yields:
        `DayPublished`, `PriceCorrected`, `FeedLate` and `FeedRecovered`.

    Raises:
        NotSubscribed: The token has no active subscription.
        ValueError: There is no such feed.
    """
    if feed not in OPERATIONS:
        raise ValueError(f"unknown feed {feed!r}; there are {', '.join(OPERATIONS)}")
    operation, timing = OPERATIONS[feed], timing or Timing(now=client.now)
    watched = _Watched(feed, timing)
    validators, failures = Validators(), 0
    while True:
        events: list[WatchEvent] = []
        error: EnergyApiError | None = None
        try:
            reply, new = await fetch(client, operation, validators)
            reading = read(operation, reply) if reply else None
        except NotSubscribed:
            raise
        except EnergyApiError as exc:
            failures, error = failures + 1, exc
        else:
            failures, validators = 0, new
            if reading is not None:
                for path, why in reading.left_out:
                    _logger.warning("%s: %s left out: %s", feed, path, why)
                events += watched.answered(reading.answer, timing.now())
        events += watched.looked(timing.now(), str(error or ""))
        moment = timing.next_poll(feed, watched.newest, failures=failures, error=error)
        for event in events:
            yield event
        await timing.until(moment)


class _Watched:
    """What is known of one feed: the prices that it holds, and no more."""

    def __init__(self, feed: FeedName, timing: Timing) -> None:
        self._feed, self._grace = feed, timing.rhythm.grace
        self._publication = timing.publications[feed]
        self._prices: dict[tuple[Any, ...], MarketRow] = {}
        self._late_since: datetime | None = None
        self.newest: date | None = None

    def answered(self, answer: Answer, at: datetime) -> list[WatchEvent]:
        """Take an answer in; give what is new in it, in order of time."""
        limit = delivery_day_of(at, PARIS) + _AHEAD
        found = {key: row for key, row in _by_key(answer) if _day(row) <= limit}
        if not found:
            return []
        events: list[WatchEvent] = [*self._corrected(found, at), *self._published(found, at)]
        first = min(map(_day, found.values()))
        self._prices = {key: row for key, row in self._prices.items() if _day(row) >= first} | found
        return events

    def looked(self, at: datetime, reason: str = "") -> list[WatchEvent]:
        """Give whether the feed is late or has recovered, after an answer or a failure."""
        due = self._publication.newest_due(at)
        due_at, since = self._publication.due_at(due), self._late_since
        if self.newest is not None and self.newest >= due:
            self._late_since = None
            if since is None:
                return []
            late_s = (at - since).total_seconds()
            return [FeedRecovered(feed=self._feed, at=at, day=self.newest, late_s=late_s)]
        if since is None and (at - due_at).total_seconds() >= self._grace:
            self._late_since = due_at
            return [FeedLate(feed=self._feed, at=at, day=due, due_at=due_at, reason=reason)]
        return []

    def _published(
        self, found: dict[tuple[Any, ...], MarketRow], at: datetime
    ) -> Iterator[WatchEvent]:
        prices = Counter(_day(row) for row in found.values() if row.price is not None)
        days = sorted(set(map(_day, found.values())))
        was_there = self.newest is None
        for day in days[-1:] if self.newest is None else [one for one in days if one > self.newest]:
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
        if row.start is not None:
            key = (row.start, row.end, row.direction, row.product, row.time_horizon)
            yield (*key, doubles[key]), row
            doubles[key] += 1


def _day(row: MarketRow) -> date:
    assert row.start is not None  # noqa: S101 - see `_by_key`
    return delivery_day_of(row.start, PARIS)
