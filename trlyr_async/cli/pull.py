"""`trlyr revenue pull`: every row of revenue of many assets, into a folder of Parquet files."""

from pathlib import Path
from typing import Annotated

import typer

from energy_async.bulk import place_at
from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import log_verbosely
from energy_async.cli.options import VerboseOption
from energy_async.cli.output import show
from energy_async.cli.times import parse_length, parse_moment
from energy_async.delivery import BERLIN
from trlyr_async import bulk
from trlyr_async.cli import pulling
from trlyr_async.cli.account import (
    Account,
    EnvironmentOption,
    OrganisationOption,
    UsernameOption,
    account,
    connected,
)
from trlyr_async.cli.ending import list_failed, run_resumable
from trlyr_async.cli.job import Job, gather
from trlyr_async.cli.kept import keep
from trlyr_async.cli.outcome import Outcome
from trlyr_async.cli.places import SingleWriterOption, alone
from trlyr_async.cli.progress import Style, Traffic, shown_progress

__all__ = ["pull"]

_OUT = place_at("revenue")


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
    out: pulling.OutOption = _OUT,
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
    rate: pulling.RateOption = 10.0,
    concurrency: pulling.ConcurrencyOption = 8,
    report: pulling.ReportOption = None,
    plan: pulling.PlanOption = False,
    progress: pulling.ProgressOption = Style.AUTO,
    single_writer: SingleWriterOption = False,
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
        out=alone(out, single_writer=single_writer),
    )
    pulling.note_time_ahead(job.end, clock.now(), " and go on with `trlyr revenue update`")
    if plan:
        pulling.show_plan(_planned(job, environment, username), rate, out)
        return
    pulling.note_guesses(job.streams)
    traffic = Traffic()
    who = account(environment, username)
    outcome = run_resumable(_pull(who, job, rate, concurrency, traffic, progress), out)
    show(outcome.table())
    typer.echo(f"dataset in {out}")  # not in the table, which would break a long path
    if report is not None:
        outcome.write(report)
    if not outcome.report.complete:
        list_failed(outcome.report.windows)
        raise typer.Exit(ExitCode.INCOMPLETE)


async def _pull(
    who: Account, job: Job, rate: float, concurrency: int, traffic: Traffic, style: Style
) -> Outcome:
    async with connected(who, rate=rate, concurrency=concurrency, on_event=traffic.note) as client:
        ids, known = await pulling.find_assets(
            client, job.ids, job.organisation, job.start, job.end
        )
        try:
            with shown_progress(traffic, rate, style) as step:
                report = await bulk.pull_revenue_to(
                    client, job.out, ids, start=job.start, end=job.end, streams=job.streams,
                    window=job.window, concurrency=concurrency, on_progress=step,
                    flush=pulling.FLUSH,
                )  # fmt: skip
        finally:
            keep(job.out, known)
    return Outcome(job, ids, known.powers, report, traffic)


def _planned(job: Job, environment: str | None, username: str | None) -> bulk.Plan:
    """Plan a pull; the server is asked only for the list of assets, where none was named."""
    ids = list(job.ids)
    if not ids:
        who = account(environment, username)
        ids = run_until_interrupted(_list_assets(who, job))
    return bulk.plan(ids, start=job.start, end=job.end, streams=job.streams, window=job.window)


async def _list_assets(who: Account, job: Job) -> list[str]:
    async with connected(who) as client:
        ids, _ = await pulling.find_assets(client, (), job.organisation, job.start, job.end)
    return ids


def _streams(names: list[str] | None) -> tuple[bulk.Stream, ...]:
    unknown = sorted(set(names or ()) - set(bulk.ALL))
    if unknown:
        raise ValueError(f"--stream: no stream {unknown[0]!r}; there are {', '.join(bulk.ALL)}")
    return tuple(name for name in bulk.ALL if not names or name in names)
