"""Holding what a dataset has against what the server says today."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from energy_async.bulk import parts
from energy_async.bulk.answers import Answer, Piece, still_open, times_between
from energy_async.bulk.changes import Changes, Difference
from energy_async.bulk.history import rows_of, write_revision
from energy_async.bulk.windows import gaps, joined
from energy_async.columns import arrow_column, load_pyarrow, plain
from energy_async.storage import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk.dataset import Dataset
    from energy_async.bulk.source import Source
    from energy_async.bulk.windows import Window
    from energy_async.storage import Part, Snapshot


def answered_within(windows: Iterable[Window], start: datetime, end: datetime) -> list[Window]:
    """Give what `windows` have in `[start, end)`, in stretches as long as can be."""
    cut = [
        one.between(max(one.start, start), min(one.end, end))
        for one in windows
        if one.start < end and start < one.end
    ]
    return joined(cut)


class Recheck:
    """Takes the answers for time that a dataset holds, and corrects the files that differ.

    Rows, what they were, and that they were asked again are committed together. Where another
    writer has asked for the same time later, what that one found stands.
    """

    def __init__(self, dataset: Dataset, source: Source[Any], since: int) -> None:
        self.changes: Changes = Changes()
        self._dataset = dataset
        self._start = source.start_column
        self._key = [source.subject, source.start_column, *source.key_columns]
        self._read = since
        self._others: defaultdict[tuple[str, str], list[Answer]] = defaultdict(list)

    def write(self, pieces: list[Piece]) -> None:
        """Commit what pieces have that differs from what is stored; empties the list."""
        asked, made = list(pieces), _Made([], [], [])
        files: list[Part] = []
        pieces.clear()

        def build(snapshot: Snapshot, at: datetime) -> Change | None:
            self._note_others(snapshot.number)
            nonlocal made
            made = _Made([], [], [])
            by_shelf: dict[tuple[str, str], list[Piece]] = defaultdict(list)
            for piece in self._latest(asked):
                by_shelf[piece.answer.stream, piece.month].append(piece)
            for part in snapshot.of_kind("rows"):
                found = by_shelf.get((part.keys["stream"], part.keys["month"]), [])
                self._correct(part, found, at, made)
            remark = [msgspec.structs.replace(one.answer, rows=0, conflicts=()) for one in asked]
            files.extend(made.add)
            return Change(add=made.add, remove=made.remove, remark=remark) if asked else None

        snapshot = self._dataset.table.commit(build)
        self._read = max(self._read, snapshot.number)
        self._dataset.table.drop(files, snapshot)
        for difference in made.differences:
            self.changes.count(difference, self._key)
        load_pyarrow().default_memory_pool().release_unused()

    def _note_others(self, number: int) -> None:
        if number == self._read:
            return
        for commit in self._dataset.table.since(self._read):
            self._read = commit.number
            for one in msgspec.json.decode(commit.remark, type=list[Answer] | None) or ():
                self._others[one.line].append(one)

    def _latest(self, asked: Iterable[Piece]) -> Iterable[Piece]:
        for piece in asked:
            one = piece.answer
            later = [
                other.window
                for other in self._others.get(one.line, ())
                if other.asked_at > one.asked_at
            ]
            for gap in gaps([one.window], later):
                yield piece.cut(gap.start, gap.end, self._start)

    def _correct(self, part: Part, found: Sequence[Piece], at: datetime, made: _Made) -> None:
        """Correct a file of rows, if pieces have something else; or only what is noted of it."""
        answers = self._dataset.answers.of(part)
        lines = {one.line for one in answers}
        found = [one for one in found if one.answer.line in lines]
        by_line = defaultdict(list)
        for one in found:
            by_line[one.answer.line].append(one)
        if not any(_overlap(one, piece.answer) for one in answers for piece in by_line[one.line]):
            return
        table = self._dataset.table
        stored = parts.read_pieces(table, part)
        differences: list[Difference] = []
        corrected = [self._corrected(one, by_line[one.answer.line], differences) for one in stored]
        if differences:
            keys = part.keys
            new = parts.write_pieces(table, keys["stream"], keys["month"], corrected)
            made.add.extend([new, write_revision(table, keys, differences, at)])
            made.remove.append(part.path)
            made.differences.extend(differences)
        elif (now := [one.answer for one in corrected]) != answers:
            made.add.append(parts.with_answers(part, now))

    def _corrected(
        self, stored: Piece, found: Sequence[Piece], differences: list[Difference]
    ) -> Piece:
        """Put what was found in place of what a stored piece had; note where that differs."""
        for one in found:
            if not _overlap(stored.answer, one.answer):
                continue
            start = max(stored.answer.start, one.answer.start)
            end = min(stored.answer.end, one.answer.end)
            old, new = (
                times_between(piece.table, self._start, start, end) for piece in (stored, one)
            )
            before, after = stored.table.slice(*old), one.table.slice(*new)
            difference = difference_of(before, after)
            if difference is None:
                stored = stored._replace(answer=_asked_again(stored.answer, one.answer, start, end))
                continue
            differences.append(difference)
            table = load_pyarrow().concat_tables(
                [stored.table.slice(0, old[0]), after, stored.table.slice(old[0] + old[1])]
            )
            answer = _asked_again(stored.answer, one.answer, start, end)
            answer = msgspec.structs.replace(answer, rows=table.num_rows)
            stored = Piece(stored.month, table.unify_dictionaries(), answer)
        return stored


class _Made(NamedTuple):
    add: list[Part]
    remove: list[str]
    differences: list[Difference]


def _overlap(one: Answer, other: Answer) -> bool:
    return one.start < other.end and other.start < one.end


def _asked_again(stored: Answer, found: Answer, start: datetime, end: datetime) -> Answer:
    """Note that `[start, end)` of a window was asked again: its conflicts, and what is open."""
    conflicts = {one for one in stored.conflicts if not start <= one < end}
    conflicts.update(one for one in found.conflicts if start <= one < end)
    still = stored.open_from
    if still is not None and start <= still and end == stored.end:
        still = still_open(stored.start, stored.end, found.asked_at)
    return msgspec.structs.replace(stored, conflicts=tuple(sorted(conflicts)), open_from=still)


def difference_of(before: pa.Table, after: pa.Table) -> Difference | None:
    """Give the rows that only one of two tables has; None if both have the same."""
    if plain(before).equals(plain(after)):
        return None
    old, new = list(rows_of(before)), list(rows_of(after))
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
