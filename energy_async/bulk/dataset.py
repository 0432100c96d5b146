"""A folder of Parquet parts that a pull fills, and that a later run takes up again.

```text
revenue/
  _dataset.json             what the dataset is: written first
  stream=tolling/
    month=2026-03/            delivery month, in the zone of the market
      part-00001.parquet        rows; its footer names the windows they answer
  .lock                     held while a pull writes
```

Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import msgspec

from energy_async.bulk import parts
from energy_async.bulk.coverage import gaps, overlap
from energy_async.bulk.errors import DatasetMismatch
from energy_async.bulk.manifest import MANIFEST, Manifest, read_manifest, refuse_other
from energy_async.columns import load_pyarrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    import pyarrow as pa

    from energy_async.bulk.folder import Folder
    from energy_async.bulk.plan import Plan
    from energy_async.bulk.report import WindowReport
    from energy_async.bulk.windows import Window

__all__ = ["Dataset", "FlushPolicy", "Piece", "missing_in", "read_dataset", "read_datasets"]

_FIRST: Final = ("stream", "start")


class FlushPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When buffered windows become parts: whichever comes first, looked at after each window.

    What is buffered is lost if the process is killed, and fetched again by the next run.
    """

    rows: int = 100_000
    windows: int = 1_000
    seconds: float = 60.0


class Piece(NamedTuple):
    """The rows of a window that lie in one delivery month, and the window cut to it."""

    month: str
    table: pa.Table
    report: WindowReport


class Dataset:
    """The folder, opened for one pull and locked against all others.

    Args:
        folder: The place; made if it is missing.
        manifest: What the dataset is. A folder that says something else is refused.
        policy: When to write.
        clock: Seconds from any starting point.
    """

    def __init__(
        self,
        folder: Folder,
        manifest: Manifest,
        policy: FlushPolicy,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._manifest = manifest
        self._policy = policy
        self._clock = clock
        self._number = 1
        self._buffered: list[Piece] = []
        self._rows = self._windows = 0
        self._since = 0.0

    def open(self) -> Self:
        """Take the folder, clean up after a killed run, and pin what the dataset is.

        Raises:
            DatasetMismatch: The folder holds something else, or another pull's dataset.
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
        """Free the folder for other pulls. What is buffered is not written."""
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

    def answered(self, plan: Plan) -> list[WindowReport]:
        """Read which windows the parts answer already.

        Raises:
            DatasetMismatch: A part is damaged, two parts answer the same time, or a part answers
                something that is not in the plan.
        """
        held = list(parts.read_all_windows(self.folder))
        _refuse_doubles(self.folder, held)
        _refuse_unasked(self.folder, held, plan)
        return [msgspec.structs.replace(one, resumed=True, attempts=0) for _, one in held]

    def add(self, pieces: Iterable[Piece]) -> None:
        """Buffer one answered window; never blocks. Ask `due` afterwards."""
        if not self._buffered:
            self._since = self._clock()
        for one in pieces:
            self._buffered.append(one)
            self._rows += one.report.rows
        self._windows += 1

    @property
    def due(self) -> bool:
        """Whether enough is buffered, or it has been for long enough."""
        policy = self._policy
        old = bool(self._buffered) and self._clock() - self._since >= policy.seconds
        return old or self._rows >= policy.rows or self._windows >= policy.windows

    def take(self) -> list[Piece]:
        """Take what is buffered, to `write` it in another thread."""
        buffered, self._buffered = self._buffered, []
        self._rows = self._windows = 0
        return buffered

    def write(self, buffered: list[Piece]) -> None:
        """Write one part per stream and month, sorted by asset and time. One call at a time.

        Raises:
            WriteFailed: The disk refused. The next run fetches what could not be written.
        """
        shelves: dict[tuple[str, str], list[Piece]] = defaultdict(list)
        while buffered:
            piece = buffered.pop()
            shelves[piece.report.window.stream, piece.month].append(piece)
        for stream, month in sorted(shelves):
            self._write_part(parts.Part(stream, month, self._number), shelves.pop((stream, month)))
            self._number += 1
        if self._number > 1:
            load_pyarrow().default_memory_pool().release_unused()

    def _write_part(self, part: parts.Part, pieces: list[Piece]) -> None:
        pieces.sort(key=lambda one: one.report.window)
        table = load_pyarrow().concat_tables([one.table for one in pieces]).unify_dictionaries()
        parts.write_part(self.folder, part, table, [one.report for one in pieces])

    def _prepare(self) -> None:
        self._refuse_foreign()  # again, now that nobody else can change it
        self.folder.clean()
        if self.folder.exists(MANIFEST):
            refuse_other(self.folder, self._manifest)
        else:
            self.folder.write(MANIFEST, self._manifest.text())
        self._number = parts.next_number(parts.find(self.folder))

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
    table = pa.concat_tables([one.replace_schema_metadata() for one in tables])
    return _sorted(table.unify_dictionaries())


def missing_in(folder: Folder) -> list[Window]:
    """Give the stretches of time that a dataset was asked for and does not hold.

    Raises:
        DatasetMismatch: The folder holds no dataset, or a part is damaged.
    """
    plan = read_manifest(folder).plan()
    return gaps(plan, [one.window for _, one in parts.read_all_windows(folder)])


def _sorted(table: pa.Table) -> pa.Table:
    """Sort by the first column, stream, time and all else."""
    names = table.schema.names
    first = [names[0], *(name for name in _FIRST if name in names)]
    order = [*first, *(name for name in names if name not in first)]
    pa = load_pyarrow()
    from pyarrow import compute  # noqa: PLC0415

    columns = [_ranked(table.column(name)) for name in names]
    table = pa.table(columns, schema=table.schema)
    keys = pa.table({name: _sort_key(table.column(name)) for name in order})
    by = [(name, "ascending") for name in order]
    return table.take(compute.sort_indices(keys, sort_keys=by))


def _ranked(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Encode texts by their rank, so that equal columns are equal, whatever came first."""
    pa = load_pyarrow()
    if not pa.types.is_dictionary(column.type):
        return column
    from pyarrow import compute  # noqa: PLC0415

    chunks = column.unify_dictionaries().chunks
    texts = chunks[0].dictionary
    order = compute.sort_indices(texts)
    places = compute.sort_indices(order).cast(pa.int32())
    return pa.chunked_array(
        [
            pa.DictionaryArray.from_arrays(places.take(one.indices), texts.take(order))
            for one in chunks
        ]
    )


def _sort_key(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The codes of an encoded column: pyarrow does not sort by the texts."""
    pa = load_pyarrow()
    if not pa.types.is_dictionary(column.type):
        return column
    return pa.chunked_array([one.indices for one in column.chunks], pa.int32())


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
