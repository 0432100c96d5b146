"""`trlyr revenue pull`: every row of revenue of many assets, into a folder of Parquet files."""

from typing import Annotated

import typer

from energy_async.bulk import OnProgress
from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import check_suffix
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import note
from energy_async.cli.options import When
from energy_async.cli.output import show
from energy_async.delivery import BERLIN
from energy_async.transport.client import ApiClient
from trlyr_async import bulk
from trlyr_async.bulk import figures
from trlyr_async.cli.account import Member, connected
from trlyr_async.cli.ids import gather_ids
from trlyr_async.cli.job import (
    AssetFileOption,
    AssetOption,
    Job,
    OutOption,
    PlanOption,
    ReportOption,
    WindowOption,
    find_assets,
    length,
    note_time_ahead,
    show_plan,
)
from trlyr_async.cli.outcome import Outcome
from trlyr_async.cli.transfer import FLUSH, Transfer, list_failed

__all__ = ["pull"]

_OUT = bulk.place_at("revenue")


def pull(
    when: When,
    *,
    out: OutOption = _OUT,
    asset: AssetOption = None,
    assets_file: AssetFileOption = None,
    stream: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help=f"One of {', '.join(bulk.ALL)}; may be repeated. Default: all."
        ),
    ] = None,
    window: WindowOption = None,
    report: ReportOption = None,
    plan: PlanOption = False,
    transfer: Transfer,
    login: Member,
) -> None:
    """Fetch revenue rows (EUR) into Parquet files, one folder for each stream; times in UTC.

    Stop it at any time: the same command again goes on where it ended, and no row comes twice.
    A failed window never ends the others; the command lists them and ends with code 3.

    Example: trlyr revenue pull --month 2026-10 --out october
    """
    job = Job(
        range=when.require(BERLIN, clock.now()),
        window=length(window),
        streams=_streams(stream),
        ids=gather_ids(asset, assets_file),
        out=transfer.place(out),
    )
    note_time_ahead(job.range.end, clock.now(), " and go on with `trlyr revenue update`")
    if report is not None:
        check_suffix(report, ".json")
    if plan:
        ids = list(job.ids) or run_until_interrupted(_list_assets(login, job))
        show_plan(job.plan(ids), transfer.rate, out)
        return
    guessed = [n for n in job.streams if bulk.REVENUE.operations[n].provenance == "provisional"]
    if guessed:
        note(f"provisional: {', '.join(guessed)}: paths that have not been read and may be wrong")

    async def work(client: ApiClient, step: OnProgress) -> Outcome:
        assets = await find_assets(client, job.ids, login.owner, job.range)
        found = await bulk.pull_revenue_to(
            client, job.out, assets, start=job.range.start, end=job.range.end,
            streams=job.streams, window=job.window, concurrency=transfer.concurrency,
            on_progress=step, flush=FLUSH,
        )  # fmt: skip
        return Outcome(job, found, figures.add_up(job.out))

    outcome, traffic = transfer.run(login.account, out, work)
    show(outcome.table(traffic))
    typer.echo(f"dataset in {out}")  # not in the table, which would break a long path
    if report is not None:
        outcome.write(report, traffic)
    if not outcome.report.complete:
        list_failed(outcome.report.windows)
        raise typer.Exit(ExitCode.INCOMPLETE)


async def _list_assets(login: Member, job: Job) -> list[str]:
    async with connected(login.account) as client:
        found = await find_assets(client, (), login.owner, job.range)
    return [str(one) for one in bulk.ids_of(found)]


def _streams(names: list[str] | None) -> tuple[bulk.Stream, ...]:
    unknown = sorted(set(names or ()) - set(bulk.ALL))
    if unknown:
        raise ValueError(f"--stream: no stream {unknown[0]!r}; there are {', '.join(bulk.ALL)}")
    return tuple(name for name in bulk.ALL if not names or name in names)
