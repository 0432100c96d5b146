"""A dataset in any store that fsspec knows, such as S3 (extra `[fsspec]`)."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from energy_async.bulk.lease import LENGTH, Lease
from energy_async.files import WriteFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta

__all__ = ["FsspecFolder"]

_LOCK: Final = ".lock"
_TEMPORARY: Final = ".tmp"
_WHOLE: Final = frozenset(
    {"memory", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "ossfs", "tos"}
)
"""Protocols whose objects appear as a whole or not at all."""


class FsspecFolder:
    """A folder in a store; see `Folder`.

    Where objects do not appear as a whole (SFTP, SMB, HDFS), a file is written under a hidden name
    and then moved. Two pulls exclude each other by an object `.lock` with a lease, see `lease`:
    five minutes after its holder vanished, another pull may take it over.

    Args:
        url: Such as `s3://bucket/revenue`. Credentials come from the environment or from
            fsspec's own configuration, or from `options`.
        lease: How long the lock holds without being renewed.
        **options: For the store, such as `endpoint_url`.

    Raises:
        ImportError: fsspec, or the package that it needs for this store, is not installed.
        ValueError: fsspec knows no such kind of URL.
    """

    def __init__(self, url: str, *, lease: timedelta = LENGTH, **options: Any) -> None:  # noqa: ANN401
        fsspec = _load_fsspec()
        try:
            self._store, self._root = fsspec.core.url_to_fs(url, **options)
        except ImportError as exc:
            raise ImportError(f"fsspec needs another package for {url}: {exc}") from exc
        self._url = url.rstrip("/")
        self._root = self._root.rstrip("/")
        self._is_whole = bool(_WHOLE.intersection(_names(self._store.protocol)))
        self._lease = Lease(self, _LOCK, length=lease)

    def __str__(self) -> str:
        return self._url

    def make(self) -> None:
        """Make the folder, where the store has such."""
        with self._errors(""):
            self._store.makedirs(self._root, exist_ok=True)

    def lock(self) -> None:
        """Take the lock, and renew it until `unlock`.

        Raises:
            DatasetLocked: Another pull holds it.
        """
        self._store.invalidate_cache()
        self._lease.take()

    def unlock(self) -> None:
        """Give the lock back."""
        self._lease.release()

    def foreign(self) -> list[str]:
        """The names that are not ours."""
        with self._errors(""):
            try:
                found = self._store.ls(self._root, detail=False)
            except FileNotFoundError:
                return []
        names = sorted({self._inside(one) for one in found} - {""})
        return [one for one in names if not one.startswith(".")]

    def files(self, pattern: str) -> Iterable[str]:
        """The names that match."""
        with self._errors(pattern):
            return [self._inside(one) for one in self._store.glob(self._path(pattern))]

    def exists(self, name: str) -> bool:
        """Whether it is there."""
        with self._errors(name):
            return bool(self._store.isfile(self._path(name)))

    def open(self, name: str) -> contextlib.AbstractContextManager[BinaryIO]:
        """Open it."""
        with self._errors(name, FileNotFoundError):
            return cast("BinaryIO", self._store.open(self._path(name), "rb"))

    def write(self, name: str, *chunks: bytes | memoryview) -> None:
        """Write it as one object.

        Raises:
            WriteFailed: The store refuses.
            DatasetLocked: The lock was lost; another pull may be writing.
        """
        self._lease.check()
        self.put(name, b"".join(chunks))

    def remove(self, name: str) -> None:
        """Remove it."""
        with self._errors(name), contextlib.suppress(FileNotFoundError):
            self._store.rm_file(self._path(name))

    def clean(self) -> None:
        """Remove temporary files of ours; a store of whole objects has none."""
        if self._is_whole:
            return
        for pattern in (f".*{_TEMPORARY}", f"**/.part-*.parquet{_TEMPORARY}"):
            for name in self.files(pattern):
                self.remove(name)

    def put(self, name: str, content: bytes) -> None:
        """Write an object whole, whoever holds the lock."""
        path = self._path(name)
        with self._errors(name):
            if self._is_whole:
                self._store.pipe_file(path, content)
                return
            folder, _, last = path.rpartition("/")
            aside = f"{folder}/.{last}{_TEMPORARY}"
            self._store.makedirs(folder, exist_ok=True)
            self._store.pipe_file(aside, content)
            self._store.mv(aside, path)

    def create(self, name: str, content: bytes) -> bool:
        """Write an object if there is none; False if there is."""
        with self._errors(name, FileExistsError):
            try:
                self._store.pipe_file(self._path(name), content, mode="create")
            except FileExistsError:
                return False
        return True

    def read(self, name: str) -> bytes | None:
        """Read an object as it is now; None if there is none."""
        with self._errors(name):
            self._store.invalidate_cache()
            try:
                return bytes(self._store.cat_file(self._path(name)))
            except FileNotFoundError:
                return None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _inside(self, path: str) -> str:
        return path.rstrip("/").removeprefix(self._root).lstrip("/")

    @contextlib.contextmanager
    def _errors(self, name: str, *as_they_are: type[Exception]) -> Iterator[None]:
        """Turn whatever the store raises into a `WriteFailed` that names the file."""
        try:
            yield
        except as_they_are:
            raise
        except WriteFailed:
            raise
        except Exception as exc:
            number = getattr(exc, "errno", None) or errno.EIO
            reason = f"{str(exc) or type(exc).__name__}; what was written before stays, run again"
            raise WriteFailed(number, reason, f"{self}/{name}".rstrip("/")) from exc


def _load_fsspec() -> Any:  # noqa: ANN401 - a module
    try:
        import fsspec  # noqa: PLC0415 - an extra, loaded when first needed
        import fsspec.core  # noqa: PLC0415
    except ImportError as exc:
        raise ImportError("URLs of stores need fsspec: pip install trlyr-async[fsspec]") from exc
    return fsspec


def _names(protocol: str | tuple[str, ...]) -> tuple[str, ...]:
    return (protocol,) if isinstance(protocol, str) else protocol
