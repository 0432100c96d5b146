"""Two pulls held against each other: which rows differ, and what that is worth."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from energy_async.bulk import read
from energy_async.bulk.changes import Changes, Difference
from energy_async.bulk.recheck import difference_of
from energy_async.bulk.reconcile import Compared
from energy_async.columns import arrow_column, load_pyarrow
from energy_async.delivery import delivery_day_of, split_by_month
from energy_async.storage import DatasetMismatch
from trlyr_async.bulk.figures import add_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    import pyarrow as pa

    from energy_async.storage import PlaceLike
    from trlyr_async.bulk.figures import Figures


class MonthDifference(NamedTuple):
    """What differs in a stream and delivery month: the rows that only one of the pulls has."""

    stream: str
    month: str
    changes: Changes
    rows: Difference


class PullComparison(NamedTuple):
    """What a second pull has otherwise than a first one.

    Attributes:
        compared: How many days of assets were held against each other, of those of both.
        same: How many streams and months have the same rows, in every column.
        different: The others.
    """

    compared: Compared
    same: int
    different: list[MonthDifference]

    @property
    def euros(self) -> float:
        """Revenue of the second pull less that of the first one, EUR."""
        return sum(one.changes.euros.get("revenue", 0.0) for one in self.different)


class _Both:
    """Two datasets, and what both have been answered."""

    def __init__(self, first: PlaceLike, second: PlaceLike) -> None:
        self.places = first, second
        self.figures: tuple[Figures, Figures] = add_up(first), add_up(second)
        one, other = (each.manifest for each in self.figures)
        if one.content != other.content:
            raise DatasetMismatch(f"{first} holds {one.content}, {second} {other.content}")
        self.manifest = one
        self.assets = sorted(set(one.assets) & set(other.assets))
        self.all_assets = len({*one.assets, *other.assets})
        self.streams = sorted(set(one.streams) & set(other.streams))
        self.start, self.end = max(one.start, other.start), min(one.end, other.end)

    @cached_property
    def days(self) -> set[tuple[str, str, date]]:
        """The days of assets and streams that both were answered whole."""
        one, other = (each.answered_days() for each in self.figures)
        return one & other

    def months(self) -> Iterator[tuple[str, str, Difference | None]]:
        if self.start >= self.end or not self.assets:
            return
        for stream in self.streams:
            for month in split_by_month(self.start, self.end, self.manifest.zone):
                tables = [self._rows(one, stream, *month) for one in self.places]
                name = f"{delivery_day_of(month.start, self.manifest.zone):%Y-%m}"
                yield stream, name, difference_of(*tables)

    def _rows(self, place: PlaceLike, stream: str, start: datetime, end: datetime) -> pa.Table:
        rows = read(place, assets=self.assets, streams=[stream], start=start, end=end)
        subjects, starts = (rows.column(one).to_pylist() for one in (0, self.manifest.start_column))
        chosen = [
            (asset, stream, delivery_day_of(moment, self.manifest.zone)) in self.days
            for asset, moment in zip(subjects, starts, strict=True)
        ]
        pa = load_pyarrow()
        rows = rows.filter(arrow_column(chosen, pa.field("chosen", pa.bool_())))
        return rows.unify_dictionaries().combine_chunks()


def compare_pulls(first: PlaceLike, second: PlaceLike) -> PullComparison:
    """Hold two pulls of the same against each other, row by row, over the days both were answered.

    Args:
        first: A dataset of revenue rows or of data points of revenue.
        second: Another one.

    Raises:
        DatasetMismatch: They hold different things, or no revenue.
        DatasetMissing: There is no dataset.
        DatasetDamaged: A file is damaged.
    """
    both = _Both(first, second)
    key: list[Any] = [both.manifest.start_column, *both.manifest.key_columns]
    different, same = [], 0
    for stream, month, found in both.months():
        if found is None:
            same += 1
            continue
        changes = Changes()
        changes.count(found, [found.after.column_names[0], *key])
        different.append(MonthDifference(stream, month, changes, found))
    days = {(asset, day) for asset, _, day in both.days}
    of = max(one.asset_days for one in both.figures)
    assets = len({asset for asset, _ in days})
    return PullComparison(Compared(len(days), of, assets, both.all_assets), same, different)
