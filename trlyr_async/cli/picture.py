"""`trlyr revenue plot` and `trlyr revenue report`: a dataset to look at."""

from pathlib import Path
from typing import Annotated

import typer

from energy_async.bulk.chunks import chunks
from energy_async.bulk.daily import DaySums
from energy_async.cli.notes import busy
from trlyr_async.bulk.revenue import read_revenue_manifest
from trlyr_async.cli.check import PointsOption
from trlyr_async.cli.kept import kept, total_power
from trlyr_async.cli.places import DatasetArgument

__all__ = ["plot", "report"]


def plot(
    folder: DatasetArgument,
    *,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Ends with .png, .svg or .pdf."),
    ] = Path("revenue.png"),
) -> None:
    """Draw revenue by stream, by day or, for more than two months, by month.

    Example: trlyr revenue plot october -o october.svg
    """
    from energy_async import plot as drawing  # noqa: PLC0415 - loaded by this command alone
    from trlyr_async.report.chart import chart_of  # noqa: PLC0415

    manifest = read_revenue_manifest(folder, "a chart")
    sums = DaySums(manifest.zone)
    with busy(f"adding {folder} up"):
        for chunk in chunks(folder, "revenue"):
            sums.add(chunk)
    power = total_power(manifest.assets, kept(folder).powers)
    drawing.save(drawing.draw_revenue(chart_of(manifest, sums, power)), output)
    typer.echo(f"chart in {output}")


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
    from trlyr_async.report import write  # noqa: PLC0415 - needs an extra

    known = kept(folder)
    with busy(f"checking {folder} and adding it up"):
        write(folder, output, points=points, powers=known.powers, lives=known.lives)
    typer.echo(f"report in {output}")
