"""Children that are killed with signal 9, for the scripts that fork before they have a thread."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING, Any

from energy_async.storage import disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_KINDS = {
    ".commit": "commit",
    ".state": "state",
    "_log/": "hint",
    "_revisions/": "revisions",
    "_unread/": "put aside",
}


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
) -> Iterator[tuple[Path, str]]:
    """Kill `run` before every step that changes a file in turn, or every few of them.

    Each time in another folder, a copy of `base` at first. Gives the folder and where the kill
    fell, such as `half written: commit`; nothing for the last run, which lives to its end.
    """
    root.mkdir(exist_ok=True)
    for step in range(1, 1000, stride):
        folder, said = root / f"step-{step}", root / f"step-{step}.txt"
        if base is not None:
            shutil.copytree(base, folder)

        def work(step: int = step, folder: Path = folder, said: Path = said) -> None:
            Killer(step, said).arm()
            run(folder)

        lived = in_child(work)
        yield folder, "" if lived else said.read_text()
        if lived:
            return
    raise AssertionError("there is no end to it")


class Killer:
    """Ends this process before its step number `step`, and says in a file where that was."""

    def __init__(self, step: int, said: Path) -> None:
        self._left, self._said = step, said

    def arm(self) -> None:
        """Count all that a place asks of the system to change a file."""
        for name in ("mkdir", "link", "replace", "rename", "unlink"):
            setattr(os, name, self._before(name, getattr(os, name)))
        disk.write_flushed = self._written  # type: ignore[attr-defined]

    def _step(self, what: str, path: object) -> None:
        self._left -= 1
        if self._left == 0:
            self._said.write_text(f"{what}: {_kind(str(path))}")
            os.kill(os.getpid(), signal.SIGKILL)

    def _before(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*args: Any, **options: Any) -> Any:
            self._step(f"before {name}", args[0])
            return real(*args, **options)

        return operation

    def _written(self, path: Path, *chunks: bytes | memoryview) -> None:
        content = b"".join(bytes(chunk) for chunk in chunks)
        self._step("before writing", path)
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            self._step("half written", path)
            file.write(content[len(content) // 2 :])
            file.flush()
            self._step("not flushed to the disk", path)
            os.fsync(file.fileno())


def _kind(path: str) -> str:
    return next((kind for part, kind in _KINDS.items() if part in path), "rows")
