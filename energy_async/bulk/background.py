"""One task that outlives the call that started it, owned by an object; on asyncio or trio."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["start"]


def start(
    work: Callable[[], Coroutine[Any, Any, None]], when_ended: Callable[[], None]
) -> Callable[[], None]:
    """Start `work`, which must not end in an error; give what cancels it.

    `when_ended` is called in the loop's thread, also where it never began. What cancels never
    waits, and may be called again, from any thread, and after the loop is gone.
    """
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return _start_on_trio(work, when_ended)
    loop = asyncio.get_running_loop()
    task = loop.create_task(work())
    task.add_done_callback(lambda _: when_ended())

    def cancel() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the task with it
            loop.call_soon_threadsafe(task.cancel)

    return cancel


def _start_on_trio(
    work: Callable[[], Coroutine[Any, Any, None]], when_ended: Callable[[], None]
) -> Callable[[], None]:
    import trio  # noqa: PLC0415 - only where the caller runs it

    scope = trio.CancelScope()
    token = trio.lowlevel.current_trio_token()

    async def scoped() -> None:
        try:
            with scope:
                await work()
        finally:
            when_ended()

    def cancel() -> None:
        with contextlib.suppress(trio.RunFinishedError):
            token.run_sync_soon(scope.cancel)

    trio.lowlevel.spawn_system_task(scoped, context=contextvars.copy_context())
    return cancel
