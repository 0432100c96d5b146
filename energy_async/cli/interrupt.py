"""Ctrl-C and SIGTERM: the work ends, and what it has is put away first."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from energy_async.cli.early import SIGNALS, end_at_once

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from types import FrameType

__all__ = ["Terminated", "run_until_interrupted", "signals_raise"]

T = TypeVar("T")

_PATIENCE: Final = 3


class Terminated(KeyboardInterrupt):
    """The system, or whoever runs the program, asked it to end (SIGTERM)."""


@contextmanager
def signals_raise() -> Iterator[None]:
    """Where a signal would end the process at once, let it raise within the block.

    An import is not interrupted but ended with the process: half a module helps nobody, and the
    import machinery prints what is raised in its callbacks.
    """
    if signal.getsignal(signal.SIGINT) is not end_at_once:  # run as a function, in any thread
        yield
        return
    hook, sys.unraisablehook = sys.unraisablehook, _end_if_lost
    for number in SIGNALS:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, end_at_once)
        sys.unraisablehook = hook


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a new event loop. The first Ctrl-C cancels it and waits until it has ended.

    So does SIGTERM, which a scheduler or a container sends before it kills.

    A second one changes nothing, since people press twice and shells send twice; a third one gives
    up at once, and what was not written by then is lost.
    """
    import asyncio  # noqa: PLC0415 - slow, and `--help` needs none

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
    import asyncio  # noqa: PLC0415

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine that runs belongs to a task

    def on_press(number: int, _: object) -> None:
        presses.append(number)
        if len(presses) >= _PATIENCE:
            raise _kind(number)
        if len(presses) == 1:
            loop.call_soon_threadsafe(task.cancel)

    previous = {number: signal.signal(number, on_press) for number in SIGNALS}
    try:
        return await work
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _raise(number: int, frame: FrameType | None) -> None:
    if _is_importing(frame):
        end_at_once(number, frame)
    raise _kind(number)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False


def _end_if_lost(lost: sys.UnraisableHookArgs) -> None:
    """End where an interrupt was raised in a place that cannot pass it on."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        terminated = issubclass(lost.exc_type, Terminated)
        end_at_once(signal.SIGTERM if terminated else signal.SIGINT, None)
    sys.__unraisablehook__(lost)


def _kind(number: int) -> type[KeyboardInterrupt]:
    return Terminated if number == signal.SIGTERM else KeyboardInterrupt
