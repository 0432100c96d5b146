"""A folder of the file system, whose files survive a killed process and a power cut."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from energy_async.files import ReadFailed, disk_errors, sync_folder, write_flushed
from energy_async.locking import lock_on
from energy_async.storage.place import Entry, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_LOCK = "_log/.lock"


class Disk(Place):
    """See `Place`."""

    def __init__(self, root: Path, **options: Callable[[], str]) -> None:
        super().__init__(**options)
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def prepare(self) -> None:
        """Make the folder; its parent must be there."""
        with disk_errors(self.root):
            self.root.mkdir(exist_ok=True)

    def read(self, name: str) -> bytes:
        """Read a file."""
        try:
            return (self.root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise FileNotFoundError(f"there is no {self}/{name}") from None
        except OSError as exc:
            raise ReadFailed(exc.errno, exc.strerror or str(exc), f"{self}/{name}") from exc

    def create(self, name: str, content: bytes | memoryview) -> bool:
        """Write it aside, flush it to the disk, and give it its name if nobody has it."""
        with self._written(name, content) as (aside, path):
            try:
                os.link(aside, path)
            except FileExistsError:
                return False
            except OSError:  # no hard links there (exFAT): the same under a lock
                with lock_on(self.root / _LOCK, purpose="a dataset", extra="tables"):
                    if path.exists():
                        return False
                    aside.rename(path)
        return True

    def write(self, name: str, content: bytes | memoryview, *, lasting: bool = True) -> None:
        """Write it aside, flush it to the disk and rename it."""
        with self._written(name, content, lasting=lasting) as (aside, path):
            aside.replace(path)

    @contextlib.contextmanager
    def _written(
        self, name: str, content: bytes | memoryview, *, lasting: bool = True
    ) -> Iterator[tuple[Path, Path]]:
        """Write a file aside, under a name that nobody else takes; see it named, or remove it."""
        path = self.root / name
        aside = path.with_name(f".{path.name}.{self.fresh()}.tmp")
        self._make(path.parent)
        with disk_errors(path):
            try:
                if lasting:
                    write_flushed(aside, content)
                else:
                    aside.write_bytes(content)
                yield aside, path
                if lasting:
                    sync_folder(path.parent)
            finally:
                with contextlib.suppress(OSError):
                    aside.unlink(missing_ok=True)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        for name in names:
            path = self.root / name
            with disk_errors(path):
                path.unlink(missing_ok=True)

    def list(self, folder: str = "") -> Iterator[Entry]:
        """List the files under a folder."""
        for base, folders, names in os.walk(self.root / folder):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(base, name)  # noqa: PTH118 - os.walk gives texts
                with contextlib.suppress(FileNotFoundError):  # gone since
                    found = os.stat(path)  # noqa: PTH116
                    modified = datetime.fromtimestamp(found.st_mtime, UTC)
                    inside = os.path.relpath(path, self.root).replace(os.sep, "/")
                    yield Entry(inside, found.st_size, modified)

    def url(self, name: str) -> str:
        """Give the path of a file."""
        return str(self.root / name)

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            # So that the new folders survive a power cut as well.
            for made in (folder.parent, *folder.parent.parents):
                sync_folder(made)
                if made == self.root.parent:
                    break
