"""Two pulls held against each other: which rows differ, and what that is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from energy_async.bulk import read
from energy_async.bulk.changes import Changes, Difference
from energy_async.bulk.recheck import difference_of
from energy_async.bulk.reconcile import Compared
from energy_async.columns import arrow_column, load_pyarrow
from energy_async.delivery import delivery_day_of, month
from energy_async.storage import DatasetMismatch
from trlyr_async.bulk.figures import add_up

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from energy_async.bulk import Manifest
    from energy_async.storage import PlaceLike


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
    figures = add_up(first), add_up(second)
    one, other = (each.manifest for each in figures)
    if one.content != other.content:
        raise DatasetMismatch(f"{first} holds {one.content}, {second} {other.content}")
    days = figures[0].answered_days() & figures[1].answered_days()
    different, same = [], 0
    for stream, first_day in sorted({(stream, day.replace(day=1)) for _, stream, day in days}):
        found = difference_of(
            *(_rows(each, stream, first_day, one, days) for each in (first, second))
        )
        if found is None:
            same += 1
            continue
        changes = Changes()
        key = [found.after.column_names[0], one.start_column, *one.key_columns]
        changes.count(found, key)
        different.append(MonthDifference(stream, f"{first_day:%Y-%m}", changes, found))
    pairs = {(asset, day) for asset, _, day in days}
    compared = Compared(
        len(pairs),
        of=max(each.asset_days for each in figures),
        assets=len({asset for asset, _ in pairs}),
        of_assets=len({*one.assets, *other.assets}),
    )
    return PullComparison(compared, same, different)


def _rows(
    place: PlaceLike, stream: str, first: date, manifest: Manifest, days: set[tuple[str, str, date]]
) -> pa.Table:
    """Read what a pull has of a stream and month, on the days that count."""
    start, end = month(first.year, first.month, manifest.zone)
    rows = read(place, streams=[stream], start=start, end=end)
    subjects, starts = (rows.column(one).to_pylist() for one in (0, manifest.start_column))
    chosen = [
        (asset, stream, delivery_day_of(moment, manifest.zone)) in days
        for asset, moment in zip(subjects, starts, strict=True)
    ]
    pa = load_pyarrow()
    rows = rows.filter(arrow_column(chosen, pa.field("chosen", pa.bool_())))
    return rows.unify_dictionaries().combine_chunks()
