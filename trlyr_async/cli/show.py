"""`trlyr revenue show`: what a dataset holds, without asking the server."""

from pathlib import Path
from typing import Annotated

import typer

from energy_async.bulk import LocalFolder, missing_in, read_manifest
from energy_async.cli.exits import ExitCode
from energy_async.cli.notes import console
from energy_async.cli.output import show as print_out
from energy_async.cli.screen import counted
from energy_async.cli.times import days_between
from energy_async.delivery import BERLIN
from trlyr_async import bulk
from trlyr_async.cli.kept import kept, total_power
from trlyr_async.cli.summary import add_up, summary_table

__all__ = ["show"]


def show(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Written by trlyr revenue pull.")],
) -> None:
    """Add up a dataset: EUR for each stream and, where the power is known, EUR/MW/year.

    EUR/MW/year is EUR by the mean of rated charge and discharge power (MW) and by days, times 365.
    Ends with code 3 if windows are missing.

    Example: [bold]trlyr revenue show october[/]
    """
    place = LocalFolder(folder)
    asked, missing = read_manifest(place), missing_in(place)
    span = f"{asked.start:%Y-%m-%d %H:%M} UTC to {asked.end:%Y-%m-%d %H:%M} UTC"
    state = ", INCOMPLETE" if missing else ""
    table = summary_table(
        add_up(folder, [name for name in bulk.ALL if name in asked.streams]),
        title=f"Revenue of {counted(len(asked.assets), 'virtual asset')}{state}\n{span}",
        megawatts=total_power(asked.assets, kept(folder).powers),
        days=days_between(asked.start, asked.end, BERLIN),
    )
    print_out(table)
    if missing:
        console().print(
            f"missing: {counted(len(missing), 'gap')}, the first is {missing[0]};"
            " run the pull again to fetch the rest",
            markup=False,
        )
        raise typer.Exit(ExitCode.INCOMPLETE)
