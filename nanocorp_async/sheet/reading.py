"""Asks for all feeds at once; a request that fails costs its own feeds alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from energy_async.delivery import PARIS, by_day
from energy_async.transport.errors import EnergyApiError
from nanocorp_async import tidy
from nanocorp_async.feeds import GROUPS, Validators, fetch, read
from nanocorp_async.sheet.content import DaySheet, Source, describe
from nanocorp_async.tolerant import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from nanocorp_async._client import Nanocorp
    from nanocorp_async.tidy import FeedName, MarketRow


async def read_day(
    client: Nanocorp, day: date, *, price_period: tidy.PricePeriod | None = None
) -> DaySheet:
    """Ask for the feeds, in three requests at once, and describe a Paris delivery day.

    The client's clock decides what is late, and stands on the page.

    Args:
        client: Of the feeds.
        day: The delivery day.
        price_period: The time that a capacity price is for, which is not documented; prices are
            then given in EUR/MW/h.

    Raises:
        EnergyApiError: No request was answered. One that fails alone is named in the result.
        ValueError: `price_period` is not positive.
    """
    rows, sources = await read_feeds(client, price_period=price_period)
    return describe(rows, sources, day, made_at=client.now())


async def read_feeds(
    client: Nanocorp, *, price_period: tidy.PricePeriod | None = None
) -> tuple[list[MarketRow], list[Source]]:
    """Give all rows of all feeds, and where they come from.

    Raises:
        EnergyApiError: No request was answered.
        ValueError: `price_period` is not positive.
    """
    rows: list[MarketRow] = []
    sources: dict[FeedName, Source] = {}
    errors: list[EnergyApiError] = []

    async def ask(name: str) -> None:
        operation, feeds = GROUPS[name]
        try:
            reply, _ = await fetch(client, operation, Validators())
            assert reply is not None  # noqa: S101 - the request was not conditional
            reading = read(operation, reply)
        except EnergyApiError as exc:
            errors.append(exc)
            for feed in feeds:
                sources[feed] = Source(feed, operation.path, client.now(), problem=str(exc))
            return
        found = tidy.per_hour_where_known(tidy.rows(reading.answer, price_period=price_period))
        rows.extend(found)
        there = tidy.parts(reading.answer)
        for feed in feeds:
            inside = f"$.{feed.partition('-')[0]}." if len(feeds) > 1 else "$"
            sources[feed] = Source(
                feed,
                operation.path,
                client.now(),
                getattr(there.get(feed), "latest_fetched_at_utc", None),
                held_days([row for row in found if row.feed == feed]),
                "" if feed in there else "the answer does not hold this feed",
                in_words([one for one in reading.left_out if one.path.startswith(inside)]),
            )

    async with anyio.create_task_group() as group:
        for name in GROUPS:
            group.start_soon(ask, name)
    if len(errors) == len(GROUPS):
        raise errors[0]
    return tidy.in_order(rows), [sources[feed] for _, feeds in GROUPS.values() for feed in feeds]


def held_days(rows: Sequence[MarketRow]) -> tuple[date, date] | None:
    """Give the oldest and the newest Paris delivery day of rows."""
    found = list(by_day(rows, PARIS))
    return (found[0], found[-1]) if found else None
