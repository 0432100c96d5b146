"""`nanocorp sheet`: a delivery day as an HTML page."""

from pathlib import Path
from typing import Annotated

import typer

from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import check_suffix
from energy_async.cli.notes import note
from energy_async.cli.output import write_bytes
from energy_async.cli.times import parse_day
from energy_async.delivery import PARIS, delivery_day_of
from energy_async.page import environment
from nanocorp_async.archiving.prices import archived_sheet
from nanocorp_async.cli.access import Feeds
from nanocorp_async.cli.price_commands import PeriodOption
from nanocorp_async.cli.prices import parse_period
from nanocorp_async.sheet import read_day, render
from nanocorp_async.sheet.findings import findings


def sheet(
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE",
            help="Write the page to FILE, whole or not at all; - is standard output.",
        ),
    ],
    day: Annotated[
        str | None,
        typer.Option(
            "--day", metavar="YYYY-MM-DD",
            help="Delivery day of Paris. Default: yesterday, the newest that has activations.",
        ),
    ] = None,
    price_period: PeriodOption = None,
    archive: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="Take the day from an archive, as upstream last had it, and ask nothing.",
        ),
    ] = None,
    feeds: Feeds,
) -> None:  # fmt: skip
    """Put a delivery day on one HTML page: prices, reserves, activations, and what is missing.

    The page needs nothing else (no script, nothing from elsewhere): send it to a colleague, or
    print it. What the feeds do not hold, or not yet, is said on the page and on standard error.

    Example: nanocorp sheet --day 2026-10-25 -o sheet.html
    """
    today = delivery_day_of(clock.now(), PARIS)
    chosen = parse_day(day or "yesterday", "--day", today)
    period = parse_period(price_period)
    if str(output) != "-":
        check_suffix(output, ".html", ".htm")
    environment("nanocorp_async.sheet")  # before anything is asked
    if archive is not None:
        found = archived_sheet(archive, chosen, clock.now(), price_period=period)
    else:
        found = feeds.run(lambda client: read_day(client, chosen, price_period=period))
    for one in findings(found):
        name = " ".join(filter(None, (one.feed, one.series)))
        note(f"{name}: {one.kind}: {one.text}")
    if found.empty:
        which = f"{archive}" if archive else "no feed"
        note(
            f"{which} holds {'nothing' if archive else 'anything'} of {chosen}; nothing was written"
        )
        raise typer.Exit(ExitCode.INCOMPLETE)
    write_bytes(render(found).encode(), None if str(output) == "-" else output)
