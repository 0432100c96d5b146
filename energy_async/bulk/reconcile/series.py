"""One series as it is read month by month: what is there, what is missing, what is there twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.bulk.chunks import moment_of
from energy_async.bulk.reconcile.findings import Finding, Kind, Severity
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

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from energy_async.bulk.chunks import Chunk, Series

_FEW: Final = 5
_SCATTERED: Final = 0.05
"""More gaps than this share of the intervals: rows come when something happens, not always."""
_ONE_DAY: Final = 25 * 3_600_000_000
"""The longest day, in microseconds."""
_KEPT: Final = 100
"""Rows of a month too odd to show what intervals they are, kept until other months do."""


class _Undecided(NamedTuple):
    spans: Sequence[Span]
    starts: frozenset[int]


class Observed:
    """A series so far."""

    def __init__(self, series: Series, zone: str) -> None:
        self.series = series
        self.rows = self.unplaced = 0
        self.grids: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.months: set[str] = set()
        self._zone = zone
        self._grid: Grid | None = None
        self._expected = 0
        self._runs: list[Run] = []
        self._undecided: list[_Undecided] = []
        self._blank: list[int] = []
        self._last: Span = (0, 0)
        self._shifted: dict[str, list[int]] = {"late": [], "early": []}
        self._unzoned: list[int] = []

    def see(self, chunk: Chunk, pulled: Sequence[Span], spans: Sequence[Span]) -> None:
        """Take the rows of a month, of which `pulled` was asked; rows are expected in `spans`."""
        self.months.add(chunk.month)
        self.rows += len(chunk.starts)
        starts = frozenset(chunk.starts)
        self._note_blanks(chunk)
        self._note_backwards(chunk)
        if not chunk.zoned:
            self._unzoned.extend((chunk.starts[0], chunk.starts[-1]))
        self._note_doubles(chunk, starts)
        self._note_outside(starts, pulled)
        overlapping = set(self._overlaps(chunk))
        grid = infer(chunk.starts, chunk.ends, self._zone)
        if grid is None and len(starts) > _KEPT:
            self.unplaced += len(starts)
        elif grid is None:
            self._undecided.append(_Undecided(spans, starts))
        else:
            self._grid = grid
            self._hold(grid, spans, starts)
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
                self._hold(self._grid, one.spans, one.starts)
        self._undecided.clear()
        self._runs = joined(self._runs)
        self._close_blanks()
        self._close_hours_off()
        self._close_unzoned()

    @property
    def without_figure(self) -> int:
        """How many rows have no figure."""
        return len(self._blank)

    @property
    def is_sparse(self) -> bool:
        """Whether rows come now and then, so that a missing one means nothing."""
        return len(self._runs) > max(_FEW, _SCATTERED * self._expected)

    @property
    def expected(self) -> int:
        """How many intervals there should be."""
        return self._expected

    @property
    def missing(self) -> Sequence[Run]:
        """The intervals that have no row, those that follow one another together."""
        return self._runs

    def finding(
        self,
        severity: Severity,
        kind: Kind,
        text: str,
        advice: str,
        *,
        span: Span,
        count: int = 1,
        figures: dict[str, float] | None = None,
    ) -> Finding:
        """Make a finding about this series."""
        asset_id, stream, category = self.series
        return Finding(
            severity=severity, kind=kind, text=text, advice=advice, asset_id=asset_id,
            stream=stream, category=category, start=moment_of(span[0]), end=moment_of(span[1]),
            count=count, figures=figures or {},
        )  # fmt: skip

    def _hold(self, grid: Grid, spans: Sequence[Span], starts: frozenset[int]) -> None:
        """Hold the rows against the intervals that there should be."""
        off = starts
        for span in spans:
            should = expected(grid, span, self._zone)
            self._expected += len(should)
            self.grids[grid.name] += len(should)
            late, early = an_hour_off(grid, starts, should)
            self._shifted["late"].extend(late)
            self._shifted["early"].extend(early)
            off -= should | late.keys() | early.keys()
            if missing := should - starts - set(late.values()) - set(early.values()):
                self._runs.extend(runs(missing, intervals(grid, span, self._zone)))
        off = frozenset(one for one in off if any(a <= one < b for a, b in spans))
        advice = "See whether they belong to other rows, before adding up."
        self._note("warning", "off grid", off, f"not beginning where {grid.name} begin", advice)

    def _note(
        self,
        severity: Severity,
        kind: Kind,
        rows: Collection[int],
        what: str,
        advice: str,
        end: int = 0,
    ) -> None:
        """Note what is wrong with rows, given by their starts, if there are any."""
        if rows:
            text = f"{len(rows):,} row{'' if len(rows) == 1 else 's'} {what}"
            span = min(rows), max(end, max(rows) + 1)
            self.findings.append(
                self.finding(severity, kind, text, advice, span=span, count=len(rows))
            )

    def _note_blanks(self, chunk: Chunk) -> None:
        if None in chunk.values:
            pairs = zip(chunk.starts, chunk.values, strict=True)
            self._blank.extend(start for start, value in pairs if value is None)

    def _close_blanks(self) -> None:
        """Note the rows without a figure, those of days that follow one another together."""
        found: list[int] = []
        advice = "Ask for the time again later; do not take them for zero."
        for start in [*sorted(self._blank), None]:
            if found and (start is None or start - found[-1] > _ONE_DAY):
                what = "without a figure, left out of any sum"
                self._note("warning", "no figure", found, what, advice)
                found = []
            if start is not None:
                found.append(start)

    def _note_backwards(self, chunk: Chunk) -> None:
        pairs = zip(chunk.starts, chunk.ends, strict=bool(chunk.ends))
        wrong = [start for start, end in pairs if end is not None and end <= start]
        advice = "Their time is not known: leave them out, and ask upstream."
        self._note("error", "backwards", wrong, "not ending after the start", advice)

    def _close_hours_off(self) -> None:
        """Note the rows that begin an hour late or early, from when on."""
        advice = (
            "From a clock change on, the source counts with the other offset: its figures are for"
            " other hours. Ask upstream."
        )
        for word, found in self._shifted.items():
            what = f"beginning an hour {word}, as {' or '.join(self.grids)} go"
            self._note("error", "an hour off", found, what, advice)

    def _close_unzoned(self) -> None:
        if self._unzoned:
            text = "starts without a time zone, taken for UTC"
            advice = "The part was written by something else: move it away and pull again."
            span = min(self._unzoned), max(self._unzoned) + 1
            self.findings.append(self.finding("error", "no zone", text, advice, span=span))

    def _note_doubles(self, chunk: Chunk, starts: frozenset[int]) -> None:
        if len(starts) == len(chunk.starts):
            return
        by_start: defaultdict[int, list[tuple[float | None, int | None]]] = defaultdict(list)
        ends = chunk.ends or [None] * len(chunk.starts)
        for start, value, end in zip(chunk.starts, chunk.values, ends, strict=True):
            by_start[start].append((value, end))
        for start, found in by_start.items():
            if len(found) > 1:
                self.findings.append(self._double(start, found, chunk.unit))

    def _double(
        self, start: int, found: list[tuple[float | None, int | None]], unit: str
    ) -> Finding:
        values = [value for value, _ in found if value is not None]
        kind: Kind = "duplicate" if len(set(found)) == 1 else "conflict"
        if kind == "duplicate":
            text = f"the same row {len(found)} times; it is counted {len(found)} times in a sum"
            advice = "Keep one of them; move the part away and pull again."
        else:
            text = f"{len(found)} rows that differ claim the same time; all are counted in a sum"
            advice = "A correction, or two versions: keep the later one, by its version, if any."
        return self.finding(
            "error", kind, text, advice,
            span=(start, max([*(end for _, end in found if end is not None), start + 1])),
            count=len(found),
            figures={f"row {n}, {unit}": value for n, value in enumerate(values, 1)},
        )  # fmt: skip

    def _note_outside(self, starts: frozenset[int], pulled: Sequence[Span]) -> None:
        outside = [one for one in starts if not any(a <= one < b for a, b in pulled)]
        what = "outside the time that the part says it answers"
        advice = "The part was changed by hand: move it away and pull again."
        self._note("error", "outside its window", outside, what, advice)

    def _overlaps(self, chunk: Chunk) -> Iterator[int]:
        """Give the starts of rows that reach into the row after them."""
        for start, end in zip(chunk.starts, chunk.ends, strict=bool(chunk.ends)):
            before, covered = self._last
            if before < start < covered:
                text = "a row reaches into the one after it; that time counts twice in a sum"
                advice = "See which of the two rows is right, before adding up."
                span = start, covered
                self.findings.append(self.finding("error", "overlap", text, advice, span=span))
                yield before
            self._last = start, end or start

    def _note_lengths(self, chunk: Chunk, grid: Grid, but: set[int]) -> None:
        if not chunk.ends:
            return
        whole = dict(intervals(grid, (chunk.starts[0], chunk.starts[-1] + 1), self._zone))
        wrong = [
            (start, end)
            for start, end in zip(chunk.starts, chunk.ends, strict=True)
            if end != whole.get(start, end) and start not in but and start < (end or start + 1)
        ]
        end = max((end or 0 for _, end in wrong), default=0)
        advice = "See whether their figures are for the time that they say."
        what = f"not ending where {grid.name} end"
        self._note("warning", "length", [start for start, _ in wrong], what, advice, end)
