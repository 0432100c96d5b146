"""What is held of a day and what has come, put together: nothing is lost, nothing is doubled. Pure.

A row is known by its period and by what tells rows of one period apart. One that says something
else than before is a revision: the old row stays and gets `replaced_at`, the new one gets
`noticed_at`. A row that does not come any more stays as it is. Rows of one answer that contradict
each other (upstream's doubled hour in October) all stay.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.columns import load_pyarrow
from energy_async.delivery import require_aware

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

__all__ = ["Merged", "merge"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_Values = tuple[Any, ...]


class Merged(NamedTuple):
    """A day as it is to be stored.

    Attributes:
        table: All its rows, with the archive's own columns; None if there is nothing new.
        added: Rows that were not there.
        revised: Rows that differ from what is held.
    """

    table: pa.Table | None
    added: int
    revised: int


class _Plan(NamedTuple):
    """Which rows that came are written, as which revision, and which held ones they replace."""

    taken: list[int]
    revisions: list[int]
    replaced: list[int]


def merge(
    held: pa.Table | None, came: pa.Table, schema: pa.Schema, key: Sequence[str], at: datetime
) -> Merged:
    """Put the rows that have come to those that are held.

    Args:
        held: With all columns of `schema`; None for a new day.
        came: Upstream's own columns alone.
        schema: Upstream's columns, then those of the archive.
        key: The columns that say which row it is, the start first.
        at: When the rows were fetched. Aware.
    """
    at = require_aware(at, "at")
    if held is None:
        plan = _Plan(list(range(came.num_rows)), [0] * came.num_rows, [])
        held = schema.empty_table()
    else:
        plan = _planned(held, came, key)
    if not plan.taken:
        return Merged(None, 0, 0)
    old = _marked(held, plan.replaced, at)
    new = _dressed(came.take(load_pyarrow().array(plan.taken, "int64")), plan.revisions, at, schema)
    order = [(name, "ascending") for name in (*key, "revision")]
    table = load_pyarrow().concat_tables([old, new]).sort_by(order).combine_chunks()
    return Merged(table, len(plan.taken) - len(plan.replaced), len(plan.replaced))


def _planned(held: pa.Table, came: pa.Table, key: Sequence[str]) -> _Plan:
    current = _current(held, came.schema, key)
    keys, values = _tuples(came, key), _tuples(came, came.column_names)
    arrived: dict[_Values, list[int]] = defaultdict(list)
    for index, one in enumerate(keys):
        arrived[one].append(index)
    plan = _Plan([], [], [])
    for one, indexes in arrived.items():
        there = current.get(one, [])
        known = [row for _, _, row in there]
        new = [index for index in indexes if values[index] not in known]
        if not new:
            continue
        come = [values[index] for index in indexes]
        gone = [(place, revision) for place, revision, row in there if row not in come]
        for number, index in enumerate(new):
            plan.taken.append(index)
            replaces = number < len(gone)
            plan.revisions.append(gone[number][1] + 1 if replaces else 0)
            if replaces:
                plan.replaced.append(gone[number][0])
    return plan


def _current(
    held: pa.Table, upstream: pa.Schema, key: Sequence[str]
) -> dict[_Values, list[tuple[int, int, _Values]]]:
    """Give the rows that hold, by key: place, revision and values."""
    keys, values = _tuples(held, key), _tuples(held, upstream.names)
    revisions = held.column("revision").to_pylist()
    holds = held.column("replaced_at").is_null().to_pylist()
    found: dict[_Values, list[tuple[int, int, _Values]]] = defaultdict(list)
    for place, still in enumerate(holds):
        if still:
            found[keys[place]].append((place, revisions[place], values[place]))
    return found


def _tuples(table: pa.Table, names: Sequence[str]) -> list[_Values]:
    """Give rows as tuples of plain values, times as numbers."""
    pa = load_pyarrow()
    columns = []
    for name in names:
        column = table.column(name)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        columns.append(column.to_pylist())
    return list(zip(*columns, strict=True))


def _marked(held: pa.Table, replaced: Sequence[int], at: datetime) -> pa.Table:
    """Give the held rows, those that are replaced with the time."""
    if not replaced:
        return held
    pa = load_pyarrow()
    place = held.schema.get_field_index("replaced_at")
    field = held.schema.field(place)
    moments = held.column(place).cast(pa.int64()).to_pylist()
    for one in replaced:
        moments[one] = _microseconds(at)
    return held.set_column(place, field, pa.array(moments, pa.int64()).cast(field.type))


def _dressed(rows: pa.Table, revisions: Sequence[int], at: datetime, schema: pa.Schema) -> pa.Table:
    """Give new rows with the columns of the archive."""
    pa = load_pyarrow()
    moment, count = _microseconds(at), rows.num_rows
    noticed = [moment if revision else None for revision in revisions]
    times = pa.int64()
    extra = {
        "fetched_at": pa.array([moment] * count, times),
        "revision": pa.array(revisions, pa.int32()),
        "noticed_at": pa.array(noticed, times),
        "replaced_at": pa.nulls(count, times),
    }
    arrays = [
        extra[field.name].cast(field.type) if field.name in extra else rows.column(field.name)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
