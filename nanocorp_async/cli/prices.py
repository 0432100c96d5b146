"""The commands that show prices in one form: which feeds they ask, and what is drawn. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.cli.screen import View, counted
from energy_async.delivery import PARIS, Interval, delivery_day, in_day
from energy_async.plot import Panel
from nanocorp_async import market_feeds, tidy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import tzinfo

    from nanocorp_async.tidy import MarketRow

__all__ = [
    "PRICES",
    "Prices",
    "extent",
    "notes",
    "panels",
    "parse_day",
    "parse_period",
    "views",
]


class Prices(NamedTuple):
    """One command.

    Attributes:
        command: Its name.
        help: What it gives.
        calls: The endpoint functions that it calls.
        feeds: The feeds that the answers hold.
        remark: What to mind.
        has_capacity: Whether there are prices whose period is not documented.
    """

    command: str
    help: str
    calls: tuple[Callable[..., Awaitable[Any]], ...]
    feeds: tuple[tidy.FeedName, ...]
    remark: str = ""
    has_capacity: bool = False


_ZERO: Final = "a zero may stand for no activation"
_MIND: Final = f"Mind: in mFRR energy {_ZERO}."
_NAMES: Final = {
    "day-ahead": "Day-ahead prices",
    "fcr-capacity": "FCR capacity",
    "afrr-capacity": "aFRR capacity",
    "mfrr-capacity": "mFRR capacity",
    "afrr-energy": "aFRR energy",
    "mfrr-energy": "mFRR energy",
}
_COLUMNS: Final = (
    "start", "end", "direction", "price", "time_horizon", "contracted_volume_mw",
    "offered_volume_mw", "volume_mw",
)  # fmt: skip
_KEEP: Final = ("start", "direction", "price")
_PERIOD: Final = re.compile(r"(\d+)\s*(min|h|d)")
_LENGTHS: Final = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def parse_day(text: str) -> date:
    """Read a delivery day.

    Raises:
        ValueError: It is not a day such as 2026-10-25.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise ValueError(f"--day: expected a day such as 2026-10-25, got {text!r}") from exc


def parse_period(text: str) -> tidy.PricePeriod:
    """Read the period of a capacity price.

    Raises:
        ValueError: It is not a length such as 15min, 1h, 4h or 1d, and not the word row.
    """
    if text.strip() == "row":
        return "row"
    found = _PERIOD.fullmatch(text.strip())
    try:
        length = int(found[1]) * _LENGTHS[found[2]] if found else timedelta(0)
    except OverflowError:
        length = timedelta(0)
    if not length:
        raise ValueError(f"--price-period: expected 15min, 1h, 4h, 1d or row, got {text!r}")
    return length


def views(rows: Sequence[MarketRow], zone: str | None) -> Iterator[tuple[list[MarketRow], View]]:
    """Give the rows of each feed, and how they are shown."""
    for feed, found in _by_feed(rows):
        caption = _ZERO if any(row.is_doubtful_zero for row in found) else ""
        columns = [
            name
            for name in _COLUMNS
            if name == "price" or any(getattr(row, name) is not None for row in found)
        ]
        title = f"{_NAMES[feed]}, France"
        yield (
            found,
            View(title=title, columns=columns, zone=zone, caption=caption, newest=True, keep=_KEEP),
        )


def panels(rows: Sequence[MarketRow]) -> list[Panel]:
    """Give a panel for each feed, with a line for each direction and time horizon.

    Rows without a start or end have no place in a chart.
    """
    return [
        Panel(
            _NAMES[feed],
            "France" + (f"  ·  {_ZERO}" if any(row.is_doubtful_zero for row in found) else ""),
            found[0].price_unit,
            _lines(found),
        )
        for feed, found in _by_feed(row for row in rows if row.start and row.end)
    ]


