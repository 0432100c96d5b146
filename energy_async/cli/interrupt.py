"""Ctrl-C: the work ends, and what it has is put away first."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["run_until_interrupted"]

T = TypeVar("T")

_PATIENCE: Final = 3


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a new event loop. The first Ctrl-C cancels it and waits until it has ended.

    A second one changes nothing, since people press twice and shells send twice; a third one gives
    up at once, and what was not written by then is lost.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(work)
    presses: list[int] = []
    try:
        return asyncio.run(_watched(work, presses))
    except asyncio.CancelledError:
        if presses:
            raise KeyboardInterrupt from None
        raise


async def _watched(work: Coroutine[Any, Any, T], presses: list[int]) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine that runs belongs to a task

    def on_press(number: int, _: object) -> None:
        presses.append(number)
        if len(presses) >= _PATIENCE:
            raise KeyboardInterrupt
        if len(presses) == 1:
            loop.call_soon_threadsafe(task.cancel)

    previous = signal.signal(signal.SIGINT, on_press)
    try:
        return await work
    finally:
        signal.signal(signal.SIGINT, previous)
