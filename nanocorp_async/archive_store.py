"""The folder of an archive: a Parquet file for each series and delivery day.

```text
prices/
  _archive.json                         what the archive is: written first
  _state.json                           what was asked last, and the gaps
  feed=day-ahead/
    month=2026-03/                        Paris delivery month
      2026-03-29.parquet                    one delivery day, corrections included
  .lock                                 held while an archive runs
```

Every file appears by a rename and is whole at any instant. Everything here blocks; call it in a
thread.
"""

from __future__ import annotations

import gzip
import re
from datetime import date
from typing import TYPE_CHECKING, Final, Self

import msgspec

from energy_async.bulk.errors import DatasetLocked, DatasetMismatch
from energy_async.columns import load_pyarrow
from energy_async.files import disk_errors, write_whole
from energy_async.locking import take_lock
from energy_async.tables import parquet_bytes
from nanocorp_async.archive_merge import Coverage, Merged, holding, merge
from nanocorp_async.archive_series import SERIES, schema_of
from nanocorp_async.archive_state import FORMAT, Manifest, State, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    import pyarrow as pa
    from filelock import BaseFileLock

    from nanocorp_async.archive_series import Series, SeriesName

__all__ = ["Store", "day_files", "read_manifest", "read_state"]

_MANIFEST: Final = "_archive.json"
_STATE: Final = "_state.json"
_LOCK: Final = ".lock"
_UNREAD: Final = "_unread"
MOST_UNREAD: Final = 128 * 1024 * 1024
"""Bytes, compressed: years of answers with a bad cell every day."""
_STALE: Final = re.compile(r"\.(\d{4}-\d{2}-\d{2}\.parquet|_archive\.json|_state\.json)\.tmp")
_MONTHS_CLEANED: Final = 3
"""A killed run can only have left something in the months that the feeds still held."""


