"""Which windows are answered: what the log of a dataset says beside each file of rows."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import datetime  # noqa: TC003 - field types are resolved at run time
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from energy_async.bulk.report import WindowReport
from energy_async.bulk.windows import Window
from energy_async.columns import load_pyarrow, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from energy_async.storage import Part, Snapshot


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """A window that was answered; see `WindowReport`.

    Asked first at `asked_at`; its rows were committed at `known_at`, None until they are. From
    `open_from` on time had not passed when it was last asked, so that more rows may come.
    """

    asset_id: str
    stream: str
    start: datetime
    end: datetime
    rows: int
    asked_at: datetime
    known_at: datetime | None = None
    open_from: datetime | None = None
    neighbours: int = 0
    duplicates: int = 0
    conflicts: tuple[datetime, ...] = ()

    @classmethod
    def of(cls, report: WindowReport, asked_at: datetime) -> Self:
        """Note how a window was answered."""
        window = report.window
        return cls(
            window.asset_id,
            window.stream,
            window.start,
            window.end,
            report.rows,
            asked_at,
            open_from=still_open(window.start, window.end, asked_at),
            neighbours=report.neighbours,
            duplicates=report.duplicates,
            conflicts=report.conflicts,
        )

    @property
    def window(self) -> Window:
        """What was asked."""
        return Window(self.asset_id, self.stream, self.start, self.end)

    @property
    def line(self) -> tuple[str, str]:
        """The asset and the stream."""
        return self.asset_id, self.stream

    def report(self) -> WindowReport:
        """Report it as fetched by an earlier run."""
        return WindowReport(
            window=self.window,
            outcome="ok" if self.rows else "empty",
            rows=self.rows,
            neighbours=self.neighbours,
            duplicates=self.duplicates,
            conflicts=self.conflicts,
            resumed=True,
        )


class Piece(NamedTuple):
    """The rows of a window that lie in one delivery month, and the window cut to it."""

    month: str
    table: pa.Table
    answer: Answer

    def cut(self, start: datetime, end: datetime, column: str) -> Piece:
        """Give what lies in `[start, end)`."""
        one = self.answer
        if (start, end) == (one.start, one.end):
            return self
        first, count = times_between(self.table, column, start, end)
        answer = msgspec.structs.replace(
            one,
            start=start,
            end=end,
            rows=count,
            open_from=still_open(start, end, one.asked_at),
            # What was left out of an answer counts with its first piece.
            neighbours=one.neighbours if start == one.start else 0,
            duplicates=one.duplicates if start == one.start else 0,
            conflicts=tuple(when for when in one.conflicts if start <= when < end),
        )
        return Piece(self.month, self.table.slice(first, count), answer)


def still_open(start: datetime, end: datetime, asked_at: datetime) -> datetime | None:
    """From where on a stretch of time had not passed at a moment; None if all had."""
    return max(start, asked_at) if end > asked_at else None


def times_between(table: pa.Table, column: str, start: datetime, end: datetime) -> tuple[int, int]:
    """Where the rows of `[start, end)` begin in a table sorted by time, and how many."""
    pa = load_pyarrow()
    # As numbers: for times pyarrow would load pandas, where there is one.
    starts = table.column(column).cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    first, last = (
        bisect_left(range(table.num_rows), microseconds(edge), key=lambda row: starts[row].as_py())
        for edge in (start, end)
    )
    return first, last - first


class Answers:
    """The answers that the parts of a snapshot hold, decoded once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[msgspec.Raw, list[Answer]]] = {}

    def of(self, part: Part) -> list[Answer]:
        """Give the answers of a part of rows, in the order of its rows."""
        known = self._known.get(part.path)
        if known is None or bytes(known[0]) != bytes(part.note):
            known = self._known[part.path] = part.note, part.note_as(list[Answer])
        return known[1]

    def all(self, snapshot: Snapshot) -> list[Answer]:
        """Give every answer of a snapshot, and forget those of other parts."""
        parts = snapshot.of_kind("rows")
        found = [one for part in parts for one in self.of(part)]
        self._known = {part.path: self._known[part.path] for part in parts}
        return found


class Answered:
    """The stretches of time that are answered, by line, as more and more of them are."""

    def __init__(self) -> None:
        self._lines: defaultdict[tuple[str, str], list[tuple[datetime, datetime]]] = defaultdict(
            list
        )
        self._seen: set[str] = set()

    def follow(self, snapshot: Snapshot, answers: Answers) -> None:
        """Add what parts that were not seen before answer."""
        for path, part in snapshot.parts.items():
            if part.kind == "rows" and path not in self._seen:
                self._seen.add(path)
                self.add(answers.of(part))

    @classmethod
    def of(cls, windows: Iterable[Window]) -> Self:
        """Take windows for what is answered."""
        found = cls()
        found.add(windows)
        return found

    def add(self, answers: Iterable[Answer | Window]) -> None:
        """Add what is answered."""
        for one in answers:
            self._lines[one.line].append((one.start, one.end))

    def within(self, one: Answer) -> list[Window]:
        """Give what of an answer is there."""
        return [
            one.window.between(max(start, one.start), min(end, one.end))
            for start, end in self._lines.get(one.line, ())
            if start < one.end and one.start < end
        ]
