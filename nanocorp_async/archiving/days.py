"""Which delivery days lack rows, once upstream shows them no more. Pure, but for reading days."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from energy_async.completeness import Period, check
from energy_async.delivery import PARIS
from nanocorp_async._day_report import expected_periods
from nanocorp_async.archiving.merge import word
from nanocorp_async.archiving.state import Gap

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    import pyarrow as pa

    from nanocorp_async.archiving.series import Series
    from nanocorp_async.archiving.state import SeriesState

__all__ = ["judge", "rejudge", "what_is_missing"]

_DAY: Final = timedelta(days=1)
_NOTHING: Final = "no row"
_ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {"afrr-capacity": ("upward", "downward")}
"""What every day has. Of mFRR capacity one direction alone has been seen: what came once counts."""


def judge(
    series: Series,
    state: SeriesState,
    first: date,
    day: Callable[[date], pa.Table | None],
    at: datetime,
) -> Iterator[Gap]:
    """Judge every day that upstream shows no more, and remember the gaps."""
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
    """Say what a delivery day lacks, empty if it is whole.

    A direction of `expected` must be there, even though no row of the day tells of it. The length
    of the periods is that of most rows of the day, since none is documented. Where it is four
    hours, they are the six blocks, of which a clock change makes the first shorter or longer.
    """
    if stored is None or not stored.num_rows:
        return _NOTHING
    lines = _periods(series, stored)
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


def _directions(series: Series, stored: pa.Table | None) -> set[str]:
    if stored is None or "direction" not in series.kinds:
        return set()
    return {word(one) for one in stored.column("direction").unique().to_pylist()}


def _periods(series: Series, stored: pa.Table) -> dict[tuple[Any, ...], list[Period]]:
    names = (series.start, series.end, *series.kinds)
    columns = (stored.column(name).to_pylist() for name in names)
    found: dict[tuple[Any, ...], list[Period]] = defaultdict(list)
    for start, end, *kind in zip(*columns, strict=True):
        found[tuple(kind)].append((start, end))
    return found
