"""What is stored of a day and what has come, merged: nothing is lost, nothing is doubled. Pure.

A row is known by its period and by what tells rows of one period apart (its direction, product and
horizon, however they are spelled). One that says something else than before is a revision: the old
row stays and gets `replaced_at`, the new one gets `noticed_at`. A stored row whose time the answer
is about, but which it does not contain, is replaced too: a day first shown by the hour, then by the
quarter-hour, an end that moved, one of two prices that upstream took back. A row that merely left
the window stays as it is. Rows of one answer that contradict each other all stay.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.columns import load_pyarrow
from energy_async.delivery import require_aware

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

__all__ = [
    "Coverage",
    "Merged",
    "dressed",
    "holding",
    "identities",
    "merge",
    "microseconds",
    "planned",
    "span",
    "tuples",
    "with_values",
    "word",
]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAME_WORDS: Final = {"up": "upward", "down": "downward", "up_down": "symmetric"}
"""RTE's own words for those of the feeds; either may come, in any case."""
_Values = tuple[Any, ...]
_Span = tuple[int, int]


class Merged(NamedTuple):
    """A day as it is to be stored.

    Attributes:
        table: All its rows, with the archive's own columns; None if there is nothing new.
        added: Rows that were not there.
        revised: Rows that differ from what is stored.
        replaced: Validators rows that the answer has other rows in place of.
        what: In words, which rows were replaced by which; empty if none was.
    """

    table: pa.Table | None
    added: int = 0
    revised: int = 0
    replaced: int = 0
    what: str = ""


class Coverage:
    """The time that an answer is about, by direction, product and horizon; made of identities."""

    def __init__(self, rows: Iterable[_Values]) -> None:
        spans: defaultdict[_Values, set[_Span]] = defaultdict(set)
        for start, end, *kinds in rows:
            if start is not None:
                spans[tuple(kinds)].add(span(start, end))
        self._starts = {kinds: {start for start, _ in found} for kinds, found in spans.items()}
        self._lines = {kinds: _Line(sorted(found)) for kinds, found in spans.items()}

    def replaces(self, row: _Values) -> bool:
        """Whether the answer speaks in place of a row that it does not contain.

        It does if one of its rows begins when that row does, or if its rows cover at least half of
        that row's time.
        """
        start, end, *kinds = row
        line = self._lines.get(tuple(kinds))
        if line is None or start is None:
            return False
        first, last = span(start, end)
        return first in self._starts[tuple(kinds)] or 2 * line.within(first, last) >= last - first


class _Line:
    """Stretches of time joined, which can be asked how much of another one they cover."""

    def __init__(self, spans: Sequence[_Span]) -> None:
        joined: list[_Span] = []
        for start, end in spans:
            if joined and start <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            else:
                joined.append((start, end))
        self._spans = joined
        self._starts = [start for start, _ in joined]
        self._before = [0, *accumulate(end - start for start, end in joined)]

    def within(self, start: int, end: int) -> int:
        return self._until(end) - self._until(start)

    def _until(self, at: int) -> int:
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0
        start, end = self._spans[place]
        return self._before[place] + min(at, end) - start


class Plan:
    """Which rows that came are written, as which revision, and which stored ones they replace."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.revisions: list[int] = []
        self.replaced: list[int] = []
        self.revised = 0


def merge(
    stored: pa.Table | None,
    came: pa.Table,
    schema: pa.Schema,
    key: Sequence[str],
    at: datetime,
    coverage: Coverage | None = None,
) -> Merged:
    """Put the rows that have come, at `at`, to those that are stored; None for a new day.

    `came` has upstream's own columns, `stored` those of `schema`. `key` says which row it is, the
    start and the end first; `coverage` is what the whole answer is about, by default `came`.
    """
    at = require_aware(at, "at")
    stored = schema.empty_table() if stored is None else stored
    plan = planned(stored, came, key, coverage)
    if not plan.taken and not plan.replaced:
        return Merged(None)
    old = _marked(stored, plan.replaced, at)
    new = dressed(came.take(load_pyarrow().array(plan.taken, "int64")), plan.revisions, at, schema)
    order = [(name, "ascending") for name in (*key, "revision")]
    table = load_pyarrow().concat_tables([old, new]).sort_by(order).combine_chunks()
    replaced = len(plan.replaced) - plan.revised
    there, mine = identities(stored, key), identities(came, key)
    return Merged(
        table=table,
        added=len(plan.taken) - plan.revised,
        revised=plan.revised,
        replaced=replaced,
        what=_in_words([there[one] for one in plan.replaced], mine) if replaced else "",
    )


def holding(rows: pa.Table) -> pa.Table:
    """Give the rows that hold, without those that were replaced."""
    load_pyarrow()
    from pyarrow import compute  # noqa: PLC0415 - an extra

    return rows.filter(compute.is_null(rows.column("replaced_at")))


def identities(rows: pa.Table, key: Sequence[str]) -> list[_Values]:
    """Give what each row is known by; words are the same in any case and in RTE's spelling."""
    starts_and_ends = tuples(rows, key[:2])
    kinds = tuples(rows, key[2:]) if key[2:] else [()] * rows.num_rows
    return [
        (*period, *map(word, words)) for period, words in zip(starts_and_ends, kinds, strict=True)
    ]


