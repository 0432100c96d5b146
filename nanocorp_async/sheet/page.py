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
    from nanocorp_async.tidy import FeedName, PricePeriod

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
        EnergyApiError: No request was answered. One that fails alone is named on the page.
        ImportError: Jinja2 is not installed.
        ValueError: `price_period` is not positive.
    """
    environment("nanocorp_async.sheet")  # what is not installed is said before anything is asked
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
    sold = [one for one in part.series if one.contracted is not None]
    volumes = [_drawn(part, sheet, "contracted_volume_mw", "MW", sold)] if sold else []
    return [_drawn(part, sheet, "price", part.unit, part.series), *volumes]


def _drawn(
    part: Part, sheet: DaySheet, column: str, unit: str, series: Sequence[Series]
) -> tuple[str, str, Sequence[str]]:
    what = column.removesuffix("_mw").replace("_", " ")
    lines = [
        Line(
            _name(one),
            [
                (row.start, row.end, getattr(row, column))
                for row in one.rows
                if row.start and row.end
            ],
        )
        for one in series[:_MOST_LINES]
    ]
    chart = StepChart(
        key=f"{part.feed}-{column}",
        title=f"{TITLES[part.feed]}, {what} in {unit}, {sheet.day}",
        description=" ".join(map(_in_words, lines)),
        unit=unit,
        lines=lines,
        whole=sheet.whole,
        zone=PARIS,
    )
    more = len(series) - len(lines)
    rest = f" ({more} more in the tables)" if more else ""
    return f"{what.capitalize()}, {unit}{rest}", draw(chart), [line.name for line in lines]


def _in_words(line: Line) -> str:
    known = [value for _, _, value in line.periods if value is not None]
    if not known:
        return f"{line.name}: no value."
    return (
        f"{line.name}: {len(line.periods):,} values from {number(min(known))} to"
        f" {number(max(known))}; all are in the table below."
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
