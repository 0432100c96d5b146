"""`trlyr revenue files, export, diff, tidy, repair, upgrade`: looking after a dataset."""

from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer

from energy_async.bulk import OnProgress, Place, Source, read_manifest
from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.notes import busy, note
from energy_async.cli.options import DatasetArgument, Writer, parse_place
from energy_async.cli.output import show as print_out
from energy_async.cli.screen import NOTHING, add_columns, counted, number, plain_table
from energy_async.cli.times import parse_length, parse_moment
from energy_async.delivery import BERLIN
from energy_async.files import check_writable
from energy_async.transport.client import ApiClient
from trlyr_async import bulk
from trlyr_async.cli.account import Login
from trlyr_async.cli.transfer import Transfer

__all__ = ["compare", "diff", "export", "files", "repair", "tidy", "upgrade"]

_POINTS: Final = "terralayr revenue data points: "


def files(folder: DatasetArgument) -> None:
    """List the Parquet files whose rows are the dataset, one a line, for other readers.

    Example: trlyr revenue files revenue
    """
    for name in bulk.files(folder):
        typer.echo(name)


def export(
    folder: DatasetArgument,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Ends with .parquet, .csv, .json, .xlsx or .duckdb.",
        ),
    ],
    *,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="What was known then. Default: now.")
    ] = None,
) -> None:
    """Write the rows of a dataset as one plain file.

    Example: trlyr revenue export revenue revenue.csv
    """
    moment = parse_moment(as_of, BERLIN, "--as-of") if as_of is not None else None
    check_writable(target)
    with busy(f"writing {target}"):
        rows = bulk.export(folder, target, as_of=moment)
    typer.echo(f"{counted(rows, 'row')} in {target}")


def diff(
    folder: DatasetArgument,
    before: Annotated[str, typer.Argument(metavar="TIME", help="The earlier moment.")],
    after: Annotated[
        str | None, typer.Argument(metavar="TIME", help="The later one. Default: now.")
    ] = None,
) -> None:
    """Say what became of a dataset between two moments, in rows and EUR.

    Example: trlyr revenue diff revenue 2026-11-01
    """
    first = parse_moment(before, BERLIN, "TIME")
    last = parse_moment(after, BERLIN, "TIME") if after is not None else None
    with busy(f"comparing {folder}"):
        found = bulk.compare(folder, first, last)
    span = f"{found.before:%Y-%m-%d %H:%M} UTC to {found.after:%Y-%m-%d %H:%M} UTC"
    table = plain_table(f"What became of {folder}\n{span}")
    add_columns(table, ["column"], ["corrected", "vanished", "added", "EUR"])
    for name in found.changes.euros or [""]:
        table.add_row(name, *_cells(found.changes, name))
    print_out(table)


def compare(
    first: DatasetArgument,
    second: Annotated[
        Place, typer.Argument(metavar="PLACE", parser=parse_place, help="Another pull of the same.")
    ],
) -> None:
    """Hold two pulls against each other: which rows differ, and what that is worth in EUR.

    Row by row, over the days that both were answered. Ends with code 3 if a row differs, or if they
    have nothing in common.

    Example: trlyr revenue compare october october-again
    """
    with busy(f"comparing {first} and {second}"):
        found = bulk.compare_pulls(first, second)
    table = plain_table(f"{second} against {first}", f"compared {found.compared}")
    add_columns(table, ["stream", "month"], ["corrected", "only in 1st", "only in 2nd", "EUR"])
    for one in found.different:
        table.add_row(one.stream, one.month, *_cells(one.changes, "revenue"))
    print_out(table)
    if not found.compared.count:
        note("they have no whole day of an asset and stream in common: nothing was compared")
    elif not found.different:
        typer.echo(f"the same rows in {counted(found.same, 'month')} of streams")
    if found.different or not found.compared.count:
        raise typer.Exit(ExitCode.INCOMPLETE)


def tidy(
    folder: DatasetArgument,
    *,
    history: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH",
            help="Drop what is known of the past before that long ago, such as 730d. Default:"
            " keep all.",
        ),
    ] = None,
    writer: Writer,
) -> None:
    """Merge small files, delete what killed runs left, and forget the distant past if asked to.

    Example: trlyr revenue tidy revenue --history 730d
    """
    place = writer.place(folder)
    kept = parse_length(history, "--history") if history is not None else None
    if kept is not None:
        bulk.forget(place, before=clock.now() - kept)
    with busy(f"tidying {folder} up"):
        bulk.compact(place)
    typer.echo(f"{counted(len(bulk.files(place)), 'file')} of rows in {folder}")


def upgrade(folder: DatasetArgument) -> None:
    """Take over a dataset of an older version, in place.

    Example: trlyr revenue upgrade revenue
    """
    with busy(f"reading {folder}"):
        found = bulk.upgrade(folder)
    typer.echo(f"{counted(found, 'file')} taken over in {folder}")


def repair(folder: DatasetArgument, *, transfer: Transfer, login: Login) -> None:
    """Take damaged and missing files out of a dataset, and ask again for just what they held.

    Example: trlyr revenue repair revenue
    """
    place = transfer.place(folder)

    async def work(client: ApiClient, step: OnProgress) -> bulk.Repair:
        return await bulk.repair(
            client, place, _source_of(place), concurrency=transfer.concurrency, on_progress=step
        )

    found, traffic = transfer.run(login.account, place, work)
    lost = [*found.commits, *found.files]
    for name in lost:
        typer.echo(f"taken out: {name}")
    typer.echo(str(found.pull))
    transfer.end(place, traffic, found.pull, taken_out=lost)


def _source_of(place: Place) -> Source[Any]:
    """Give what a dataset was made of."""
    manifest = read_manifest(place)
    if manifest.content == bulk.REVENUE.content:
        return bulk.REVENUE
    subject, _, resolution = manifest.streams[0].rpartition("_")
    which = manifest.content.removeprefix(_POINTS)
    categories = None if which == "all categories" else which.split(", ")
    return bulk.data_points(cast("bulk.Subject", subject), resolution, categories=categories)


def _cells(changes: bulk.Changes, column: str) -> list[str]:
    """Give the counts of changes, and what they are worth in a column (EUR)."""
    euros = changes.euros.get(column)
    counts = map(number, (changes.corrected, changes.vanished, changes.added))
    return [*counts, NOTHING if euros is None else number(euros, 2)]
