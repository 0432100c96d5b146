"""Children that are killed with signal 9, for the scripts that fork before they have a thread."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def in_child(work: Callable[[], object], *, kill_after: float | None = None) -> bool:
    """Run `work` in a fork; tell whether it lived to its end."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert status == 0 or os.WIFSIGNALED(status), f"the child failed: {status}"
    return status == 0


def killed_in_turn(
    root: Path, run: Callable[[Path], object], base: Path | None = None, stride: int = 1
) -> Iterator[tuple[Path, bool]]:
    """Kill `run` before every file operation in turn, or every few, each time in another folder.

    Gives the folder, a copy of `base` at first, and whether the run lived; the last one does.
    """
    for step in range(1, 1000, stride):
        folder = root / f"step-{step}"
        if base is not None:
            shutil.copytree(base, folder)

        def work(step: int = step, folder: Path = folder) -> None:
            _die_before(step)
            run(folder)

        lived = in_child(work)
        yield folder, lived
        if lived:
            return
    raise AssertionError("there is no end to it")


def _die_before(step: int) -> None:
    """Kill this process before its file operation number `step`."""
    count = 0

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return operation

    # All that a folder, its lock and its files ask of the system to change something.
    for name in ("mkdir", "open", "fsync", "replace", "link", "unlink", "close"):
        setattr(os, name, deadly(getattr(os, name)))
