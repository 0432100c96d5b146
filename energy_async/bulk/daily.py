"""Figures of a dataset added up by delivery day."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from energy_async.bulk.chunks import month_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from energy_async.bulk.chunks import Chunk, Series

__all__ = ["DaySum", "DaySums"]


class DaySum(NamedTuple):
    """A day of a series: what its figures add up to, and how many they are."""

    total: float
    figures: int


class DaySums:
    """Sums by series and delivery day. A day without any figure is not there: missing is not zero.

    Args:
        zone: The zone of the delivery days.
    """

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._sums: defaultdict[Series, dict[date, DaySum]] = defaultdict(dict)

    def add(self, chunk: Chunk) -> None:
        """Add the rows of a month; each belongs to the day in which it starts."""
        days = self._sums[chunk.series]
        for day, start, end in month_days(chunk.month, self._zone):
            first, last = bisect_left(chunk.starts, start), bisect_left(chunk.starts, end)
            figures = [one for one in chunk.values[first:last] if one is not None]
            if figures:
                days[day] = DaySum(math.fsum(figures), len(figures))

    def of(self, series: Series) -> Mapping[date, DaySum]:
        """The days of a series."""
        return self._sums.get(series, {})

    def items(self) -> Iterator[tuple[Series, Mapping[date, DaySum]]]:
        """Every series with its days."""
        yield from self._sums.items()


def total_of(sums: Iterable[DaySum]) -> DaySum:
    """Add sums up."""
    found = list(sums)
    return DaySum(math.fsum(one.total for one in found), sum(one.figures for one in found))
