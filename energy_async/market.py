"""Small sums over prices and revenue: spreads, and joins of series whose periods differ.

Everything works on `Value`s, a number for a period. `series` makes them from structs or from an
Arrow table of either client, whatever their columns are called. Missing is not zero: a None counts
nowhere, and every result says how much was known. Means are weighted by time, so that rows of
different length and days of 23 or 25 hours count as what they are.

Nothing here converts units, and nothing is advice: a spread is a figure of the past.
"""

from __future__ import annotations

import functools
import itertools
import operator
from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from energy_async.columns import arrow_column, load_pyarrow
from energy_async.delivery import (
    count_steps,
    in_day,
    require_aware,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    import pyarrow as pa

__all__ = [
    "Beside",
    "Spread",
    "Value",
    "beside",
    "join_tables",
    "series",
    "spread",
]


class Value(NamedTuple):
    """A number that holds from `start` until `end`, both aware; None where it is not known."""

    start: datetime
    end: datetime
    value: float | None


class Spread(NamedTuple):
    """The dearest and the cheapest periods of a delivery day.

    The periods are taken by price, not in order of time: no battery could have had them all.

    Attributes:
        day: The delivery day.
        top: Mean of the dearest periods; None where too few are known.
        bottom: Mean of the cheapest ones.
        known: How many periods have a price.
        expected: How many the day has.
    """

    day: date
    top: float | None
    bottom: float | None
    known: int
    expected: int

    @property
    def spread(self) -> float | None:
        """`top` minus `bottom`."""
        return None if self.top is None or self.bottom is None else self.top - self.bottom


class Beside(NamedTuple):
    """A value and the mean of another series over the same time.

    Attributes:
        start: Of the left period.
        end: Of the left period.
        left: The left value, as it came.
        right: Mean of the right series over the period, weighted by time; None where it is unknown.
        known: For how much of the period the right series is known.
    """

    start: datetime
    end: datetime
    left: float | None
    right: float | None
    known: timedelta


def series(
    rows: Any,  # noqa: ANN401 - a table or structs
    value: str = "price",
    *,
    start: str = "start",
    end: str = "end",
) -> list[Value]:
    """Take one column of rows as a series, sorted by time.

    Args:
        rows: Structs, or an Arrow table.
        value: The name of the column.
        start: The name of the column with the starts.
        end: The name of the column with the ends; an end belongs to the next period.

    Raises:
        ValueError: A period has no start or end, is naive or runs backwards, or two overlap: take
            one direction, one product and one resolution at a time.
        KeyError: The table has no such column.
        AttributeError: The structs have no such field.
    """
    names = (start, end, value)
    triples: Iterable[tuple[Any, ...]]
    if hasattr(rows, "column_names"):
        triples = zip(*(rows.column(name).to_pylist() for name in names), strict=True)
    else:
        triples = map(operator.attrgetter(*names), rows)
    return _in_order(triples)


def spread(values: Iterable[Value], day: date, zone: str | tzinfo, count: int) -> Spread:
    """Compare the `count` dearest and the `count` cheapest periods of a delivery day.

    Without at least twice `count` known periods there is no answer: `top` and `bottom` are None.

    Raises:
        ValueError: `count` is not positive, or the periods are of different length or overlap.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    found = _in_order(in_day(values, day, zone))
    lengths = {one.end - one.start for one in found}
    if len(lengths) > 1:
        shown = ", ".join(map(str, sorted(lengths)))
        raise ValueError(
            f"the periods of {day} are of different length ({shown}): cut the longer ones first, "
            "such as with nanocorp_async.tidy.on_grid"
        )
    expected = count_steps(day, zone, lengths.pop()) if lengths else 0
    known = sorted(one.value for one in found if one.value is not None)
    if len(known) < 2 * count:
        return Spread(day, None, None, len(known), expected)
    top, bottom = sum(known[-count:]) / count, sum(known[:count]) / count
    return Spread(day, top, bottom, len(known), expected)


def beside(left: Iterable[Value], right: Iterable[Value]) -> list[Beside]:
    """Put a price beside each left value: the mean of `right` over the left period.

    The left values stay as they came, whatever the two resolutions are: a revenue is never split,
    a price may be averaged or repeated.

    Raises:
        ValueError: Periods of one series overlap.
    """
    prices = _Prices(right)
    return [
        Beside(one.start, one.end, one.value, *prices.over(one.start, one.end))
        for one in _in_order(left)
    ]


def join_tables(
    left: pa.Table,
    right: pa.Table,
    column: str,
    *,
    name: str | None = None,
    left_times: tuple[str, str] = ("start", "end"),
    right_times: tuple[str, str] = ("start", "end"),
) -> pa.Table:
    """Give `left` with two columns more: the mean of `right`'s `column`, and how much was known.

    Args:
        left: Rows with a start and an end; they may overlap (several assets, say), and keep their
            order.
        right: The price, one row for each period.
        column: The column of `right` to bring; its unit comes along.
        name: What to call it; by default as in `right`. `<name>_known_s` are the seconds of each
            period for which it is known.
        left_times: The names of start and end in `left`.
        right_times: The names of start and end in `right`.

    Raises:
        ValueError: `left` has such a column already, a time is missing or naive, or periods of
            `right` overlap.
        KeyError: There is no such column.
        ImportError: pyarrow is not installed.
    """
    pa = load_pyarrow()
    name = name or column
    known_name = f"{name}_known_s"
    if taken := {name, known_name} & set(left.column_names):
        raise ValueError(f"the left table has a column {min(taken)!r} already: pass another name")
    prices = _Prices(series(right, column, start=right_times[0], end=right_times[1]))
    over = functools.cache(prices.over)
    starts, ends = (left.column(one).to_pylist() for one in left_times)
    periods = [_value(a, b, None) for a, b in zip(starts, ends, strict=True)]
    found = [over(one.start, one.end) for one in periods]
    metadata = right.schema.field(column).metadata
    field = pa.field(name, pa.float64(), metadata=metadata)
    known = pa.field(known_name, pa.float64(), metadata={"unit": "s"})
    means = arrow_column([mean for mean, _ in found], field)
    seconds = arrow_column([time.total_seconds() for _, time in found], known)
    return left.append_column(field, means).append_column(known, seconds)


class _Prices:
    """A series that can be asked for its mean over any period."""

    def __init__(self, values: Iterable[Value]) -> None:
        self._values = _in_order(values)
        self._starts = [one.start for one in self._values]
        self._ends = [one.end for one in self._values]

    def over(self, start: datetime, end: datetime) -> tuple[float | None, timedelta]:
        """Give the mean over `[start, end)`, and for how much of it there is a value."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return _mean(
            (min(one.end, end) - max(one.start, start), one.value)
            for one in self._values[first:last]
        )


