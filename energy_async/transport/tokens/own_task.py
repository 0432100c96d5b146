"""A task that belongs to an object, not to a block or to whoever happens to start it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
from anyio.lowlevel import current_token

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["OwnTask", "runs_asyncio"]


def runs_asyncio() -> bool:
    """Whether the event loop that runs is one of asyncio, and not of trio."""
    import asyncio  # noqa: PLC0415 - kept out of the import of the package

    return anyio.get_cancelled_exc_class() is asyncio.CancelledError


class OwnTask:
    """A task that runs beside its owner's callers; the owner ends it with `end`.

    Starting it does not wait, so that a plain function can. No caller's cancellation reaches it. On
    trio it is a system task, which outlives every nursery but not the loop.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._work = work
        self._scope = anyio.CancelScope()
        self._over = anyio.Event()
        self._loop = current_token()
        self._start(name)

    @property
    def is_running(self) -> bool:
        """Whether it runs, in the present event loop; in another one it counts as over."""
        return not self._over.is_set() and self._loop == current_token()

    async def end(self) -> None:
        """Cancel it and wait until it is over; at once if it is already, or its loop is gone."""
        if self.is_running:
            self._scope.cancel()
            with anyio.CancelScope(shield=True):
                await self._over.wait()

    def _start(self, name: str) -> None:
        if runs_asyncio():
            import asyncio  # noqa: PLC0415 - kept out of the import of the package

            self._task = asyncio.get_running_loop().create_task(self._run(), name=name)
            self._task.add_done_callback(lambda _: self._over.set())  # even if it never began
        else:
            from trio.lowlevel import spawn_system_task  # noqa: PLC0415 - only where trio runs

            spawn_system_task(self._run, name=name)

    async def _run(self) -> None:
        try:
            with self._scope:
                await self._work()
        finally:
            self._over.set()
