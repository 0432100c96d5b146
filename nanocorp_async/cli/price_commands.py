"""The commands `day-ahead`, `fcr`, `afrr`, `mfrr`, `capacity` and `energy`."""

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from energy_async.cli.formats import Format, Target, choose
from energy_async.cli.notes import log_verbosely, note
from energy_async.cli.options import FormatOption, OutputOption, VerboseOption
from energy_async.cli.output import emit, show, stdout_is_terminal, width_for
from energy_async.cli.screen import View, grid
from energy_async.delivery import PARIS, in_day, time_zone
from nanocorp_async import Nanocorp, tidy
from nanocorp_async.cli.access import EnvironmentOption, require_token
from nanocorp_async.cli.prices import (
    PRICES,
    Prices,
    extent,
    notes,
    panels,
    parse_day,
    parse_period,
    views,
)
from nanocorp_async.tidy import MarketRow

__all__ = ["add_price_commands"]

DayOption = Annotated[
    str | None,
    typer.Option(
        "--day", metavar="YYYY-MM-DD", show_default=False,
        help="Only this delivery day of Paris; what it lacks is told on standard error.",
    ),
]  # fmt: skip
ZoneOption = Annotated[
    str | None,
    typer.Option(
        "--tz", metavar="ZONE", show_default=False,
        help="Times in this zone, such as Europe/Paris. Default: UTC, in charts Europe/Paris.",
    ),
]  # fmt: skip
PlotOption = Annotated[
    Path | None,
    typer.Option(
        "--plot", metavar="FILE", show_default=False,
        help="Draw a chart: .png, .svg or .pdf. The rows are then written only with -o or -f.",
    ),
]  # fmt: skip
RecentOption = Annotated[
    bool,
    typer.Option("--recent", help="Energy: the most recent rows, in the finest steps."),
]
PeriodOption = Annotated[
    str | None,
    typer.Option(
        "--price-period", metavar="LENGTH", show_default=False,
        help="Capacity: the time that a price is for (15min, 1h, 4h, 1d, or row for as long as its"
        " row lasts), which is not documented;"
        " prices are then given in EUR/MW/h.",
    ),
]  # fmt: skip


class _Wish(NamedTuple):
    """What the options ask for."""

    day: date | None
    zone: str | None
    detail: tidy.Detail
    period: tidy.PricePeriod | None


def add_price_commands(app: typer.Typer) -> None:
    """Add the six commands."""
    for prices in PRICES:
        app.command(prices.command, help=_help(prices))(_command(prices))


def _help(prices: Prices) -> str:
    paragraphs = [
        prices.help,
        "The form is the same for all feeds: a row for each price.",
        "The period of a capacity price is not documented." if prices.has_capacity else "",
        prices.remark,
        f"Example: [bold]nanocorp {prices.command} --day 2026-10-25 --plot day.png[/]",
    ]
    return "\n\n".join(filter(None, paragraphs))


def _command(prices: Prices) -> Callable[..., None]:
    def command(
        *,
        day: DayOption = None,
        tz: ZoneOption = None,
        format_: FormatOption = None,
        output: OutputOption = None,
        plot: PlotOption = None,
        recent: RecentOption = False,
        price_period: PeriodOption = None,
        environment: EnvironmentOption = None,
        verbose: VerboseOption = False,
    ) -> None:
        if verbose:
            log_verbosely()
        wish = _Wish(
            parse_day(day) if day else None,
            tz,
            "recent" if recent else "chart",
            parse_period(price_period) if price_period else None,
        )
        time_zone(tz or PARIS)
        target = choose(format_, output, is_terminal=stdout_is_terminal())
        require_token()
        found = tidy.in_order(asyncio.run(_fetch(prices, environment, wish)))
        rows = found if wish.day is None else in_day(found, wish.day, PARIS)
        for text in notes(found, wish.day, prices.feeds):
            note(text)
        if plot is not None:
            _draw(rows, wish, plot)
        if plot is None or format_ or output:
            _write(rows, wish.zone, target)

    return command


async def _fetch(prices: Prices, environment: str | None, wish: _Wish) -> list[MarketRow]:
    async with Nanocorp.from_env(base_url=environment) as client:
        answers = [await call(client) for call in prices.calls]
    rows = [
        row
        for answer in answers
        for row in tidy.rows(answer, detail=wish.detail, price_period=wish.period)
    ]
    return [_converted(row) for row in rows]


def _converted(row: MarketRow) -> MarketRow:
    return row if row.price_period_s is None else tidy.per_hour([row])[0]


def _write(rows: list[MarketRow], zone: str | None, target: Target) -> None:
    if target.format is Format.TABLE:
        width = width_for(target)
        tables = [grid(tidy.to_arrow(found), view, width) for found, view in views(rows, zone)]
        show(*tables, path=target.path)
    else:
        emit(tidy.to_arrow(rows), View(title="", zone=zone), target)


def _draw(rows: list[MarketRow], wish: _Wish, path: Path) -> None:
    from energy_async.plot import draw_panels, save  # noqa: PLC0415 - slow, on demand

    zone = wish.zone or PARIS
    whole = extent(rows, wish.day, PARIS)
    source = "Prices as the French market feeds give them; where a line breaks, a value is missing"
    save(draw_panels(panels(rows), whole, zone, source=source), path)
