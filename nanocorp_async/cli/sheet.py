"""`nanocorp sheet`: a delivery day as an HTML page."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from energy_async.cli import clock
from energy_async.cli.notes import log_verbosely, note
from energy_async.cli.options import VerboseOption
from energy_async.cli.output import write_bytes
from energy_async.delivery import PARIS, delivery_day_of
from energy_async.page import environment
from nanocorp_async import Nanocorp
from nanocorp_async.cli.access import EnvironmentOption, require_token
from nanocorp_async.cli.price_commands import PeriodOption
from nanocorp_async.cli.prices import parse_day, parse_period
from nanocorp_async.sheet import DaySheet, read_day, render
from nanocorp_async.sheet.findings import findings
from nanocorp_async.tidy import PricePeriod

__all__ = ["sheet"]


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
            "--day", metavar="YYYY-MM-DD", show_default=False,
            help="Delivery day of Paris. Default: yesterday, the newest that has activations.",
        ),
    ] = None,
    price_period: PeriodOption = None,
    environment_: EnvironmentOption = None,
    verbose: VerboseOption = False,
) -> None:  # fmt: skip
    """Put a delivery day on one HTML page: prices, reserves, activations, and what is missing.

    The page needs nothing else (no script, nothing from elsewhere): send it to a colleague, or
    print it. What the feeds do not hold, or not yet, is said on the page and on standard error.

    Example: [bold]nanocorp sheet --day 2026-10-25 -o sheet.html[/]
    """
    if verbose:
        log_verbosely()
    chosen = parse_day(day) if day else _yesterday()
    period = parse_period(price_period) if price_period else None
    require_token()
    environment("nanocorp_async.sheet")  # before anything is asked
    found = asyncio.run(_read(chosen, period, environment_))
    for one in findings(found):
        name = " ".join(filter(None, (one.feed, one.series)))
        note(f"{name}: {one.kind}: {one.text}")
    write_bytes(render(found).encode(), None if str(output) == "-" else output)


def _yesterday() -> date:
    return delivery_day_of(clock.now(), PARIS) - timedelta(days=1)


async def _read(day: date, period: PricePeriod | None, base_url: str | None) -> DaySheet:
    async with Nanocorp.from_env(base_url=base_url, wall=clock.wall) as client:
        return await read_day(client, day, price_period=period)
