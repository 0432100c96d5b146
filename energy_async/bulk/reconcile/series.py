"""One series as it is read month by month: what is there, what is missing, what is there twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.bulk.reconcile.findings import Finding, Kind, finding
from energy_async.bulk.reconcile.grids import (
    Grid,
    Run,
    Span,
    an_hour_off,
    expected,
    infer,
    intervals,
    joined,
    runs,
)
from energy_async.columns import moment_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from energy_async.bulk.chunks import Chunk, Series

_FEW: Final = 5
_SCATTERED: Final = 0.05
"""More gaps than this share of the intervals: rows come when something happens, not always."""
_ONE_DAY: Final = 25 * 3_600_000_000
"""The longest day, in microseconds."""
_BUFFERED: Final = 100
"""Rows of a month too odd to show what intervals they are, held back until other months do."""


class _Undecided(NamedTuple):
    spans: Sequence[Span]
    starts: frozenset[int]


class Observed:
    """A series so far: its rows, the intervals that there should be, and what is wrong.

    `unplaced` rows do not show what intervals they are; `blank` are starts without a figure.
    """

    def __init__(self, series: Series, zone: str) -> None:
        self.series = series
        self.rows: int
        self.unplaced: int
        self.expected: int
        self.rows = self.expected = self.unplaced = 0
        self.grids: Counter[str] = Counter()
        self.months: set[str] = set()
        self.missing: list[Run] = []
        self.blank: list[int] = []
        self.findings: list[Finding] = []
        self._zone = zone
        self._grid: Grid | None = None
        self._undecided: list[_Undecided] = []
        self._last: Span = (0, 0)
        self._late: list[int] = []
        self._early: list[int] = []
        self._unzoned: list[int] = []

    def see(self, chunk: Chunk, pulled: Sequence[Span], spans: Sequence[Span]) -> None:
        """Take the rows of a month, of which `pulled` was asked; rows are expected in `spans`."""
        self.months.add(chunk.month)
        self.rows += len(chunk.starts)
        starts = frozenset(chunk.starts)
        ends = chunk.ends or [None] * len(chunk.starts)
        rows = list(zip(chunk.starts, ends, chunk.values, strict=True))
        self.blank += [start for start, _, value in rows if value is None]
        backwards = [start for start, end, _ in rows if end is not None and end <= start]
        self._note("backwards", backwards, "not ending after the start")
        if not chunk.zoned:
            self._unzoned += chunk.starts
        if len(starts) < len(rows):
            self._note_doubles(rows, chunk.unit)
        outside = [one for one in starts if not _within(one, pulled)]
        self._note("outside its window", outside, "outside the time that the part says it answers")
        overlapping = self._note_overlaps(rows)
        grid = infer(chunk.starts, chunk.ends, self._zone)
        if grid is None and len(starts) > _BUFFERED:
            self.unplaced += len(starts)
        elif grid is None:
            self._undecided.append(_Undecided(spans, starts))
        else:
            self._grid = grid
            self._compare(grid, spans, starts)
            self._note_lengths(chunk, grid, overlapping)

    def miss(self, spans: Sequence[Span]) -> None:
        """Take note of time that was pulled and brought no row of this series."""
        self._undecided.append(_Undecided(spans, frozenset()))

    def close(self) -> None:
        """Decide what could not be decided before every month was read."""
        for one in self._undecided:
            if self._grid is None:
                self.unplaced += len(one.starts)
            else:
                self._compare(self._grid, one.spans, one.starts)
        self._undecided.clear()
        self.missing = joined(self.missing)
        for blank in _by_days(self.blank):
            self._note("no figure", blank, "without a figure, left out of any sum")
        kinds = " or ".join(self.grids)
        self._note("an hour off", self._late, f"beginning an hour late, as {kinds} go")
        self._note("an hour off", self._early, f"beginning an hour early, as {kinds} go")
        self._note("no zone", self._unzoned, "with a start that has no time zone, taken for UTC")

    @property
    def is_sparse(self) -> bool:
        """Whether rows come now and then, so that a missing one means nothing."""
        return len(self.missing) > max(_FEW, _SCATTERED * self.expected)

    def finding(self, kind: Kind, text: str, span: Span, count: int = 1, **more: Any) -> Finding:  # noqa: ANN401
        """Make a finding about this series."""
        about = {**self.series._asdict(), **more}
        start, end = map(moment_of, span)
        return finding(kind, text, start=start, end=end, count=count, **about)

    def _compare(self, grid: Grid, spans: Sequence[Span], starts: frozenset[int]) -> None:
        """Compare the rows with the intervals that there should be."""
        off = starts
        for span in spans:
            should = expected(grid, span, self._zone)
            self.expected += len(should)
            self.grids[grid.name] += len(should)
            late, early = an_hour_off(grid, starts, should)
            self._late.extend(late)
            self._early.extend(early)
            off -= should | late.keys() | early.keys()
            if missing := should - starts - set(late.values()) - set(early.values()):
                self.missing.extend(runs(missing, intervals(grid, span, self._zone)))
        off = frozenset(one for one in off if _within(one, spans))
        self._note("off grid", off, f"not beginning where {grid.name} begin")

    def _note(self, kind: Kind, rows: Collection[int], what: str, end: int = 0) -> None:
        """Note what is wrong with rows, given by their starts, if there are any."""
        if rows:
            text = f"{len(rows):,} row{'' if len(rows) == 1 else 's'} {what}"
            span = min(rows), max(end, max(rows) + 1)
            self.findings.append(self.finding(kind, text, span, len(rows)))

    def _note_doubles(
        self, rows: Sequence[tuple[int, int | None, float | None]], unit: str
    ) -> None:
        by_start: defaultdict[int, list[tuple[int | None, float | None]]] = defaultdict(list)
        for start, end, value in rows:
            by_start[start].append((end, value))
        for start, found in by_start.items():
            count, values = len(found), [value for _, value in found if value is not None]
            if count == 1:
                continue
            if len(set(found)) == 1:
                kind = "duplicate"
                text = f"the same row {count} times; it is counted {count} times in a sum"
            else:
                kind = "conflict"
                text = f"{count} rows that differ claim the same time; all are counted in a sum"
            last = max([*(end for end, _ in found if end is not None), start + 1])
            figures = {f"row {n}, {unit}": value for n, value in enumerate(values, 1)}
            self.findings.append(self.finding(kind, text, (start, last), count, figures=figures))

    def _note_overlaps(self, rows: Sequence[tuple[int, int | None, float | None]]) -> set[int]:
        """Note rows that reach into the row after them; give their starts."""
        overlapping = set()
        for start, end, _ in rows:
            before, covered = self._last
            if before < start < covered:
                text = "a row reaches into the one after it; that time counts twice in a sum"
                self.findings.append(self.finding("overlap", text, (start, covered)))
                overlapping.add(before)
            self._last = start, end or start
        return overlapping

    def _note_lengths(self, chunk: Chunk, grid: Grid, but: set[int]) -> None:
        if not chunk.ends:
            return
        whole = dict(intervals(grid, (chunk.starts[0], chunk.starts[-1] + 1), self._zone))
        wrong = {
            start: end or 0
            for start, end in zip(chunk.starts, chunk.ends, strict=True)
            if end != whole.get(start, end) and start not in but and start < (end or start + 1)
        }
        end = max(wrong.values(), default=0)
        self._note("length", wrong, f"not ending where {grid.name} end", end)


def _within(moment: int, spans: Sequence[Span]) -> bool:
    return any(start <= moment < end for start, end in spans)


def _by_days(starts: Sequence[int]) -> list[list[int]]:
    """Bring those of days that follow one another together."""
    found: list[list[int]] = []
    for start in sorted(starts):
        if found and start - found[-1][-1] <= _ONE_DAY:
            found[-1].append(start)
        else:
            found.append([start])
    return found