def planned(
    stored: pa.Table, came: pa.Table, key: Sequence[str], coverage: Coverage | None = None
) -> Plan:
    """Decide which rows that came are new, and which stored ones they replace; see `merge`."""
    keys, there = identities(came, key), identities(stored, key)
    coverage = coverage or Coverage(keys)
    current, ended = _known(stored, came.schema, there)
    values = tuples(came, came.column_names)
    arrived: dict[_Values, list[int]] = defaultdict(list)
    for index, one in enumerate(keys):
        arrived[one].append(index)
    plan = Plan()
    for one, indexes in arrived.items():
        known = current.pop(one, [])
        come = [values[index] for index in indexes]
        gone = [(place, revision) for place, revision, row in known if row not in come]
        rows = [row for _, _, row in known]
        new = [index for index in indexes if values[index] not in rows]
        plan.taken += new
        plan.revisions += [revision + 1 for _, revision in gone][: len(new)]
        plan.revisions += [ended.get(one, -1) + 1] * (len(new) - len(gone))
        plan.replaced += [place for place, _ in gone]
        plan.revised += min(len(new), len(gone))
    for one, known in current.items():
        if coverage.replaces(one):
            plan.replaced += [place for place, _, _ in known]
    return plan


def _known(
    stored: pa.Table, upstream: pa.Schema, keys: Sequence[_Values]
) -> tuple[dict[_Values, list[tuple[int, int, _Values]]], dict[_Values, int]]:
    """Give the rows that hold (place, revision, values), and the last revision that ended."""
    values = tuples(stored, upstream.names)
    revisions = stored.column("revision").to_pylist()
    holds = stored.column("replaced_at").is_null().to_pylist()
    current: dict[_Values, list[tuple[int, int, _Values]]] = defaultdict(list)
    ended: dict[_Values, int] = {}
    for place, still in enumerate(holds):
        one, revision = keys[place], revisions[place]
        if still:
            current[one].append((place, revision, values[place]))
        else:
            ended[one] = max(revision, ended.get(one, 0))
    return current, ended


def _in_words(gone: Sequence[_Values], came: Sequence[_Values]) -> str:
    """Say by how long rows were replaced by how long ones; most of each decide."""
    inside = Coverage(gone)
    old, new = _length(gone), _length([one for one in came if inside.replaces(one)])
    return f"{len(gone):,} rows of {old} are replaced by rows of {new}"


def _length(rows: Iterable[_Values]) -> str:
    lengths = Counter(end - start for start, end, *_ in rows if end is not None)
    if not lengths:
        return "no length"
    return f"{lengths.most_common(1)[0][0] / 60e6:g} min"


def span(start: int, end: int | None) -> _Span:
    """Give the time of a row; one without a length is its first instant."""
    return start, max(end or 0, start + 1)


def word(value: str | None) -> str:
    """Give a direction, product or horizon as it is compared: in any case, in RTE's words too."""
    text = (value or "").casefold()
    return _SAME_WORDS.get(text, text)


def tuples(table: pa.Table, names: Sequence[str]) -> list[_Values]:
    """Give rows as tuples of plain values, times as numbers."""
    pa = load_pyarrow()
    columns = []
    for name in names:
        column = table.column(name)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        columns.append(column.to_pylist())
    return list(zip(*columns, strict=True))


def _marked(stored: pa.Table, replaced: Sequence[int], at: datetime) -> pa.Table:
    moments = [moment for (moment,) in tuples(stored, ("replaced_at",))]
    for one in replaced:
        moments[one] = microseconds(at)
    return with_values(stored, "replaced_at", moments) if replaced else stored


def with_values(rows: pa.Table, name: str, values: list[Any]) -> pa.Table:
    """Give rows with other values in a column; times as numbers."""
    pa = load_pyarrow()
    place = rows.schema.get_field_index(name)
    field = rows.schema.field(place)
    number = pa.int64() if pa.types.is_timestamp(field.type) else field.type
    return rows.set_column(place, field, pa.array(values, number).cast(field.type))


def dressed(rows: pa.Table, revisions: Sequence[int], at: datetime, schema: pa.Schema) -> pa.Table:
    """Give new rows with the columns of the archive."""
    pa = load_pyarrow()
    moment, count = microseconds(at), rows.num_rows
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


def microseconds(moment: datetime) -> int:
    """Give an aware moment as rows hold it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
