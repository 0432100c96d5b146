"""The figures of a day sheet as tables, to be read out, searched and copied. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import PARIS, steps, time_zone
from energy_async.page import number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from nanocorp_async.sheet.content import Series
    from nanocorp_async.tidy import MarketRow

NO_ROW: Final = "\N{MULTIPLICATION SIGN}"
"""Stands where there is no row; a dash where a row has no value."""
_HOUR: Final = timedelta(hours=1)
_COLUMNS: Final = (
    ("price", "price"),
    ("contracted_volume_mw", "contracted MW"),
    ("offered_volume_mw", "offered MW"),
    ("volume_mw", "volume MW"),
)


class Table(NamedTuple):
    """A table.

    Attributes:
        corner: What the first column holds.
        columns: Heads of the others.
        rows: The first cell and the others of each row.
    """

    corner: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


def table(series: Series, day: date) -> Table:
    """Give prices hour by hour where the periods allow it, else period by period."""
    lengths = {row.end - row.start for row in series.rows if row.start and row.end}
    length = lengths.pop() if len(lengths) == 1 else _HOUR
    if length < _HOUR and not _HOUR % length and not series.periods.unaligned:
        return by_hour(series.rows, day, length)
    return listing(series.rows)


def by_hour(rows: Sequence[MarketRow], day: date, length: timedelta) -> Table:
    """Give a row for each hour of the day, and a column for each period of an hour.

    A cell holds all prices of its period, if there are several.
    """
    found: dict[datetime | None, list[str]] = {}
    for row in rows:
        found.setdefault(row.start, []).append(number(row.price))
    offsets = [length * n for n in range(_HOUR // length)]
    lines = [
        (clock(hour), [" / ".join(found.get(hour + one, [NO_ROW])) for one in offsets])
        for hour, _ in steps(day, PARIS, _HOUR)
    ]
    return Table("Hour", [f":{one // timedelta(minutes=1):02}" for one in offsets], lines)


def listing(rows: Sequence[MarketRow]) -> Table:
    """Give a row for each period, with the columns that hold something."""
    kept = [
        one
        for one in _COLUMNS
        if one[0] == "price" or any(getattr(row, one[0]) is not None for row in rows)
    ]
    lines = [
        (span(row.start, row.end), [number(getattr(row, name)) for name, _ in kept])
        for row in rows
        if row.start and row.end
    ]
    return Table("From \N{EN DASH} to", [title for _, title in kept], lines)


def clock(moment: datetime) -> str:
    """Write a time on Paris clocks; with its offset in the hour that comes twice."""
    local = moment.astimezone(time_zone(PARIS))
    seconds = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    is_double = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{seconds} (UTC{local:%z})"[:-3] + ")" if is_double else seconds


def span(start: datetime, end: datetime) -> str:
    """Write a period on Paris clocks; midnight at its end is 24:00."""
    last = clock(end)
    return f"{clock(start)}\N{EN DASH}{'24:00' if last == '00:00' and end > start else last}"
