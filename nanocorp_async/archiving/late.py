"""Rows that come into an archive after rows that were fetched later. Pure.

So it is where an answer is read that an earlier version could not read, and where two runs write
into one archive. What was fetched later says what holds; the late rows take their place before it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from energy_async.columns import load_pyarrow
from nanocorp_async.archiving.merge import (
    Merged,
    dressed,
    identities,
    merge,
    microseconds,
    span,
    tuples,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pyarrow as pa

__all__ = ["merge_late"]

_Values = tuple[Any, ...]


def merge_late(
    held: pa.Table | None,
    came: pa.Table,
    schema: pa.Schema,
    key: Sequence[str],
    at: datetime,
    later: datetime | None,
) -> Merged:
    """Put rows that were fetched at `at` to those that are held, some of which are newer.

    Args:
        held: With all columns of `schema`; None for a new day.
        came: Upstream's own columns alone.
        schema: Upstream's columns, then those of the archive.
        key: The columns that say which row it is, the start and the end first.
        at: When the rows were fetched. Aware.
        later: When an answer came that says that what held goes on to; None if none did.
    """
    if held is None:
        held = schema.empty_table()
    past = _Past(held, came.column_names, key, microseconds(at))
    values, keys = tuples(came, came.column_names), identities(came, key)
    since = None if later is None else microseconds(later)
    ends = [past.replaced_by(one, since) for one in keys]
    missing = [n for n, one in enumerate(keys) if not past.knows(one, values[n])]
    before = [n for n in missing if ends[n] is not None]
    fresh = [n for n in missing if ends[n] is None]
    pa = load_pyarrow()
    table = held
    if before:
        new = dressed(came.take(pa.array(before, "int64")), [0] * len(before), at, schema)
        moments = pa.array([ends[n] for n in before], pa.int64())
        new = _put(new, "replaced_at", moments)
        old = _put(held, "replaced_at", past.cut_short({keys[n] for n in before}))
        table = _numbered(pa.concat_tables([old, new]), key, {keys[n] for n in before})
    found = merge(table, came.take(pa.array(fresh, "int64")), schema, key, at)
    return found._replace(
        table=found.table if found.table is not None or not before else table,
        added=found.added + len(before),
    )


class _Periods:
    """Periods with a time each, by what tells rows of one period apart."""

    def __init__(self) -> None:
        self._rows: defaultdict[_Values, list[tuple[int, int, int]]] = defaultdict(list)
        self._longest: dict[_Values, int] = {}

    def add(self, row: _Values, time: int) -> None:
        start, end = span(row[0], row[1])
        self._rows[row[2:]].append((start, end, time))
        self._longest[row[2:]] = max(self._longest.get(row[2:], 0), end - start)

    def sort(self) -> None:
        for rows in self._rows.values():
            rows.sort()

    def first_over(self, row: _Values) -> int | None:
        """Give the first time of those whose period reaches into the one of a row."""
        first, last = span(row[0], row[1])
        rows = self._rows.get(row[2:], [])
        until = bisect_left(rows, (last,))
        since = bisect_left(rows, (first - self._longest.get(row[2:], 0),))
        return min((time for _, end, time in rows[since:until] if end > first), default=None)


class _Past:
    """What is held, as of a moment."""

    def __init__(
        self, held: pa.Table, upstream: Sequence[str], key: Sequence[str], at: int
    ) -> None:
        self._at = at
        self._keys = identities(held, key)
        self._times = tuples(held, ("fetched_at", "replaced_at"))
        self._then: defaultdict[_Values, list[_Values]] = defaultdict(list)
        self._next: dict[_Values, tuple[int, _Values]] = {}
        self._newer, self._still = _Periods(), _Periods()
        rows = zip(self._keys, tuples(held, upstream), self._times, strict=True)
        for one, values, (fetched, replaced) in rows:
            if fetched > at:
                self._newer.add(one, fetched)
                if one not in self._next or fetched < self._next[one][0]:
                    self._next[one] = fetched, values
            elif replaced is None or replaced > at:
                self._then[one].append(values)
                if replaced is None:
                    self._still.add(one, fetched)
        self._newer.sort()
        self._still.sort()

    def knows(self, row: _Values, values: _Values) -> bool:
        """Whether a row was held at that moment, or is the next version anyway."""
        return values in self._then.get(row, ()) or self._next.get(row, (0, None))[1] == values

    def replaced_by(self, row: _Values, later: int | None) -> int | None:
        """Give when a newer row came that reaches into the time of this one.

        Where an older one still holds, that is when it was seen to.
        """
        newer = self._newer.first_over(row)
        if newer is None and self._still.first_over(row) is not None:
            return later
        return newer

    def cut_short(self, rows: set[_Values]) -> pa.Array:
        """Give `replaced_at` of all rows; those that held then and were replaced later end then."""
        pa = load_pyarrow()
        ends = [
            self._at if one in rows and replaced and fetched <= self._at < replaced else replaced
            for one, (fetched, replaced) in zip(self._keys, self._times, strict=True)
        ]
        return pa.array(ends, pa.int64())


def _put(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    place = rows.schema.get_field_index(name)
    field = rows.schema.field(place)
    return rows.set_column(place, field, values.cast(field.type))


def _numbered(rows: pa.Table, key: Sequence[str], changed: set[_Values]) -> pa.Table:
    """Number the versions of the rows that have a new one by the time they were fetched."""
    pa = load_pyarrow()
    rows = rows.sort_by([(name, "ascending") for name in (*key, "fetched_at")]).combine_chunks()
    keys = identities(rows, key)
    revisions, noticed = rows.column("revision").to_pylist(), tuples(rows, ("noticed_at",))
    moments = [moment for (moment,) in noticed]
    counts: defaultdict[_Values, int] = defaultdict(int)
    for place, (one, (fetched,)) in enumerate(
        zip(keys, tuples(rows, ("fetched_at",)), strict=True)
    ):
        if one in changed:
            revisions[place] = counts[one]
            moments[place] = fetched if counts[one] else None
            counts[one] += 1
    rows = _put(rows, "revision", pa.array(revisions, pa.int32()))
    return _put(rows, "noticed_at", pa.array(moments, pa.int64()))
