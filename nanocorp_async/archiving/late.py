"""Rows that come into an archive after rows that were fetched later. Pure.

So it is where an answer is read that an earlier version could not read, and where two runs write
into one archive. The rows are merged as of the time they were fetched; what was fetched later says
what holds, and they take their place before it.
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
    planned,
    span,
    tuples,
    with_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pyarrow as pa

__all__ = ["merge_late"]

_Values = tuple[Any, ...]


def merge_late(
    stored: pa.Table | None,
    came: pa.Table,
    schema: pa.Schema,
    key: Sequence[str],
    at: datetime,
    later: datetime | None,
) -> Merged:
    """Put rows that were fetched at `at` to those that are stored, some of which are newer.

    `later` is when an answer came that says that what was there goes on to hold; None if none did.
    All else is as in `merge`.
    """
    if stored is None:
        return merge(None, came, schema, key, at)
    pa, moment = load_pyarrow(), microseconds(at)
    since = None if later is None else microseconds(later)
    keys, values = identities(stored, key), tuples(stored, came.column_names)
    fetched, ends = (_times(stored, name) for name in ("fetched_at", "replaced_at"))
    newer = [n for n, one in enumerate(fetched) if one > moment]
    past = [n for n, one in enumerate(fetched) if one <= moment]
    then = [n for n in past if ends[n] is None or ends[n] > moment]
    by_then = with_values(stored.take(pa.array(then, "int64")), "replaced_at", [None] * len(then))
    mine, plan = identities(came, key), planned(by_then, came, key)
    seen_later = {(keys[n], values[n]) for n in newer}
    rows = tuples(came, came.column_names)
    taken = [n for n in plan.taken if (mine[n], rows[n]) not in seen_later]
    after = _Periods((keys[n], fetched[n]) for n in newer)
    still = _Periods((keys[n], fetched[n]) for n in then if ends[n] is None)
    until = [
        end if (end := after.first_over(mine[n])) or still.first_over(mine[n]) is None else since
        for n in taken
    ]
    gone = [
        n
        for n in (then[place] for place in plan.replaced)
        if ends[n] is not None or (since is None and after.first_over(keys[n]) is None)
    ]
    if not taken and not gone:
        return Merged(None)
    for n in gone:
        ends[n] = moment
    new = dressed(came.take(pa.array(taken, "int64")), [0] * len(taken), at, schema)
    table = pa.concat_tables(
        [with_values(stored, "replaced_at", ends), with_values(new, "replaced_at", until)]
    )
    table = _numbered(table, key, {mine[n] for n in taken})
    return Merged(table, added=len(taken) - plan.revised, revised=plan.revised)


class _Periods:
    """Periods with a time each, by what tells rows of one period apart."""

    def __init__(self, rows: Iterable[tuple[_Values, int]]) -> None:
        self._rows: defaultdict[_Values, list[tuple[int, int, int]]] = defaultdict(list)
        for (start, end, *kinds), time in rows:
            self._rows[tuple(kinds)].append((*span(start, end), time))
        for found in self._rows.values():
            found.sort()
        self._longest = {
            kinds: max(end - start for start, end, _ in found)
            for kinds, found in self._rows.items()
        }

    def first_over(self, row: _Values) -> int | None:
        """Give the first time of those whose period reaches into the one of a row."""
        first, last = span(row[0], row[1])
        rows = self._rows.get(row[2:], [])
        since = bisect_left(rows, (first - self._longest.get(row[2:], 0),))
        reach = rows[since : bisect_left(rows, (last,))]
        return min((time for _, end, time in reach if end > first), default=None)


def _times(rows: pa.Table, name: str) -> list[Any]:
    return [moment for (moment,) in tuples(rows, (name,))]


def _numbered(rows: pa.Table, key: Sequence[str], changed: set[_Values]) -> pa.Table:
    """Number the versions of rows that have a new one by the time they were fetched."""
    order = [(name, "ascending") for name in (*key, "fetched_at")]
    rows = rows.sort_by(order).combine_chunks()
    revisions, noticed = rows.column("revision").to_pylist(), _times(rows, "noticed_at")
    counts: defaultdict[_Values, int] = defaultdict(int)
    fetched = _times(rows, "fetched_at")
    for place, one in enumerate(identities(rows, key)):
        if one in changed:
            revisions[place] = counts[one]
            noticed[place] = fetched[place] if counts[one] else None
            counts[one] += 1
    return with_values(with_values(rows, "revision", revisions), "noticed_at", noticed)
