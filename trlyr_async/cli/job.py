"""What a pull is asked to do: the options for it, which assets, what is planned."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from energy_async.bulk import Place, Plan, asset_key, missing_in
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import note
from energy_async.cli.options import parse_place
from energy_async.cli.times import Range, parse_length
from energy_async.storage import DatasetMismatch
from energy_async.transport.client import ApiClient
from trlyr_async import bulk, virtual_assets
from trlyr_async.cli.account import Account, connected
from trlyr_async.cli.ids import check_known, gather_ids
from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = [
    "AssetChoice",
    "Find",
    "OutOption",
    "Windows",
    "find_assets",
    "listed",
    "note_time_ahead",
]

Find: TypeAlias = Callable[[ApiClient], Awaitable[list[str | VirtualAsset]]]
"""Gives what to ask about."""
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


@dataclass(frozen=True, kw_only=True)
class AssetChoice:
    """Which virtual assets are meant."""

    asset: Annotated[
        list[str] | None,
        typer.Option(
            "--asset",
            metavar="ID",
            help="A virtual asset; may be repeated. Default: all of the organisation that live in"
            " the time asked for; with update, no further one.",
        ),
    ] = None
    assets_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Virtual assets: one id a line, or a CSV file with a column id."
        ),
    ] = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The identifiers, each once."""
        return gather_ids(self.asset, self.assets_file)


@dataclass(frozen=True, kw_only=True)
class Windows:
    """How the time of a pull is cut, and whether only that is shown."""

    window: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH",
            help="Time that one request covers: 12h, 31d, 2w; a day is 24 hours. Any length gives"
            " the same rows. Default: a month, or several where answers are small.",
        ),
    ] = None
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be asked and how long it takes, and end.")
    ] = False

    @property
    def length(self) -> timedelta | None:
        """The length of a window; None leaves it to the pull."""
        return None if self.window is None else parse_length(self.window, "--window")

    def show(self, plan: Plan, rate: float, out: Place) -> None:
        """Say what a pull would ask for and how long that takes at the least."""
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


def listed(who: Account, find: Find) -> list[str]:
    """Give the identifiers of what is to be asked about."""

    async def ask() -> list[str]:
        async with connected(who) as client:
            return [str(one) for one in bulk.ids_of(await find(client))]

    return run_until_interrupted(ask())


async def find_assets(
    client: ApiClient, ids: Sequence[str], owner: str | None, when: Range
) -> list[str | VirtualAsset]:
    """Give the virtual assets to ask for, by default all of the organisation; else their ids."""
    if not owner:
        if ids:
            return list(ids)
        raise ValueError(
            "no asset and no organisation: give --asset or --organisation, or set"
            " TRLYR_ORGANISATION_ID"
        )
    found = await virtual_assets.get_virtual_assets(client, owner, start=when.start, end=when.end)
    listed = {asset_key(one.id): one for one in found if one.id}
    if not listed:
        raise ValueError(f"organisation {owner} has no virtual asset from {when}")
    check_known(f"organisation {owner}, {when}", ids, list(listed))
    return [listed[one] for one in ids or listed]


def note_time_ahead(end: datetime, now: datetime, advice: str = "") -> None:
    """Say what becomes of time that has not passed: an answer without rows is an answer."""
    if end > now:
        note(
            f"the time asked for ends at {end:%Y-%m-%d %H:%M} UTC, which is still to come: what the"
            " server has no rows of yet is kept as empty, and this command will not ask for it"
            f" again; let --end be today{advice}"
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
