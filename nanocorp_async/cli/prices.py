"""The commands that show prices in one form: which feeds they ask, and what is drawn. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.cli.screen import View, counted
from energy_async.delivery import Interval, delivery_day
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
        feeds: The endpoint functions that it calls.
        remark: What to mind.
        has_capacity: Whether there are prices whose period is not documented.
    """

    command: str
    help: str
    feeds: tuple[Callable[..., Awaitable[Any]], ...]
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
    "start", "end", "direction", "time_horizon", "price", "contracted_volume_mw",
    "offered_volume_mw", "volume_mw",
)  # fmt: skip
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


def parse_period(text: str) -> timedelta:
    """Read the period of a capacity price.

    Raises:
        ValueError: It is not a length such as 15min, 1h, 4h or 1d.
    """
    found = _PERIOD.fullmatch(text.strip())
    try:
        length = int(found[1]) * _LENGTHS[found[2]] if found else timedelta(0)
    except OverflowError:
        length = timedelta(0)
    if not length:
        raise ValueError(f"--price-period: expected 15min, 1h, 4h or 1d, got {text!r}")
    return length


def views(rows: Sequence[MarketRow], zone: str | None) -> Iterator[tuple[list[MarketRow], View]]:
    """Give the rows of each feed, and how they are shown."""
    for feed, found in _by_feed(rows):
        caption = _ZERO if any(row.is_doubtful_zero for row in found) else ""
        columns = [name for name in _COLUMNS if any(getattr(row, name) for row in found)]
        if "price" not in columns:
            columns.append("price")
        title = f"{_NAMES[feed]}, France"
        yield found, View(title=title, columns=columns, zone=zone, caption=caption, newest=True)


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


def notes(
    rows: Sequence[MarketRow], day: date | None, *, all_rows: Sequence[MarketRow]
) -> list[str]:
    """Say what is missing: rows, prices, or periods of the delivery day."""
    if not all_rows:
        return ["the feed holds no rows"]
    if not rows:
        held = [row.start for row in all_rows if row.start]
        what = f"rows start from {min(held):%Y-%m-%d %H:%M} to {max(held):%Y-%m-%d %H:%M} UTC"
        return [f"no rows for {day}" + (f"; {what}" if held else "")]
    unknown = sum(row.price is None for row in rows)
    found = [f"{counted(unknown, 'row')} of {len(rows):,} without a price"] if unknown else []
    return found + (_incomplete(rows, day) if day is not None else [])


def _incomplete(rows: Sequence[MarketRow], day: date) -> list[str]:
    report = tidy.completeness([row for row in rows if row.start and row.end], day)
    return [
        f"{' '.join(filter(None, key))}: {state}"
        for key, state in report.series.items()
        if not state.complete
    ]


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
        "day-ahead", "Day-ahead prices of France in EUR/MWh.", (market_feeds.get_day_ahead_prices,)
    ),
    Prices("fcr", "FCR capacity of France.", (market_feeds.get_fcr_capacity,), has_capacity=True),
    Prices(
        "afrr",
        "aFRR of France: capacity, and energy in EUR/MWh.",
        (market_feeds.get_afrr_capacity, market_feeds.get_afrr_energy),
        has_capacity=True,
    ),
    Prices(
        "mfrr",
        "mFRR of France: capacity, and energy in EUR/MWh.",
        (market_feeds.get_mfrr_capacity, market_feeds.get_mfrr_energy),
        _MIND,
        has_capacity=True,
    ),
    Prices(
        "capacity",
        "FCR, aFRR and mFRR capacity of France.",
        (market_feeds.get_balancing_capacity,),
        has_capacity=True,
    ),
    Prices(
        "energy",
        "aFRR and mFRR energy prices of France in EUR/MWh.",
        (market_feeds.get_balancing_energy,),
        _MIND,
    ),
)
