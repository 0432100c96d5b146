"""Tokens shared between the processes of one user on one machine, through small files."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread

from energy_async.locking import lock_on, try_lock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from filelock import BaseFileLock

__all__ = ["FileTokenStore"]

_log: Final = logging.getLogger("energy_async")
_POLL: Final = 0.02
_LARGEST: Final = 64 * 1024
_IS_POSIX: Final = os.name == "posix"  # elsewhere the user's folders are closed to others
_SAFELY: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_READ: Final = os.O_RDONLY | _SAFELY | getattr(os, "O_BINARY", 0)
_WRITE: Final = os.O_WRONLY | os.O_CREAT | _SAFELY | getattr(os, "O_BINARY", 0)


class FileTokenStore:
    """Keeps tokens in files that only their owner can read, so that many processes log in once.

    Opt-in: give it to the client as `token_store=`. Needs the extra `[cache]`. The password is
    never written, in no form. A file is ignored, with a line in the log, and replaced if it is
    damaged, a symbolic link, another user's, or could be read by others; a folder that is a
    symbolic link, another user's, or open to others for writing is not used at all. On a local
    disk only.

    Args:
        path: A folder; by default one in the user's cache folder. Made with mode 0700.

    Raises:
        ImportError: `filelock` or `platformdirs` is missing.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.directory: Path = Path(path) if path is not None else _default_directory()
        self._lock_on(self.directory / "any")  # a missing library is told now

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self.directory)!r})"

    @asynccontextmanager
    async def locked(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of `key`. Each try is immediate; the event loop runs on between them."""
        await anyio.to_thread.run_sync(self._prepare)
        lock = self._lock_on(self.directory / f"{key}.lock")
        while not try_lock(lock):  # noqa: ASYNC110 - freed by another process: no event tells
            await anyio.sleep(_POLL)
        try:
            yield
        finally:
            lock.release()

    async def load(self, key: str) -> bytes | None:
        """The content of the file, if there is one that can be trusted."""
        return await anyio.to_thread.run_sync(self._read, self.directory / f"{key}.json")

    async def save(self, key: str, content: bytes) -> None:
        """Replace the file as a whole."""
        path = self.directory / f"{key}.json"
        await anyio.to_thread.run_sync(self._write, path, content)

    @staticmethod
    def _lock_on(path: Path) -> BaseFileLock:
        return lock_on(path, purpose="FileTokenStore", extra="cache")

    def _prepare(self) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_directory()

    def _check_directory(self) -> None:
        found = self.directory.lstat()
        wrong = None if stat.S_ISDIR(found.st_mode) else "a symbolic link or no folder"
        if wrong := wrong or _distrust(found, forbidden=0o022):
            _log.warning("token store: %s is not used: it is %s", self.directory, wrong)
            raise PermissionError(f"{self.directory} is {wrong}")

    def _read(self, path: Path) -> bytes | None:
        try:
            self._check_directory()
            if path.is_symlink():  # where the system cannot refuse to follow
                _log.warning("token store: %s is ignored: it is a symbolic link", path)
                return None
            descriptor = os.open(path, _READ)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            wrong = None if stat.S_ISREG(found.st_mode) else "no file"
            if wrong := wrong or _distrust(found, forbidden=0o077):
                _log.warning("token store: %s is ignored: it is %s", path, wrong)
                return None
            return file.read(_LARGEST)

    def _write(self, path: Path, content: bytes) -> None:
        """Write in place and in one go: a process that is killed leaves no second file behind.

        Nor half a token: what was longer before is covered with blanks, which JSON ignores.
        """
        self._prepare()
        with os.fdopen(self._opened(path), "wb", buffering=0) as file:
            try:
                file.write(content.ljust(os.fstat(file.fileno()).st_size))
            except BaseException:
                path.unlink(missing_ok=True)
                raise

    def _opened(self, path: Path) -> int:
        """The file, if nobody else can read it by whatever name; else a new one in its place."""
        for _ in range(2):
            with contextlib.suppress(OSError):
                descriptor = os.open(path, _WRITE, 0o600)
                found = os.fstat(descriptor)
                is_ours = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
                if is_ours and not path.is_symlink() and not _distrust(found, forbidden=0o077):
                    return descriptor
                os.close(descriptor)
            path.unlink(missing_ok=True)
        raise PermissionError(f"{path} cannot be made a file of our own")


def _distrust(found: os.stat_result, *, forbidden: int) -> str | None:
    if not _IS_POSIX:
        return None
    if found.st_uid != os.geteuid():
        return "owned by another user"
    return "open to others" if found.st_mode & forbidden else None


def _default_directory() -> Path:
    try:
        from platformdirs import user_cache_path  # noqa: PLC0415 - an extra, on demand
    except ImportError as exc:
        message = "FileTokenStore needs platformdirs: pip install trlyr-async[cache]"
        raise ImportError(message) from exc
    return user_cache_path("trlyr-async", appauthor=False) / "tokens"
