"""`trlyr revenue show`: what a dataset holds, without asking the server."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from energy_async.bulk import Column, Place, columns_of, missing_in
from energy_async.cli.exits import ExitCode
from energy_async.cli.notes import console
from energy_async.cli.output import show as print_out
from energy_async.cli.ranges import Range
from energy_async.cli.screen import counted, plain_table
from energy_async.cli.times import days_between, parse_moment
from energy_async.delivery import BERLIN
from trlyr_async import bulk
from trlyr_async.bulk.revenue import read_revenue_manifest
from trlyr_async.cli.kept import kept, total_power
from trlyr_async.cli.places import DatasetArgument
from trlyr_async.cli.summary import add_up, summary_table

__all__ = ["show", "summary_of"]


def show(
    folder: DatasetArgument,
    *,
    columns: Annotated[
        bool,
        typer.Option("--columns", help="Tell the columns instead: type, unit, how well known."),
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="What was known then. Default: now.", show_default=False),
    ] = None,
) -> None:
    """Add up a dataset: EUR for each stream and, where the power is known, EUR/MW/year.

    EUR/MW/year is EUR by the mean of rated charge and discharge power (MW) and by days, times 365.
    Ends with code 3 if windows are missing.

    Example: trlyr revenue show october
    """
    if columns:
        print_out(_columns_table(folder))
        return
    print_out(summary_of(folder, parse_moment(as_of, BERLIN, "--as-of") if as_of else None))
    missing = missing_in(folder)
    if missing:
        console().print(
            f"missing: {counted(len(missing), 'gap')}, the first is {missing[0]};"
            " run the pull again to fetch the rest",
            markup=False,
        )
        raise typer.Exit(ExitCode.INCOMPLETE)


def summary_of(folder: Place, as_of: datetime | None = None) -> Table:
    """Add up what a dataset holds, or held at a moment, and say whether all is there."""
    asked, missing = read_revenue_manifest(folder, "a sum"), missing_in(folder)
    span = Range(asked.start, asked.end, asked.zone)
    state = ", INCOMPLETE" if missing else ""
    state = state if as_of is None else f" as known on {as_of:%Y-%m-%d %H:%M} UTC"
    return summary_table(
        add_up(folder, [name for name in bulk.ALL if name in asked.streams], as_of),
        title=f"Revenue of {counted(len(asked.assets), 'virtual asset')}{state}\n{span}",
        megawatts=total_power(asked.assets, kept(folder).powers),
        days=days_between(asked.start, asked.end, BERLIN),
    )


def _columns_table(folder: Place) -> Table:
    table = plain_table(f"Columns of {folder}")
    for name in ("column", "type", "unit", "description", "from"):
        table.add_column(name)
    for one in columns_of(folder):
        cells = (one.name, one.type, one.unit, one.description, _origin(one))
        table.add_row(*map(Text, cells))
    return table


def _origin(column: Column) -> str:
    """Say how well a column is known, by stream where that differs."""
    known = column.provenances
    if len(set(known.values())) <= 1:
        return next(iter(known.values()), "")
    return ", ".join(f"{stream}: {how}" for stream, how in known.items())