def _value(start: datetime | None, end: datetime | None, value: float | None) -> Value:
    if start is None or end is None:
        raise ValueError("a row without start or end has no place in a series: leave it out first")
    one = Value(require_aware(start, "start"), require_aware(end, "end"), value)
    if one.end <= one.start:
        raise ValueError(f"the period {one.start.isoformat()} to {one.end.isoformat()} is empty")
    return one


def _in_order(values: Iterable[tuple[Any, ...]]) -> list[Value]:
    found = sorted((_value(*one) for one in values), key=lambda one: (one.start, one.end))
    for before, after in itertools.pairwise(found):
        if after.start < before.end:
            raise ValueError(
                f"two periods overlap at {after.start.isoformat()}; {_why_doubled(before, after)}"
            )
    return found


def _why_doubled(before: Value, after: Value) -> str:
    """Say what two periods that overlap most likely are."""
    lengths = (before.end - before.start, after.end - after.start)
    if lengths[0] != lengths[1]:
        return f"they last {lengths[0]} and {lengths[1]}: take one resolution at a time"
    if before.start != after.start:
        return "one is shifted against the other: see which of them is right"
    return "take one series at a time: one direction, one product, one horizon, one asset"


def _mean(parts: Iterable[tuple[timedelta, float | None]]) -> tuple[float | None, timedelta]:
    """Average values weighted by time; give also the time that is known."""
    known = [(length, value) for length, value in parts if value is not None]
    time = sum((length for length, _ in known), timedelta(0))
    if not time:
        return None, time
    return sum(
        length.total_seconds() * value for length, value in known
    ) / time.total_seconds(), time
