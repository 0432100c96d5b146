"""Times, days and lengths as people write them on a command line. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from energy_async.delivery import delivery_day, time_zone

__all__ = ["midnight", "parse_day", "parse_length", "parse_moment", "require_year"]

_LENGTH: Final = re.compile(r"(\d+)\s*([hdw])")
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAY_ONLY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YEARS: Final = (1990, 2100)
"""No market that is asked about here is older, and no delivery is sold that far ahead."""


def parse_moment(text: str, zone: str, name: str) -> datetime:
    """Read a day (its local midnight in `zone`) or an RFC 3339 time with its offset.

    Raises:
        ValueError: Anything else; a time without an offset could mean two moments.
    """
    try:
        if _DAY_ONLY.fullmatch(text):
            return midnight(date.fromisoformat(text), zone, name)
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        if str(exc).startswith(name):
            raise
        expected = "a day such as 2026-10-01 or a time such as 2026-10-01T06:00:00Z"
        raise ValueError(f"{name}: expected {expected}, got {text!r}") from exc
    require_year(moment.year, name)
    if moment.tzinfo is None:
        raise ValueError(f"{name}: {text} has no offset; {_offset_advice(text, moment, zone)}")
    return moment.astimezone(UTC)


def parse_day(text: str, name: str, today: date) -> date:
    """Read a delivery day: its date, or `today`, `yesterday`, `tomorrow`.

    Raises:
        ValueError: It is none.
    """
    words = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if text in words:
        return today + timedelta(days=words[text])
    try:
        day = date.fromisoformat(text if _DAY_ONLY.fullmatch(text) else "")
    except ValueError as exc:
        raise ValueError(f"{name}: expected a day such as 2026-10-25, got {text!r}") from exc
    require_year(day.year, name)
    return day


def midnight(day: date, zone: str, name: str) -> datetime:
    """Give the beginning of a delivery day.

    Raises:
        ValueError: Its year cannot be meant.
    """
    require_year(day.year, name)
    return delivery_day(day, zone).start


def require_year(year: int, name: str) -> None:
    """Raise `ValueError` if a year cannot be meant."""
    first, last = _YEARS
    if not first <= year <= last:
        raise ValueError(f"{name}: expected a year from {first} to {last}, got {year:04}")


def _offset_advice(text: str, naive: datetime, zone: str) -> str:
    """Say which offset the time would have in the zone on that day: one, two, or none."""
    there = time_zone(zone)
    both = [naive.replace(tzinfo=there, fold=fold) for fold in (0, 1)]
    real = [
        one for one in both if one.astimezone(UTC).astimezone(there).replace(tzinfo=None) == naive
    ]
    offsets = dict.fromkeys(one.isoformat()[len(naive.isoformat()) :] for one in real)
    meant = " or ".join(f"{text}{offset}" for offset in offsets)
    if not offsets:
        return f"that day the clocks of {zone} skip it; write {text}Z if UTC is meant"
    twice = ", since the hour comes twice that day" if len(offsets) > 1 else ""
    return f"write {text}Z for UTC, or {meant} for {zone}{twice}"


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
