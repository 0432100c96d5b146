"""The two columns of a schedule out of whatever table speaks Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from energy_async.columns import load_pyarrow
from trlyr_async.trading.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

__all__ = ["columns_of"]


def columns_of(
    source: Any,  # noqa: ANN401 - duck-typed
    time: str,
    power: str,
    findings: list[Finding],
) -> Iterable[tuple[Any, Any]]:
    """Give times and powers as Python values, None where they are missing.

    What holds for the whole column, a wrong unit or times without a zone, becomes one finding, and
    there are no rows then.

    Raises:
        KeyError: A column is not there, or there twice.
        TypeError: A column is not of times, or not of numbers.
        ValueError: A time is more precise than a microsecond, or missing.
    """
    pa = load_pyarrow()
    table = pa.table(source)
    times, powers = _column(table, time), _column(table, power)
    _require_types(times, powers, time, power)
    found = [*_zone_problem(times, time), *_unit_problem(table.schema.field(power), power)]
    if found:
        findings += found
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


def _require_types(times: pa.ChunkedArray, powers: pa.ChunkedArray, time: str, power: str) -> None:
    types = load_pyarrow().types
    if not types.is_timestamp(times.type):
        raise TypeError(f"column {time!r} must hold timestamps with a zone, not {times.type}")
    kind = powers.type
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)):
        raise TypeError(f"column {power!r} must hold numbers of kW, not {kind}")


def _zone_problem(times: pa.ChunkedArray, name: str) -> list[Finding]:
    if times.type.tz is not None:
        return []
    return [
        Finding(
            kind="no_time_zone",
            message=f"column {name!r} has no time zone, so the hours it means are not known",
            advice="localise the column, best to UTC",
        )
    ]


def _unit_problem(field: pa.Field, name: str) -> list[Finding]:
    unit = (field.metadata or {}).get(b"unit", b"kW").decode()
    if unit == "kW":
        return []
    return [
        Finding(
            kind="unit",
            message=f"column {name!r} is in {unit}, and schedules are in kW",
            advice="convert the column and its unit; nothing is converted here",
        )
    ]
