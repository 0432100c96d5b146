"""Files that are there whole or not at all, and disk errors that say what to do."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "ReadFailed",
    "WriteFailed",
    "check_writable",
    "disk_errors",
    "sync_folder",
    "temporary_name",
    "write_flushed",
    "write_whole",
]


class ReadFailed(OSError):
    """A file could not be read, though it may be there: no permission, no connection."""


class WriteFailed(OSError):
    """A file could not be written; what stood there before is untouched.

    An `OSError` with `errno` and `filename` of the cause; `strerror` adds what to do.
    """


def temporary_name(path: Path) -> Path:
    """Give the hidden name beside `path` under which its next content is written."""
    return path.with_name(f".{path.name}.tmp")


def write_whole(path: Path, *chunks: bytes | memoryview) -> None:
    """Write a file under a temporary name, flush it to the disk, then rename it into place.

    After a crash at any instant `path` holds either the old content or all of the new one.

    Raises:
        WriteFailed: The disk refused; the temporary file is gone again.
    """
    temporary = temporary_name(path)
    with disk_errors(path):
        try:
            write_flushed(temporary, *chunks)
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


def check_writable(path: Path) -> None:
    """Find out before the work whether its outcome could be written, as far as one can know.

    Raises:
        ValueError: There is no such folder, it is not ours to write in, or `path` is a folder.
    """
    folder = path.parent
    if not folder.is_dir():
        raise ValueError(f"{path}: there is no folder {folder}; make it, or choose another place")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the name of a file")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise ValueError(f"{path} may not be written; choose another place")


def write_flushed(path: Path, *chunks: bytes | memoryview) -> None:
    """Write a file and flush it to the disk; `OSError` if that fails, with a part of it there."""
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` survive a power cut, where the system can."""
    if os.name == "nt":  # pragma: no cover - Windows opens no folders
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn every `OSError` inside the block into a `WriteFailed` that names `path`."""
    try:
        yield
    except WriteFailed:
        raise
    except OSError as exc:
        reason = exc.strerror or str(exc)
        advice = f"{reason}; nothing was left half written, {_advice(exc)}"
        raise WriteFailed(exc.errno, advice, str(path)) from exc


def _advice(exc: OSError) -> str:
    if isinstance(exc, PermissionError) or exc.errno == errno.EROFS:
        return "allow writing there or choose another place, then run again"
    if isinstance(exc, IsADirectoryError):
        return "give the name of a file"
    if isinstance(exc, FileExistsError):
        return "choose a name that no file has"
    if isinstance(exc, (NotADirectoryError, FileNotFoundError)):
        return "choose a place inside an existing folder"
    return "make room or choose another place, then run again"
