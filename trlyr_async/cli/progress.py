"""How a pull is doing, on standard error: a bar for people, a line now and then for logs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from energy_async.cli.notes import console
from energy_async.transport.events import Event, RateSlowed, RequestSent, TokenRenewed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from energy_async.bulk import Progress as PullProgress

__all__ = ["Traffic", "shown_progress"]

_LINE_EVERY: Final = 10.0
_RATE_SETTLES: Final = 0.5


class Traffic(msgspec.Struct):
    """Counts what the client does; `note` is its `on_event`."""

    logins: int = 0
    requests: int = 0
    slowed: int = 0

    def note(self, event: Event) -> None:
        """Count one event."""
        if isinstance(event, RequestSent):
            self.requests += 1
        elif isinstance(event, TokenRenewed):
            self.logins += event.source == "login"
        elif isinstance(event, RateSlowed):
            self.slowed += 1


@contextmanager
def shown_progress() -> Iterator[Callable[[PullProgress], None]]:
    """Give what a pull calls after each window."""
    screen = Console(stderr=True, highlight=False)
    if not screen.is_terminal:
        yield _Lines()
        return
    columns = (
        BarColumn(bar_width=None),
        TextColumn("{task.fields[state]}"),
        TextColumn("{task.fields[rate]}", style="dim"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=screen, redirect_stdout=False) as bar:
        task = bar.add_task("", total=None, start=False, state="", rate="")

        def step(now: PullProgress) -> None:
            bar.start_task(task)
            bar.update(
                task, completed=now.done, total=now.total, rate=_rate(now),
                state=_state(now, failed="[bold red]{} failed[/]"),
            )  # fmt: skip

        yield step


def _state(now: PullProgress, failed: str) -> str:
    parts = [f"{now.done:,}/{now.total:,} windows", f"{now.rows:,} rows"]
    if now.failed:
        parts.append(failed.format(f"{now.failed:,}"))
    return ", ".join(parts)


def _rate(now: PullProgress) -> str:
    fetched = now.done - now.resumed
    return f"{fetched / now.elapsed:,.1f}/s" if now.elapsed > _RATE_SETTLES else ""


class _Lines:
    """A line at most every ten seconds, and one at the end."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _LINE_EVERY

    def __call__(self, now: PullProgress) -> None:
        if now.done < now.total and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _LINE_EVERY
        console().print(_state(now, failed="{} failed"))
