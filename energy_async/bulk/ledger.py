"""The books of a running pull: what is open, what is under way, what came of the rest."""

from __future__ import annotations

import heapq
import time
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from energy_async.bulk.progress import Progress
from energy_async.bulk.report import Report, WindowReport
from energy_async.bulk.windows import gaps
from energy_async.delivery import split_by_month

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from energy_async.bulk.plan import Plan
    from energy_async.bulk.progress import Phase
    from energy_async.bulk.windows import Window


SHORTEST: Final = timedelta(hours=1)
"""A window of this length that is still too large has failed."""
TARGET_ROWS: Final = 10_000
"""What a request should bring at the most, if the length is ours to choose; some megabytes."""
_GROWTH: Final = 4
_MONTH: Final = timedelta(days=31, hours=1)
"""The longest delivery month, an October."""


class Ledger:
    """Gives out the windows of a plan, the earliest first, and notes their outcomes.

    Every instant of the plan is in exactly one place: in an open stretch, in a window under way,
    or in a report. Not safe between threads.
    """

    def __init__(
        self,
        plan: Plan,
        resumed: Iterable[WindowReport] = (),
        *,
        phase: Phase = "pull",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._order = {line: number for number, line in enumerate(dict.fromkeys(_lines(plan)))}
        self._lengths = WindowLengths(plan.window, plan.zone)
        self._reports = {one.window: one for one in resumed}
        self._open = [(one.start, self._order[one.line], one) for one in gaps(plan, self._reports)]
        heapq.heapify(self._open)
        self._planned = sum(self._lengths.count(one) for *_, one in self._open)
        self._under_way: set[Window] = set()
        self._phase = phase
        self._clock = clock
        self._began = clock()
        self._rows = sum(one.rows for one in self._reports.values())
        self._resumed = self._delivered = len(self._reports)
        self._failed = self._splits = 0
        self.stopped_by: str = ""

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to ask."""
        return not self._open and not self._under_way

    @property
    def missing(self) -> list[Window]:
        """The stretches that nobody has asked yet, the earliest first."""
        return [one for *_, one in sorted(self._open)]

    def take(self) -> Window | None:
        """Take the next window to ask; None if none is open."""
        if not self._open:
            return None
        start, order, stretch = heapq.heappop(self._open)
        end = self._lengths.end_of(stretch)
        window = stretch.between(start, end)
        self._planned -= self._lengths.count(stretch)
        if end < stretch.end:
            self._put_back(stretch.between(end, stretch.end), order)
        self._under_way.add(window)
        return window

    def split(self, window: Window) -> bool:
        """Open both halves of a window that is too large; False if it cannot be split."""
        middle = self._lengths.halve(window)
        if middle is None:
            return False
        self._under_way.remove(window)
        self._splits += 1
        for start, end in ((window.start, middle), (middle, window.end)):
            self._put_back(window.between(start, end), self._order[window.line])
        return True

    def enter(self, report: WindowReport) -> None:
        """Note the outcome of a window that was taken."""
        self._under_way.remove(report.window)
        self._reports[report.window] = report
        if report.outcome in ("ok", "empty"):
            self._lengths.answered(report.window, report.rows)

    def delivered(self, report: WindowReport) -> Progress:
        """Note that the rows of an entered window are out of hand; how far the pull is then."""
        self._delivered += 1
        self._rows += report.rows
        self._failed += report.outcome == "failed"
        return Progress(
            done=self._delivered,
            total=len(self._reports) + len(self._under_way) + self._planned,
            rows=self._rows,
            failed=self._failed,
            resumed=self._resumed,
            elapsed=self._clock() - self._began,
            latest=report,
            phase=self._phase,
        )

    def stop(self, error: BaseException) -> None:
        """Note why the pull ends early; the first reason stands."""
        reason = f"{type(error).__name__}: {error}" if isinstance(error, Exception) else "cancelled"
        self.stopped_by = self.stopped_by or reason

    def report(self) -> Report:
        """Give the report as of now."""
        found = [*self._reports.values(), *self._skipped()]
        found.sort(key=lambda one: (self._order[one.window.line], one.window.start))
        return Report(
            windows=tuple(found),
            elapsed=self._clock() - self._began,
            splits=self._splits,
            stopped_by=self.stopped_by,
        )

    def _put_back(self, stretch: Window, order: int) -> None:
        heapq.heappush(self._open, (stretch.start, order, stretch))
        self._planned += self._lengths.count(stretch)

    def _skipped(self) -> Iterable[WindowReport]:
        for window in (*self._under_way, *self.missing):
            for one in self._lengths.pieces(window):
                yield WindowReport(window=one, outcome="skipped")


class WindowLengths:
    """Cuts stretches of time into windows, and learns from the answers how long those may be.

    Every stream has a limit of its own. An answer that was too large halves it for good. Where
    the caller chose no length, windows begin as delivery months and grow by whole months.
    """

    def __init__(self, window: timedelta | None, zone: str) -> None:
        self._window = window
        self._zone = zone
        self._ceilings: dict[str, timedelta] = {}
        self._longest: dict[str, timedelta] = {}
        self._density: defaultdict[str, float] = defaultdict(float)

    def end_of(self, stretch: Window) -> datetime:
        """Where the first window of a stretch ends."""
        limit = self._limit(stretch.stream)
        if limit is not None and self._window is not None:
            return self._plain(stretch, limit)
        months = [one.end for one in split_by_month(stretch.start, stretch.end, self._zone)]
        if limit is None:
            return months[0]
        whole = [end for end in months if end - stretch.start <= limit]
        return whole[-1] if whole else self._plain(stretch, limit)

    def pieces(self, stretch: Window) -> Iterator[Window]:
        """Cut a stretch into windows of the planned length."""
        rest = stretch
        while rest.start < rest.end:
            if self._window is not None:
                end = self._plain(rest, self._window)
            else:
                end = split_by_month(rest.start, rest.end, self._zone)[0].end
            yield rest.between(rest.start, end)
            rest = rest.between(end, rest.end)

    def count(self, stretch: Window) -> int:
        """How many windows of the planned length a stretch holds."""
        if self._window is not None:
            return -((stretch.start - stretch.end) // self._window)
        return len(split_by_month(stretch.start, stretch.end, self._zone))

    def answered(self, window: Window, rows: int) -> None:
        """Learn from a window that was answered with `rows` rows."""
        length = window.end - window.start
        stream = window.stream
        self._longest[stream] = max(length, self._longest.get(stream, length))
        self._density[stream] = max(self._density[stream], rows / length.total_seconds())

    def halve(self, window: Window) -> datetime | None:
        """Learn that a window is too large; where to cut it, None if it is as short as may be."""
        half = (window.end - window.start) / 2
        if half < SHORTEST:
            return None
        known = self._ceilings.get(window.stream, half)
        self._ceilings[window.stream] = min(known, half)
        return window.start + timedelta(seconds=half.total_seconds() // 1)

    def _limit(self, stream: str) -> timedelta | None:
        """The longest window to ask for; None for the first month."""
        ceiling = self._ceilings.get(stream)
        if self._window is not None:
            return min(self._window, ceiling or self._window)
        if stream not in self._longest:
            return ceiling
        longest = max(self._longest[stream], _MONTH)
        limit = longest * _GROWTH
        if density := self._density[stream]:
            limit = min(limit, max(longest, timedelta(seconds=TARGET_ROWS / density)))
        return min(limit, ceiling or limit)

    def _plain(self, stretch: Window, limit: timedelta) -> datetime:
        # Compared as a difference, so that a huge window cannot run past the last datetime.
        return stretch.start + min(limit, stretch.end - stretch.start)


def _lines(plan: Plan) -> Iterable[tuple[str, str]]:
    return (one.line for one in plan)
