"""Holding what a dataset has against what the server says today."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from energy_async.bulk import revisions
from energy_async.bulk.buffer import Piece
from energy_async.bulk.coverage import joined
from energy_async.columns import arrow_column, load_pyarrow
from energy_async.tables import units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk.dataset import Dataset
    from energy_async.bulk.parts import Part
    from energy_async.bulk.report import WindowReport
    from energy_async.bulk.source import Source
    from energy_async.bulk.windows import Window

__all__ = ["Changes", "Recheck", "held_within"]

_MONEY = "EUR"


class Changes(msgspec.Struct, kw_only=True):
    """What a recheck has found.

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


class Difference(NamedTuple):
    """The rows of a stretch of time that were there before only, and those there after only."""

    before: pa.Table
    after: pa.Table


def held_within(windows: Iterable[Window], start: datetime, end: datetime) -> list[Window]:
    """Give what `windows` have in `[start, end)`, in stretches as long as can be."""
    cut = [
        one.between(max(one.start, start), min(one.end, end))
        for one in windows
        if one.start < end and start < one.end
    ]
    return joined(cut)


class Recheck:
    """Takes the answers for time that a dataset holds, and corrects the parts that differ.

    Every part is either as it was, or corrected as a whole with its revisions told.

    Args:
        dataset: Open, and written by nobody else meanwhile.
        source: What its rows are.
        noticed_at: When this recheck takes place; aware.
    """

    def __init__(self, dataset: Dataset, source: Source[Any], noticed_at: datetime) -> None:
        self.changes = Changes()
        self._dataset = dataset
        self._source = source
        self._noticed_at = noticed_at
        self._held: dict[tuple[str, str], list[tuple[Window, Part]]] = defaultdict(list)
        for part, report in dataset.held:
            self._held[report.window.line].append((report.window, part))

    def write(self, pieces: list[Piece]) -> None:
        """Correct every part for which a piece has something else.

        Raises:
            WriteFailed: The store refused; a part that was not corrected is as it was.
            DatasetMismatch: A part is damaged.
        """
        by_part: dict[Part, list[Piece]] = defaultdict(list)
        for piece in pieces:
            for part in self._parts_of(piece.report.window):
                by_part[part].append(piece)
        pieces.clear()
        for part in sorted(by_part):
            self._correct(part, by_part.pop(part))

    def _parts_of(self, window: Window) -> set[Part]:
        return {part for one, part in self._held[window.line] if _overlap(one, window)}

    def _correct(self, part: Part, found: Sequence[Piece]) -> None:
        held, revision = self._dataset.read(part)
        differences: list[Difference] = []
        corrected = [self._corrected(one, found, differences) for one in held]
        if not differences:
            return
        told = revisions.Revision(part, revision + 1)
        revisions.write(self._dataset.folder, told, differences, self._noticed_at)
        self._dataset.replace(part, corrected, told.number)
        for difference in differences:
            _count(self.changes, difference, self._key)

    def _corrected(
        self, held: Piece, found: Sequence[Piece], differences: list[Difference]
    ) -> Piece:
        """Put what was found in place of what a piece held; note where that differs."""
        for one in found:
            window = held.report.window
            if window.line != one.report.window.line or not _overlap(window, one.report.window):
                continue
            start = max(window.start, one.report.window.start)
            end = min(window.end, one.report.window.end)
            old, new = (self._range(table, start, end) for table in (held.table, one.table))
            before, after = held.table.slice(*old), one.table.slice(*new)
            difference = _difference(before, after)
            if difference is None:
                continue
            differences.append(difference)
            table = load_pyarrow().concat_tables(
                [held.table.slice(0, old[0]), after, held.table.slice(old[0] + old[1])]
            )
            report = _corrected_report(held.report, one.report, table.num_rows, start, end)
            held = Piece(held.month, table.unify_dictionaries(), report)
        return held

    def _range(self, table: pa.Table, start: datetime, end: datetime) -> tuple[int, int]:
        """Where the rows of `[start, end)` begin in a table sorted by time, and how many."""
        starts = table.column(self._source.start_column)
        first, last = (
            bisect_left(range(table.num_rows), edge, key=lambda row: starts[row].as_py())
            for edge in (start, end)
        )
        return first, last - first

    @property
    def _key(self) -> list[str]:
        """The columns that tell one row from another: what was asked about, and when."""
        first = self._source.schema().names[0]
        return [first, self._source.start_column, *self._source.key_columns]


def _overlap(one: Window, other: Window) -> bool:
    return one.start < other.end and other.start < one.end


def _difference(before: pa.Table, after: pa.Table) -> Difference | None:
    """Give the rows that only one of two tables has; None if both have the same."""
    if _plain(before).equals(_plain(after)):
        return None
    old, new = list(_rows(before)), list(_rows(after))
    found = Difference(before.take(_only(old, new)), after.take(_only(new, old)))
    return found if found.before.num_rows or found.after.num_rows else None


def _only(these: list[tuple[Any, ...]], those: list[tuple[Any, ...]]) -> pa.Array:
    """The places of the rows in `these` for which there is none left in `those`."""
    left, places = Counter(those), []
    for place, row in enumerate(these):
        if left[row]:
            left[row] -= 1
        else:
            places.append(place)
    pa = load_pyarrow()
    return arrow_column(places, pa.field("place", pa.int64()))


def _plain(table: pa.Table) -> pa.Table:
    """Write encoded texts out, so that equal rows are equal whatever their codes."""
    pa = load_pyarrow()
    fields = [
        one.with_type(pa.string()) if pa.types.is_dictionary(one.type) else one
        for one in table.schema
    ]
    return table.cast(pa.schema(fields)).replace_schema_metadata()


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _corrected_report(
    held: WindowReport, found: WindowReport, rows: int, start: datetime, end: datetime
) -> WindowReport:
    conflicts = {one for one in held.conflicts if not start <= one < end}
    conflicts.update(one for one in found.conflicts if start <= one < end)
    return msgspec.structs.replace(
        held, rows=rows, outcome="ok" if rows else "empty", conflicts=tuple(sorted(conflicts))
    )


def _count(changes: Changes, difference: Difference, key: Sequence[str]) -> None:
    old, new = (Counter(_rows(table.select(key))) for table in difference)
    changes.corrected += (old & new).total()
    changes.vanished += (old - new).total()
    changes.added += (new - old).total()
    for name, unit in units(difference.after).items():
        if unit == _MONEY:
            less, more = (_sum(table.column(name)) for table in difference)
            changes.euros[name] = changes.euros.get(name, 0.0) + more - less


def _sum(column: pa.ChunkedArray) -> float:
    from pyarrow import compute  # noqa: PLC0415

    return float(compute.sum(column).as_py() or 0.0)
