"""What corrections have changed, in rows and EUR; and what became of a dataset in some time."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime  # noqa: TC003 - field types are resolved at run time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from energy_async.bulk import parts
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.described import without_origin
from energy_async.bulk.history import KIND, History, cut_out, net_changes, rows_of, table_of
from energy_async.columns import load_pyarrow
from energy_async.delivery import require_aware
from energy_async.tables import units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from energy_async.storage import Part, PlaceLike, Snapshot

_MONEY: Final = "EUR"


class Difference(NamedTuple):
    """The rows that were there before only, and those there after only."""

    before: pa.Table
    after: pa.Table


class Changes(msgspec.Struct, kw_only=True):
    """What has changed.

    Attributes:
        corrected: Rows that changed in any value.
        vanished: Rows that the server no longer has.
        added: Rows that the server did not have before.
        euros: For each column in EUR the sum of the new rows less that of the old ones.
    """

    corrected: int = 0
    vanished: int = 0
    added: int = 0
    euros: dict[str, float] = {}

    def count(self, difference: Difference, key: Sequence[str]) -> None:
        """Count a difference; `key` names the columns that tell one row from another."""
        old, new = (Counter(rows_of(table.select(key))) for table in difference)
        self.corrected += (old & new).total()
        self.vanished += (old - new).total()
        self.added += (new - old).total()
        for name, unit in units(difference.after).items():
            if unit == _MONEY:
                less, more = (_sum(table.column(name)) for table in difference)
                self.euros[name] = self.euros.get(name, 0.0) + more - less


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a dataset between two moments.

    Attributes:
        before: The earlier moment.
        after: The later one.
        changes: In rows and EUR.
        rows: The rows that only one of the two moments has, a `pyarrow.Table`: their columns,
            `state` (`before`, `after`) and `stream`. None if they have the same.
    """

    before: datetime
    after: datetime
    changes: Changes
    rows: Any


def compare(path: PlaceLike, before: datetime, after: datetime | None = None) -> Comparison:
    """Say what became of a dataset between two moments, in rows and EUR.

    Rows of windows that were first answered in between count as added.

    Args:
        path: The dataset.
        before: The earlier moment; aware.
        after: The later one; by default that of the last commit.

    Raises:
        ValueError: A naive moment, or the later one is the earlier.
        DatasetMissing: There is no dataset.
        DatasetDamaged: A file is damaged.
        DatasetMismatch: `before` is before what is known of the past.
    """
    dataset = Dataset(path)

    def work(snapshot: Snapshot) -> Comparison:
        first = require_aware(before, "before")
        late = max(snapshot.at, first) if after is None else require_aware(after, "after")
        if late < first:
            raise ValueError(f"the later moment, {late}, is before the earlier one, {before}")
        return _compared(dataset, snapshot, first, late)

    return dataset.reading(work)


def _compared(
    dataset: Dataset, snapshot: Snapshot, before: datetime, after: datetime
) -> Comparison:
    changes, tables = Changes(), []
    manifest = dataset.manifest(snapshot)
    for stream, found in _differences(dataset, snapshot, before, after):
        key = [found.after.column_names[0], manifest.start_column, *manifest.key_columns]
        changes.count(found, key)
        tables += [
            parts.with_stream(parts.with_state(rows, state), stream)
            for state, rows in zip(("before", "after"), found, strict=True)
            if rows.num_rows
        ]
    pa = load_pyarrow()
    tables = [one.cast(without_origin(one.schema)) for one in tables]
    rows = pa.concat_tables(tables).unify_dictionaries() if tables else None
    return Comparison(before=before, after=after, changes=changes, rows=rows)


def _differences(
    dataset: Dataset, snapshot: Snapshot, before: datetime, after: datetime
) -> Iterator[tuple[str, Difference]]:
    start = dataset.manifest(snapshot).start_column
    then, now = (History(dataset, snapshot, one) for one in (before, after))
    revised = defaultdict(list)
    for one in snapshot.of_kind(KIND):
        if one.at is not None and before < one.at <= after:
            revised[_shelf(one)].append(one)
    for part in snapshot.of_kind("rows"):
        answers = dataset.answers.of(part)
        known = [one for one in answers if then.was_known(one)]
        new = any(now.was_known(one) and not then.was_known(one) for one in answers)
        if not new and not revised[_shelf(part)]:
            continue
        rows = dataset.table.read_rows(part)
        net = net_changes(dataset.table, revised[_shelf(part)], known, start)
        gone = [row for row, n in net.items() for _ in range(-n)]
        come = [row for row, n in net.items() for _ in range(n)]
        new_ones = [one for one in answers if not then.was_known(one)]
        fresh = cut_out(rows, answers, lambda one: not then.was_known(one))
        fresh = now.rows_then(part, new_ones, fresh)
        pa = load_pyarrow()
        yield (
            part.keys["stream"],
            Difference(
                table_of(gone, rows.schema),
                pa.concat_tables([table_of(come, rows.schema), fresh]).unify_dictionaries(),
            ),
        )


def _shelf(part: Part) -> tuple[str, str]:
    return part.keys["stream"], part.keys["month"]


def _sum(column: pa.ChunkedArray) -> float:
    from pyarrow import compute  # noqa: PLC0415

    return float(compute.sum(column).as_py() or 0.0)
