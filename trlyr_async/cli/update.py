"""`trlyr revenue update`: what is new in a dataset, and what was corrected."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from energy_async.bulk import Place
from energy_async.cli.exits import ExitCode
from energy_async.cli.notes import console, log_verbosely
from energy_async.cli.options import VerboseOption
from energy_async.cli.output import show as print_out
from energy_async.cli.screen import counted
from energy_async.cli.times import parse_length, parse_moment
from energy_async.delivery import BERLIN
from energy_async.files import write_whole
from trlyr_async import bulk
from trlyr_async.cli import pulling
from trlyr_async.cli.account import (
    Account,
    EnvironmentOption,
    UsernameOption,
    account,
    connected,
)
from trlyr_async.cli.ending import list_failed, run_resumable
from trlyr_async.cli.job import read_ids
from trlyr_async.cli.places import DatasetArgument, SingleWriterOption, alone
from trlyr_async.cli.progress import Style, Traffic, shown_progress
from trlyr_async.cli.show import summary_of

__all__ = ["update"]


def update(
    folder: DatasetArgument,
    *,
    end: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Up to here, not included; a plain date is its midnight in Berlin. Default: the"
            " beginning of today in Berlin.",
            show_default=False,
        ),
    ] = None,
    recheck: Annotated[
        str,
        typer.Option(
            metavar="LENGTH",
            help="How much time before the dataset's end is asked for again: 12h, 31d, 2w.",
        ),
    ] = "35d",
    asset: Annotated[
        list[str] | None,
        typer.Option(
            "--asset",
            metavar="ID",
            help="A further virtual asset, from the dataset's start on; may be repeated.",
            show_default=False,
        ),
    ] = None,
    assets_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Further virtual assets: one id a line, or a CSV file with a column id.",
            show_default=False,
        ),
    ] = None,
    rate: pulling.RateOption = 10.0,
    concurrency: pulling.ConcurrencyOption = 8,
    report: pulling.ReportOption = None,
    progress: pulling.ProgressOption = Style.AUTO,
    single_writer: SingleWriterOption = False,
    environment: EnvironmentOption = None,
    username: UsernameOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Bring a dataset up to date: fetch what is new, and take over what was corrected (EUR).

    Corrected rows are replaced; what they were is kept, see
    `trlyr revenue diff`. Stop it at any time and
    run it again. A failed window leaves its rows as they are, and ends the command with code 3.

    Example: [bold]trlyr revenue update revenue --end 2026-11-20[/]
    """
    if verbose:
        log_verbosely()
    folder = alone(folder, single_writer=single_writer)
    until = parse_moment(end, BERLIN, "--end") if end else None
    length = parse_length(recheck, "--recheck")
    ids = [*(asset or ()), *(read_ids(assets_file) if assets_file else ())]
    who, traffic = account(environment, username), Traffic()
    work = _update(
        who, folder, end=until, recheck=length, ids=ids, rate=rate, concurrency=concurrency,
        traffic=traffic, style=progress,
    )  # fmt: skip
    found = run_resumable(work, folder)
    print_out(summary_of(folder))
    print_out(_changes(found, traffic))
    if report is not None:
        write_whole(
            report, msgspec.json.format(msgspec.json.encode(_facts(found)), indent=2), b"\n"
        )
    if not found.complete:
        list_failed((*found.recheck.windows, *found.pull.windows))
        raise typer.Exit(ExitCode.INCOMPLETE)
    console().print(f"up to date: {counted(found.rows, 'row')}")


async def _update(
    who: Account,
    folder: Place,
    *,
    end: datetime | None,
    recheck: timedelta,
    ids: list[str],
    rate: float,
    concurrency: int,
    traffic: Traffic,
    style: Style,
) -> bulk.UpdateReport:
    async with connected(who, rate=rate, concurrency=concurrency, on_event=traffic.note) as client:
        with shown_progress(traffic, rate, style) as step:
            return await bulk.update_revenue(
                client, folder, end=end, recheck=recheck, asset_ids=ids, concurrency=concurrency,
                on_progress=step,
            )  # fmt: skip


def _changes(found: bulk.UpdateReport, traffic: Traffic) -> str:
    rechecked, changes = found.recheck.windows, found.changes
    euros = changes.euros.get("revenue", 0.0)
    return (
        f"{counted(len(rechecked), 'window')} rechecked: {counted(changes.corrected, 'row')}"
        f" corrected, {changes.vanished:,} vanished, {changes.added:,} added, {euros:+,.2f} EUR;"
        f" {counted(traffic.requests, 'request')}"
    )


def _facts(found: bulk.UpdateReport) -> dict[str, object]:
    return {
        "complete": found.complete,
        "rows": found.rows,
        "windows_rechecked": len(found.recheck.windows) - len(found.recheck.failed),
        "rows_corrected": found.changes.corrected,
        "rows_vanished": found.changes.vanished,
        "rows_added": found.changes.added,
        "revenue_difference_eur": round(found.changes.euros.get("revenue", 0.0), 6),
        "failed": [{"window": str(one.window), "error": one.error} for one in found.failed],
    }
