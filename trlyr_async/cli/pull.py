"""`trlyr revenue pull`: every row of revenue of many assets, into a folder of Parquet files."""

from typing import Annotated

import typer

from energy_async.bulk import OnProgress, Plan, Report
from energy_async.cli import clock
from energy_async.cli.notes import note
from energy_async.cli.options import When
from energy_async.cli.output import show
from energy_async.delivery import BERLIN
from energy_async.transport.client import ApiClient
from trlyr_async import bulk
from trlyr_async.bulk import figures
from trlyr_async.cli.account import Member
from trlyr_async.cli.ids import check_known
from trlyr_async.cli.job import (
    AssetChoice,
    OutOption,
    Windows,
    find_assets,
    listed,
    note_time_ahead,
)
from trlyr_async.cli.summary import facts_of, summary_table
from trlyr_async.cli.transfer import FLUSH, Transfer
from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = ["pull"]

_OUT = bulk.place_at("revenue")


def pull(
    when: When,
    *,
    out: OutOption = _OUT,
    assets: AssetChoice,
    stream: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help=f"One of {', '.join(bulk.ALL)}; may be repeated. Default: all."
        ),
    ] = None,
    windows: Windows,
    transfer: Transfer,
    login: Member,
) -> None:
    """Fetch revenue rows (EUR) into Parquet files, one folder for each stream; times in UTC.

    Stop it at any time: the same command again goes on where it ended, and no row comes twice.
    A failed window never ends the others; the command lists them and ends with code 3.

    Example: trlyr revenue pull --month 2026-10 --out october
    """
    check_known("--stream", stream or (), bulk.ALL)
    streams = tuple(name for name in bulk.ALL if not stream or name in stream)
    span, length = when.require(BERLIN, clock.now()), windows.length
    ids, place = assets.ids, transfer.place(out)
    note_time_ahead(span.end, clock.now(), " and go on with `trlyr revenue update`")

    async def find(client: ApiClient) -> list[str | VirtualAsset]:
        return await find_assets(client, ids, login.owner, span)

    def plan(found: list[str]) -> Plan:
        return bulk.plan(found, start=span.start, end=span.end, streams=streams, window=length)

    async def work(client: ApiClient, step: OnProgress) -> Report:
        return await bulk.pull_revenue_to(
            client, place, await find(client), start=span.start, end=span.end, streams=streams,
            window=length, concurrency=transfer.concurrency, on_progress=step, flush=FLUSH,
        )  # fmt: skip

    if windows.plan:
        found = list(ids) or listed(login.account, find)
        windows.show(plan(found), transfer.rate, out)
        return
    guessed = [n for n in streams if bulk.REVENUE.operations[n].provenance == "provisional"]
    if guessed:
        note(f"provisional: {', '.join(guessed)}: paths that have not been read and may be wrong")
    report, traffic = transfer.run(login.account, out, work)
    sums = figures.add_up(place)
    show(summary_table(sums, caption=traffic.caption(report)))
    typer.echo(f"dataset in {out}")  # not in the table, which would break a long path
    transfer.end(out, traffic, report, **facts_of(sums))
