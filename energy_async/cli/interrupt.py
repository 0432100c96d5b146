"""Ctrl-C and SIGTERM: the work ends, and what it has is put away first."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["Terminated", "run_until_interrupted"]

T = TypeVar("T")

_PATIENCE: Final = 3
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """The system, or whoever runs the program, asked it to end (SIGTERM)."""


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a new event loop. The first Ctrl-C cancels it and waits until it has ended.

    So does SIGTERM, which a scheduler or a container sends before it kills.

    A second one changes nothing, since people press twice and shells send twice; a third one gives
    up at once, and what was not written by then is lost.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; `Terminated` if it was SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(work)
    presses: list[int] = []
    try:
        return asyncio.run(_watched(work, presses))
    except asyncio.CancelledError:
        if presses:
            raise _kind(presses[0]) from None
        raise


async def _watched(work: Coroutine[Any, Any, T], presses: list[int]) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine that runs belongs to a task

    def on_press(number: int, _: object) -> None:
        presses.append(number)
        if len(presses) >= _PATIENCE:
            raise _kind(number)
        if len(presses) == 1:
            loop.call_soon_threadsafe(task.cancel)

    previous = {number: signal.signal(number, on_press) for number in _SIGNALS}
    try:
        return await work
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _kind(number: int) -> type[KeyboardInterrupt]:
    return Terminated if number == signal.SIGTERM else KeyboardInterrupt
