"""What is wrong with a delivery day: rows that it lacks, and rows that are odd. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from energy_async.completeness import check
from energy_async.delivery import PARIS
from nanocorp_async._day_report import expected_periods
from nanocorp_async.archiving.merge import identities, word
from nanocorp_async.archiving.state import Gap
from nanocorp_async.watching.events import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from nanocorp_async.archiving.series import Series
    from nanocorp_async.archiving.state import GapKind, SeriesState

_DAY: Final = timedelta(days=1)
_NOTHING: Final = "no row"
_ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {"afrr-capacity": ("upward", "downward")}
"""What every day has. Of mFRR capacity one direction alone has been seen: what came once counts."""
ODDITIES: Final[tuple[GapKind, ...]] = (
    "two prices", "overlap", "backwards", "zero prices", "no prices",
)  # fmt: skip


def judge(
    series: Series,
    state: SeriesState,
    first: date,
    day: Callable[[date], pa.Table | None],
    at: datetime,
) -> Iterator[Gap]:
    """Judge every day before `first`, which upstream shows no more, and remember the gaps."""
    if state.judged is None:
        state.judged = first
    while state.judged < first:
        if gap := rejudge(series, state, state.judged, day(state.judged), at):
            yield gap
        state.judged += _DAY


def rejudge(
    series: Series, state: SeriesState, day: date, stored: pa.Table | None, at: datetime
) -> Gap | None:
    """Judge one day: remember its gap, or forget it if it was filled all the same."""
    missing = what_is_missing(series, day, stored, state.directions)
    state.directions |= _directions(series, stored)
    state.whole = state.whole or not missing
    state.forget(day, "missing")
    if not missing or (series.sampled and not state.whole):
        return None
    gap = Gap(series=series.name, day=day, what=missing, noticed_at=at)
    state.remember(gap)
    return gap


def what_is_missing(
    series: Series, day: date, stored: pa.Table | None, expected: Collection[str] = ()
) -> str:
    """Describe what a delivery day lacks; empty if it is whole.

    A direction of `expected` must be there, even if no row of the day has it. The length of the
    periods is that of most rows of the day, since none is documented. Where it is four hours, they
    are the six blocks, of which a clock change makes the first shorter or longer.
    """
    if stored is None or not stored.num_rows:
        return _NOTHING
    lines: defaultdict[tuple[Any, ...], list[tuple[Any, Any]]] = defaultdict(list)
    columns = (stored.column(name).to_pylist() for name in series.key)
    for start, end, *kind in zip(*columns, strict=True):
        lines[tuple(kind)].append((start, end))
    lengths = (end - start for line in lines.values() for start, end in line if end and start)
    periods = expected_periods(lengths, day, PARIS)
    found = {kind: check(line, periods) for kind, line in lines.items()}
    there = _directions(series, stored)
    # A row without a direction may be of any.
    absent = {*expected, *_ALWAYS.get(series.name, ())} - there if "" not in there else ()
    return "; ".join(
        [
            *(
                " ".join(filter(None, (*kind, str(state._replace(doubles=(), unaligned=())))))
                for kind, state in sorted(found.items(), key=str)
                if state.gaps
            ),
            *(f"{one.upper()}: {_NOTHING}" for one in sorted(absent)),
        ]
    )


def oddities(series: Series, rows: pa.Table) -> dict[GapKind, str]:
    """Describe what is odd about the rows that an answer has of a day, by kind."""
    known = Counter(identities(rows, series.key))
    found: dict[GapKind, str] = {}
    if doubled := [count for count in known.values() if count > 1]:
        most = "two" if max(doubled) == 2 else f"up to {max(doubled)}"  # noqa: PLR2004
        found["two prices"] = f"{counted(len(doubled), 'period')} with {most} prices"
    if backwards := sum(end is not None and end <= start for start, end, *_ in known):
        found["backwards"] = f"{counted(backwards, 'row')} not ending after the start"
    if overlapping := sum(map(_overlaps, _lines(known))):
        found["overlap"] = f"{counted(overlapping, 'row')} reaching into the next one"
    prices = [one for name in series.prices for one in rows.column(name).to_pylist()]
    there = [one for one in prices if one is not None]
    if series.feed != "mfrr-energy" and prices and not any(there):
        if there:
            found["zero prices"] = f"all {len(there):,} prices are zero, as where none is there yet"
        else:
            found["no prices"] = f"all {len(prices):,} prices are missing"
    return found


def _directions(series: Series, stored: pa.Table | None) -> set[str]:
    if stored is None or "direction" not in series.key:
        return set()
    return {word(one) for one in stored.column("direction").unique().to_pylist()}


def _lines(known: Counter[tuple[Any, ...]]) -> Iterator[list[tuple[int, int]]]:
    lines: defaultdict[tuple[Any, ...], list[tuple[int, int]]] = defaultdict(list)
    for start, end, *kinds in known:
        if end is not None and end > start:
            lines[tuple(kinds)].append((start, end))
    yield from map(sorted, lines.values())


def _overlaps(periods: Sequence[tuple[int, int]]) -> int:
    count, reached = 0, periods[0][0]
    for start, end in periods:
        count += start < reached
        reached = max(reached, end)
    return count
