"""Block schedules from mappings, pairs and tables: power (kW) by quarter-hour, times aware.

Nothing is filled in, converted, rounded or dropped on the way: what cannot be taken as it stands is
an error, and all errors come together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from numbers import Real
from typing import Any, Protocol, TypeAlias

from trlyr_async.models.virtual_assets import SchedulePoint
from trlyr_async.trading.findings import Finding, require

__all__ = ["ArrowStream", "ScheduleSource", "build_schedule", "read_points"]


class ArrowStream(Protocol):
    """A table that offers itself as an Arrow stream, as pyarrow, pandas and polars have them."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:  # noqa: ANN401
        """Give a capsule of the Arrow PyCapsule interface."""


ScheduleSource: TypeAlias = (
    Mapping[datetime, float]
    | Iterable[SchedulePoint]
    | Iterable[tuple[datetime, float]]
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
        TypeError: The source is none of these.
        ImportError: The source is a table and pyarrow is not installed.
    """
    points, findings = read_points(source, time=time, power=power)
    require(findings)
    return points


def read_points(
    source: ScheduleSource, *, time: str = "time", power: str = "power"
) -> tuple[list[SchedulePoint], list[Finding]]:
    """Give the points that can be read, in order of time, and what is wrong with the others."""
    findings: list[Finding] = []
    points: list[SchedulePoint] = []
    for moment, value in _pairs(source, time, power, findings):
        problem = _problem(moment, value)
        if problem is not None:
            findings.append(problem)
        else:
            points.append(SchedulePoint(time=_utc(moment), power=_plain(value)))
    return sorted(points, key=lambda point: point.time), findings


def _pairs(
    source: object, time: str, power: str, findings: list[Finding]
) -> Iterable[tuple[Any, Any]]:
    if isinstance(source, Mapping):
        return source.items()
    if hasattr(source, "__arrow_c_stream__"):
        from trlyr_async.trading.schedule_table import columns_of  # noqa: PLC0415 - needs pyarrow

        return columns_of(source, time, power, findings)
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


def _plain(value: float | Decimal) -> float:
    return value if isinstance(value, int) else float(value)


def _utc(moment: datetime) -> datetime:
    """`moment` in UTC as a plain datetime, whatever library it came from."""
    there = moment.astimezone(UTC)
    return datetime.combine(date(there.year, there.month, there.day), there.time(), UTC)


def _problem(moment: object, value: object) -> Finding | None:
    if not isinstance(moment, datetime):
        raise TypeError(f"expected a datetime, got {moment!r}")
    number = _number(value)
    if moment.utcoffset() is None:
        return Finding(
            kind="no_time_zone",
            message=f"{moment.isoformat()} has no time zone, so the hour it means is not known",
            advice="give aware times, best in UTC",
            value=number,
        )
    if not _exists(moment):
        return Finding(
            kind="no_such_time",
            message=f"{moment.replace(tzinfo=None).isoformat()} does not exist in {moment.tzinfo}:"
            " the clocks are set forward over it",
            advice="count quarter-hours in UTC, or take them from energy_async.delivery",
            value=number,
        )
    if getattr(moment, "nanosecond", 0):  # of pandas, finer than a datetime can be
        return Finding(
            kind="alignment",
            message=f"{moment.isoformat()} is not the start of a quarter-hour",
            advice="round it where it was made",
            value=number,
        )
    if number is None:
        return Finding(
            kind="no_number",
            message=f"the power is {'missing' if value is None else repr(value)}",
            advice="give a finite number of kW; 0 where the battery shall rest",
            time=moment.astimezone(UTC),
        )
    return None


def _exists(moment: datetime) -> bool:
    """Whether a clock ever shows this time: not in the hour that is left out in spring."""
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None) == moment.replace(tzinfo=None)


def _number(value: object) -> float | None:
    """`value` as a finite number; None if it is something else."""
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    number = float(value)
    return number if abs(number) < float("inf") else None
