"""A time limit for many requests at once, from one timer instead of one each.

Setting and dropping a timer for every request is a tenth of what a small request costs. Limits of
whole seconds do not need that precision: once a second all running requests are looked at, as long
as there are any.

What lies in a socket when the event loop wakes from a long computation has come in time: nobody is
cancelled before the loop has had a moment to read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

__all__ = ["Overdue"]

_EVERY: Final = 0.5
_HELD_UP: Final = 0.05
"""Seconds that a timer is late by if the event loop was busy elsewhere."""
_TO_READ: Final = 0.05
"""Seconds that are enough to read what has come meanwhile."""


class Overdue:
    """Cancels tasks that are over their limit, up to half a second late unless told `exact`.

    Each task may be watched once at a time. Used as: `begin`, and whatever happens `end`, which
    tells whether a cancellation that arrived meanwhile was ours.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, every: float = _EVERY) -> None:
        self._loop = loop
        self._every = every
        self._limits: dict[asyncio.Task[object], float] = {}
        self._exact: dict[asyncio.Task[object], asyncio.TimerHandle] = {}
        self._cancelled: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._look_at = 0.0

    def begin(self, task: asyncio.Task[object], limit: float, *, exact: bool = False) -> int:
        """Watch `task` until the loop's clock reads `limit`; returns what `end` needs."""
        self._limits[task] = limit
        if exact:
            self._exact[task] = self._loop.call_at(limit, self._strike, task)
        if self._timer is None:
            self._set(self._every)
        return task.cancelling()

    def end(self, task: asyncio.Task[object], cancelling: int) -> bool:
        """Stop watching; True if the limit passed and nobody else cancelled the task."""
        del self._limits[task]
        if self._exact and (timer := self._exact.pop(task, None)) is not None:
            timer.cancel()
        if task not in self._cancelled:
            return False
        self._cancelled.discard(task)
        return task.uncancel() <= cancelling

    def close(self) -> None:
        """Cancel whatever is watched, and drop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._loop.is_closed():
            for task in self._limits:
                self._cancel(task)

    def _set(self, seconds: float) -> None:
        self._look_at = self._loop.time() + seconds
        self._timer = self._loop.call_at(self._look_at, self._look)

    def _look(self, *, held_up: bool = False) -> None:
        now = self._loop.time()
        if not held_up and now - self._look_at > _HELD_UP:
            self._timer = self._loop.call_later(_TO_READ, lambda: self._look(held_up=True))
            return
        self._timer = None
        for task, limit in self._limits.items():
            if limit <= now and task not in self._exact:
                self._cancel(task)
        if self._limits:
            self._set(self._every)

    def _strike(self, task: asyncio.Task[object]) -> None:
        if self._loop.time() - self._limits[task] > _HELD_UP:
            self._exact[task] = self._loop.call_later(_TO_READ, self._cancel, task)
        else:
            self._cancel(task)

    def _cancel(self, task: asyncio.Task[object]) -> None:
        if task not in self._cancelled:
            self._cancelled.add(task)
            task.cancel()
