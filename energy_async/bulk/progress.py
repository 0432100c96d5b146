"""How far a pull is, and a bar that shows it in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Literal, TypeAlias

import msgspec

from energy_async.bulk.report import WindowReport  # noqa: TC001 - field types are resolved at run time

Phase: TypeAlias = Literal["pull", "recheck"]
"""`pull` asks for what is missing, `recheck` once more for what is there; an update does both."""

_OFTEN: Final = 0.2
"""Seconds between two drawings."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a pull is; given to `on_progress` after each window.

    Attributes:
        done: Windows with an outcome, those of earlier runs included.
        total: Windows in all, as far as is known; it changes where windows are split or joined.
        rows: Rows so far, those of earlier runs included.
        failed: Windows that failed.
        resumed: Windows that an earlier run had fetched.
        elapsed: Seconds since this run began.
        latest: The window that was just finished.
        phase: What is under way; the counts are those of this phase.
    """

    done: int
    total: int
    rows: int
    failed: int
    resumed: int
    elapsed: float
    latest: WindowReport
    phase: Phase = "pull"


OnProgress: TypeAlias = Callable[[Progress], object]


def progress_bar(show: Callable[[str], Callable[[str], object]] | None = None) -> OnProgress:
    """Give an `on_progress` that draws a bar in a notebook.

    Args:
        show: Shows HTML and gives what replaces it; by default IPython's `display`.

    Raises:
        ImportError: IPython is not installed.
    """
    replace: Callable[[str], object] | None = None
    drawn = -_OFTEN

    def step(progress: Progress) -> None:
        nonlocal replace, drawn
        if progress.done < progress.total and progress.elapsed - drawn < _OFTEN:
            return
        drawn = progress.elapsed
        text = (
            f'<progress value="{progress.done}" max="{progress.total}"></progress>'
            f" {progress.done:,} of {progress.total:,} windows, {progress.rows:,} rows"
            f"{f', {progress.failed:,} failed' if progress.failed else ''} ({progress.phase})"
        )
        if replace is None:
            replace = (show or _show)(text)
        else:
            replace(text)

    return step


def _show(text: str) -> Callable[[str], object]:
    shown: Any = import_module("IPython.display")
    handle = shown.display(shown.HTML(text), display_id=True)
    return lambda newer: handle.update(shown.HTML(newer))
