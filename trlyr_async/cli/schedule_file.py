"""Schedules from CSV and Parquet files. Nothing is filled in or converted."""

from __future__ import annotations

import csv
import math
from datetime import datetime
from typing import TYPE_CHECKING, Final

from energy_async.columns import load_pyarrow
from trlyr_async.trading.schedule import read_points

if TYPE_CHECKING:
    from pathlib import Path

    from trlyr_async.models.virtual_assets import SchedulePoint
    from trlyr_async.trading import Finding

__all__ = ["read_schedule"]

_SHOWN: Final = 3


def read_schedule(
    path: Path, *, time: str, power: str
) -> tuple[list[SchedulePoint], list[Finding]]:
    """Read the points of a file, and what is wrong with those that cannot be read.

    Raises:
        ValueError: It is neither CSV nor Parquet, lacks a column, or has lines that are none of a
            schedule; the first few are named.
        OSError: It cannot be read.
    """
    if path.suffix.lower() == ".csv":
        return read_points(_csv_pairs(path, time, power))
    if path.suffix.lower() not in {".parquet", ".pq"}:
        raise ValueError(f"{path}: a schedule is a file named .csv or .parquet")
    pa = load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415 - slow, for these files alone

    try:
        return read_points(parquet.ParquetFile(path).read(), time=time, power=power)
    except pa.ArrowInvalid as exc:
        raise ValueError(f"{path} is no Parquet file: {exc}") from exc
    except (KeyError, TypeError) as exc:
        raise ValueError(f"{path}: {exc.args[0]}") from exc


def _csv_pairs(path: Path, time: str, power: str) -> list[tuple[datetime, float]]:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ValueError(f"{path} is not a text file") from exc
    rows = csv.DictReader(text.splitlines())
    for name in (time, power):
        if name not in (rows.fieldnames or ()):
            there = ", ".join(rows.fieldnames or ()) or "nothing"
            raise ValueError(f"{path} has no column {name!r}; its first line has {there}")
    problems: list[str] = []
    pairs: list[tuple[datetime, float]] = []
    for row in rows:
        try:
            pairs.append(_pair((row[time] or "").strip(), (row[power] or "").strip()))
        except ValueError as exc:
            problems.append(f"line {rows.line_num}: {exc}")
    if problems:
        more = f"; and {len(problems) - _SHOWN} more lines" if len(problems) > _SHOWN else ""
        raise ValueError(f"{path}, {'; '.join(problems[:_SHOWN])}{more}")
    return pairs


def _pair(time: str, power: str) -> tuple[datetime, float]:
    """Read a line; a time without an offset and a missing power are found by the check."""
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        raise ValueError(f"{time!r} is no time such as 2026-10-25T00:00:00Z") from None
    try:
        return moment, float(power) if power else math.nan
    except ValueError:
        raise ValueError(f"{power!r} is no number of kW") from None
