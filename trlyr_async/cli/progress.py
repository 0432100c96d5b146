"""How a pull is doing, on standard error: a bar for people, lines for logs, JSON for programs."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable  # noqa: TC003 - a field type
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
from rich.text import Text

from energy_async.cli.notes import console
from energy_async.cli.screen import counted
from energy_async.transport.events import (
    Event,
    LimiterWaited,
    RateSlowed,
    RequestSent,
    RetryScheduled,
    TokenRenewed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Task

    from energy_async.bulk import Progress as PullProgress
    from energy_async.bulk import Report

__all__ = ["Traffic", "remaining", "shown_progress"]

_LINE_EVERY: Final = 10.0
_RECENT: Final = 30.0
_SETTLED: Final = 0.5
_LONG: Final = 1.0
"""Waits shorter than this are not worth a word."""


class Traffic(msgspec.Struct):
    """Counts what the client does; `note` is its `on_event`.

    Attributes:
        waited: Seconds that requests stood in the rate limiter, all together.
        held_until: When the pause ends that the server asked for, by `clock`.
        retry_at: When the last retry that is scheduled leaves, likewise.
        clock: Seconds from any starting point.
    """

    logins: int = 0
    requests: int = 0
    slowed: int = 0
    retries: int = 0
    waited: float = 0.0
    held_until: float = 0.0
    retry_at: float = 0.0
    clock: Callable[[], float] = time.monotonic

    def note(self, event: Event) -> None:
        """Count one event."""
        match event:
            case RequestSent():
                self.requests += 1
            case TokenRenewed():
                self.logins += event.source == "login"
            case LimiterWaited():
                self.waited += event.seconds
            case RateSlowed():
                self.slowed += 1
                self.held_until = max(self.held_until, self.clock() + event.pause)
            case RetryScheduled():
                self.retries += 1
                self.retry_at = max(self.retry_at, self.clock() + event.delay)

    def caption(self, report: Report) -> str:
        """Say what a pull has fetched, and with how many requests."""
        requests = f"{counted(self.requests, 'request')} and {counted(self.logins, 'login')}"
        twice, at_odds = report.duplicates, len(report.conflicting)
        lines = [
            f"{counted(report.rows, 'row')} of {counted(len(report.windows), 'window')}",
            f"{requests} in {report.elapsed:.1f} s",
            f"{report.resumed:,} windows were there already" if report.resumed else "",
            f"{twice:,} rows came twice and were left out" if twice else "",
            f"{at_odds:,} windows hold rows that contradict each other; all kept"
            if at_odds
            else "",
        ]
        return "\n".join(filter(None, lines))


def remaining(
    left: int, recent: float | None, limit: float, *, pause: float = 0.0, retry: float = 0.0
) -> float | None:
    """Give the seconds that `left` windows still take; None if nothing moves.

    `recent` is windows a second of late, `limit` requests a second that the client allows itself;
    `pause` is asked for by the server, `retry` the time to the last one that is scheduled.
    """
    if not left:
        return 0.0
    speed = limit if recent is None else min(recent, limit)
    return max(pause + left / speed, retry) if speed else None


class _State:
    """What is known at a moment, however it is shown."""

    def __init__(self, traffic: Traffic, limit: float) -> None:
        self.now: PullProgress | None = None
        self.traffic = traffic
        self._limit = limit
        self._steps: deque[tuple[float, int]] = deque([(traffic.clock(), 0)])

    def step(self, now: PullProgress) -> None:
        """Note how far the pull is; the speed is that of the present phase."""
        if self.begins(now):
            self._steps = deque([(self._steps[-1][0], 0)])
        self.now, at = now, self.traffic.clock()
        self._steps.append((at, now.done - now.resumed))
        while len(self._steps) > 2 and self._steps[0][0] < at - _RECENT:  # noqa: PLR2004
            self._steps.popleft()

    def begins(self, now: PullProgress) -> bool:
        """Whether `now` is the first step of another phase."""
        return self.now is not None and self.now.phase != now.phase

    def figures(self) -> tuple[float | None, float, float, float | None]:
        """Windows a second of late, seconds of the pause and to the last retry, and those left."""
        (first, before), (_, done) = self._steps[0], self._steps[-1]
        at, traffic = self.traffic.clock(), self.traffic
        recent = (done - before) / (at - first) if at - first > _SETTLED else None
        pause, retry = max(0.0, traffic.held_until - at), max(0.0, traffic.retry_at - at)
        left = self.now.total - self.now.done if self.now else 0
        return recent, pause, retry, remaining(left, recent, self._limit, pause=pause, retry=retry)

    def counts(self, failed: str = "{} failed") -> str:
        if self.now is None:
            return ""
        what = "windows rechecked" if self.now.phase == "recheck" else "windows"
        parts = [f"{self.now.done:,}/{self.now.total:,} {what}", f"{self.now.rows:,} rows"]
        if self.now.failed:
            parts.append(failed.format(f"{self.now.failed:,}"))
        return ", ".join(parts)

    def speed(self) -> str:
        """Rate, what is waited for, and the time that is left."""
        recent, pause, retry, eta = self.figures()
        parts = [
            f"{recent:,.1f}/s" if recent else "",
            f"asked to wait {pause:.0f} s" if pause >= _LONG else "",
            f"retry in {retry:.0f} s" if retry >= _LONG > pause else "",
            f"{self.traffic.retries:,} retries" if self.traffic.retries else "",
            f"{_clock_text(eta)} left" if eta is not None and self.now else "",
        ]
        return ", ".join(filter(None, parts))

    def json_line(self, now: PullProgress) -> None:
        self.step(now)
        _, pause, _, eta = self.figures()
        facts: dict[str, Any] = {
            **msgspec.structs.asdict(now),
            "latest": {"window": str(now.latest.window), "outcome": now.latest.outcome},
            "requests": self.traffic.requests,
            "retries": self.traffic.retries,
            "slowed": self.traffic.slowed,
            "waited_seconds": round(self.traffic.waited, 3),
            "pause_seconds": round(pause, 3),
            "eta_seconds": None if eta is None else round(eta, 3),
        }
        sys.stderr.write(msgspec.json.encode(facts).decode() + "\n")
        sys.stderr.flush()


@contextmanager
def shown_progress(
    traffic: Traffic, rate: float, *, as_json: bool = False, is_terminal: bool | None = None
) -> Iterator[Callable[[PullProgress], object]]:
    """Give what a pull calls after each window: JSON, a bar on a terminal, or lines elsewhere."""
    state = _State(traffic, rate)
    if as_json:
        yield state.json_line
    elif Console(stderr=True).is_terminal if is_terminal is None else is_terminal:
        with _bar(state) as step:
            yield step
    else:
        yield _Lines(state)


@contextmanager
def _bar(state: _State) -> Iterator[Callable[[PullProgress], object]]:
    screen = Console(stderr=True, highlight=False)
    columns = (BarColumn(bar_width=None), TextColumn("{task.fields[counts]}"), _Speed(state))
    with Progress(*columns, console=screen, redirect_stdout=False) as bar:
        task = bar.add_task("", total=None, start=False, counts="")

        def step(now: PullProgress) -> None:
            if state.begins(now):
                bar.reset(task)
            state.step(now)
            bar.start_task(task)
            counts = state.counts("[bold red]{} failed[/]")
            bar.update(task, completed=now.done, total=now.total, counts=counts)

        yield step


class _Speed(ProgressColumn):
    """Drawn anew while nothing happens: a pause counts down."""

    def __init__(self, state: _State) -> None:
        super().__init__()
        self._state = state

    def render(self, task: Task) -> Text:
        return Text("" if task.finished else self._state.speed(), style="dim")


class _Lines:
    """A line at most every ten seconds, and one at the end."""

    def __init__(self, state: _State) -> None:
        self._state, self._clock = state, state.traffic.clock
        self._next = self._clock() + _LINE_EVERY

    def __call__(self, now: PullProgress) -> None:
        self._state.step(now)
        over = now.done >= now.total
        if not over and self._clock() < self._next:
            return
        self._next = self._clock() + _LINE_EVERY
        speed = "" if over else self._state.speed()
        console().print(", ".join(filter(None, [self._state.counts(), speed])))


def _clock_text(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
