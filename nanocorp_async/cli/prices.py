"""The commands that show prices in one form: which feeds they ask, and what is drawn. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from energy_async.cli.screen import View, counted
from energy_async.delivery import PARIS, Interval, days, delivery_day, delivery_day_of, in_day
from energy_async.plot import Panel
from nanocorp_async import tidy
from nanocorp_async._market_row import FEEDS, TITLES
from nanocorp_async.feeds import GROUPS, OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from energy_async.cli.times import Range
    from energy_async.transport.request import Operation
    from nanocorp_async.tidy import MarketRow


PRICES: Final[Mapping[str, tuple[tidy.FeedName, ...]]] = {
    "day-ahead": ("day-ahead",),
    "fcr": ("fcr-capacity",),
    "afrr": ("afrr-capacity", "afrr-energy"),
    "mfrr": ("mfrr-capacity", "mfrr-energy"),
    "capacity": ("fcr-capacity", "afrr-capacity", "mfrr-capacity"),
    "energy": ("afrr-energy", "mfrr-energy"),
}
"""The feeds that each command shows, by its name."""

_ZERO: Final = "a zero may stand for no activation"
_COLUMNS: Final = (
    "start", "end", "direction", "price", "time_horizon", "contracted_volume_mw",
    "offered_volume_mw", "volume_mw",
)  # fmt: skip
_KEEP: Final = ("start", "direction", "price")
_PERIOD: Final = re.compile(r"(\d+)\s*(min|h|d)")
_LENGTHS: Final = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def operations(feeds: tuple[tidy.FeedName, ...]) -> list[Operation[Any]]:
    """Give the fewest requests that have these feeds."""
    for operation, found in GROUPS.values():
        if found == feeds:
            return [operation]
    return [OPERATIONS[feed] for feed in feeds]


def parse_period(text: str | None) -> tidy.PricePeriod | None:
    """Read the period of a capacity price; None if it is not said.

    Raises:
        ValueError: It is not a length such as 15min, 1h, 4h or 1d, and not the word row.
    """
    if text is None:
        return None
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
        title = f"{TITLES[feed]}, France"
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
            TITLES[feed],
            "France" + (f"  ·  {_ZERO}" if any(row.is_doubtful_zero for row in found) else ""),
            found[0].price_unit,
            _lines(found),
        )
        for feed, found in _by_feed(row for row in rows if row.start and row.end)
    ]


def inside(rows: Sequence[MarketRow], span: Range | None) -> list[MarketRow]:
    """Give the rows that start in a range; all where there is none."""
    if span is None:
        return list(rows)
    return [row for row in rows if row.start and span.start <= row.start < span.end]


def extent(rows: Sequence[MarketRow], span: Range | None) -> Interval:
    """Give the time that a chart covers: what was asked for, or all that there is.

    Raises:
        ValueError: There is nothing to draw.
    """
    periods = [(row.start, row.end) for row in rows if row.start and row.end]
    if not periods:
        raise ValueError("there is nothing to draw: no row has a time")
    if span is not None:
        return Interval(span.start, span.end)
    return Interval(min(start for start, _ in periods), max(end for _, end in periods))


def notes(
    rows: Sequence[MarketRow], span: Range | None, feeds: Sequence[tidy.FeedName]
) -> list[str]:
    """Say what is missing, feed by feed: rows, prices, or periods of the delivery days."""
    there = dict(_by_feed(rows))
    return [text for feed in feeds for text in _about(feed, there.get(feed, []), span)]


def _about(feed: tidy.FeedName, there: Sequence[MarketRow], span: Range | None) -> Iterator[str]:
    if not there:
        yield f"{feed}: the feed holds no rows"
        return
    found = inside(there, span)
    if not found:
        yield f"{feed}: no rows for {_name(span)}{_span(there)}"
    if unknown := sum(row.price is None for row in found):
        yield f"{feed}: {counted(unknown, 'row')} of {len(found):,} without a price"
    if not found or span is None:
        return
    whole = [day for day in days(span.start, span.end, PARIS) if _is_whole(day, span)]
    by_day = {day: in_day(found, day, PARIS) for day in whole}
    lacking = [day for day, rows in by_day.items() if not rows]
    if lacking:
        yield f"{feed}: no rows on {len(lacking)} of {len(whole)} days, first on {lacking[0]}"
    for day, rows in by_day.items():
        yield from (_incomplete(rows, day, with_day=len(whole) > 1) if rows else ())


def _is_whole(day: date, span: Range) -> bool:
    start, end = delivery_day(day, PARIS)
    return span.start <= start and end <= span.end


def _name(span: Range | None) -> str:
    """Write a range; a single delivery day as its date."""
    if span is None:
        return "any time"
    day = delivery_day_of(span.start, PARIS)
    return f"{day}" if delivery_day(day, PARIS) == (span.start, span.end) else f"{span}"


def _span(held: Sequence[MarketRow]) -> str:
    starts = [row.start for row in held if row.start]
    if not starts:
        return ""
    return f"; rows start from {min(starts):%Y-%m-%d %H:%M} to {max(starts):%Y-%m-%d %H:%M} UTC"


def _incomplete(found: Sequence[MarketRow], day: date, *, with_day: bool) -> Iterator[str]:
    report = tidy.completeness(found, day)
    for key, found_of in report.series.items():
        state = found_of._replace(unknown=0)  # those are counted already
        if not state.complete:
            on_day = f"{day}: " if with_day else ""
            yield f"{' '.join(filter(None, key))}: {on_day}{state}"


def _by_feed(rows: Any) -> Iterator[tuple[tidy.FeedName, list[MarketRow]]]:  # noqa: ANN401
    ordered = sorted(rows, key=lambda row: FEEDS.index(row.feed))
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
