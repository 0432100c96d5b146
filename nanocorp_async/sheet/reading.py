"""Reads all feeds at once; one that fails is told and holds the others up in nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anyio

from energy_async.delivery import PARIS, by_day
from energy_async.transport.errors import EnergyApiError
from nanocorp_async import market_feeds, tidy
from nanocorp_async.sheet.content import describe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import date, datetime

    from nanocorp_async._client import Nanocorp
    from nanocorp_async.sheet.content import DaySheet
    from nanocorp_async.tidy import Answer, FeedName, MarketRow

__all__ = ["CALLS", "Call", "Source", "held_days", "per_hour", "read_day", "read_feeds"]


class Call(NamedTuple):
    """A request that holds one or several feeds.

    Attributes:
        path: On the server.
        fetch: The endpoint function.
        feeds: What its answer holds.
    """

    path: str
    fetch: Callable[..., Awaitable[Any]]
    feeds: tuple[FeedName, ...]


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
    """

    feed: FeedName
    path: str
    asked_at: datetime
    fetched_at: datetime | None = None
    held: tuple[date, date] | None = None
    problem: str = ""


CALLS: Final = (
    Call("/api/day-ahead-prices", market_feeds.get_day_ahead_prices, ("day-ahead",)),
    Call(
        "/api/balancing-capacity",
        market_feeds.get_balancing_capacity,
        ("fcr-capacity", "afrr-capacity", "mfrr-capacity"),
    ),
    Call(
        "/api/balancing-energy",
        market_feeds.get_balancing_energy,
        ("afrr-energy", "mfrr-energy"),
    ),
)


async def read_day(
    client: Nanocorp,
    day: date,
    *,
    price_period: tidy.PricePeriod | None = None,
) -> DaySheet:
    """Ask the feeds, in three requests at once, and describe a Paris delivery day.

    The client's clock decides what is late, and stands on the page.

    Args:
        client: Of the feeds.
        day: The delivery day.
        price_period: The time that a capacity price is for, which is not documented; prices are
            then given in EUR/MW/h.

    Raises:
        EnergyApiError: No request was answered. One that fails alone is told in the result.
        ValueError: `price_period` is not positive.
    """
    rows, sources = await read_feeds(client, price_period=price_period)
    return describe(rows, sources, day, made_at=client.now())


async def read_feeds(
    client: Nanocorp,
    *,
    price_period: tidy.PricePeriod | None = None,
) -> tuple[list[MarketRow], list[Source]]:
    """Give all rows of all feeds, and where they come from.

    Raises:
        EnergyApiError: No request was answered.
        ValueError: `price_period` is not positive.
    """
    rows: list[MarketRow] = []
    sources: dict[FeedName, Source] = {}
    errors: list[EnergyApiError] = []

    async def read(call: Call) -> None:
        try:
            answer = await call.fetch(client)
        except EnergyApiError as exc:
            errors.append(exc)
            for feed in call.feeds:
                sources[feed] = Source(feed, call.path, client.now(), problem=str(exc))
            return
        found = _priced(answer, price_period)
        rows.extend(found)
        for feed in call.feeds:
            sources[feed] = _source(feed, call.path, answer, found, client.now())

    async with anyio.create_task_group() as group:
        for call in CALLS:
            group.start_soon(read, call)
    if len(errors) == len(CALLS):
        raise errors[0]
    return tidy.in_order(rows), [sources[feed] for call in CALLS for feed in call.feeds]


def held_days(rows: Sequence[MarketRow]) -> tuple[date, date] | None:
    """Give the oldest and the newest Paris delivery day of rows."""
    found = list(by_day(rows, PARIS))
    return (found[0], found[-1]) if found else None


def _priced(answer: Answer, price_period: tidy.PricePeriod | None) -> list[MarketRow]:
    return [per_hour(row) for row in tidy.rows(answer, price_period=price_period)]


def per_hour(row: MarketRow) -> MarketRow:
    """Give a price in EUR/MW/h where the time that it is for is known."""
    return row if row.price_period_s is None else tidy.per_hour([row])[0]


def _source(
    feed: FeedName,
    path: str,
    answer: Any,  # noqa: ANN401 - eight types
    found: Sequence[MarketRow],
    at: datetime,
) -> Source:
    part = getattr(answer, feed.partition("-")[0], None) if feed != "day-ahead" else answer
    if part is None:
        return Source(feed, path, at, problem="the answer does not hold this feed")
    held = held_days([row for row in found if row.feed == feed])
    return Source(feed, path, at, getattr(part, "latest_fetched_at_utc", None), held)
