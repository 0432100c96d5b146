"""The commands `archive` and `watch`."""

import sys
from collections import Counter
from datetime import UTC
from enum import StrEnum
from functools import partial
from typing import Annotated

import msgspec
import typer

from energy_async.cli.exits import ExitCode
from energy_async.cli.notes import note
from energy_async.cli.options import Writer
from energy_async.cli.screen import counted
from nanocorp_async import Nanocorp
from nanocorp_async._market_row import FEEDS
from nanocorp_async.archiving.repair import repair_archive
from nanocorp_async.archiving.run import ArchiveReport
from nanocorp_async.archiving.run import archive as keep_archive
from nanocorp_async.cli.access import Feeds
from nanocorp_async.watching.events import ArchiveEvent, WatchEvent, describe
from nanocorp_async.watching.watch import watch as watch_feed


class FeedChoice(StrEnum):
    """The six single feeds, as the command line takes them."""

    DAY_AHEAD = "day-ahead"
    FCR_CAPACITY = "fcr-capacity"
    AFRR_CAPACITY = "afrr-capacity"
    MFRR_CAPACITY = "mfrr-capacity"
    AFRR_ENERGY = "afrr-energy"
    MFRR_ENERGY = "mfrr-energy"


FeedsOption = Annotated[
    list[FeedChoice] | None,
    typer.Option("--feed", help="Only this feed; may be given several times."),
]
OnceOption = Annotated[
    bool, typer.Option("--once", help="Ask each feed once and end, for use from cron.")
]
RepairOption = Annotated[
    bool,
    typer.Option(
        "--repair", help="Ask nothing: set damaged files aside, read what was put aside, and end."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON.")]


def archive(
    place: Annotated[
        str,
        typer.Argument(
            help="A folder, made if it is missing, or a URL such as s3://bucket/prices."
        ),
    ],
    *,
    feed: FeedsOption = None,
    once: OnceOption = False,
    repair: RepairOption = False,
    json: JsonOption = False,
    writer: Writer,
    feeds: Feeds,
) -> None:
    """Keep what the feeds publish: a Parquet file for each delivery day, corrections included.

    What cannot be read is put aside for a later version; a day that changes its resolution counts
    once, and what was shown before stays as a revision.

    The feeds take no dates, so what is not kept is gone. Asks often around the usual times of
    publication and rarely otherwise, until it is stopped; it may be killed at any instant and
    started again, and several may write into one archive. Prints what was stored, what was odd, and
    what is missing for good.

    Exit codes with --once: 0 every feed answered, 3 some did not. No subscription ends it at once,
    with 1.

    Example: nanocorp archive prices/ --once
    """
    if repair and (once or feed):
        raise ValueError("--repair asks no feed: leave --once and --feed out")
    where, on_event = writer.place(place), partial(_print, json=json)
    if repair:
        note(_summary(repair_archive(where, on_event=on_event)))
        return
    chosen = [name for name in FEEDS if name in (feed or FEEDS)]
    report = feeds.run(
        lambda client: keep_archive(client, where, feeds=chosen, once=once, on_event=on_event)
    )
    note(_summary(report))
    if report.failed:
        raise typer.Exit(ExitCode.INCOMPLETE)


def watch(
    feed: Annotated[FeedChoice, typer.Argument(help="Which feed.")],
    *,
    json: JsonOption = False,
    feeds: Feeds,
) -> None:
    """Report when a delivery day is published, corrected, late or there after all, until stopped.

    A day that is not published yet is no error. What counts as late goes by usual times that
    nobody has promised.

    Example: nanocorp watch day-ahead --json
    """
    (chosen,) = (name for name in FEEDS if name == feed)

    async def follow(client: Nanocorp) -> None:
        async for event in watch_feed(client, chosen):
            _print(event, json=json)

    feeds.run(follow)


def _print(event: ArchiveEvent | WatchEvent, *, json: bool) -> None:
    """Print a line at once: what reads it may wait for it."""
    if json:
        text = msgspec.json.encode(event).decode()
    else:
        text = f"{event.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {describe(event)}"
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _summary(report: ArchiveReport) -> str:
    requests, unchanged = sum(report.requests.values()), sum(report.unchanged.values())
    days = Counter("incomplete" if gap.kind == "missing" else gap.kind for gap in report.gaps)
    parts = [
        counted(report.added, "row") + " added",
        f"{report.revised:,} corrected",
        *([f"{report.replaced:,} replaced by others"] if report.replaced else ()),
        *([f"{counted(requests, 'request')}, {unchanged:,} unchanged"] if requests else ()),
        *([f"{counted(report.odd, 'odd answer')}"] if report.odd else ()),
        *(f"{counted(count, 'day')} {kind}" for kind, count in sorted(days.items())),
        *([f"no answer from {', '.join(report.failed)}"] if report.failed else ()),
    ]
    return "; ".join(parts)
