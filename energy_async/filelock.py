"""A lock between processes on one machine, held through an open file."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["FileLock"]

_POLL: Final = 0.02

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class FileLock:
    """An exclusive lock on `path`, which is created if missing and never removed.

    The operating system frees the lock when its process ends, however it ends, so there are no
    stale locks. Two `FileLock` objects exclude each other also within one process; one object
    cannot be acquired twice. Local file systems only: network shares may not keep the promise.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def try_acquire(self) -> bool:
        """Take the lock if it is free; never waits.

        Raises:
            RuntimeError: This object holds the lock already.
            OSError: The file cannot be opened or created.
        """
        if self._descriptor is not None:
            message = f"{self.path} is already locked by this object"
            raise RuntimeError(message)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def acquire(self, timeout: float | None = None) -> None:
        """Take the lock, waiting for it. Blocks the thread: use `try_acquire` in an event loop.

        Raises:
            TimeoutError: It was not free within `timeout` seconds.
        """
        give_up_at = None if timeout is None else time.monotonic() + timeout
        while not self.try_acquire():
            if give_up_at is not None and time.monotonic() >= give_up_at:
                message = f"{self.path} is locked by another process"
                raise TimeoutError(message)
            time.sleep(_POLL)

    def release(self) -> None:
        """Free the lock; does nothing if it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        with contextlib.suppress(OSError):
            _unlock(descriptor)
        os.close(descriptor)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"FileLock({str(self.path)!r}, held={self.held})"
