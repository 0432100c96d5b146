"""Prices of an archive in the one form of all feeds, as `tidy.rows` gives those of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nanocorp_async._market_row import FEEDS, market_rows
from nanocorp_async.archiving.read import read_archive
from nanocorp_async.archiving.series import SERIES
from nanocorp_async.sheet.content import DaySheet, Source, describe
from nanocorp_async.sheet.reading import held_days
from nanocorp_async.tidy import in_order, per_hour_where_known

if TYPE_CHECKING:
    from datetime import date, datetime

    from energy_async.storage import PlaceLike
    from nanocorp_async.tidy import FeedName, MarketRow, PricePeriod


def archived_prices(
    place: PlaceLike,
    feed: FeedName,
    *,
    first: date | None = None,
    last: date | None = None,
    price_period: PricePeriod | None = None,
) -> tuple[list[MarketRow], datetime | None]:
    """Read prices as upstream last had them, and when the newest of them was first seen.

    Args:
        place: The archive.
        feed: Which feed.
        first: The first Paris delivery day; by default all there are.
        last: The last one, included.
        price_period: The time that a capacity price is for; prices are then given in EUR/MW/h.
    """
    kind = SERIES[feed].row_type
    names = list(kind.__struct_fields__)
    table = read_archive(place, feed, first=first, last=last, columns=[*names, "fetched_at"])
    seen = [one for one in table["fetched_at"].to_pylist() if one is not None]
    rows = [
        priced
        for row in table.select(names).to_pylist()
        for priced in market_rows(feed, kind(**row), price_period)
    ]
    return in_order(per_hour_where_known(rows)), max(seen, default=None)


def archived_sheet(
    place: PlaceLike, day: date, made_at: datetime, *, price_period: PricePeriod | None = None
) -> DaySheet:
    """Describe a Paris delivery day by what an archive holds of it; see `read_day`."""
    rows: list[MarketRow] = []
    sources = []
    for feed in FEEDS:
        found, seen = archived_prices(place, feed, first=day, last=day, price_period=price_period)
        rows += found
        sources.append(Source(feed, f"archive {place}", made_at, seen, held_days(found)))
    return describe(in_order(rows), sources, day, made_at=made_at)