def extent(rows: Sequence[MarketRow], day: date | None, zone: str | tzinfo) -> Interval:
    """Give the time that a chart covers: the delivery day, or all that there is.

    Raises:
        ValueError: There is nothing to draw.
    """
    periods = [(row.start, row.end) for row in rows if row.start and row.end]
    if not periods:
        raise ValueError("there is nothing to draw: no row has a time")
    if day is not None:
        return delivery_day(day, zone)
    return Interval(min(start for start, _ in periods), max(end for _, end in periods))


def notes(rows: Sequence[MarketRow], day: date | None, feeds: Sequence[tidy.FeedName]) -> list[str]:
    """Say what is missing, feed by feed: rows, prices, or periods of the delivery day."""
    held = dict(_by_feed(rows))
    return [text for feed in feeds for text in _about(feed, held.get(feed, []), day)]


def _about(feed: tidy.FeedName, held: Sequence[MarketRow], day: date | None) -> Iterator[str]:
    if not held:
        yield f"{feed}: the feed holds no rows"
        return
    found = held if day is None else in_day(held, day, PARIS)
    if not found:
        yield f"{feed}: no rows for {day}{_span(held)}"
    if unknown := sum(row.price is None for row in found):
        yield f"{feed}: {counted(unknown, 'row')} of {len(found):,} without a price"
    if found and day is not None:
        yield from _incomplete(found, day)


def _span(held: Sequence[MarketRow]) -> str:
    starts = [row.start for row in held if row.start]
    if not starts:
        return ""
    return f"; rows start from {min(starts):%Y-%m-%d %H:%M} to {max(starts):%Y-%m-%d %H:%M} UTC"


def _incomplete(found: Sequence[MarketRow], day: date) -> Iterator[str]:
    report = tidy.completeness(found, day)
    for key, found_of in report.series.items():
        state = found_of._replace(unknown=0)  # those are counted already
        if not state.complete:
            yield f"{' '.join(filter(None, key))}: {state}"


def _by_feed(rows: Any) -> Iterator[tuple[tidy.FeedName, list[MarketRow]]]:  # noqa: ANN401
    ordered = sorted(rows, key=lambda row: list(_NAMES).index(row.feed))
    for feed, found in groupby(ordered, key=lambda row: row.feed):
        yield feed, list(found)


def _lines(found: Sequence[MarketRow]) -> dict[str, list[tuple[Any, Any, float | None]]]:
    lines: dict[str, list[tuple[Any, Any, float | None]]] = {}
    horizons = {row.time_horizon for row in found}
    for row in sorted(found, key=lambda row: row.direction or "", reverse=True):
        words = [row.direction, row.time_horizon if len(horizons) > 1 else None]
        name = " ".join(filter(None, words)).lower() or "price"
        lines.setdefault(name, []).append((row.start, row.end, row.price))
    return lines


PRICES: Final = (
    Prices(
        "day-ahead",
        "Day-ahead prices of France in EUR/MWh.",
        (market_feeds.get_day_ahead_prices,),
        ("day-ahead",),
    ),
    Prices(
        "fcr",
        "FCR capacity of France.",
        (market_feeds.get_fcr_capacity,),
        ("fcr-capacity",),
        has_capacity=True,
    ),
    Prices(
        "afrr",
        "aFRR of France: capacity, and energy in EUR/MWh.",
        (market_feeds.get_afrr_capacity, market_feeds.get_afrr_energy),
        ("afrr-capacity", "afrr-energy"),
        has_capacity=True,
    ),
    Prices(
        "mfrr",
        "mFRR of France: capacity, and energy in EUR/MWh.",
        (market_feeds.get_mfrr_capacity, market_feeds.get_mfrr_energy),
        ("mfrr-capacity", "mfrr-energy"),
        _MIND,
        has_capacity=True,
    ),
    Prices(
        "capacity",
        "FCR, aFRR and mFRR capacity of France.",
        (market_feeds.get_balancing_capacity,),
        ("fcr-capacity", "afrr-capacity", "mfrr-capacity"),
        has_capacity=True,
    ),
    Prices(
        "energy",
        "aFRR and mFRR energy prices of France in EUR/MWh.",
        (market_feeds.get_balancing_energy,),
        ("afrr-energy", "mfrr-energy"),
        _MIND,
    ),
)
