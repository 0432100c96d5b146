"""Times and lengths as people write them on a command line. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from energy_async.delivery import days, delivery_day

__all__ = ["days_between", "parse_length", "parse_moment"]

_LENGTH: Final = re.compile(r"(\d+)\s*([hdw])")
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAY_ONLY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_moment(text: str, zone: str, name: str) -> datetime:
    """Read a day (its local midnight in `zone`) or an RFC 3339 time with its offset.

    Raises:
        ValueError: Anything else; a time without an offset could mean two moments.
    """
    try:
        if _DAY_ONLY.fullmatch(text):
            return delivery_day(date.fromisoformat(text), zone).start
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        expected = "a day such as 2026-10-01 or a time such as 2026-10-01T06:00:00Z"
        raise ValueError(f"{name}: expected {expected}, got {text!r}") from exc
    if moment.tzinfo is None:
        raise ValueError(f"{name}: {text} has no offset; write {text}Z for UTC or {text}+01:00")
    return moment.astimezone(UTC)


def parse_length(text: str, name: str) -> timedelta:
    """Read a length such as `12h`, `31d` or `2w`; a day is 24 hours here.

    Raises:
        ValueError: Anything else, or no length at all.
    """
    found = _LENGTH.fullmatch(text.strip())
    try:
        length = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    except OverflowError:
        length = timedelta()
    if not length:
        raise ValueError(f"{name}: expected a length such as 12h, 31d or 2w, got {text!r}")
    return length


def days_between(start: datetime, end: datetime, zone: str) -> float:
    """Count local days, a day with a clock change as one; parts of a day as parts of one."""
    total = 0.0
    for day in days(start, end, zone):
        whole = delivery_day(day, zone)
        inside = min(end, whole.end) - max(start, whole.start)
        total += inside / whole.duration
    return total
