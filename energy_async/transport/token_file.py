"""Tokens shared between the processes of one user on one machine, through small files."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import msgspec

from energy_async.filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FileTokenStore"]

_log: Final = logging.getLogger("energy_async")
_POLL: Final = 0.02
_LONGEST_WAIT: Final = 60.0


class _Entry(msgspec.Struct):
    token: str
    ends_at: float | None = None
    lifetime: float | None = None


def _default_directory() -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "trlyr-async" / "tokens"


class FileTokenStore:
    """Keeps tokens in files that only their owner can read, so that many processes log in once.

    Opt-in: give it to the client as `token_store=`. The password is never written. A file that
    cannot be read, is damaged, or could be read by others is ignored with a line in the log.

    Args:
        path: A directory; by default one in the user's cache directory. Created with mode 0700.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.directory = Path(path) if path is not None else _default_directory()
        self._file: Path | None = None

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self.directory)!r})"

    def bound_to(self, base_url: str, user: str) -> FileTokenStore:
        """A store for one account: each has a file of its own, named by a hash."""
        bound = FileTokenStore(self.directory)
        key = hashlib.sha256(f"{base_url}\n{user}".encode()).hexdigest()[:32]
        bound._file = self.directory / f"{key}.json"
        return bound

    async def acquire(self) -> FileLock | None:
        """Lock the account's file; None, and a line in the log, if that is not possible."""
        try:
            await anyio.to_thread.run_sync(self._prepare)
            lock = FileLock(self._path.with_suffix(".lock"))
            give_up_at = time.monotonic() + _LONGEST_WAIT
            while not lock.try_acquire():
                if time.monotonic() > give_up_at:
                    _log.warning("token store: waited %.0f s for the lock, going on", _LONGEST_WAIT)
                    return None
                await anyio.sleep(_POLL)
        except OSError as error:
            _log.warning("token store: %s cannot be used: %s", self.directory, error)
            return None
        return lock

    def release(self, held: FileLock | None) -> None:
        """Unlock it."""
        if held is not None:
            held.release()

    async def load(self) -> tuple[str, float | None, float | None] | None:
        """The token in the file, if there is one and it can be trusted."""
        entry = await self._in_thread(self._read)
        return None if entry is None else (entry.token, entry.ends_at, entry.lifetime)

    async def save(self, token: str, ends_at: float | None, lifetime: float | None) -> None:
        """Replace the file as a whole."""
        entry = _Entry(token, ends_at, lifetime)
        await self._in_thread(lambda: self._write(entry))

    async def _in_thread(self, work: Callable[[], _Entry | None]) -> _Entry | None:
        try:
            return await anyio.to_thread.run_sync(work)
        except (OSError, ValueError) as error:  # damaged content is a ValueError of msgspec
            _log.warning("token store: ignoring %s: %s", self._path, type(error).__name__)
            return None

    @property
    def _path(self) -> Path:
        if self._file is None:
            message = "the store belongs to no account yet; use bound_to(base_url, user)"
            raise RuntimeError(message)
        return self._file

    def _prepare(self) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _read(self) -> _Entry | None:
        try:
            with self._path.open("rb") as file:
                if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                    _log.warning("token store: ignoring %s: others could read it", self._path)
                    return None
                return msgspec.json.decode(file.read(), type=_Entry)
        except FileNotFoundError:
            return None

    def _write(self, entry: _Entry) -> None:
        descriptor, name = tempfile.mkstemp(dir=self.directory, prefix=".token-")  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(entry))
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
