"""`trlyr revenue show`: what a dataset holds, without asking the server."""

from datetime import datetime
from typing import Annotated, cast

import typer
from rich.table import Table
from rich.text import Text

from energy_async.bulk import Column, Place, columns_of, missing_in
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import Format, Target
from energy_async.cli.notes import console, note
from energy_async.cli.options import DatasetArgument, Output
from energy_async.cli.output import emit
from energy_async.cli.output import show as print_out
from energy_async.cli.screen import View, counted, plain_table
from energy_async.cli.times import parse_moment
from energy_async.delivery import BERLIN
from trlyr_async.bulk import figures
from trlyr_async.cli.summary import summary_table, title_of

__all__ = ["show"]


def show(
    folder: DatasetArgument,
    *,
    by: Annotated[
        str,
        typer.Option(
            metavar="CUT[,CUT]",
            help=f"One or two of {', '.join(figures.CUTS)}, such as portfolio,month.",
        ),
    ] = "stream",
    columns: Annotated[
        bool,
        typer.Option("--columns", help="Show the columns instead: type, unit, how well known."),
    ] = False,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="What was known then. Default: now.")
    ] = None,
    out: Output,
) -> None:
    """Add up a dataset: EUR and EUR/MW/year by stream, asset, portfolio, month or day.

    EUR/MW/year is EUR by the mean of rated charge and discharge power (MW) and by the days in
    service that were answered and have passed, times 365; `of these` leaves out the assets
    that have no row of a stream. Ends with code 3 if windows are missing, or if there is no row.

    Example: trlyr revenue show october --by asset -o october.csv
    """
    if columns:
        if by != "stream" or as_of is not None or out != Output():
            raise ValueError("--columns goes with no other option: it shows no figures")
        print_out(_columns_table(folder))
        return
    moment = parse_moment(as_of, BERLIN, "--as-of") if as_of is not None else None
    cuts = [cast("figures.Cut", one) for one in dict.fromkeys(by.replace(" ", "").split(","))]
    is_plain = out.format_ is None and out.output is None
    target = Target(Format.TABLE, None) if is_plain else out.target()
    found = figures.add_up(folder, as_of=moment)
    title = title_of(found, moment)
    if target.format is Format.TABLE:
        print_out(summary_table(found, cuts, title=title), path=target.path)
    else:
        emit(found.table(*cuts), View(title, caption=f"counted: {found.total.covers}"), target)
    _say_what_lacks(folder, found, moment)


def _say_what_lacks(folder: Place, found: figures.Figures, moment: datetime | None) -> None:
    missing = missing_in(folder) if moment is None else []
    if found.total.covers.lacks == "to come":
        note(f"a part of the time was still to come: `trlyr revenue update {folder}` asks again")
    if missing:
        console().print(
            f"missing: {counted(len(missing), 'gap')}, the first is {missing[0]};"
            " run the pull again to fetch the rest",
            markup=False,
        )
    elif not found.total.rows:
        why = "the server has none of what was asked for" if moment is None else "not at that time"
        console().print(f"there is no row: {why}")
    if missing or not found.total.rows:
        raise typer.Exit(ExitCode.INCOMPLETE)


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
