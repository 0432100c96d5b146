"""Rows and their periods in an answer: which of them a range brings, how long they are. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_async.contact.shapes import shape_of
from energy_async.delivery import time_zone

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Period", "bucket_of", "meaning_of", "periods_in", "questions_of"]

_DAY: Final = timedelta(days=1)
_LENGTHS: Final = {
    timedelta(seconds=4): "4 s", timedelta(minutes=1): "1 min", timedelta(minutes=5): "5 min",
    timedelta(minutes=15): "15 min", timedelta(minutes=30): "30 min", timedelta(hours=1): "1 h",
    timedelta(hours=4): "4 h", _DAY: "1 day",
}  # fmt: skip
_ZONES: Final = ("UTC", "Europe/Berlin")


class Period(NamedTuple):
    """From when to when a row is; None where it is a point in time."""

    start: datetime
    end: datetime | None


def periods_in(value: Any) -> list[Period]:  # noqa: ANN401 - any JSON
    """The periods of the first list of rows that have times, in their order, each once."""
    if isinstance(value, dict):
        return next((found for one in value.values() if (found := periods_in(one))), [])
    rows = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    if not rows:
        return []
    times = [
        name
        for name, one in shape_of(rows[0]).members.items()
        if one.formats == {"date-time"}
    ]  # fmt: skip
    start = next((name for name in times if "start" in name.lower()), next(iter(times), None))
    end = next((name for name in times if "end" in name.lower()), None)
    if start is None:
        return periods_in(next(iter(rows[0].values()), None))
    periods = {Period(a, _moment(row, end)) for row in rows if (a := _moment(row, start))}
    return sorted(periods, key=lambda one: one.start)


def _moment(row: dict[str, Any], name: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(row.get(name or "", ""))
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def bucket_of(periods: Sequence[Period]) -> str:
    """How long most rows are, and where they begin: `1 day, from midnight UTC`."""
    following = [b.start - a.start for a, b in itertools.pairwise(periods)]
    lengths = Counter(following or [one.end - one.start for one in periods if one.end])
    if not lengths:
        return ""
    length = lengths.most_common(1)[0][0]
    name = _LENGTHS.get(length, "another length")
    for zone in _ZONES if length == _DAY else ():
        if all(one.start.astimezone(time_zone(zone)).hour == 0 for one in periods):
            return f"{name}, from midnight {zone}"
    return name


def questions_of(periods: Sequence[Period]) -> list[tuple[datetime, datetime]]:
    """Two ranges that tell the meaning of ranges: from edge to edge, and from middle to middle."""
    middle = len(periods) // 2
    if len(periods) < 3 or not 0 < middle < len(periods) - 1:  # noqa: PLR2004 - one on each side
        return []
    first, last = periods[middle - 1], periods[middle + 1]
    half = (periods[middle].start - first.start) / 2
    return [
        (first.start, last.start),
        *([(first.start + half, last.start + half)] if first.end else []),
    ]


def meaning_of(periods: Sequence[Period], answers: Sequence[Sequence[Period]]) -> str:
    """What the answers to `questions_of` have shown, in words of a closed list."""
    middle = len(periods) // 2
    first, last = periods[middle - 1].start, periods[middle + 1].start
    starts = [{one.start for one in answer} for answer in answers]
    ends = {
        (True, True): "both ends included",
        (True, False): "start included, end not",
        (False, True): "end included, start not",
        (False, False): "neither end included",
    }[first in starts[0], last in starts[0]]
    if len(starts) == 1:
        return ends
    cut = {
        (True, True): "rows that overlap",
        (False, True): "rows that start within",
        (True, False): "rows that end within",
        (False, False): "rows that lie within",
    }[first in starts[1], last in starts[1]]
    return f"{ends}; {cut}"
