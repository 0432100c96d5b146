"""Times, ranges and lists, read from calls that the document's own check has passed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from energy_sandbox.problems import Refusal
from energy_sandbox.world.calendar import QUARTER, Period, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from energy_sandbox.validation import Call

MAX_RANGE = timedelta(days=400)
_YEARS = range(1900, 2201)
_MICRO = 1_000_000
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def moment(where: str, text: object) -> datetime:
    """Read one time."""
    if isinstance(text, str) and _RFC3339.fullmatch(text):
        try:
            read = datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            if read.year in _YEARS:
                return read
            raise Refusal(400, f"{where}: {text} is not in the years {_YEARS[0]} to {_YEARS[-1]}")
    raise Refusal(
        400,
        f"{where}: {text!r} is not an RFC 3339 time with an offset, such as 2026-01-31T23:00:00Z",
    )


def ends_of(
    query: Mapping[str, Any], default: tuple[datetime, datetime] | None = None
) -> tuple[datetime, datetime]:
    """Read the range of a query; what it leaves out is taken from the default, if there is one."""
    ends = []
    for index, name in enumerate(("start", "end")):
        if name in query:
            ends.append(moment(f"query parameter {name!r}", query[name]))
        elif default is not None:
            ends.append(default[index])
        else:
            raise Refusal(400, f"missing query parameter {name!r}")
    start, end = ends
    if end < start:
        raise Refusal(
            400,
            f"query parameter 'end' ({end.isoformat()}) is before 'start' ({start.isoformat()})",
        )
    return start, end


def period_of(call: Call, default: tuple[datetime, datetime] | None = None) -> Period:
    """Read the range of a call, which may last 400 days."""
    start, end = ends_of(call.query, default)
    if end - start > MAX_RANGE:
        days = (end - start) / timedelta(days=1)
        raise Refusal(
            400, f"the range lasts {days:.1f} days; one request may ask for {MAX_RANGE.days} days"
        )
    return Period.of(start, end)


def period_around(call: Call, now: datetime, back: timedelta, ahead: timedelta) -> Period:
    """Read the range of a call that may leave out either end; what is left out lies around now."""
    return period_of(call, (now - back, now + ahead))


def quarters(period: Period) -> range:
    """Give the quarter-hours that start in a period, as seconds since 1970."""
    step = QUARTER * _MICRO
    return range(-(-period.start // step) * QUARTER, period.end // step * QUARTER + 1, QUARTER)


def listed(call: Call, name: str, known: Sequence[str]) -> list[str]:
    """Give the names that a query lists, without repeats; all known ones by default."""
    asked = call.query.get(name)
    names = asked.split(",") if isinstance(asked, str) else list(known if asked is None else asked)
    for each in names:
        if each not in known:
            raise Refusal(400, f"query parameter {name!r}: unknown name {each!r}")
    return list(dict.fromkeys(names))


def series(
    names: Sequence[str], units: Mapping[str, str], rows: Sequence[tuple[int, Mapping[str, float]]]
) -> dict[str, Any]:
    """Lay out values by time (seconds since 1970) as the data points of revenue are."""
    times = [stamp(second) for second, _ in rows]
    columns = {
        name: [
            {"time": time, "value": values[name]}
            for time, (_, values) in zip(times, rows, strict=True)
        ]
        for name in names
    }
    metadata = [{"dataPointName": name, "unit": units[name]} for name in names]
    return {"data": columns, "metaData": metadata}


def day_of(where: str, text: object) -> date:
    """Read a delivery day."""
    try:
        day = date.fromisoformat(str(text))
        if str(day) == text and 2000 <= day.year < 2100:  # noqa: PLR2004  years with market days
            return day
    except ValueError:
        pass
    raise Refusal(400, f"{where}: {text!r} is not a delivery day such as 2026-01-31")
