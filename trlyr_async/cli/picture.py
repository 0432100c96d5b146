"""`trlyr revenue plot` and `trlyr revenue report`: a dataset to look at."""

from pathlib import Path
from typing import Annotated

import typer

from energy_async.cli.formats import check_suffix
from energy_async.cli.notes import busy, note
from energy_async.cli.options import DatasetArgument
from trlyr_async.bulk import figures
from trlyr_async.cli.check import PointsOption

__all__ = ["plot", "report"]


def plot(
    folder: DatasetArgument,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Ends with .png, .svg or .pdf.")
    ] = Path("revenue.png"),
) -> None:
    """Draw revenue by stream, by day or, for more than two months, by month.

    Days and months that were not answered, or had not passed when they were asked, are marked, and
    the title says so.

    Example: trlyr revenue plot october -o october.svg
    """
    check_suffix(output, ".png", ".svg", ".pdf")
    from energy_async import plot as drawing  # noqa: PLC0415 - loaded by this command alone
    from trlyr_async.report.chart import chart_of  # noqa: PLC0415

    with busy(f"adding {folder} up"):
        found = figures.add_up(folder)
    drawing.save(drawing.draw_revenue(chart_of(found)), output)
    typer.echo(f"chart in {output}")
    if found.total.covers.lacks:
        note(f"the chart is not of the whole time: {found.total.covers}")


def report(
    folder: DatasetArgument,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The page to write.")
    ] = Path("report.html"),
    points: PointsOption = None,
) -> None:
    """Write one HTML page: findings first, then revenue by stream, time and asset.

    The page needs nothing from elsewhere and no script; it can be sent and printed.

    Example: trlyr revenue report october -o october.html
    """
    check_suffix(output, ".html", ".htm")
    from trlyr_async.report import write  # noqa: PLC0415 - needs an extra

    with busy(f"checking {folder} and adding it up"):
        write(folder, output, points=points)
    typer.echo(f"report in {output}")
