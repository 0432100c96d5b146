"""The commands `day-ahead`, `fcr`, `afrr`, `mfrr`, `capacity` and `energy`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from energy_async.cli import clock
from energy_async.cli.commands import without
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import Format, Target, check_suffix
from energy_async.cli.notes import note
from energy_async.cli.options import Output, WhenOrDay
from energy_async.cli.output import emit, show, width_for
from energy_async.cli.screen import View, grid
from energy_async.cli.times import Range
from energy_async.delivery import PARIS, time_zone
from energy_async.transport.request import Operation, Request
from nanocorp_async import Nanocorp, tidy
from nanocorp_async.cli.access import Feeds
from nanocorp_async.cli.prices import (
    PRICES,
    extent,
    inside,
    notes,
    operations,
    panels,
    parse_period,
    views,
)
from nanocorp_async.tidy import MarketRow

ZoneOption = Annotated[
    str | None,
    typer.Option(
        "--tz", metavar="ZONE",
        help="Times in this zone, such as Europe/Paris. Default: UTC, in charts Europe/Paris.",
    ),
]  # fmt: skip
PeriodOption = Annotated[
    str | None,
    typer.Option(
        "--price-period", metavar="LENGTH",
        help="Capacity: the time that a price is for (15min, 1h, 4h, 1d, or row for as long as its"
        " row lasts), which is not documented;"
        " prices are then given in EUR/MW/h.",
    ),
]  # fmt: skip


_FORM = (
    "The form is the same for all feeds: a row for each price. With a time, only rows that start in"
    " it; what it lacks is said on standard error. Ends with code 3 if there is nothing to show."
)


def command_of(name: str, summary: str) -> Callable[..., None]:
    """Make the command of some prices."""
    feeds_shown = PRICES[name]
    has_energy = any(feed.endswith("energy") for feed in feeds_shown)
    has_capacity = any(feed.endswith("capacity") for feed in feeds_shown)

    def command(
        *,
        when: WhenOrDay,
        tz: ZoneOption = None,
        out: Output,
        plot: Annotated[
            Path | None,
            typer.Option(
                "--plot", metavar="FILE",
                help="Draw a chart: .png, .svg or .pdf. The rows are then written only with -o or"
                " -f.",
            ),
        ] = None,
        recent: Annotated[
            bool,
            typer.Option("--recent", help="Energy: the most recent rows, in the finest steps."),
        ] = False,
        price_period: PeriodOption = None,
        feeds: Feeds,
    ) -> None:  # fmt: skip
        target, span = out.target(), when.given(PARIS, clock.now())
        period = parse_period(price_period)
        time_zone(PARIS if tz is None else tz)
        if plot is not None:
            check_suffix(plot, ".png", ".svg", ".pdf")
        answers = feeds.run(partial(_ask, operations(feeds_shown)))
        detail: tidy.Detail = "recent" if recent else "chart"
        given = [
            row for one in answers for row in tidy.rows(one, detail=detail, price_period=period)
        ]
        found = tidy.in_order(tidy.per_hour_where_known(given))
        rows = inside(found, span)
        for text in notes(found, span, feeds_shown):
            note(text)
        if not rows:
            raise typer.Exit(ExitCode.INCOMPLETE)
        if plot is not None:
            draw(rows, span, tz, plot)
        if plot is None or out.format_ or out.output:
            write(rows, tz, target)

    command.__doc__ = "\n\n".join(
        filter(
            None,
            (
                summary,
                _FORM,
                "The period of a capacity price is not documented." if has_capacity else "",
                "Mind: in mFRR energy a zero may stand for no activation."
                if "mfrr-energy" in feeds_shown
                else "",
                f"Example: nanocorp {name} yesterday --plot day.png",
            ),
        )
    )
    needless = {"recent": has_energy, "price_period": has_capacity}
    return without(command, *(option for option, needed in needless.items() if not needed))


async def _ask(wanted: list[Operation[tidy.Answer]], client: Nanocorp) -> list[tidy.Answer]:
    return [await client.send(Request(one)) for one in wanted]


def write(rows: list[MarketRow], zone: str | None, target: Target) -> None:
    """Write prices: as tables for people, else all in one form."""
    if target.format is Format.TABLE:
        width = width_for(target)
        tables = [grid(tidy.to_arrow(found), view, width) for found, view in views(rows, zone)]
        show(*tables, path=target.path)
    else:
        emit(tidy.to_arrow(rows), View(title="", zone=zone), target)


def draw(rows: list[MarketRow], span: Range | None, tz: str | None, path: Path) -> None:
    """Draw prices in panels under each other."""
    from energy_async.plot import draw_panels, save  # noqa: PLC0415 - slow, on demand

    source = "Prices as the French market feeds give them; where a line breaks, a value is missing"
    save(draw_panels(panels(rows), extent(rows, span), tz or PARIS, source=source), path)
