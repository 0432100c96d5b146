"""What a dataset adds up to: EUR for each stream, and for each MW and year."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.bulk.dataset import Dataset
from energy_async.bulk.reading import scan_parts
from energy_async.cli.screen import NOTHING, add_columns, number, plain_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import pyarrow as pa
    from rich.table import Table

    from energy_async.storage import PlaceLike

__all__ = ["StreamSum", "add_up", "per_mw_year", "summary_table"]

_REVENUE: Final = "revenue"
_YEAR: Final = 365


class StreamSum(msgspec.Struct, frozen=True, kw_only=True):
    """One stream of a dataset.

    Attributes:
        revenue: EUR.
        rows: Rows, those without a figure included.
        unknown: Rows whose revenue the server left out; they add nothing to the sum.
    """

    stream: str
    revenue: float = 0.0
    rows: int = 0
    unknown: int = 0

    @property
    def is_known(self) -> bool:
        """Whether there is any figure: without one a sum of 0 says nothing."""
        return self.rows > self.unknown


def add_up(
    place: PlaceLike, streams: Iterable[str] = (), as_of: datetime | None = None
) -> list[StreamSum]:
    """Add a dataset up, one file at a time; `streams` are listed even where there is no file.

    Raises:
        OSError: A file cannot be read.
        DatasetDamaged: A file is damaged.
    """
    sums = {name: StreamSum(stream=name) for name in streams}
    for part, rows in scan_parts(Dataset(place), as_of=as_of):
        one = _sum_of(part.keys["stream"], rows)
        before = sums.get(one.stream, StreamSum(stream=one.stream))
        sums[one.stream] = StreamSum(
            stream=one.stream,
            revenue=before.revenue + one.revenue,
            rows=before.rows + one.rows,
            unknown=before.unknown + one.unknown,
        )
    return list(sums.values())


def per_mw_year(revenue: float, megawatts: float, days: float) -> float:
    """Give EUR/MW/year: EUR by mean rated power, times 365 by the days; the days are ours."""
    return revenue / megawatts / days * _YEAR


def summary_table(
    sums: Iterable[StreamSum],
    *,
    title: str,
    megawatts: float | None,
    days: float,
    caption: str = "",
) -> Table:
    """Lay the sums out, with EUR/MW/year where the power is known."""
    sums = list(sums)
    total = StreamSum(
        stream="total",
        revenue=math.fsum(one.revenue for one in sums),
        rows=sum(one.rows for one in sums),
        unknown=sum(one.unknown for one in sums),
    )
    table = plain_table(title, caption)
    table.show_footer = True
    *rows, last = [_cells(one, megawatts, days) for one in (*sums, total)]
    first, *figures = last
    add_columns(table, [first], figures)
    for column, cell in zip(table.columns, last.values(), strict=True):
        column.footer = cell
    for row in rows:
        table.add_row(*row.values())
    return table


def _sum_of(stream: str, rows: pa.Table) -> StreamSum:
    column = rows.column(_REVENUE)
    known = (value for value in column.to_pylist() if value is not None)
    return StreamSum(
        stream=stream, revenue=math.fsum(known), rows=len(column), unknown=column.null_count
    )


def _cells(one: StreamSum, megawatts: float | None, days: float) -> Mapping[str, str]:
    cells = {"stream": one.stream, "EUR": number(one.revenue, 2) if one.is_known else NOTHING}
    if megawatts:
        yearly = number(per_mw_year(one.revenue, megawatts, days))
        cells["EUR/MW/year"] = yearly if one.is_known else NOTHING
    return {**cells, "rows": number(one.rows), "no figure": number(one.unknown)}
