"""What stands on a day sheet, as values: series, their figures, their state. Pure."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, get_args

from energy_async import market
from energy_async.delivery import PARIS, delivery_day, in_day
from nanocorp_async import tidy
from nanocorp_async.publication import Absence, absence, expected_by
from nanocorp_async.tidy import FeedName

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from energy_async.completeness import Completeness
    from energy_async.delivery import Interval
    from energy_async.market import Spread, Value
    from nanocorp_async.tidy import MarketRow

State: TypeAlias = Literal["complete", "incomplete", "no answer"] | Absence
"""How a delivery day stands in a feed: all there with a price each, not all there, not at all."""

_SPREAD_HOURS: Final = (1, 2, 4)


class Source(NamedTuple):
    """Where the rows of a feed come from.

    Attributes:
        feed: The feed.
        path: What was asked.
        asked_at: When the answer came, aware.
        fetched_at: When the vendor fetched the feed from its source, as the vendor says; day-ahead
            prices do not say it.
        held: The oldest and the newest Paris delivery day that the feed holds; None for no rows.
        problem: Why there is nothing; empty if there was an answer.
        unreadable: What of the answer cannot be read and is left out; empty if all can.
    """

    feed: FeedName
    path: str
    asked_at: datetime
    fetched_at: datetime | None = None
    held: tuple[date, date] | None = None
    problem: str = ""
    unreadable: str = ""


class Series(NamedTuple):
    """The rows of one feed, direction and time horizon in the delivery day.

    Attributes:
        direction: As upstream says it; None for day-ahead prices.
        time_horizon: As upstream says it; of capacity only.
        rows: In order of time; those without an end are left out here and counted by `periods`.
        periods: What is missing and what is there twice.
        unknown: How many rows have no price.
        zeros: How many have a price of zero.
        low: The row with the lowest price; the first of several.
        high: The row with the highest price.
        mean: Of the prices, weighted by time; None where none is known, or where rows overlap.
        mean_without_zeros: The same of the prices that are not zero.
        contracted: Mean of the contracted volume in MW, weighted by time.
        offered: Mean of the offered volume in MW.
    """

    direction: str | None
    time_horizon: str | None
    rows: Sequence[MarketRow]
    periods: Completeness
    unknown: int
    zeros: int
    low: MarketRow | None
    high: MarketRow | None
    mean: float | None
    mean_without_zeros: float | None
    contracted: float | None
    offered: float | None

    @property
    def complete(self) -> bool:
        """Whether every period is there once and has a price, and not all of them are zero."""
        return self.periods.complete


class Part(NamedTuple):
    """A feed in the delivery day.

    Attributes:
        feed: The feed.
        source: Where it comes from.
        state: How the day stands.
        expected_by: When the day could be expected, by habit (see `publication`).
        unit: Of the prices.
        series: By direction and time horizon; upward before downward.
        spreads: Of day-ahead prices: hours, and what the dearest and the cheapest ones cost.
    """

    feed: FeedName
    source: Source
    state: State
    expected_by: datetime
    unit: str
    series: Sequence[Series]
    spreads: Sequence[tuple[int, Spread]] = ()


class DaySheet(NamedTuple):
    """A delivery day.

    Attributes:
        day: The Paris delivery day.
        whole: From when to when, in UTC.
        made_at: When this was put together.
        parts: The six feeds.
    """

    day: date
    whole: Interval
    made_at: datetime
    parts: Sequence[Part]

    @property
    def complete(self) -> bool:
        """Whether every feed is complete."""
        return all(part.state == "complete" for part in self.parts)

    @property
    def empty(self) -> bool:
        """Whether no feed holds a row of the day."""
        return not any(part.series for part in self.parts)


def describe(
    rows: Sequence[MarketRow], sources: Sequence[Source], day: date, *, made_at: datetime
) -> DaySheet:
    """Describe a Paris delivery day.

    Args:
        rows: Of any days and feeds; those of other days are left out.
        sources: One for each feed.
        day: The delivery day.
        made_at: Aware; decides what is late.
    """
    whole = delivery_day(day, PARIS)
    by_feed: dict[FeedName, list[MarketRow]] = {feed: [] for feed in get_args(FeedName)}
    for row in in_day(rows, day, PARIS):
        by_feed[row.feed].append(row)
    parts = [_part(one, by_feed[one.feed], day, made_at) for one in sources]
    return DaySheet(day, whole, made_at, parts)


def _part(source: Source, found: list[MarketRow], day: date, now: datetime) -> Part:
    feed = source.feed
    series = list(_series(found, day))
    spreads = _spreads(series[0], day) if feed == "day-ahead" and series else []
    unit = found[0].price_unit if found else ""
    state = _state(source, series, day, now)
    return Part(feed, source, state, expected_by(feed, day), unit, series, spreads)


def _state(source: Source, series: Sequence[Series], day: date, now: datetime) -> State:
    if source.problem:
        return "no answer"
    if not series:
        return absence(source.feed, day, source.held, now)
    whole = all(one.complete for one in series) and not source.unreadable
    return "complete" if whole else "incomplete"


def _series(found: list[MarketRow], day: date) -> Iterator[Series]:
    reports = tidy.completeness(found, day).series
    # Upward before downward.
    upwards = sorted(reports, key=lambda key: key[1] or "", reverse=True)
    for _, direction, horizon in sorted(upwards, key=lambda key: key[2] or ""):
        rows = [row for row in found if (row.direction, row.time_horizon) == (direction, horizon)]
        yield _one(direction, horizon, rows, reports[found[0].feed, direction, horizon])


def _one(
    direction: str | None, horizon: str | None, rows: list[MarketRow], periods: Completeness
) -> Series:
    dated = [row for row in rows if row.start and row.end and row.start < row.end]
    known = [(row.price, row) for row in dated if row.price is not None]
    return Series(
        direction=direction,
        time_horizon=horizon,
        rows=dated,
        periods=periods,
        unknown=sum(row.price is None for row in rows),
        zeros=sum(row.price == 0 for row in rows),
        low=min(known, key=lambda one: one[0], default=(0, None))[1],
        high=max(known, key=lambda one: one[0], default=(0, None))[1],
        mean=_mean(dated, "price"),
        mean_without_zeros=_mean([row for row in dated if row.price != 0], "price"),
        contracted=_mean(dated, "contracted_volume_mw"),
        offered=_mean(dated, "offered_volume_mw"),
    )


def _values(rows: Sequence[MarketRow], column: str) -> list[Value]:
    """Give a series; an empty one where rows overlap, since nobody knows which of them is right."""
    with suppress(ValueError):
        return market.series(rows, column)
    return []


def _mean(rows: Sequence[MarketRow], column: str) -> float | None:
    values = _values(rows, column)
    if not values:
        return None
    over = market.Value(values[0].start, max(one.end for one in values), None)
    return market.beside([over], values)[0].right


def _spreads(series: Series, day: date) -> list[tuple[int, Spread]]:
    values = _values(series.rows, "price")
    if len({one.end - one.start for one in values}) != 1:
        return []
    length = values[0].end - values[0].start
    counts = [(hours, timedelta(hours=hours) // length) for hours in _SPREAD_HOURS]
    return [(hours, market.spread(values, day, PARIS, count)) for hours, count in counts if count]
