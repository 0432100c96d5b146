"""Which intervals a series is made of, as its own rows show, and which of them are missing. Pure.

Times are microseconds since 1970 (UTC), as in `energy_async.bulk.chunks`.
"""

from __future__ import annotations

import itertools
import operator
from bisect import bisect_left
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.columns import microseconds, moment_of
from energy_async.delivery import blocks, days, delivery_day, split_by_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SECOND: Final = 1_000_000
_HOUR: Final = 3600 * _SECOND
_MOST: Final = 0.9
"""The share of rows that must lie on a grid, so that one misplaced row does not decide."""
_NAMES: Final = {900 * _SECOND: "quarter-hours", 1800 * _SECOND: "half-hours", _HOUR: "hours"}
_ENOUGH: Final = 2

Span = tuple[int, int]
"""A half-open stretch of time."""


class Grid(NamedTuple):
    """How a series divides time: by the calendar, or by steps of microseconds."""

    name: str
    step: int = 0


_DAYS, _BLOCKS, _MONTHS = Grid("days"), Grid("4-hour blocks"), Grid("months")
_BY_HOURS: Final = (
    (range(3, 6), _BLOCKS),
    (range(23, 26), _DAYS),
    (range(28 * 24 - 1, 31 * 24 + 2), _MONTHS),
)


class Run(NamedTuple):
    """Intervals that follow one another: from where to where, and how many."""

    start: int
    end: int
    number: int


def infer(starts: Sequence[int], ends: Sequence[int | None], zone: str) -> Grid | None:
    """Tell what intervals rows are, by what most of them last; None if they do not show it.

    Rows that begin an hour from a day, a block or a month are taken for one: see `an_hour_off`.
    """
    lengths = Counter(_lengths(starts, ends))
    if not lengths:
        return None
    length, count = lengths.most_common(1)[0]
    if not ends and count < _ENOUGH:
        return None
    hours, rest = divmod(length, _HOUR)
    calendar = [grid for found, grid in _BY_HOURS if not rest and hours in found]
    steps = [Grid(_NAMES.get(length, f"steps of {length / _SECOND:g} s"), length)]
    for grid in (*calendar, *steps):
        if _fits(grid, starts, zone):
            return grid
    return next((one for one in calendar if _fits(one, starts, zone, shifted=True)), None)


def an_hour_off(
    grid: Grid, starts: Iterable[int], should: frozenset[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Give the rows that begin an hour after, and an hour before, an interval that has no other.

    Each by its start with the start that it should have. So rows look whose source does not change
    its clock; steps of a fixed length show it otherwise.
    """
    if grid.step:
        return {}, {}
    there = frozenset(starts)
    free = should - there
    odd = there - should
    late = {one: one - _HOUR for one in odd if one - _HOUR in free}
    early = {one: one + _HOUR for one in odd - late.keys() if one + _HOUR in free}
    return late, early


@lru_cache(maxsize=48)
def intervals(grid: Grid, span: Span, zone: str) -> tuple[Span, ...]:
    """Give the intervals of a grid that begin in a span, in order."""
    if grid.step:
        first = -(-span[0] // grid.step) * grid.step
        return tuple((at, at + grid.step) for at in range(first, span[1], grid.step))
    return tuple(one for one in _calendar(grid, span, zone) if span[0] <= one[0] < span[1])


@lru_cache(maxsize=48)
def expected(grid: Grid, span: Span, zone: str) -> frozenset[int]:
    """Give the starts of `intervals`, to be compared with those that are there."""
    return frozenset(start for start, _ in intervals(grid, span, zone))


def runs(missing: Iterable[int], whole: Sequence[Span]) -> Iterator[Run]:
    """Bring missing intervals that follow one another together."""
    firsts = [start for start, _ in whole]
    places = sorted(bisect_left(firsts, one) for one in missing)
    for _, group in itertools.groupby(enumerate(places), key=lambda one: one[1] - one[0]):
        found = [place for _, place in group]
        yield Run(whole[found[0]][0], whole[found[-1]][1], len(found))


def joined(found: Iterable[Run]) -> list[Run]:
    """Join runs that touch each other."""
    whole: list[Run] = []
    for one in sorted(found):
        if whole and whole[-1].end >= one.start:
            last = whole.pop()
            one = Run(last.start, one.end, last.number + one.number)  # noqa: PLW2901
        whole.append(one)
    return whole


def _lengths(starts: Sequence[int], ends: Sequence[int | None]) -> Iterator[int]:
    if ends:
        return (b - a for a, b in zip(starts, ends, strict=True) if b is not None and b > a)
    return filter(None, map(operator.sub, starts[1:], starts))


def _fits(grid: Grid, starts: Sequence[int], zone: str, *, shifted: bool = False) -> bool:
    there = expected(grid, (starts[0] - _HOUR, starts[-1] + _HOUR + 1), zone)
    if shifted:
        there |= {edge for one in there for edge in (one - _HOUR, one + _HOUR)}
    return sum(one in there for one in starts) >= _MOST * len(starts)


def _calendar(grid: Grid, span: Span, zone: str) -> Iterator[Span]:
    start, end = moment_of(span[0]), moment_of(span[1])
    if grid == _MONTHS:
        first = delivery_day(next(days(start, end, zone)).replace(day=1), zone).start
        found = split_by_month(first, end, zone)
    elif grid == _BLOCKS:
        found = [one for day in days(start, end, zone) for one in blocks(day, zone)]
    else:
        found = [delivery_day(day, zone) for day in days(start, end, zone)]
    return ((microseconds(one.start), microseconds(one.end)) for one in found)
