"""What is stored of a day and what has come, merged: nothing is lost, nothing is doubled. Pure.

A row is known by its period and by what tells rows of one period apart (its direction, product and
horizon, however they are spelled). One that says something else than before is a revision: the old
row stays and gets `replaced_at`, the new one gets `noticed_at`. A stored row whose time the answer
is about, but which it does not contain, is replaced too: a day first shown by the hour, then by the
quarter-hour, an end that moved, one of two prices that upstream took back. A row that merely left
the window stays as it is. Rows of one answer that contradict each other all stay.

Rows may come after others that were fetched later: an answer that an earlier version could not
read, or one of two runs that write into one archive. They are merged as of the time they were
fetched; what was fetched later says what holds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.columns import load_pyarrow
from energy_async.delivery import require_aware

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

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
        replaced: Stored rows that the answer has other rows in place of.
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
                spans[tuple(kinds)].add(_span(start, end))
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
        first, last = _span(start, end)
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


class _Periods:
    """Periods with a time each, by what tells rows of one period apart."""

    def __init__(self, rows: Iterable[tuple[_Values, int]]) -> None:
        self._rows: defaultdict[_Values, list[tuple[int, int, int]]] = defaultdict(list)
        for (start, end, *kinds), time in sorted(rows):
            self._rows[tuple(kinds)].append((*_span(start, end), time))
        self._longest = {
            kinds: max(end - start for start, end, _ in found)
            for kinds, found in self._rows.items()
        }

    def first_over(self, row: _Values) -> int | None:
        """Give the first time of those whose period reaches into the one of a row."""
        first, last = _span(row[0], row[1])
        rows = self._rows.get(row[2:], [])
        since = bisect_left(rows, (first - self._longest.get(row[2:], 0),))
        reach = rows[since : bisect_left(rows, (last,))]
        return min((time for _, end, time in reach if end > first), default=None)


class _Plan(NamedTuple):
    """Which rows that came are written and until when they hold, and which stored ones end."""

    taken: list[int]
    until: list[int | None]
    replaced: list[int]
    revised: int


class _Rows(NamedTuple):
    """Rows of a day: what each is known by, what upstream says of it, and the archive's columns."""

    keys: list[_Values]
    values: list[_Values]
    fetched: list[int]
    ends: list[int | None]
    revisions: list[int]


def merge(
    stored: pa.Table | None,
    came: pa.Table,
    schema: pa.Schema,
    key: Sequence[str],
    at: datetime,
    coverage: Coverage | None = None,
    *,
    later: datetime | None = None,
) -> Merged:
    """Put the rows that have come, fetched at `at`, to those that are stored; None for a new day.

    `came` has upstream's own columns, `stored` those of `schema`. `key` says which row it is, the
    start and the end first; `coverage` is what the whole answer is about, by default `came`.
    `later` is when an answer came, after `at`, that says that what was there goes on to hold.
    """
    moment = microseconds(require_aware(at, "at"))
    stored = schema.empty_table() if stored is None else stored
    own = (_numbers(stored.column(name)) for name in ("fetched_at", "replaced_at", "revision"))
    old = _Rows(identities(stored, key), _tuples(stored, came.column_names), *own)
    new = _Rows(identities(came, key), _tuples(came, came.column_names), [], [], [])
    plan = _compared(old, new, moment, coverage or Coverage(new.keys))
    is_late = later is not None or any(one > moment for one in old.fetched)
    if is_late:
        plan = _before_others(plan, old, new, moment, later)
    if not plan.taken and not plan.replaced:
        return Merged(None)
    table = _written(stored, came, schema, old, new, plan, moment)
    order = [(name, "ascending") for name in (*key, "fetched_at" if is_late else "revision")]
    table = table.sort_by(order).combine_chunks()
    if is_late:
        table = _numbered(table, key, {new.keys[n] for n in plan.taken})
    replaced = 0 if is_late else len(plan.replaced) - plan.revised
    gone = [old.keys[n] for n in plan.replaced]
    what = _in_words(gone, new.keys) if replaced else ""
    return Merged(table, len(plan.taken) - plan.revised, plan.revised, replaced, what)


def holding(rows: pa.Table) -> pa.Table:
    """Give the rows that hold, without those that were replaced."""
    return rows.filter(rows.column("replaced_at").is_null())


def identities(rows: pa.Table, key: Sequence[str]) -> list[_Values]:
    """Give what each row is known by; words are the same in any case and in RTE's spelling."""
    kinds = _tuples(rows, key[2:]) if key[2:] else [()] * rows.num_rows
    return [
        (*period, *map(word, words))
        for period, words in zip(_tuples(rows, key[:2]), kinds, strict=True)
    ]


def word(value: str | None) -> str:
    """Give a direction, product or horizon as it is compared: in any case, in RTE's words too."""
    text = (value or "").casefold()
    return _SAME_WORDS.get(text, text)


