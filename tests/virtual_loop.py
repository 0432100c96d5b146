"""An asyncio loop whose clock jumps to the next timer: an hour passes in seconds."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["VirtualLoop", "run_virtual"]

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Where the loop would sleep, its clock is moved instead."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("every task waits and nothing will wake one")
            self.loop.now += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with a clock of its own, `now`, in seconds."""

    def __init__(self, start: float = 1000.0) -> None:
        selector = _Selector()
        selector.loop = self
        self.now = start
        super().__init__(selector)

    def time(self) -> float:
        """The time on this loop's clock."""
        return self.now


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a `VirtualLoop`; a wait that nothing can end raises RuntimeError."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
