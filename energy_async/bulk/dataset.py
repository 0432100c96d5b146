"""A folder of Parquet parts that a pull fills, and that a later run takes up again.

```text
revenue/
  _dataset.json             what the dataset is: written first
  stream=tolling/
    month=2026-03/            delivery month, in the zone of the market
      part-00001.parquet        rows; its footer names the windows they answer
  _revisions/                 what corrections have changed, see `revisions`
  .lock                     held while a pull writes
```

Everything here blocks; call it in a thread.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, Self

import msgspec

from energy_async.bulk import parts, revisions
from energy_async.bulk.coverage import gaps, overlap
from energy_async.bulk.described import without_origin
from energy_async.bulk.errors import DatasetMismatch
from energy_async.bulk.manifest import MANIFEST, Manifest, read_manifest, refuse_other
from energy_async.bulk.ordering import in_order
from energy_async.columns import load_pyarrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    import pyarrow as pa

    from energy_async.bulk.buffer import Piece
    from energy_async.bulk.folder import Folder
    from energy_async.bulk.plan import Plan
    from energy_async.bulk.report import WindowReport
    from energy_async.bulk.windows import Window

__all__ = ["Dataset", "missing_in", "read_dataset", "read_datasets"]

_FIRST: Final = ("stream", "start")

_MOST_REWRITTEN: Final = 8
"""How many times the new rows an old part may hold to be written anew with them."""


class Dataset:
    """The folder, opened for one pull and locked against all others.

    Args:
        folder: The place; made if it is missing.
        manifest: What the dataset is. A folder that says something else is refused.
        part_rows: Until how many rows the last part of a stream and month grows.
    """

    def __init__(self, folder: Folder, manifest: Manifest, part_rows: int = 0) -> None:
        self.folder = folder
        self._manifest = manifest
        self._part_rows = part_rows
        self._number = 1
        self._held: dict[parts.Part, parts.Footer] = {}
        self._youngest: dict[tuple[str, str], parts.Part] = {}

    def open(self) -> Self:
        """Take the folder, clean up after a killed run, and pin what the dataset is.

        Raises:
            DatasetMismatch: The folder holds something else, or another pull's dataset, or a part
                is damaged.
            DatasetLocked: Another pull is writing into it.
            WriteFailed: The disk refuses.
        """
        self.folder.make()
        self._refuse_foreign()
        self.folder.lock()
        try:
            self._prepare()
        except BaseException:
            self.folder.unlock()
            raise
        return self

    def close(self) -> None:
        """Free the folder for other pulls."""
        self.folder.unlock()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def held(self) -> list[tuple[parts.Part, WindowReport]]:
        """Every window that the parts answer, with the part that does."""
        return [(part, one) for part, footer in self._held.items() for one in footer.windows]

    def answered(self, plan: Plan) -> list[WindowReport]:
        """Give the windows that the parts answer already.

        Raises:
            DatasetMismatch: Two parts answer the same time, or a part answers something that is
                not in the plan.
        """
        held = self.held
        _refuse_doubles(self.folder, held)
        _refuse_unasked(self.folder, held, plan)
        return [msgspec.structs.replace(one, resumed=True, attempts=0) for _, one in held]

    def extend(self, manifest: Manifest) -> None:
        """Note that more is asked for from now on.

        Raises:
            WriteFailed: The store refuses; what was asked before still stands.
        """
        if manifest != self._manifest:
            self.folder.write(MANIFEST, manifest.text())
            self._manifest = manifest

    def write(self, pieces: list[Piece]) -> None:
        """Write pieces, one part for each stream and month. One call at a time.

        Raises:
            WriteFailed: The store refused. The next run fetches what could not be written.
        """
        shelves: dict[tuple[str, str], list[Piece]] = defaultdict(list)
        while pieces:
            piece = pieces.pop()
            shelves[piece.report.window.stream, piece.month].append(piece)
        for shelf in sorted(shelves):
            self._write_shelf(*shelf, shelves.pop(shelf))
        load_pyarrow().default_memory_pool().release_unused()

    def read(self, part: parts.Part) -> tuple[list[Piece], int]:
        """Read the rows of a part window by window, and how often it was revised.

        Raises:
            DatasetMismatch: The part is damaged.
        """
        return parts.read_pieces(self.folder, part)

    def replace(self, part: parts.Part, pieces: list[Piece], revision: int) -> None:
        """Write a part anew.

        Raises:
            WriteFailed: The store refused; the part is as it was.
        """
        self._held[part] = parts.write_part(self.folder, part, pieces, revision)

    def _write_shelf(self, stream: str, month: str, pieces: list[Piece]) -> None:
        youngest = self._youngest.get((stream, month))
        if youngest is not None and self._grows(youngest, pieces):
            # By the same rename as a new part: a reader sees the rows of before or all of them.
            before, revision = self.read(youngest)
            self.replace(youngest, [*before, *pieces], revision)
            return
        part = parts.Part(stream, month, self._number)
        self._number += 1
        self.replace(part, pieces, 0)
        self._youngest[stream, month] = part

    def _grows(self, part: parts.Part, pieces: list[Piece]) -> bool:
        """Whether a part is still small, and not so large that the pieces are better off alone."""
        held = self._held[part].rows
        new = sum(max(1, one.report.rows) for one in pieces)
        return held < self._part_rows and held <= _MOST_REWRITTEN * new

    def _prepare(self) -> None:
        self._refuse_foreign()  # again, now that nobody else can change it
        self.folder.clean()
        if self.folder.exists(MANIFEST):
            refuse_other(self.folder, self._manifest)
        else:
            self.folder.write(MANIFEST, self._manifest.text())
        self._held = {
            part: parts.read_footer(self.folder, part) for part in parts.find(self.folder)
        }
        self._youngest = {(part.stream, part.month): part for part in self._held}
        revised = revisions.find(self.folder)
        revisions.drop_orphans(self.folder, revised, self._held)
        self._number = parts.next_number([*self._held, *(one.part for one in revised)])

    def _refuse_foreign(self) -> None:
        foreign = self.folder.foreign()
        if not foreign or self.folder.exists(MANIFEST):
            return
        raise DatasetMismatch(
            f"{self.folder} holds other things ({', '.join(foreign[:3])}"
            f"{', ...' if foreign[3:] else ''}) and no dataset; choose an empty or a new folder"
        )


def read_dataset(folder: Folder) -> pa.Table:
    """Read the rows of a dataset, sorted by its first column, stream, time and all else.

    Raises:
        DatasetMismatch: The folder holds no dataset, or it has no part yet.
    """
    read_manifest(folder)
    return read_datasets([folder])


def read_datasets(folders: Iterable[Folder]) -> pa.Table:
    """Read the rows of datasets that hold different ones, as one table in the order of one.

    Raises:
        DatasetMismatch: One of them has no part yet.
    """
    pa = load_pyarrow()
    tables = []
    for folder in folders:
        found = [parts.read_part(folder, part) for part in parts.find(folder)]
        if not found:
            raise DatasetMismatch(f"{folder} has no part yet: nothing was fetched")
        tables += found
    table = pa.concat_tables([one.cast(without_origin(one.schema)) for one in tables])
    return in_order(table.unify_dictionaries(), _FIRST)


def missing_in(folder: Folder) -> list[Window]:
    """Give the stretches of time that a dataset was asked for and does not hold.

    Raises:
        DatasetMismatch: The folder holds no dataset, or a part is damaged.
    """
    plan = read_manifest(folder).plan()
    return gaps(plan, [one.window for _, one in parts.read_all_windows(folder)])


def _refuse_doubles(folder: Folder, held: Sequence[tuple[parts.Part, WindowReport]]) -> None:
    doubled = overlap([one.window for _, one in held])
    if doubled is None:
        return
    where = [f"{folder}/{part.name}" for part, one in held if one.window in doubled]
    raise DatasetMismatch(f"{' and '.join(dict.fromkeys(where))} both hold {doubled[1]}")


def _refuse_unasked(
    folder: Folder, held: Sequence[tuple[parts.Part, WindowReport]], plan: Plan
) -> None:
    there = [one.window for _, one in held]
    for window in gaps(there, plan):
        (part, *_) = [
            part
            for part, one in held
            if one.window.line == window.line and one.window.start <= window.start < one.window.end
        ]
        raise DatasetMismatch(f"{folder}/{part.name} holds {window}, which was not asked for")
