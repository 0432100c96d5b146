"""What came of a bulk pull: every window with its outcome, nothing missing in silence."""

from __future__ import annotations

from collections import Counter
from datetime import datetime  # noqa: TC003 - field types are resolved at run time
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

import msgspec

from energy_async.bulk.notebook import table_html
from energy_async.bulk.windows import Window  # noqa: TC001 - field types are resolved at run time
from energy_async.transport.errors import EnergyApiError, OperationNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable


Outcome: TypeAlias = Literal["ok", "empty", "failed", "skipped", "not offered"]
"""`ok` rows came; `empty` the server has none; `failed` no usable answer; `skipped` not asked;
`not offered` the server does not have the path, and asking again is no use before it is corrected.
"""

R = TypeVar("R")
_SHOWN = 10


class WindowReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one window.

    Attributes:
        window: The asset, stream and time.
        outcome: See `Outcome`.
        rows: How many rows it holds.
        neighbours: Rows of the answer that were left to neighbouring windows.
        duplicates: Rows that repeated another in every field and were left out.
        conflicts: Starts claimed by rows that differ; all of those rows were kept.
        attempts: Requests made: what a failure counted, 1 for a success, 0 if not asked this time.
        error: The text of the failure, else empty.
        resumed: Whether an earlier run had fetched the window.
    """

    window: Window
    outcome: Outcome
    rows: int = 0
    neighbours: int = 0
    duplicates: int = 0
    conflicts: tuple[datetime, ...] = ()
    attempts: int = 0
    error: str = ""
    resumed: bool = False

    def __str__(self) -> str:
        error = f": {self.error}" if self.error else ""
        return f"{self.outcome} {self.window}{error}"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a whole pull, or of a pull so far.

    Attributes:
        windows: Every stretch of time of the plan with its outcome, by asset, stream and time.
        elapsed: Seconds that this run took.
        splits: Windows that were halved because their answer was too large or too slow.
        stopped_by: Why the pull ended before its time, else empty.
    """

    windows: tuple[WindowReport, ...]
    elapsed: float = 0.0
    splits: int = 0
    stopped_by: str = ""

    @property
    def rows(self) -> int:
        """Rows of all windows, those of earlier runs included."""
        return sum(one.rows for one in self.windows)

    @property
    def failed(self) -> tuple[WindowReport, ...]:
        """The windows that failed."""
        return self._with("failed")

    @property
    def not_offered(self) -> dict[str, str]:
        """The streams whose path the server does not have, and what to do about each."""
        return not_offered(self.windows)

    @property
    def skipped(self) -> tuple[WindowReport, ...]:
        """The windows that were not asked, because the pull ended early or still runs."""
        return self._with("skipped")

    @property
    def empty(self) -> tuple[WindowReport, ...]:
        """The windows for which the server has no row."""
        return self._with("empty")

    @property
    def complete(self) -> bool:
        """Whether every window was answered, be it with no row."""
        return all(one.outcome in ("ok", "empty") for one in self.windows)

    @property
    def duplicates(self) -> int:
        """Rows that repeated another one in every field and were left out."""
        return sum(one.duplicates for one in self.windows)

    @property
    def conflicting(self) -> tuple[WindowReport, ...]:
        """The windows in which rows that differ claim the same time; all were kept."""
        return tuple(one for one in self.windows if one.conflicts)

    @property
    def resumed(self) -> int:
        """How many windows an earlier run had fetched."""
        return sum(one.resumed for one in self.windows)

    def _with(self, outcome: Outcome) -> tuple[WindowReport, ...]:
        return tuple(one for one in self.windows if one.outcome == outcome)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        counts: dict[str, Counter[str]] = {}
        for one in self.windows:
            found = counts.setdefault(one.window.stream, Counter())
            found.update({one.outcome: 1, "rows": one.rows})
        columns = ("rows", "ok", "empty", "failed", "skipped", "not offered")
        rows = [[stream, *(found[name] for name in columns)] for stream, found in counts.items()]
        title, *rest = self._lines()
        return table_html(title, ["stream", *columns], rows, "; ".join(map(str.strip, rest)))

    def _lines(self) -> Iterable[str]:
        state = "complete" if self.complete else "INCOMPLETE"
        done = len(self.windows) - len(self.failed) - len(self.skipped)
        done -= len(self._with("not offered"))
        yield f"{state}: {self.rows:,} rows, {done} of {len(self.windows)} windows"
        counts = {
            "empty": len(self.empty),
            "failed": len(self.failed),
            "not asked": len(self.skipped),
            "from earlier runs": self.resumed,
            "split in two, too large for one answer": self.splits,
            "rows given twice": self.duplicates,
            "windows with conflicting rows": len(self.conflicting),
        }
        yield from (f"  {count} {what}" for what, count in counts.items() if count)
        if self.stopped_by:
            yield f"  stopped by: {self.stopped_by}"
        yield from (f"  not offered: {one}: {said}" for one, said in self.not_offered.items())
        yield from _shortened([f"  {one}" for one in self.failed])
        yield from _shortened([_conflict_line(one) for one in self.conflicting])


