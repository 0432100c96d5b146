"""`nanocorp archive show`, `plot` and `export`: what was kept, without asking the feeds."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import check_suffix
from energy_async.cli.notes import note
from energy_async.cli.options import Output, WhenOrDay
from energy_async.cli.output import emit
from energy_async.cli.screen import View
from energy_async.cli.times import Range
from energy_async.delivery import PARIS, days
from nanocorp_async._market_row import FEEDS
from nanocorp_async.archiving.prices import archived_prices
from nanocorp_async.archiving.read import archive_gaps, read_archive
from nanocorp_async.archiving.series import SERIES, SeriesName
from nanocorp_async.cli.archive_commands import FeedChoice, FeedsOption
from nanocorp_async.cli.price_commands import PeriodOption, ZoneOption, draw, write
from nanocorp_async.cli.prices import inside, parse_period
from nanocorp_async.tidy import MarketRow, in_order

PlaceArgument = Annotated[
    str, typer.Argument(metavar="PLACE", help="The archive: a folder, or a URL.")
]


def show(
    place: PlaceArgument,
    *,
    feed: FeedsOption = None,
    when: WhenOrDay,
    tz: ZoneOption = None,
    price_period: PeriodOption = None,
    out: Output,
) -> None:
    """Show prices of an archive in one form, as upstream last had them; it asks nothing.

    What is missing for good is said on standard error. Ends with code 3 if there is nothing.

    Example: nanocorp archive show prices/ --feed day-ahead yesterday -o day.csv
    """
    target, span = out.target(), when.given(PARIS, clock.now())
    write(_rows(place, feed, span, price_period), tz, target)


def plot(
    place: PlaceArgument,
    *,
    feed: FeedsOption = None,
    when: WhenOrDay,
    tz: ZoneOption = None,
    price_period: PeriodOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="A .png, .svg or .pdf.")
    ],
) -> None:
    """Draw prices of an archive, a panel for each feed; lines break where there is none.

    Example: nanocorp archive plot prices/ --feed day-ahead last-7-days -o week.png
    """
    check_suffix(output, ".png", ".svg", ".pdf")
    span = when.given(PARIS, clock.now())
    draw(_rows(place, feed, span, price_period), span, tz, output)
    typer.echo(f"chart in {output}")


def export(
    place: PlaceArgument,
    *,
    series: Annotated[
        str, typer.Option(metavar="NAME", help=f"Which rows: {', '.join(SERIES)}.")
    ] = "day-ahead",
    when: WhenOrDay,
    revisions: Annotated[
        bool, typer.Option("--revisions", help="Rows that were corrected or replaced as well.")
    ] = False,
    out: Output,
) -> None:
    """Write rows of an archive under upstream's own names, and when each was first seen.

    Whole Paris delivery days: all that the time touches.

    Example: nanocorp archive export prices/ --series fcr-capacity --month 2026-10 -o fcr.xlsx
    """
    target, span = out.target(), when.given(PARIS, clock.now())
    if series not in SERIES:
        raise ValueError(f"--series: no series {series!r}; there are {', '.join(SERIES)}")
    (name,) = (one for one in SERIES if one == series)
    first, last = _days(span)
    table = read_archive(place, name, first=first, last=last, revisions=revisions)
    _say_what_is_missing(place, [name], span)
    if not table.num_rows:
        raise typer.Exit(_nothing(place, span))
    emit(table, View(title=f"{series} of {place}", zone=None), target)


def _rows(
    place: str, feed: list[FeedChoice] | None, span: Range | None, price_period: str | None
) -> list[MarketRow]:
    period = parse_period(price_period)
    chosen = [one for one in FEEDS if one in (feed or FEEDS)]
    first, last = _days(span)
    read = partial(archived_prices, place, first=first, last=last, price_period=period)
    found = [row for one in chosen for row in read(one)[0]]
    _say_what_is_missing(place, chosen, span)
    rows = inside(in_order(found), span)
    if not rows:
        raise typer.Exit(_nothing(place, span))
    return rows


def _days(span: Range | None) -> tuple[date | None, date | None]:
    """The first and the last delivery day that a range touches."""
    touched = list(days(span.start, span.end, PARIS)) if span else [None]
    return touched[0], touched[-1]


def _say_what_is_missing(place: str, chosen: Sequence[SeriesName], span: Range | None) -> None:
    wanted = None if span is None else set(days(span.start, span.end, PARIS))
    for gap in archive_gaps(place):
        if gap.series in chosen and (wanted is None or gap.day in wanted):
            note(f"{gap.series} {gap.day}: {gap.kind}: {gap.what}")


def _nothing(place: str, span: Range | None) -> ExitCode:
    note(f"{place} holds nothing {f'of {span}' if span else 'of these feeds'}")
    return ExitCode.INCOMPLETE
