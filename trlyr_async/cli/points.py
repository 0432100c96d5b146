"""`trlyr revenue points pull`: data points of many subjects, into a folder of Parquet files."""

from pathlib import Path
from typing import Annotated, Any, Final, cast, get_args

import typer

from energy_async.bulk import OnProgress, Plan, Report, Source
from energy_async.cli import clock
from energy_async.cli.options import When
from energy_async.delivery import BERLIN
from energy_async.transport.client import ApiClient
from trlyr_async import bulk
from trlyr_async.bulk.assets import facts_of, prepare
from trlyr_async.cli.account import Member
from trlyr_async.cli.ids import check_known, gather_ids
from trlyr_async.cli.job import OutOption, Windows, find_assets, listed, note_time_ahead
from trlyr_async.cli.transfer import FLUSH, Transfer
from trlyr_async.models.revenue_reporting import KnownDataPointCategory, Resolution
from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = ["pull"]

_OUT = bulk.place_at("points")

_SUBJECTS: Final = get_args(bulk.Subject)
_RESOLUTIONS: Final = get_args(Resolution)
_CATEGORIES: Final = get_args(KnownDataPointCategory)


def pull(
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help=f"One of {', '.join(_SUBJECTS)}.")
    ],
    resolution: Annotated[
        str, typer.Argument(metavar="RESOLUTION", help=f"One of {', '.join(_RESOLUTIONS)}.")
    ],
    when: When,
    *,
    out: OutOption = _OUT,
    category: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Such as revenue_total_revenue; may be repeated. Default: all that upstream has.",
        ),
    ] = None,
    id_: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="ID",
            help="What to ask about; may be repeated. Default, for virtual assets and portfolios:"
            " all of the organisation.",
        ),
    ] = None,
    ids_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Identifiers: one a line, or a CSV file with a column id."
        ),
    ] = None,
    windows: Windows,
    transfer: Transfer,
    login: Member,
) -> None:
    """Fetch data points into Parquet files: subject_id, start (UTC), category, value, unit.

    Stop it at any time: the same command again goes on where it ended, and no row comes twice.
    A failed window never ends the others; the command lists them and ends with code 3.

    Example: trlyr revenue points pull virtual_asset daily last-month
    --category revenue_total_revenue
    """
    source = _source(subject, resolution, category)
    span, length = when.require(BERLIN, clock.now()), windows.length
    named, place = gather_ids(id_, ids_file), transfer.place(out)
    if not named and subject not in {"virtual_asset", "portfolio"}:
        raise ValueError(f"--id or --ids-file must name what to ask about: a {subject}")
    note_time_ahead(span.end, clock.now())

    async def find(client: ApiClient) -> list[str | VirtualAsset]:
        if subject == "virtual_asset":
            return await find_assets(client, named, login.owner, span)
        if not named:
            owned = facts_of(await find_assets(client, (), login.owner, span))
            return [*dict.fromkeys(owned.portfolios.values())]
        return list(named)

    def plan(ids: list[str]) -> Plan:
        return bulk.plan_pull(source, ids, start=span.start, end=span.end, window=length)

    async def work(client: ApiClient, step: OnProgress) -> Report:
        found = await find(client)
        wanted = plan([str(one) for one in bulk.ids_of(found)])
        await prepare(client, place, source, wanted, facts_of(found))
        return await bulk.pull_to(
            client, place, source, wanted,
            concurrency=transfer.concurrency, on_progress=step, flush=FLUSH,
        )  # fmt: skip

    if windows.plan:
        found = list(named) or listed(login.account, find)
        windows.show(plan(found), transfer.rate, out)
        return
    report, traffic = transfer.run(login.account, out, work)
    typer.echo(f"{str(report).splitlines()[0]}\ndataset in {out}")
    transfer.end(out, traffic, report)


def _source(subject: str, resolution: str, categories: list[str] | None) -> Source[Any]:
    check_known("SUBJECT", [subject], _SUBJECTS)
    check_known("RESOLUTION", [resolution], _RESOLUTIONS)
    check_known("--category", categories or (), _CATEGORIES)
    return bulk.data_points(cast("bulk.Subject", subject), resolution, categories=categories)
