"""`trlyr revenue update`: what is new in a dataset, and what was corrected."""

from typing import Annotated

import typer

from energy_async.bulk import OnProgress, read_manifest
from energy_async.cli.notes import console
from energy_async.cli.options import DatasetArgument
from energy_async.cli.output import show as print_out
from energy_async.cli.screen import counted
from energy_async.cli.times import parse_length, parse_moment
from energy_async.delivery import BERLIN, time_zone
from energy_async.transport.client import ApiClient
from trlyr_async import bulk
from trlyr_async.bulk import figures
from trlyr_async.cli.account import Login
from trlyr_async.cli.job import AssetChoice
from trlyr_async.cli.summary import facts_of, summary_table
from trlyr_async.cli.transfer import Transfer

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
    assets: AssetChoice,
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
    length, ids = parse_length(recheck, "--recheck"), assets.ids
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
    rechecked, changes, sums = found.recheck.windows, found.changes, figures.add_up(place)
    print_out(summary_table(sums))
    print_out(
        f"{counted(len(rechecked), 'window')} rechecked: {counted(changes.corrected, 'row')}"
        f" corrected, {changes.vanished:,} vanished, {changes.added:,} added,"
        f" {changes.euros.get('revenue', 0.0):+,.2f} EUR; {counted(traffic.requests, 'request')}"
    )
    transfer.end(
        place, traffic, found.recheck, found.pull,
        windows_rechecked=len(rechecked) - len(found.recheck.failed), changes=changes,
        **facts_of(sums),
    )  # fmt: skip
    console().print(f"up to date: {counted(found.rows, 'row')}")
