"""Locks between the processes of one machine, through the `filelock` library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from filelock import BaseFileLock

__all__ = ["lock_on", "try_lock"]


def lock_on(path: Path, *, purpose: str, extra: str) -> BaseFileLock:
    """A lock on `path`, not taken yet; the file is made when it is, and stays.

    The operating system frees the lock when its process ends, however it ends. Two locks on one
    path exclude each other also within one process. It may be taken in one thread and freed in
    another. Local file systems only: network shares may not keep the promise.

    Raises:
        ImportError: `filelock` is missing; the message says what for and which extra brings it.
    """
    try:
        from filelock import FileLock  # noqa: PLC0415 - an extra, loaded when first needed
    except ImportError as exc:
        raise ImportError(f"{purpose} needs filelock: pip install trlyr-async[{extra}]") from exc
    # No fallback to a file that only stands for a lock: it would outlive a killed process.
    return FileLock(path, mode=0o600, thread_local=False, fallback_to_soft=False)


def try_lock(lock: BaseFileLock) -> bool:
    """Take the lock if it is free; never waits.

    Raises:
        OSError: The file cannot be opened or made.
    """
    try:
        lock.acquire(blocking=False)
    except TimeoutError:
        return False
    return True