def microseconds(moment: datetime) -> int:
    """Give an aware moment as rows hold it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _compared(old: _Rows, new: _Rows, moment: int, coverage: Coverage) -> _Plan:
    """Decide which rows that came are new, and which of those that held at the time they end."""
    current: defaultdict[_Values, list[int]] = defaultdict(list)
    for n, end in enumerate(old.ends):
        if old.fetched[n] <= moment and (end is None or end > moment):
            current[old.keys[n]].append(n)
    arrived: defaultdict[_Values, list[int]] = defaultdict(list)
    for n, one in enumerate(new.keys):
        arrived[one].append(n)
    taken: list[int] = []
    replaced: list[int] = []
    revised = 0
    for one, numbers in arrived.items():
        known = current.pop(one, [])
        there, come = [old.values[n] for n in known], [new.values[n] for n in numbers]
        added = [n for n in numbers if new.values[n] not in there]
        gone = [n for n in known if old.values[n] not in come]
        taken += added
        replaced += gone
        revised += min(len(added), len(gone))
    for one, known in current.items():
        if coverage.replaces(one):
            replaced += known
    return _Plan(taken, [None] * len(taken), replaced, revised)


def _before_others(
    plan: _Plan, old: _Rows, new: _Rows, moment: int, later: datetime | None
) -> _Plan:
    """Let what was fetched later say what holds: rows that came take their place before it."""
    since = None if later is None else microseconds(later)
    newer = [n for n, one in enumerate(old.fetched) if one > moment]
    seen_later = {(old.keys[n], old.values[n]) for n in newer}
    after = _Periods((old.keys[n], old.fetched[n]) for n in newer)
    still = _Periods(
        (one, old.fetched[n])
        for n, one in enumerate(old.keys)
        if old.fetched[n] <= moment and old.ends[n] is None
    )
    taken = [n for n in plan.taken if (new.keys[n], new.values[n]) not in seen_later]
    until = []
    for one in (new.keys[n] for n in taken):
        end = after.first_over(one)
        until.append(end if end or still.first_over(one) is None else since)
    replaced = [
        n
        for n in plan.replaced
        if old.ends[n] or (since is None and after.first_over(old.keys[n]) is None)
    ]
    return _Plan(taken, until, replaced, min(plan.revised, len(taken)))


def _written(
    stored: pa.Table,
    came: pa.Table,
    schema: pa.Schema,
    old: _Rows,
    new: _Rows,
    plan: _Plan,
    moment: int,
) -> pa.Table:
    """Put the rows of a plan to those that are stored, with the columns of the archive."""
    pa = load_pyarrow()
    gone, ends = set(plan.replaced), list(old.ends)
    last: dict[_Values, int] = {}
    for n, one in enumerate(old.keys):
        if n in gone:
            ends[n] = moment
        if ends[n] is not None:
            last[one] = max(old.revisions[n], last.get(one, 0))
    revisions = [last.get(new.keys[n], -1) + 1 for n in plan.taken]
    own: dict[str, list[Any]] = {
        "fetched_at": [moment] * len(plan.taken),
        "revision": revisions,
        "noticed_at": [moment if one else None for one in revisions],
        "replaced_at": plan.until,
    }
    rows = came.take(pa.array(plan.taken, "int64"))
    columns = [
        _column(own[field.name], field) if field.name in own else rows.column(field.name)
        for field in schema
    ]
    added = pa.Table.from_arrays(columns, schema=schema)
    return pa.concat_tables([with_values(stored, "replaced_at", ends) if gone else stored, added])


def _numbered(rows: pa.Table, key: Sequence[str], changed: set[_Values]) -> pa.Table:
    """Number the versions of rows that have a new one by the time they were fetched."""
    revisions, fetched = rows.column("revision").to_pylist(), _numbers(rows.column("fetched_at"))
    noticed = _numbers(rows.column("noticed_at"))
    counts: Counter[_Values] = Counter()
    for n, one in enumerate(identities(rows, key)):
        if one in changed:
            revisions[n], noticed[n] = counts[one], fetched[n] if counts[one] else None
            counts[one] += 1
    return with_values(with_values(rows, "revision", revisions), "noticed_at", noticed)


def _in_words(gone: Sequence[_Values], came: Sequence[_Values]) -> str:
    """Say by how long rows were replaced by how long ones; most of each decide."""
    inside = Coverage(gone)
    old, new = _length(gone), _length([one for one in came if inside.replaces(one)])
    return f"{len(gone):,} rows of {old} are replaced by rows of {new}"


def _length(rows: Iterable[_Values]) -> str:
    lengths = Counter(end - start for start, end, *_ in rows if end is not None)
    return f"{lengths.most_common(1)[0][0] / 60e6:g} min" if lengths else "no length"


def _span(start: int, end: int | None) -> _Span:
    """Give the time of a row; one without a length is its first instant."""
    return start, max(end or 0, start + 1)


def _tuples(table: pa.Table, names: Sequence[str]) -> list[_Values]:
    """Give rows as tuples of plain values, times as numbers."""
    return list(zip(*(_numbers(table.column(name)) for name in names), strict=True))


def _numbers(column: pa.ChunkedArray) -> list[Any]:
    """Give the values of a column, times as microseconds."""
    pa = load_pyarrow()
    is_time = pa.types.is_timestamp(column.type)
    found: list[Any] = (column.cast(pa.int64()) if is_time else column).to_pylist()
    return found


def with_values(rows: pa.Table, name: str, values: list[Any]) -> pa.Table:
    """Give rows with other values in a column; times as microseconds."""
    place = rows.schema.get_field_index(name)
    field = rows.schema.field(place)
    return rows.set_column(place, field, _column(values, field))


def _column(values: list[Any], field: pa.Field) -> pa.Array:
    pa = load_pyarrow()
    is_time = pa.types.is_timestamp(field.type)
    return pa.array(values, pa.int64() if is_time else field.type).cast(field.type)
