"""The page: content, curves and tables put into the template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from energy_async.delivery import PARIS, time_zone
from energy_async.page import Line, StepChart, draw, environment, number
from nanocorp_async._market_row import TITLES
from nanocorp_async.sheet import findings, tables
from nanocorp_async.sheet.reading import read_day
from nanocorp_async.sheet.tables import clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from nanocorp_async._client import Nanocorp
    from nanocorp_async.sheet.content import DaySheet, Part, Series
    from nanocorp_async.tidy import FeedName, MarketRow, PricePeriod

_SOURCES: Final[dict[FeedName, str]] = {"day-ahead": "ENTSO-E Transparency Platform"}
_MOST_LINES: Final = 4


async def day_sheet(client: Nanocorp, day: date, *, price_period: PricePeriod | None = None) -> str:
    """Ask the feeds and give a Paris delivery day as an HTML page.

    The page needs nothing else: no script, nothing from elsewhere. Times are on Paris clocks.

    Args:
        client: Of the feeds; three requests are made.
        day: The delivery day. What the feeds do not hold of it is said on the page.
        price_period: The time that a capacity price is for, which is not documented; prices are
            then given in EUR/MW/h.

    Raises:
        EnergyApiError: No request was answered. One that fails alone is told on the page.
        ImportError: Jinja2 is not installed.
        ValueError: `price_period` is not positive.
    """
    environment("nanocorp_async.sheet")  # what is not installed is told before anything is asked
    return render(await read_day(client, day, price_period=price_period))


def render(sheet: DaySheet) -> str:
    """Make the page.

    Raises:
        ImportError: Jinja2 is not installed.
    """
    made = environment("nanocorp_async.sheet")
    made.filters |= {"clock": clock, "moment": _moment, "direction": _direction}
    return made.get_template("sheet.html.jinja").render(
        sheet=sheet,
        hours=round(sheet.whole.duration.total_seconds() / 3600),
        names=TITLES,
        sources=_SOURCES,
        parts={part.feed: part for part in sheet.parts},
        charts={part.feed: _charts(part, sheet) for part in sheet.parts if part.series},
        tables={
            part.feed: [(one, tables.table(one, sheet.day)) for one in part.series]
            for part in sheet.parts
        },
        findings=findings.findings(sheet),
        absences={part.feed: findings.about_absence(part, sheet.day) for part in sheet.parts},
    )


def _charts(part: Part, sheet: DaySheet) -> list[tuple[str, str, Sequence[str]]]:
    """Give heading, drawing and names of the lines: prices, and for capacity the volumes."""
    found = [_drawn(part, sheet, "price", part.unit, part.series)]
    sold = [one for one in part.series if one.contracted is not None]
    if sold:
        found.append(_drawn(part, sheet, "contracted_volume_mw", "MW", sold))
    return found


def _drawn(
    part: Part, sheet: DaySheet, column: str, unit: str, series: Sequence[Series]
) -> tuple[str, str, Sequence[str]]:
    what = column.removesuffix("_mw").replace("_", " ")
    shown = series[:_MOST_LINES]
    names = [_name(one) for one in shown]
    chart = StepChart(
        key=f"{part.feed}-{column}",
        title=f"{TITLES[part.feed]}, {what} in {unit}, {sheet.day}",
        description=" ".join(
            _in_words(name, [_at(row, column) for row in one.rows])
            for name, one in zip(names, shown, strict=True)
        ),
        unit=unit,
        lines=[Line(name, _periods(one, column)) for name, one in zip(names, shown, strict=True)],
        whole=sheet.whole,
        zone=PARIS,
    )
    more = len(series) - len(shown)
    rest = f" ({more} more in the tables)" if more else ""
    return f"{what.capitalize()}, {unit}{rest}", draw(chart), names


def _periods(series: Series, column: str) -> list[tuple[datetime, datetime, float | None]]:
    return [(row.start, row.end, _at(row, column)) for row in series.rows if row.start and row.end]


def _at(row: MarketRow, column: str) -> float | None:
    value: float | None = getattr(row, column)
    return value


def _in_words(label: str, values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"{label}: no value."
    return (
        f"{label}: {len(values):,} values from {number(min(known))} to {number(max(known))}; "
        "all are in the table below."
    )


def _name(series: Series) -> str:
    words = [_direction(series.direction), (series.time_horizon or "").lower()]
    daily = series.time_horizon in {None, "DAILY"}
    return " ".join(filter(None, words[:1] if daily else words)) or "price"


def _direction(text: str | None) -> str:
    return (text or "").lower()


def _moment(moment: datetime | None) -> str:
    """Write a moment in UTC and on Paris clocks."""
    if moment is None:
        return "not said"
    local = moment.astimezone(time_zone(PARIS))
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC ({local:%H:%M} in Paris)"
