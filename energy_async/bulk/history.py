"""What a dataset was at any moment: its rows now, with what corrections have changed since undone.

Corrected rows are replaced, and what they were is committed with them; when a window was first
answered stands beside its rows. Everything here blocks; call it in a thread.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from energy_async.bulk import parts
from energy_async.bulk.dataset import Dataset
from energy_async.columns import arrow_column, load_pyarrow
from energy_async.delivery import require_aware
from energy_async.storage import DatasetMismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk.answers import Answer
    from energy_async.storage import Part, PlaceLike, Snapshot, Table

KIND: Final = "revisions"
_NOTICED: Final = "noticed_at"
_STATE: Final = "state"


def write_revision(
    table: Table, keys: dict[str, str], changes: Iterable[tuple[pa.Table, pa.Table]], at: datetime
) -> Part:
    """Write what rows were before and what they are after."""
    pa = load_pyarrow()
    tables = [
        _marked(rows, state, at)
        for change in changes
        for state, rows in zip(("before", "after"), change, strict=True)
        if rows.num_rows
    ]
    return table.write_rows(pa.concat_tables(tables).unify_dictionaries(), keys, kind=KIND)


def read_revisions(path: PlaceLike) -> pa.Table | None:
    """Read every row that a recheck has found changed; None if there is none.

    The columns are those of the rows, with `noticed_at` (UTC), and `state`: what the row was
    (`before`) and what it became (`after`). A row that vanished has no `after`, one that was added
    no `before`. They come in the order in which they were noticed.

    Raises:
        DatasetMissing: There is no dataset.
        DatasetDamaged: A file is damaged.
    """
    dataset = Dataset(path)
    found = dataset.load().of_kind(KIND)
    if not found:
        return None
    pa = load_pyarrow()
    read = dataset.table.read_rows
    tables = [parts.with_stream(read(one), one.keys["stream"]) for one in found]
    tables = [one.replace_schema_metadata() for one in tables]
    table = pa.concat_tables(tables, promote_options="permissive")
    names = [_NOTICED, *(name for name in table.column_names if name != _NOTICED)]
    start = dataset.manifest().start_column
    return parts.sorted_rows(table.select(names).unify_dictionaries(), [names[1], "stream", start])


class History:
    """Undoes what was corrected after a moment."""

    def __init__(self, dataset: Dataset, snapshot: Snapshot, moment: datetime) -> None:
        manifest = dataset.manifest(snapshot)
        self.moment: datetime = require_aware(moment, "as_of")
        known = manifest.history_from
        if known is not None and self.moment < known:
            since = f"{known:%Y-%m-%dT%H:%M:%SZ}"
            raise DatasetMismatch(f"{dataset} knows only from {since} on what it held")
        self.start: str
        self._table, self.start = dataset.table, manifest.start_column
        self._later: defaultdict[tuple[str, str], list[Part]] = defaultdict(list)
        for one in snapshot.of_kind(KIND):
            if one.at is not None and one.at > self.moment:
                self._later[one.keys["stream"], one.keys["month"]].append(one)

    def was_known(self, answer: Answer) -> bool:
        """Whether the rows of a window were there at the moment."""
        return answer.known_at is not None and answer.known_at <= self.moment

    def rows_then(self, part: Part, answers: Sequence[Answer], rows: pa.Table) -> pa.Table:
        """Give the rows of a file as they were."""
        known = [one for one in answers if self.was_known(one)]
        if len(known) < len(answers):
            rows = cut_out(rows, answers, self.was_known)
        later = self._later.get((part.keys["stream"], part.keys["month"]), [])
        changes = net_changes(self._table, later, known, self.start)
        undone = taken(rows, Counter({row: -n for row, n in changes.items()}))
        return parts.sorted_rows(undone, [self.start]) if changes else rows


def cut_out(
    rows: pa.Table, answers: Sequence[Answer], chosen: Callable[[Answer], bool]
) -> pa.Table:
    """Give the rows of some of the windows that follow one another in a file."""
    pieces, first = [rows.slice(0, 0)], 0
    for one in answers:
        if chosen(one):
            pieces.append(rows.slice(first, one.rows))
        first += one.rows
    return load_pyarrow().concat_tables(pieces)


def net_changes(
    table: Table, revisions: Iterable[Part], answers: Sequence[Answer], start: str
) -> Counter[tuple[Any, ...]]:
    """Count what revisions have changed of the rows of some windows: added +1, taken away -1."""
    stretches = Stretches(answers)
    found: Counter[tuple[Any, ...]] = Counter()
    for part in revisions:
        rows = table.read_rows(part)
        states = rows.column(_STATE).to_pylist()
        rows = rows.drop_columns([_NOTICED, _STATE])
        place = rows.column_names.index(start)
        for state, row in zip(states, rows_of(rows), strict=True):
            if stretches.has(row[0], row[place]):
                found[row] += 1 if state == "after" else -1
    return Counter({row: n for row, n in found.items() if n})


def taken(rows: pa.Table, changes: Counter[tuple[Any, ...]]) -> pa.Table:
    """Add rows to a table and take others out, each as often as its count says."""
    if not changes:
        return rows
    pa = load_pyarrow()
    from pyarrow import compute  # noqa: PLC0415

    less = Counter({row: -n for row, n in changes.items() if n < 0})
    first = rows.column_names[0]
    subjects = pa.array(sorted({str(row[0]) for row in less}), pa.string())
    may_go = compute.is_in(rows.column(first).cast(pa.string()), value_set=subjects)
    places = compute.indices_nonzero(may_go).to_pylist() if less else []
    gone = []
    for place, row in zip(places, rows_of(rows.take(places)) if places else (), strict=True):
        if less[row] > 0:
            less[row] -= 1
            gone.append(place)
    dropped = set(gone)
    stays = [place for place in range(rows.num_rows) if place not in dropped]
    kept = rows.take(pa.array(stays, pa.int64())) if dropped else rows
    more = [row for row, n in changes.items() for _ in range(max(0, n))]
    return pa.concat_tables([kept, table_of(more, rows.schema)]).unify_dictionaries()


def table_of(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Give rows as a table."""
    pa = load_pyarrow()
    arrays = [
        arrow_column([row[number] for row in rows], field) for number, field in enumerate(schema)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def rows_of(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Give the rows as tuples of Python values."""
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


class Stretches:
    """Tells whether a moment of a subject lies in one of some windows."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._stretches: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        for one in sorted(answers, key=lambda one: one.start):
            self._stretches[one.asset_id].append((one.start, one.end))

    def has(self, subject: str, moment: datetime) -> bool:
        """Whether it does."""
        found = self._stretches.get(subject, [])
        last = bisect_right(found, moment, key=lambda one: one[0]) - 1
        return last >= 0 and moment < found[last][1]


def _marked(rows: pa.Table, state: str, at: datetime) -> pa.Table:
    pa = load_pyarrow()
    when = pa.field(_NOTICED, pa.timestamp("us", tz="UTC"))
    return parts.with_state(parts.with_constant(rows, when, at), state)
