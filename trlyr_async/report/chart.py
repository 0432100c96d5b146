"""What a chart of a dataset shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from energy_async.cli.screen import counted, number
from energy_async.plot import StackedRevenue
from trlyr_async.bulk.revenue import ALL
from trlyr_async.report.figures import buckets_of
from trlyr_async.report.page import STREAM_NAMES

if TYPE_CHECKING:
    from energy_async.bulk import Manifest
    from energy_async.bulk.daily import DaySums

__all__ = ["chart_of"]


def chart_of(manifest: Manifest, sums: DaySums, megawatts: float | None) -> StackedRevenue:
    """Give the chart of a dataset, by day or, where the range is long, by month.

    Args:
        manifest: What the dataset is.
        sums: Its figures (EUR) by series and day.
        megawatts: The power of all assets, if known.
    """
    found = buckets_of(manifest, sums)
    total = sum(one.total for one in found)
    power = f", {number(megawatts, 1)} MW" if megawatts else ""
    first, last = found[0].label, found[-1].label
    return StackedRevenue(
        title=f"Revenue {first} to {last}: {number(total)} EUR",
        subtitle=f"{counted(len(manifest.assets), 'virtual asset')}{power} ({manifest.zone})",
        labels=[one.label for one in found],
        streams={
            STREAM_NAMES[name]: [one.streams.get(name, 0.0) for one in found]
            for name in ALL
            if name in manifest.streams
        },
    )
