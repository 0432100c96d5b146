"""What the commands that pull have in common: options, which assets, what is planned."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from energy_async.bulk import Place, Plan, asset_key, missing_in
from energy_async.cli.notes import note
from energy_async.storage import DatasetMismatch
from energy_async.transport.client import ApiClient
from energy_async.transport.provisional import warn_once
from trlyr_async import bulk, virtual_assets
from trlyr_async.bulk.revenue import REVENUE
from trlyr_async.cli.assets import require_organisation
from trlyr_async.cli.kept import Known, known_of
from trlyr_async.cli.places import parse_place
from trlyr_async.cli.progress import Style

__all__ = [
    "FLUSH",
    "ConcurrencyOption",
    "OutOption",
    "PlanOption",
    "ProgressOption",
    "RateOption",
    "ReportOption",
    "find_assets",
    "note_guesses",
    "note_time_ahead",
    "show_plan",
]

OutOption: TypeAlias = Annotated[
    Place,
    typer.Option(
        "--out",
        "-o",
        metavar="PLACE",
        parser=parse_place,
        help="The dataset: a folder, or a URL such as s3://bucket/revenue.",
    ),
]
RateOption: TypeAlias = Annotated[float, typer.Option(help="Requests a second at most.")]
ConcurrencyOption: TypeAlias = Annotated[
    int, typer.Option(min=1, help="Requests under way at most.")
]
PlanOption: TypeAlias = Annotated[
    bool, typer.Option("--plan", help="Say what would be asked and how long it takes, and end.")
]
ReportOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the outcome as JSON.", show_default=False),
]
ProgressOption: TypeAlias = Annotated[
    Style,
    typer.Option(
        "--progress",
        help="On standard error: a bar on a terminal, else a line now and then; json is one object"
        " a line after each window.",
    ),
]
FLUSH: Final = bulk.FlushPolicy(rows=30_000)
"""Smaller than the library's own: a command should fit beside others on a small machine."""


async def find_assets(
    client: ApiClient,
    ids: Sequence[str],
    organisation: str | None,
    start: datetime,
    end: datetime,
) -> tuple[list[str], Known]:
    """Give the virtual assets to ask for, by default all of the organisation, and their facts."""
    if ids and not organisation:
        return list(ids), Known({}, {})
    owner = require_organisation(organisation)
    found = await virtual_assets.get_virtual_assets(client, owner, start=start, end=end)
    listed = [asset_key(one.id) for one in found if one.id]
    for unknown in sorted(set(ids) - set(listed)):
        note(f"{unknown} is not among the assets of organisation {owner}")
    if not listed and not ids:
        raise ValueError(f"organisation {owner} has no virtual asset in the time asked for")
    return list(ids) or listed, known_of(found)


def note_time_ahead(end: datetime, now: datetime, advice: str = "") -> None:
    """Say what becomes of time that has not passed: an answer without rows is an answer."""
    if end > now:
        note(
            f"the time asked for ends at {end:%Y-%m-%d %H:%M} UTC, which is still to come: what the"
            " server has no rows of yet is kept as empty, and this command will not ask for it"
            f" again; let --end be today{advice}"
        )


def note_guesses(streams: Iterable[bulk.Stream]) -> None:
    """Say which operations rest on paths that nobody has read."""
    for stream in streams:
        if REVENUE.operations[stream].provenance == "provisional":
            warn_once(REVENUE.operations[stream])


def show_plan(plan: Plan, rate: float, out: Place) -> None:
    """Say what a pull would ask for and how long that takes at the least."""
    if not rate > 0:
        raise ValueError(f"--rate must be a positive number of requests a second, got {rate:g}")
    typer.echo(f"{plan}")
    for stream in plan.streams:
        typer.echo(f"  {stream}: {sum(one.stream == stream for one in plan):,}")
    left = _open(plan, out)
    if left is not None:
        typer.echo(f"{out} lacks {left:,} of them; the rest is there")
    requests = plan.requests if left is None else left
    seconds = timedelta(seconds=round(requests / rate))
    typer.echo(
        f"at {rate:g} requests a second {seconds} at the least; fewer requests are needed where"
        " answers are small, more where one is too large"
    )


def _open(plan: Plan, out: Place) -> int | None:
    """How many windows of the plan a dataset lacks; None if there is no dataset."""
    try:
        lacking = missing_in(out)
    except DatasetMismatch:
        return None
    by_line = defaultdict(list)
    for gap in lacking:
        by_line[gap.line].append(gap)
    return sum(
        any(gap.start < one.end and one.start < gap.end for gap in by_line[one.line])
        for one in plan
    )
