"""`trlyr revenue update`: what is new in a dataset, and what was corrected."""

from typing import Annotated

import msgspec
import typer

from energy_async.bulk import OnProgress, read_manifest
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import check_suffix
from energy_async.cli.notes import console
from energy_async.cli.output import show as print_out
from energy_async.cli.screen import counted
from energy_async.cli.times import parse_length, parse_moment
from energy_async.delivery import BERLIN, time_zone
from energy_async.files import write_whole
from energy_async.transport.client import ApiClient
from trlyr_async import bulk
from trlyr_async.bulk import figures
from trlyr_async.cli.account import Login
from trlyr_async.cli.ids import gather_ids
from trlyr_async.cli.job import AssetFileOption, AssetOption, ReportOption
from trlyr_async.cli.places import DatasetArgument
from trlyr_async.cli.progress import Traffic
from trlyr_async.cli.summary import summary_table
from trlyr_async.cli.transfer import Transfer, list_failed

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
        ),
    ] = None,
    recheck: Annotated[
        str,
        typer.Option(
            metavar="LENGTH",
            help="How much time before the dataset's end is asked for again: 12h, 31d, 2w.",
        ),
    ] = "35d",
    asset: AssetOption = None,
    assets_file: AssetFileOption = None,
    report: ReportOption = None,
    transfer: Transfer,
    login: Login,
) -> None:
    """Bring a dataset up to date: fetch what is new, and take over what was corrected (EUR).

    Corrected rows are replaced; what they were is kept, see
    `trlyr revenue diff`. Stop it at any time and
    run it again. A failed window leaves its rows as they are, and ends the command with code 3.

    A further asset is fetched from the dataset's start on.

    Example: trlyr revenue update revenue --end 2026-11-20
    """
    place = transfer.place(folder)
    until = parse_moment(end, BERLIN, "--end") if end is not None else None
    length, ids = parse_length(recheck, "--recheck"), gather_ids(asset, assets_file)
    if report is not None:
        check_suffix(report, ".json")
    there = read_manifest(place)
    if until is not None and until <= there.start:
        raise ValueError(
            f"--end {end} is not later than the beginning of {folder},"
            f" {there.start.astimezone(time_zone(there.zone)):%Y-%m-%d %H:%M} in {there.zone}"
        )

    async def work(client: ApiClient, step: OnProgress) -> bulk.UpdateReport:
        return await bulk.update_revenue(
            client, place, end=until, recheck=length, asset_ids=ids,
            concurrency=transfer.concurrency, on_progress=step,
        )  # fmt: skip

    found, traffic = transfer.run(login.account, place, work)
    print_out(summary_table(figures.add_up(place)))
    print_out(_changes(found, traffic))
    if report is not None:
        write_whole(
            report, msgspec.json.format(msgspec.json.encode(_facts(found)), indent=2), b"\n"
        )
    if not found.complete:
        list_failed((*found.recheck.windows, *found.pull.windows))
        raise typer.Exit(ExitCode.INCOMPLETE)
    console().print(f"up to date: {counted(found.rows, 'row')}")


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
