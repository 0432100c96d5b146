"""`trlyr revenue points pull`: data points of many subjects, into a folder of Parquet files."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, cast, get_args

import msgspec
import typer

from energy_async.bulk import Place, Plan, Report, Source, asset_key, place_at
from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import log_verbosely, note
from energy_async.cli.options import VerboseOption
from energy_async.cli.times import parse_length, parse_moment
from energy_async.delivery import BERLIN
from energy_async.transport.client import ApiClient
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
from trlyr_async.cli.job import read_ids
from trlyr_async.cli.kept import Known, keep
from trlyr_async.cli.places import SingleWriterOption, alone
from trlyr_async.cli.progress import Style, Traffic, shown_progress
from trlyr_async.models.revenue_reporting import KnownDataPointCategory, KnownResolution

__all__ = ["pull"]

_OUT: Final = place_at("points")
_SUBJECTS: Final = get_args(bulk.Subject)
_RESOLUTIONS: Final = get_args(KnownResolution)
_CATEGORIES: Final = get_args(KnownDataPointCategory)


def pull(
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help=f"One of {', '.join(_SUBJECTS)}.")
    ],
    resolution: Annotated[
        str, typer.Argument(metavar="RESOLUTION", help=f"One of {', '.join(_RESOLUTIONS)}.")
    ],
    *,
    start: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="From here on: a day is its midnight in Berlin; or RFC 3339.",
        ),
    ],
    end: Annotated[str, typer.Option(metavar="TIME", help="Up to here, not included.")],
    out: pulling.OutOption = _OUT,
    category: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Such as revenue_total_revenue; may be repeated. Default: all that upstream has.",
            show_default=False,
        ),
    ] = None,
    id_: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="ID",
            help="What to ask about; may be repeated. Default, for virtual assets only: all of the"
            " organisation.",
            show_default=False,
        ),
    ] = None,
    ids_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Identifiers: one a line, or a CSV file with a column id.",
            show_default=False,
        ),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH",
            help="Time that one request covers, such as 7d. Default: a month, or several where"
            " answers are small.",
            show_default=False,
        ),
    ] = None,
    organisation: OrganisationOption = None,
    rate: pulling.RateOption = 10.0,
    concurrency: pulling.ConcurrencyOption = 8,
    plan: pulling.PlanOption = False,
    progress: pulling.ProgressOption = Style.AUTO,
    single_writer: SingleWriterOption = False,
    environment: EnvironmentOption = None,
    username: UsernameOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Fetch data points into Parquet files: subject_id, start (UTC), category, value, unit.

    Stop it at any time: the same command again goes on where it ended, and no row comes twice.
    A failed window never ends the others; the command lists them and ends with code 3.

    Example: [bold]trlyr revenue points pull virtual_asset daily --category revenue_total_revenue
    --start 2026-10-01 --end 2026-11-01[/]
    """
    if verbose:
        log_verbosely()
    job = _Job(
        source=_source(subject, resolution, category),
        start=parse_moment(start, BERLIN, "--start"),
        end=parse_moment(end, BERLIN, "--end"),
        window=parse_length(window, "--window") if window else None,
        ids=_ids(subject, id_ or (), ids_file),
        organisation=organisation,
        out=alone(out, single_writer=single_writer),
    )
    pulling.note_time_ahead(job.end, clock.now())
    if plan:
        found = list(job.ids) or run_until_interrupted(_list(account(environment, username), job))
        pulling.show_plan(job.plan(found), rate, out)
        return
    traffic = Traffic()
    who = account(environment, username)
    report = run_resumable(_pull(who, job, rate, concurrency, traffic, progress), out)
    typer.echo(f"{report}\ndataset in {out}")
    if not report.complete:
        list_failed(report.windows)
        raise typer.Exit(ExitCode.INCOMPLETE)


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    source: Source[Any]
    start: datetime
    end: datetime
    window: timedelta | None
    ids: tuple[str, ...]
    organisation: str | None
    out: Place

    def plan(self, ids: Sequence[str]) -> Plan:
        return bulk.plan_pull(self.source, ids, start=self.start, end=self.end, window=self.window)


async def _pull(
    who: Account, job: _Job, rate: float, concurrency: int, traffic: Traffic, style: Style
) -> Report:
    async with connected(who, rate=rate, concurrency=concurrency, on_event=traffic.note) as client:
        ids, known = await _subjects(client, job)
        try:
            with shown_progress(traffic, rate, style) as step:
                return await bulk.pull_to(
                    client, job.out, job.source, job.plan(ids), concurrency=concurrency,
                    on_progress=step, flush=pulling.FLUSH,
                )  # fmt: skip
        finally:
            keep(job.out, known)


async def _list(who: Account, job: _Job) -> list[str]:
    async with connected(who) as client:
        return (await _subjects(client, job))[0]


async def _subjects(client: ApiClient, job: _Job) -> tuple[list[str], Known]:
    """Give what to ask about: what was named, else all virtual assets of the organisation."""
    if job.ids and not job.source.streams[0].startswith("virtual_asset"):
        return list(job.ids), Known({}, {})
    return await pulling.find_assets(client, job.ids, job.organisation, job.start, job.end)


def _source(subject: str, resolution: str, categories: list[str] | None) -> Source[Any]:
    if subject not in _SUBJECTS:
        raise ValueError(f"no subject {subject!r}; there are {', '.join(_SUBJECTS)}")
    if resolution not in _RESOLUTIONS:
        raise ValueError(f"no resolution {resolution!r}; there are {', '.join(_RESOLUTIONS)}")
    for unknown in sorted(set(categories or ()) - set(_CATEGORIES)):
        note(f"{unknown} is not among the categories that are documented")
    return bulk.data_points(cast("bulk.Subject", subject), resolution, categories=categories)


def _ids(subject: str, ids: Sequence[str], file: Path | None) -> tuple[str, ...]:
    found = [*ids, *(read_ids(file) if file is not None else ())]
    if not found and subject != "virtual_asset":
        raise ValueError(f"--id or --ids-file must name what to ask about: a {subject}")
    return tuple(dict.fromkeys(map(asset_key, found)))
