"""Figures of a dataset added up by delivery day, exactly: no order of rows changes a sum."""

from __future__ import annotations

import itertools
import math
from array import array
from collections import defaultdict
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.bulk.chunks import Series, figure_columns, shelf_of
from energy_async.bulk.reading import EVERYTHING, scan_parts
from energy_async.columns import arrow_column, load_pyarrow, moment_of
from energy_async.delivery import delivery_day_of
from energy_async.storage import DatasetMismatch
from energy_async.tables import units

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk.dataset import Dataset
    from energy_async.storage import Snapshot

NANO: Final = 1_000_000_000
"""Sums are whole billionths of the unit; a finer part of a row's figure is rounded off."""
_KEYS: Final = ("subject", "category", "unit")


class DaySum(NamedTuple):
    """A day of a series: what its figures add up to, and how many they are."""

    total: float
    figures: int


class Days:
    """What a series adds up to on each delivery day that has a row.

    Ordinals of the days in order, sums in billionths of the unit, rows, and how many of these have
    a figure: missing is not zero. `units` are those of the rows, as far as they are known.
    """

    def __init__(self) -> None:
        self.days: array[int]
        self.figures: array[int]
        self.rows: array[int]
        self.days, self.rows, self.figures = array("i"), array("i"), array("i")
        self.nanos: list[int] = []
        self.units: set[str] = set()


class DaySums:
    """Sums by series and delivery day. A day without any figure is not there."""

    def __init__(self, series: Mapping[Series, Days]) -> None:
        self.series = series
        self.of: Callable[[Series], Mapping[date, DaySum]] = lru_cache(maxsize=64)(self._of)

    def _of(self, series: Series) -> Mapping[date, DaySum]:
        """The days of a series."""
        found = self.series.get(series) or Days()
        days = zip(found.days, found.nanos, found.figures, strict=True)
        return {
            date.fromordinal(day): DaySum(nanos / NANO, count)
            for day, nanos, count in days
            if count
        }


def day_sums(
    dataset: Dataset,
    *,
    snapshot: Snapshot,
    as_of: datetime | None = None,
    passed_over: Container[str] = (),
) -> DaySums:
    """Add up what of a dataset was known at a moment, but for files that are passed over.

    Memory is that of a file and the sums. Raises `DatasetDamaged`, and `DatasetMismatch` for a file
    without figures or with one that is too large to be added.
    """
    zone = dataset.manifest(snapshot).zone
    found: defaultdict[Series, Days] = defaultdict(Days)
    day_of = lru_cache(maxsize=10_000)(
        lambda start: delivery_day_of(moment_of(start), zone).toordinal()
    )
    parts = scan_parts(dataset, EVERYTHING, as_of, snapshot=snapshot, passed_over=passed_over)
    for _, group in itertools.groupby(parts, key=shelf_of):
        month: defaultdict[tuple[Series, int], list[int]] = defaultdict(lambda: [0, 0, 0])
        for part, rows in group:
            try:
                for series, unit, day, *numbers in _grouped(rows, part.keys["stream"], day_of):
                    sums = month[series, day]
                    sums[:] = [a + b for a, b in zip(sums, numbers, strict=True)]
                    found[series].units |= {unit} - {""}
            except (KeyError, ValueError) as exc:
                raise DatasetMismatch(f"{dataset}/{part.path} cannot be added up: {exc}") from exc
        for (series, day), (nanos, count, figures) in sorted(month.items()):
            one = found[series]
            one.nanos.append(nanos)
            one.days.append(day)
            one.rows.append(count)
            one.figures.append(figures)
    return DaySums(found)


def total_of(sums: Iterable[DaySum]) -> DaySum:
    """Add sums up."""
    found = list(sums)
    return DaySum(math.fsum(one.total for one in found), sum(one.figures for one in found))


def _grouped(
    rows: pa.Table, stream: str, day_of: Callable[[int], int]
) -> Iterator[tuple[Any, ...]]:
    """Give series, unit, day, sum in billionths, rows and figures."""
    pa = load_pyarrow()
    from pyarrow import compute  # noqa: PLC0415 - `group_by` would load pandas, where there is one

    wanted = figure_columns(rows.column_names)
    starts = rows.column(wanted["start"]).cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    keys = {"day": _encoded(starts, day_of)}
    keys.update({one: _encoded(rows.column(wanted[one])) for one in _KEYS if one in wanted})
    number, *others = keys.values()
    key = number[0]
    for codes, names in others:
        key = compute.add(compute.multiply(key, _scalar(len(names))), codes)
    order = compute.sort_indices(key)
    runs = compute.run_end_encode(key.take(order), run_end_type=pa.int64())
    ends = [one - 1 for one in runs.run_ends.to_pylist()]
    places = arrow_column(ends, pa.field("end", pa.int64()))
    values = rows.column(wanted["value"]).combine_chunks().take(order)
    # Whole numbers add up to the same in any order, and an overflow is an error.
    scaled = compute.multiply(values.fill_null(_scalar(0.0)), _scalar(float(NANO)))
    nanos = compute.round(scaled).cast(pa.int64())
    sums, figures = (
        compute.cumulative_sum_checked(one).take(places).to_pylist()
        for one in (nanos, values.is_valid().cast(pa.int64()))
    )
    unit = units(rows).get(wanted["value"], "")
    totals = itertools.pairwise([(0, -1, 0), *zip(sums, ends, figures, strict=True)])
    for code, (before, now) in zip(runs.values.to_pylist(), totals, strict=True):
        found = dict(_decoded(code, keys))
        series = Series(found["subject"], stream, found.get("category") or "")
        numbers = [b - a for a, b in zip(before, now, strict=True)]
        yield series, found.get("unit") or unit, found["day"], *numbers


def _encoded(
    column: pa.ChunkedArray, of: Callable[[Any], Any] = lambda one: one
) -> tuple[pa.Array, list[Any]]:
    """Give a column as whole numbers, and what each of them stands for."""
    pa = load_pyarrow()
    whole = column.combine_chunks()
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    codes = whole.indices.cast(pa.int64())
    names = [of(one) for one in whole.dictionary.to_pylist()]
    return codes.fill_null(_scalar(len(names))), [*names, None]


def _scalar(value: float) -> pa.Scalar:
    """Give a number as Arrow's; `pa.scalar` would load pandas, where there is one."""
    pa = load_pyarrow()
    kind = pa.int64() if isinstance(value, int) else pa.float64()
    return arrow_column([value], pa.field("value", kind))[0]


def _decoded(
    number: int, keys: Mapping[str, tuple[pa.Array, list[Any]]]
) -> Iterator[tuple[str, Any]]:
    """Give what a number stands for that was made of several codes."""
    for role, (_, names) in reversed(list(keys.items())):
        number, code = divmod(number, len(names))
        yield role, names[code]