class Store:
    """The folder, opened for one run and locked against all others.

    Args:
        root: The folder; made if it is missing.
        base_url: The service; a folder with rows of another one is refused.
    """

    def __init__(self, root: Path, base_url: str) -> None:
        self._root = root
        self._base_url = base_url
        self._lock: BaseFileLock | None = None
        self.state = State()

    def open(self) -> Self:
        """Take the folder, clean up after a killed run, and read what was known.

        Raises:
            DatasetMismatch: The folder holds something else.
            DatasetLocked: Another archive is writing into it.
            WriteFailed: The disk refuses.
            ImportError: pyarrow or filelock is not installed.
        """
        load_pyarrow()
        with disk_errors(self._root):
            self._root.mkdir(exist_ok=True)
        self._refuse_foreign()
        self._take_lock()
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Free the folder; doing so twice does nothing."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def add(
        self,
        series: Series,
        day: date,
        rows: pa.Table,
        at: datetime,
        coverage: Coverage | None = None,
    ) -> Merged:
        """Put rows of one delivery day to those that are held of it.

        Args:
            series: Which rows.
            day: The Paris delivery day.
            rows: Upstream's own columns.
            at: When they were fetched.
            coverage: What the whole answer is about.

        Raises:
            WriteFailed: The disk refuses; what was held is untouched.
            DatasetMismatch: The file of the day is damaged.
        """
        path = self.path(series.name, day)
        held = _read_day(path, schema_of(series.name)) if path.exists() else None
        found = merge(held, rows, schema_of(series.name), series.key, at, coverage)
        if found.table is not None:
            with disk_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, parquet_bytes(found.table))
        return found

    def day(self, series: Series, day: date) -> pa.Table | None:
        """Read the rows that hold of a delivery day; None if nothing of it is held."""
        path = self.path(series.name, day)
        return holding(_read_day(path, schema_of(series.name))) if path.exists() else None

    def first_day(self, name: SeriesName) -> date | None:
        """Give the first delivery day that is held of a series."""
        return next((day for day, _ in day_files(self._root, name)), None)

    def put_aside(self, unread: Unread, body: bytes) -> None:
        """Keep the body of an answer that could not be read whole: once, and while there is room.

        Raises:
            WriteFailed: The disk refuses.
        """
        packed = gzip.compress(body, mtime=0)
        if sum(one.size for one in self.state.unread) + len(packed) <= MOST_UNREAD:
            path = self._root / f"{_UNREAD}/{unread.feed}-{unread.digest[:32]}.json.gz"
            with disk_errors(path):
                path.parent.mkdir(exist_ok=True)
            write_whole(path, packed)
            unread.size = len(packed)
        self.state.unread.append(unread)

    def save(self) -> None:
        """Write what is known; only once all rows that it speaks of are written."""
        write_whole(self._root / _STATE, msgspec.json.encode(self.state))

    def path(self, name: SeriesName, day: date) -> Path:
        """Give the place of a delivery day."""
        return self._root / f"feed={name}" / f"month={day:%Y-%m}" / f"{day}.parquet"

    def _take_lock(self) -> None:
        lock = take_lock(self._root / _LOCK, purpose="an archive")
        if lock is None:
            raise DatasetLocked(f"another archive is writing into {self._root}; one is enough")
        self._lock = lock

    def _refuse_foreign(self) -> None:
        with disk_errors(self._root):
            names = sorted(one.name for one in self._root.iterdir())
        if _MANIFEST in names:
            return
        foreign = [one for one in names if one != _LOCK and not _STALE.fullmatch(one)]
        if foreign:
            raise DatasetMismatch(
                f"{self._root} holds other things ({', '.join(foreign[:3])}) and no archive; "
                "choose an empty or a new folder"
            )

    def _prepare(self) -> None:
        self._refuse_foreign()  # again, now that nobody else can change it
        self._clean()
        if (self._root / _MANIFEST).exists():
            self._refuse_other(read_manifest(self._root))
        else:
            manifest = Manifest(format=FORMAT, base_url=self._base_url)
            write_whole(self._root / _MANIFEST, msgspec.json.encode(manifest))
        self.state = read_state(self._root)

    def _refuse_other(self, manifest: Manifest) -> None:
        if manifest.base_url != self._base_url:
            raise DatasetMismatch(
                f"{self._root} holds rows of {manifest.base_url}, not of {self._base_url}; choose "
                f"another folder, or change {_MANIFEST} if the service has moved"
            )

    def _clean(self) -> None:
        """Remove what a killed run left half written."""
        with disk_errors(self._root):
            folders = [self._root]
            for name in SERIES:
                months = sorted(self._root.glob(f"feed={name}/month=*"))
                folders += months[-_MONTHS_CLEANED:]
            for folder in folders:
                for file in folder.glob(".*.tmp"):
                    if _STALE.fullmatch(file.name):
                        file.unlink()


def read_manifest(root: Path) -> Manifest:
    """Read what an archive is.

    Raises:
        DatasetMismatch: The folder holds no archive, or one of a later version.
    """
    try:
        manifest = msgspec.json.decode((root / _MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise DatasetMismatch(f"{root} holds no archive of market feeds") from None
    except msgspec.DecodeError as exc:
        raise DatasetMismatch(f"{root / _MANIFEST} is damaged ({exc})") from exc
    if manifest.format != FORMAT:
        raise DatasetMismatch(f"{root} has format {manifest.format}, this version reads {FORMAT}")
    return manifest


def read_state(root: Path) -> State:
    """Read what an archive knows; nothing if the file is missing or unreadable."""
    try:
        return msgspec.json.decode((root / _STATE).read_bytes(), type=State)
    except (FileNotFoundError, msgspec.DecodeError):
        return State()


def day_files(root: Path, name: SeriesName) -> Iterator[tuple[date, Path]]:
    """Give the files of a series with their delivery days, in order."""
    for folder in sorted(root.glob(f"feed={name}/month=*")):
        for file in sorted(folder.glob("[0-9]*.parquet")):
            yield date.fromisoformat(file.stem), file


def _read_day(path: Path, schema: pa.Schema) -> pa.Table:
    pa = load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    try:
        with path.open("rb") as file:
            table = parquet.ParquetFile(file).read()
    except (pa.ArrowException, ValueError) as exc:
        raise DatasetMismatch(
            f"{path} is damaged ({exc}); move it away, and what the feed still holds comes back"
        ) from exc
    return fitted(table, schema)


def fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give a table the columns of `schema`: a column that it lacks is null."""
    pa = load_pyarrow()
    arrays = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
