"""`trlyr revenue pull`: every row of revenue of many assets, into a folder of Parquet files."""

from pathlib import Path
from typing import Annotated, Final

import typer

from energy_async.bulk import asset_key
from energy_async.cli.exits import ExitCode
from energy_async.cli.notes import log_verbosely, note
from energy_async.cli.options import VerboseOption
from energy_async.cli.output import show
from energy_async.cli.times import parse_length, parse_moment
from energy_async.delivery import BERLIN
from energy_async.transport.client import ApiClient
from trlyr_async import bulk, virtual_assets
from trlyr_async.cli.account import (
    Account,
    EnvironmentOption,
    OrganisationOption,
    UsernameOption,
    account,
    connected,
)
from trlyr_async.cli.assets import mean_mw, require_organisation
from trlyr_async.cli.ending import list_failed, run_resumable
from trlyr_async.cli.job import Job, gather
from trlyr_async.cli.outcome import Outcome, keep_power
from trlyr_async.cli.progress import Traffic, shown_progress

__all__ = ["pull"]

_FLUSH: Final = bulk.FlushPolicy(rows=30_000)
"""Smaller than the library's own: a command should fit beside others on a small machine."""


def pull(
    *,
    start: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="From here on: a plain date is its midnight in Berlin (Europe/Berlin, the German"
            " delivery day); or RFC 3339 with an offset.",
        ),
    ],
    end: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="Up to here, not included; --end 2026-11-01 ends with the last of October.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="The folder of the dataset.")
    ] = Path("revenue"),
    asset: Annotated[
        list[str] | None,
        typer.Option(
            "--asset",
            metavar="ID",
            help="A virtual asset; may be repeated. Default: all of the organisation that live in"
            " the time asked for.",
            show_default=False,
        ),
    ] = None,
    assets_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Virtual assets: one id a line, or a CSV file with a column id.",
            show_default=False,
        ),
    ] = None,
    stream: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help=f"One of {', '.join(bulk.ALL)}; may be repeated. Default: all.",
            show_default=False,
        ),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH",
            help="Time that one request covers: 12h, 31d, 2w; a day is 24 hours. Any length gives"
            " the same rows. Default: a month, or several where answers are small.",
            show_default=False,
        ),
    ] = None,
    organisation: OrganisationOption = None,
    rate: Annotated[float, typer.Option(help="Requests a second at most.")] = 10.0,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests under way at most.")] = 8,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the outcome as JSON.", show_default=False),
    ] = None,
    environment: EnvironmentOption = None,
    username: UsernameOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Fetch revenue rows (EUR) into Parquet files, one folder for each stream; times in UTC.

    Stop it at any time: the same command again goes on where it ended, and no row comes twice.
    A failed window never ends the others; the command lists them and ends with code 3.

    Example: [bold]trlyr revenue pull --start 2026-10-01 --end 2026-11-01 --out october[/]
    """
    if verbose:
        log_verbosely()
    job = gather(
        start=parse_moment(start, BERLIN, "--start"),
        end=parse_moment(end, BERLIN, "--end"),
        window=parse_length(window, "--window") if window else None,
        streams=_streams(stream),
        ids=asset or (),
        ids_file=assets_file,
        organisation=organisation,
        out=out,
    )
    traffic = Traffic()
    who = account(environment, username)
    outcome = run_resumable(_pull(who, job, rate, concurrency, traffic), out)
    show(outcome.table())
    typer.echo(f"dataset in {out}")  # not in the table, which would break a long path
    if report is not None:
        outcome.write(report)
    if not outcome.report.complete:
        list_failed(outcome.report.failed)
        raise typer.Exit(ExitCode.INCOMPLETE)


async def _pull(who: Account, job: Job, rate: float, concurrency: int, traffic: Traffic) -> Outcome:
    async with connected(who, rate=rate, concurrency=concurrency, on_event=traffic.note) as client:
        ids, powers = await _assets(client, job)
        try:
            with shown_progress() as step:
                report = await bulk.pull_revenue_to(
                    client, job.out, ids, start=job.start, end=job.end, streams=job.streams,
                    window=job.window, concurrency=concurrency, on_progress=step, flush=_FLUSH,
                )  # fmt: skip
        finally:
            keep_power(job.out, powers)
    return Outcome(job, ids, powers, report, traffic)


async def _assets(client: ApiClient, job: Job) -> tuple[list[str], dict[str, float]]:
    """Give the assets to ask for and, as far as known, their mean rated power in MW."""
    if job.ids and not job.organisation:
        return list(job.ids), {}
    owner = require_organisation(job.organisation)
    found = await virtual_assets.get_virtual_assets(client, owner, start=job.start, end=job.end)
    powers = {asset_key(one.id): mw for one in found if one.id and (mw := mean_mw(one)) is not None}
    listed = [asset_key(one.id) for one in found if one.id]
    for unknown in sorted(set(job.ids) - set(listed)):
        note(f"{unknown} is not among the assets of organisation {owner}")
    if not listed and not job.ids:
        raise ValueError(f"organisation {owner} has no virtual asset in the time asked for")
    return list(job.ids) or listed, powers


def _streams(names: list[str] | None) -> tuple[bulk.Stream, ...]:
    unknown = sorted(set(names or ()) - set(bulk.ALL))
    if unknown:
        raise ValueError(f"--stream: no stream {unknown[0]!r}; there are {', '.join(bulk.ALL)}")
    return tuple(name for name in bulk.ALL if not names or name in names)