class Batch(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """The rows of one window, in order of their start.

    A window that failed comes too, with no rows and its error: look at `outcome` before taking
    "no rows" for "nothing earned".

    Attributes:
        rows: The rows; None in a field means unknown, never zero.
        report: The outcome with everything that was noticed.
        error: Why the window failed, or None.
    """

    rows: list[R]
    report: WindowReport
    error: EnergyApiError | None = None

    @property
    def asset_id(self) -> str:
        """The asset that was asked for."""
        return self.report.window.asset_id

    @property
    def stream(self) -> str:
        """The stream that was asked for."""
        return self.report.window.stream

    @property
    def start(self) -> datetime:
        """Start of the window, which belongs to it."""
        return self.report.window.start

    @property
    def end(self) -> datetime:
        """End of the window, which belongs to the next one."""
        return self.report.window.end

    @property
    def outcome(self) -> Outcome:
        """`ok`, `empty` or `failed`."""
        return self.report.outcome


def not_offered(windows: Iterable[WindowReport]) -> dict[str, str]:
    """Give the streams that are not offered, each with the first that was said of it."""
    found: dict[str, str] = {}
    for one in windows:
        if one.outcome == "not offered":
            found.setdefault(one.window.stream, one.error)
    return found


def answered(
    window: Window,
    rows: list[R],
    *,
    neighbours: int = 0,
    duplicates: int = 0,
    conflicts: tuple[datetime, ...] = (),
) -> Batch[R]:
    """Give the rows of a window that was answered."""
    report = WindowReport(
        window=window,
        outcome="ok" if rows else "empty",
        rows=len(rows),
        neighbours=neighbours,
        duplicates=duplicates,
        conflicts=conflicts,
        attempts=1,
    )
    return Batch(rows=rows, report=report)


def failed(window: Window, error: EnergyApiError) -> Batch[Any]:
    """Give the batch of a window that failed."""
    is_absent = isinstance(error, OperationNotFound)
    report = WindowReport(
        window=window,
        outcome="not offered" if is_absent else "failed",
        attempts=error.attempts if is_absent else max(error.attempts, 1),
        error=f"{type(error).__name__}: {error}",
    )
    return Batch(rows=[], report=report, error=error)


def _conflict_line(one: WindowReport) -> str:
    starts = ", ".join(f"{start:%Y-%m-%dT%H:%M:%SZ}" for start in one.conflicts[:3])
    more = f" and {len(one.conflicts) - 3} more" if len(one.conflicts) > 3 else ""  # noqa: PLR2004
    return f"  conflicting rows in {one.window}, at {starts}{more}"


def _shortened(lines: list[str]) -> list[str]:
    rest = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"  ... and {rest} more"] if rest > 0 else lines
