"""A time limit for many requests at once, from one timer instead of one each.

Setting and dropping a timer for every request is a tenth of what a small request costs. Limits of
whole seconds do not need that precision: once a second all running requests are looked at, as long
as there are any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

__all__ = ["Overdue"]

_EVERY: Final = 0.5


class Overdue:
    """Cancels tasks that are over their limit, up to half a second late.

    Each task may be watched once at a time. Used as: `begin`, and whatever happens `end`, which
    tells whether a cancellation that arrived meanwhile was ours.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, every: float = _EVERY) -> None:
        self._loop = loop
        self._every = every
        self._limits: dict[asyncio.Task[object], float] = {}
        self._cancelled: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, task: asyncio.Task[object], seconds: float) -> int:
        """Watch `task`; returns what `end` needs."""
        self._limits[task] = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_later(self._every, self._look)
        return task.cancelling()

    def end(self, task: asyncio.Task[object], cancelling: int) -> bool:
        """Stop watching; True if the limit passed and nobody else cancelled the task."""
        del self._limits[task]
        if task not in self._cancelled:
            return False
        self._cancelled.discard(task)
        return task.uncancel() <= cancelling

    def close(self) -> None:
        """Drop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = self._loop.call_later(self._every, self._look) if self._limits else None
        now = self._loop.time()
        for task, limit in self._limits.items():
            if limit <= now and task not in self._cancelled:
                self._cancelled.add(task)
                task.cancel()
