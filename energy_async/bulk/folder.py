"""The place of a dataset: its files by name, written whole, under one lock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from energy_async.bulk.errors import DatasetLocked
from energy_async.files import disk_errors, write_whole
from energy_async.locking import take_lock

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Iterable
    from pathlib import Path

    from filelock import BaseFileLock

__all__ = ["Folder", "LocalFolder"]

_LOCK: Final = ".lock"
_STALE: Final = re.compile(r"\.(part-\d+(-\d+)?\.parquet|_dataset\.json)\.tmp")
_STALE_IN: Final = (".*.tmp", "stream=*/month=*/.*.tmp", "_revisions/stream=*/month=*/.*.tmp")


class Folder(Protocol):
    """Files under names such as `stream=tolling/month=2026-03/part-00001.parquet`.

    Everything blocks. What the store refuses is raised as `WriteFailed`.
    """

    def make(self) -> None:
        """Make the folder if it is missing."""

    def lock(self) -> None:
        """Keep other pulls out; `DatasetLocked` if one is inside."""

    def unlock(self) -> None:
        """Let other pulls in; does nothing if this object does not hold the lock."""

    def foreign(self) -> list[str]:
        """The names directly in the folder that are neither a part's folder nor a hidden file."""

    def files(self, pattern: str) -> Iterable[str]:
        """The names of the files that match a pattern, in which `*` stands within one level."""

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""

    def open(self, name: str) -> contextlib.AbstractContextManager[BinaryIO]:
        """Open a file to read; `FileNotFoundError` if there is none."""

    def write(self, name: str, *chunks: bytes | memoryview) -> None:
        """Write a file whole, in place of one that may be there."""

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens if it is gone already."""

    def clean(self) -> None:
        """Remove what a killed run left half written. Only the holder of the lock may."""


class LocalFolder:
    """A folder of the file system; see `Folder`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock: BaseFileLock | None = None

    def __str__(self) -> str:
        return str(self._root)

    def make(self) -> None:
        """Make the folder; its parent must be there."""
        with disk_errors(self._root):
            self._root.mkdir(exist_ok=True)

    def lock(self) -> None:
        """Take the lock, which the system frees when the process ends."""
        lock = take_lock(self._root / _LOCK, purpose="a dataset")
        if lock is None:
            raise DatasetLocked(f"another pull is writing into {self}; let it end first")
        self._lock = lock

    def unlock(self) -> None:
        """Free the lock."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def foreign(self) -> list[str]:
        """The names that are not ours."""
        with disk_errors(self._root):
            names = sorted(one.name for one in self._root.iterdir())
        return [one for one in names if one != _LOCK and not _STALE.fullmatch(one)]

    def files(self, pattern: str) -> Iterable[str]:
        """The names that match."""
        return [one.relative_to(self._root).as_posix() for one in self._root.glob(pattern)]

    def exists(self, name: str) -> bool:
        """Whether it is there."""
        return (self._root / name).is_file()

    def open(self, name: str) -> contextlib.AbstractContextManager[BinaryIO]:
        """Open it."""
        return (self._root / name).open("rb")

    def write(self, name: str, *chunks: bytes | memoryview) -> None:
        """Write it aside, flush it to the disk and rename it."""
        path = self._root / name
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, *chunks)

    def remove(self, name: str) -> None:
        """Remove it."""
        path = self._root / name
        with disk_errors(path):
            path.unlink(missing_ok=True)

    def clean(self) -> None:
        """Remove temporary files of ours."""
        with disk_errors(self._root):
            for pattern in _STALE_IN:
                for file in self._root.glob(pattern):
                    if _STALE.fullmatch(file.name):
                        file.unlink()
