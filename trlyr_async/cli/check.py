"""`trlyr revenue check`: is a dataset whole, and do its sums agree?"""

import fnmatch
from typing import Annotated, Final, TypeAlias, get_args

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from energy_async.bulk import Place
from energy_async.bulk.reconcile import Finding, Reconciliation
from energy_async.cli.exits import ExitCode
from energy_async.cli.notes import busy
from energy_async.cli.options import DatasetArgument, parse_place
from energy_async.cli.output import show, write_bytes
from energy_async.cli.screen import NOTHING, add_columns, counted, number, plain_table
from trlyr_async import bulk
from trlyr_async.bulk.figures import Figures
from trlyr_async.bulk.reconciliation import SPARSE, Checked, examine
from trlyr_async.models.revenue_reporting import KnownDataPointCategory

__all__ = ["PointsOption", "check"]

PointsOption: TypeAlias = Annotated[
    Place | None,
    typer.Option(
        metavar="PLACE",
        parser=parse_place,
        help="Data points of the same assets, to hold the rows against: written by trlyr revenue"
        " points pull virtual_asset daily.",
    ),
]
_NAMES: Final = (*bulk.ALL, *get_args(KnownDataPointCategory))
_STYLES: Final = {"error": "bold red", "warning": "bold yellow", "notice": "bold blue"}
_SHOWN: Final = 30


def check(
    folder: DatasetArgument,
    *,
    points: PointsOption = None,
    sparse: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A stream or category, such as ancillary or *_fcr, that has a row only where"
            " something was earned: a missing one means nothing. May be repeated; auctions and"
            " prices are known.",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Write everything as JSON, all findings included.")
    ] = False,
) -> None:
    """Look for gaps, doubles, rows without a figure and sums that do not agree.

    Every interval must be there once: 92, 96 or 100 quarter-hours a day, blocks of 3, 4 or 5
    hours, days; which of them, the rows themselves show. With --points the streams must add up to
    the total that upstream gives, by day and month; how much was compared stands with it. PLACE
    may hold data points as well.

    Ends with code 3 if there is an error or a warning.

    Example: trlyr revenue check october --points points
    """
    for one in sparse or ():
        if not fnmatch.filter(_NAMES, one):
            raise ValueError(f"--sparse: {one!r} fits no stream and no category")
    with busy(f"checking {folder}"):
        checked = examine(folder, points=points, sparse=[*SPARSE, *(sparse or ())])
    found = checked.result
    if json:
        write_bytes(found.to_json(), None)
    else:
        show(*_parts(checked))
    if not found.clean:
        raise typer.Exit(ExitCode.INCOMPLETE)


def _parts(checked: Checked) -> list[RenderableType]:
    found = checked.result
    counts = (
        counted(len(found.errors), "error"),
        counted(len(found.warnings), "warning"),
        counted(len(found.notices), "notice"),
    )
    verdict = "clean" if found.clean else "NOT CLEAN"
    style = "bold green" if found.clean else "bold red" if found.errors else "bold yellow"
    title = Text.assemble((verdict, style), f": {', '.join(counts)}")
    rest = len(found.findings) - _SHOWN
    return [
        _series(found),
        *([_revenue(checked.figures)] if checked.figures else []),
        *([_compared(found)] if found.compared else []),
        title,
        *map(_shown, found.findings[:_SHOWN]),
        *([Text(f"… and {rest:,} more; --json gives all", style="dim")] if rest > 0 else []),
    ]


def _shown(one: Finding) -> RenderableType:
    head = Text.assemble(
        (f"{one.severity} ", _STYLES[one.severity]), (one.kind, "bold"), f"  {one.place}"
    )
    lines = [one.span, one.text[:1].upper() + one.text[1:] + "."]
    body = [Text(line) for line in filter(None, lines)]
    lines_below = Group(*body, Text(one.advice, style="dim"))
    return Padding(Group(head, Padding(lines_below, (0, 0, 0, 2))), (1, 0, 0, 0))


def _series(found: Reconciliation) -> Table:
    span = f"{found.start:%Y-%m-%d %H:%M} UTC to {found.end:%Y-%m-%d %H:%M} UTC"
    table = plain_table(f"Check of {counted(found.assets, 'asset')}\n{span}")
    figures = ("assets", "rows", "expected", "missing", "no figure")
    add_columns(table, ["series", "intervals"], figures)
    for one in found.series:
        kinds = ", ".join(one.resolutions) or "unknown"
        table.add_row(
            one.category or one.stream,
            kinds if one.expected else f"{kinds}, now and then",
            number(one.assets),
            number(one.rows),
            number(one.expected) if one.expected else NOTHING,
            number(one.missing),
            number(one.without_figure),
        )
    return table


def _revenue(found: Figures) -> Text:
    total = found.total
    said = NOTHING if total.revenue is None else number(total.revenue, 2)
    yearly = NOTHING if total.per_mw_year is None else number(total.per_mw_year)
    return Text(f"revenue {said} EUR, {yearly} EUR/MW/year; counted: {total.covers}\n")


def _compared(found: Reconciliation) -> Text:
    lines = (f"{much}: {what}" for what, much in found.compared.items())
    return Text("compared " + "\ncompared ".join(lines) + "\n", style="dim")
