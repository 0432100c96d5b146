"""Block schedules from mappings, pairs and tables: power (kW) by quarter-hour, times aware.

Nothing is filled in, converted, rounded or dropped on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from energy_async.columns import load_pyarrow
from trlyr_async.models.virtual_assets import SchedulePoint
from trlyr_async.trading.findings import Finding, require
from trlyr_async.trading.numbers import number_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ScheduleSource", "build_schedule"]

_time = attrgetter("time")


class ArrowStream(Protocol):
    """A table that offers itself as an Arrow stream, as pyarrow, pandas and polars have them."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:  # noqa: ANN401
        """Give a capsule of the Arrow PyCapsule interface."""


ScheduleSource: TypeAlias = (
    Mapping[datetime, float]
    | Mapping[datetime, Decimal]
    | Iterable[SchedulePoint]
    | Iterable[tuple[datetime, float | Decimal]]
    | ArrowStream
)
"""What a schedule can be made from; see `build_schedule`."""


def build_schedule(
    source: ScheduleSource, *, time: str = "time", power: str = "power"
) -> list[SchedulePoint]:
    """Give the points of a schedule in order of time, times in UTC.

    Discharge (export) is positive, charge (import) negative; the point stamped 14:30 is the average
    of 14:30 to 14:45.

    Args:
        source: A mapping of aware datetimes to kW; pairs of these; points; or a table that has
            `__arrow_c_stream__` (pyarrow, pandas, polars), which needs pyarrow. Two keys of a
            mapping that differ in `fold` alone are equal for Python: take UTC where clocks change.
        time: The column of times in a table: a timestamp with a zone, the start of a quarter-hour.
        power: The column of powers in a table, in kW. If the field's metadata names a `unit`, it
            has to be `kW`.

    Raises:
        CheckFailed: A time has no zone or does not exist, a power is missing or no finite number,
            or the column is in another unit. It carries every such finding; it is a `ValueError`.
        KeyError: The table has no such column.
        TypeError: The source is none of these, or a column is not of times, or not of numbers.
        ValueError: A time in a table is more precise than a microsecond, or missing.
        ImportError: The source is a table and pyarrow is not installed.
    """
    points, findings = read_points(source, time=time, power=power)
    require(findings)
    return points


def read_points(
    source: ScheduleSource, *, time: str = "time", power: str = "power"
) -> tuple[list[SchedulePoint], list[Finding]]:
    """Give the points that can be read, in order of time, and what is wrong with the others."""
    if isinstance(source, list) and all(map(_is_read, source)):  # by this function, or by upstream
        return sorted(source, key=_time), []
    findings: list[Finding] = []
    points: list[SchedulePoint] = []
    for moment, value in _pairs(source, time, power, findings):
        if (problem := _problem(moment, value)) is not None:
            findings.append(problem)
            continue
        there = moment.astimezone(UTC)  # a plain datetime, whatever library it came from
        plain = datetime.combine(date(there.year, there.month, there.day), there.time(), UTC)
        points.append(SchedulePoint(time=plain, power=_power(value)))
    return sorted(points, key=_time), findings


def _is_read(point: object) -> bool:
    return (
        isinstance(point, SchedulePoint)
        and type(point.time) is datetime
        and point.time.tzinfo is UTC
        and type(point.power) in {int, float}
        and number_of(point.power) is not None
    )


def _pairs(
    source: object, time: str, power: str, findings: list[Finding]
) -> Iterable[tuple[Any, Any]]:
    if isinstance(source, Mapping):
        return source.items()
    if hasattr(source, "__arrow_c_stream__"):
        return _columns(source, time, power, findings)
    if isinstance(source, str | bytes) or not isinstance(source, Iterable):
        raise TypeError(
            "a schedule is made from a mapping of times to kW, pairs, points or an Arrow table,"
            f" not from {type(source).__name__}"
        )
    return [_pair(item) for item in source]


def _pair(item: object) -> tuple[Any, Any]:
    if isinstance(item, SchedulePoint):
        return item.time, item.power
    if isinstance(item, tuple) and len(item) == 2:  # noqa: PLR2004 - a pair
        return item
    raise TypeError(f"expected a pair of a time and kW, got {item!r}")


def _problem(moment: object, value: object) -> Finding | None:
    number = None if number_of(value) is None else _power(value)
    if not isinstance(moment, datetime) or moment != moment:  # noqa: PLR0124 - NaT of pandas
        advice = "give aware datetimes, best in UTC"
        return Finding("no_such_time", f"{moment!r:.40} is no datetime", advice, value=number)
    if moment.utcoffset() is None:
        message = f"{moment.isoformat()} has no time zone, so the hour it means is not known"
        return Finding("no_time_zone", message, "give aware times, best in UTC", value=number)
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    if back.replace(tzinfo=None) != moment.replace(tzinfo=None):  # left out in spring
        message = f"{moment.replace(tzinfo=None).isoformat()} does not exist in {moment.tzinfo}:"
        message += " the clocks are set forward over it"
        advice = "count quarter-hours in UTC, or take them from energy_async.delivery"
        return Finding("no_such_time", message, advice, value=number)
    if getattr(moment, "nanosecond", 0):  # of pandas, finer than a datetime can be
        message = f"{moment.isoformat()} is not the start of a quarter-hour"
        return Finding("alignment", message, "round it where it was made", value=number)
    if number is None:
        message = f"the power is {'missing' if value is None else f'{value!r:.40}'}"
        advice = "give a finite number of kW; 0 where the battery shall rest"
        return Finding("no_number", message, advice, time=moment.astimezone(UTC))
    return None


def _power(value: Any) -> float:  # noqa: ANN401 - a caller's
    """Give a power that is known to be a number; whole numbers stay whole."""
    number = number_of(value)
    return number if isinstance(number, int) else float(value)


# Tables


def _columns(
    source: Any,  # noqa: ANN401 - whatever speaks Arrow
    time: str,
    power: str,
    findings: list[Finding],
) -> Iterable[tuple[Any, Any]]:
    """Give times and powers as Python values; none, and findings, if a whole column is wrong."""
    pa = load_pyarrow()
    table = pa.table(source)
    times, powers = _column(table, time), _column(table, power)
    if not pa.types.is_timestamp(times.type):
        raise TypeError(f"column {time!r} must hold timestamps with a zone, not {times.type}")
    kind, are = powers.type, pa.types
    if not (are.is_integer(kind) or are.is_floating(kind) or are.is_decimal(kind)):
        raise TypeError(f"column {power!r} must hold numbers of kW, not {kind}")
    unit = (table.schema.field(power).metadata or {}).get(b"unit", b"kW").decode()
    if times.type.tz is None:
        message = f"column {time!r} has no time zone, so the hours it means are not known"
        findings.append(Finding("no_time_zone", message, "localise the column, best to UTC"))
    if unit != "kW":
        message = f"column {power!r} is in {unit}, and schedules are in kW"
        advice = "convert the column and its unit; nothing is converted here"
        findings.append(Finding("unit", message, advice))
    if findings:
        return []
    if times.null_count:
        raise ValueError(f"column {time!r} has {times.null_count} rows without a time")
    moments = times.cast(pa.timestamp("us", tz="UTC")).to_pylist()
    return zip(moments, powers.cast(pa.float64()).to_pylist(), strict=True)


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if table.column_names.count(name) != 1:
        state = "twice" if name in table.column_names else "no"
        there = ", ".join(table.column_names)
        raise KeyError(f"the table has {state} column {name!r}; it has {there}")
    return table.column(name)
