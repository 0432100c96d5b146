"""A dataset: rows of many windows, by stream and delivery month, and which windows are answered.

```text
revenue/
  _log/                       what the dataset is: see `energy_async.storage`
  stream=tolling/
    month=2026-03/              delivery month, in the zone of the market
      part-5f0c….parquet          rows; the log names the windows that they answer
  _revisions/                 what corrections have changed, see `history`
```

Rows and the windows that they answer are committed together. Everything here blocks; call it in a
thread.
"""

from __future__ import annotations

import contextlib
import logging
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from energy_async.bulk import parts
from energy_async.bulk.answers import Answer, Answered, Answers
from energy_async.bulk.manifest import NOTE, Manifest, refuse_other
from energy_async.bulk.windows import gaps
from energy_async.columns import load_pyarrow
from energy_async.storage import (
    Change,
    DatasetDamaged,
    DatasetMismatch,
    Table,
    clean,
    place_at,
    refuse_foreign,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from energy_async.bulk.answers import Piece
    from energy_async.bulk.windows import Window
    from energy_async.storage import Part, PlaceLike, Snapshot

T = TypeVar("T")
_logger = logging.getLogger("energy_async.bulk")
_MOST_REWRITTEN: Final = 8
"""How many times the rows beside it a part may hold to be written anew with them."""


class Dataset:
    """A dataset at a place, for reading and for writing; making one touches nothing.

    Args:
        place: See `PlaceLike`.
        part_rows: Until how many rows small files are merged; see `compact`.
        **options: See `Table`.
    """

    def __init__(self, place: PlaceLike, part_rows: int = 200_000, **options: Any) -> None:  # noqa: ANN401
        self.table: Table = Table(place_at(place), **options)
        self.answers: Answers = Answers()
        self._part_rows = part_rows
        self._answered = Answered()
        self._touched: set[tuple[str, str]] = set()
        self._manifest: tuple[msgspec.Raw, Manifest] | None = None

    def __str__(self) -> str:
        return str(self.table)

    def load(self) -> Snapshot:
        """Give the newest snapshot."""
        found = self.table.load()
        if NOTE not in found.notes:
            raise DatasetMismatch(f"{self} holds no dataset of a bulk pull but other rows")
        return found

    def reading(self, work: Callable[[Snapshot], T]) -> T:
        """Read from the newest snapshot, and from a newer one if files vanish meanwhile.

        The errors are those of `load`, and `DatasetDamaged` for any other file.
        """
        self.load()
        return self.table.reading(work)

    def manifest(self, snapshot: Snapshot | None = None) -> Manifest:
        """Read what the dataset is; see `load`."""
        text = (snapshot or self.load()).notes[NOTE]
        if self._manifest is None or bytes(self._manifest[0]) != bytes(text):
            self._manifest = text, msgspec.json.decode(text, type=Manifest)
        return self._manifest[1]

    def answered(self) -> list[Answer]:
        """Give every window that is answered; see `load`."""
        return self.answers.all(self.load())

    def missing(self) -> list[Window]:
        """Give the stretches of time that were asked for and are not answered; see `load`."""
        snapshot = self.load()
        answered = (one.window for one in self.answers.all(snapshot))
        return gaps(self.manifest(snapshot).plan(), answered)

    def create(self, manifest: Manifest) -> None:
        """Make the dataset, or see that it is what is asked for; one without answers becomes it."""
        load_pyarrow()

        def build(snapshot: Snapshot, _at: datetime) -> Change | None:
            if snapshot.number:
                there = self.manifest(self.load())
                if there != manifest and not self.answers.all(snapshot):
                    return Change(notes={NOTE: manifest})  # a corrected call takes the place
                refuse_other(self, there, manifest)
                return None
            refuse_foreign(self.table, snapshot, "no dataset")
            return Change(notes={NOTE: manifest})

        self._answered.follow(self.table.commit(build, create=True), self.answers)

    def note(self, change: Callable[[Manifest], Manifest]) -> Manifest:
        """Change what the dataset is asked for, in a commit of its own."""

        def build(snapshot: Snapshot, _at: datetime) -> Change | None:
            before = self.manifest(snapshot)
            after = change(before)
            return Change(notes={NOTE: after}) if after != before else None

        return self.manifest(self.table.commit(build))

    def write(self, pieces: list[Piece]) -> None:
        """Commit pieces, a file for each stream and month; empties the list.

        What another writer has answered meanwhile counts once: what came second is left out.
        """
        shelves: dict[tuple[str, str], list[Piece]] = defaultdict(list)
        while pieces:
            piece = pieces.pop()
            shelves[piece.answer.stream, piece.month].append(piece)
        written = [
            parts.write_pieces(self.table, *shelf, shelves.pop(shelf)) for shelf in sorted(shelves)
        ]
        if written:
            made = list(written)
            snapshot = self.table.commit(partial(self._added, written))
            self.table.drop([*made, *written], snapshot)
            self._answered.follow(snapshot, self.answers)
            self._touched |= {(one.keys["stream"], one.keys["month"]) for one in written}
        load_pyarrow().default_memory_pool().release_unused()

    def tidy(self, *, least: int = 2) -> None:
        """Merge small files of the months that were written to, and remove what killed runs left.

        The rows are safe by now: what the store refuses here is logged, and the next run's to do.
        """
        try:
            self.compact(least=least)
            clean(self.table)
        except OSError as exc:
            _logger.warning("while tidying %s up: %s", self, exc)

    def compact(self, *, least: int = 2, everywhere: bool = False) -> None:
        """Merge the small files of months where there are at least so many.

        Without `everywhere` those months alone that this object wrote to.
        """
        shelves: dict[tuple[str, str], list[Part]] = defaultdict(list)
        for one in self.load().of_kind("rows"):
            shelves[one.keys["stream"], one.keys["month"]].append(one)
        for shelf, found in sorted(shelves.items()):
            if everywhere or shelf in self._touched:
                for small in _mergeable(found, self._part_rows, least):
                    self._merge(shelf, small)
        self._touched.clear()

    def _merge(self, shelf: tuple[str, str], small: Sequence[Part]) -> None:
        paths = [one.path for one in small]
        merged: list[Part] = []

        def build(snapshot: Snapshot, _at: datetime) -> Change | None:
            if not set(paths) <= snapshot.parts.keys():
                return None  # another writer was at it
            # What is noted of their windows may have changed; their rows have not.
            answers = [one for path in paths for one in self.answers.of(snapshot.parts[path])]
            answers.sort(key=lambda one: one.window)
            if not merged:
                pieces = [one for part in small for one in parts.read_pieces(self.table, part)]
                merged.append(parts.write_pieces(self.table, *shelf, pieces))
            return Change(add=[parts.with_answers(merged[0], answers)], remove=paths)

        with contextlib.suppress(DatasetDamaged):  # gone: another writer was at it; else see check
            self.table.drop(merged, self.table.commit(build))
        load_pyarrow().default_memory_pool().release_unused()

    def _added(self, written: list[Part], snapshot: Snapshot, at: datetime) -> Change | None:
        """Give the change that adds files, without what is answered by now."""
        self._answered.follow(snapshot, self.answers)
        asked, add = self.manifest(snapshot), []
        for number, part in enumerate(written):
            if not all(asked.covers(one.window) for one in part.note_as(list[Answer])):
                raise DatasetMismatch(f"{self} was taken over by a pull of something else")
            if any(self._answered.within(one) for one in part.note_as(list[Answer])):
                written[number] = self._without_answered(part)
            if bytes(written[number].note) != b"[]":
                add.append(parts.with_time(written[number], at))
        return Change(add=add) if add else None

    def _without_answered(self, part: Part) -> Part:
        """Write a file anew, without what another writer has answered meanwhile."""
        column = self.manifest().start_column
        fresh = [
            piece.cut(gap.start, gap.end, column)
            for piece in parts.read_pieces(self.table, part)
            for gap in gaps([piece.answer.window], self._answered.within(piece.answer))
        ]
        if not fresh:
            return parts.with_answers(part, [])
        return parts.write_pieces(self.table, part.keys["stream"], part.keys["month"], fresh)


def read_manifest(place: PlaceLike) -> Manifest:
    """Read what a dataset is; see `Dataset.load`."""
    return Dataset(place).manifest()


def missing_in(place: PlaceLike) -> list[Window]:
    """Give the stretches of time that a dataset was asked for and does not hold.

    Raises:
        DatasetMissing: There is no dataset.
        DatasetDamaged: Its log is damaged.
    """
    return Dataset(place).missing()


def compact(path: PlaceLike, *, part_rows: int = 200_000) -> None:
    """Merge the small files of a dataset, and remove what killed runs left behind.

    Others may write and read meanwhile. A pull does so at its end; many workers leave it to
    whoever started them.
    """
    dataset = Dataset(path, part_rows)
    dataset.compact(everywhere=True)
    clean(dataset.table)


def _mergeable(found: Iterable[Part], part_rows: int, least: int) -> list[list[Part]]:
    """Choose which files to merge: small ones, none many times as large as the others together."""
    small = sorted((one for one in found if one.rows < part_rows), key=lambda one: one.rows)
    batches: list[list[Part]] = []
    batch: list[Part] = []
    for one in small:
        rows = sum(each.rows for each in batch)
        if batch and (rows >= part_rows or one.rows > _MOST_REWRITTEN * max(rows, 1)):
            batches.append(batch)
            batch = []
        batch.append(one)
    batches.append(batch)
    return [one for one in batches if len(one) >= max(2, least)]
