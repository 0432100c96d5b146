"""A range of time as people write it: two dates, a month, a year, or a word. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.cli.times import midnight, parse_day, parse_moment, require_year
from energy_async.delivery import delivery_day_of, time_zone

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = ["EXAMPLES", "Range", "parse_between", "parse_month", "parse_range", "parse_year"]

EXAMPLES: Final = (
    "today, yesterday, this-month, last-month, this-year, last-year, last-7-days, a day such as"
    " 2026-10-25, a month such as 2026-10, or a year such as 2026"
)
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)
_LAST_DAYS: Final = re.compile(r"last-([1-9]\d{0,3})-days?", re.ASCII)
_MONTHS: Final = 12


class Range(NamedTuple):
    """The time `[start, end)` in UTC, and the zone in which it was written."""

    start: datetime
    end: datetime
    zone: str | tzinfo

    def __str__(self) -> str:
        there = time_zone(self.zone)
        start, end = (f"{one.astimezone(there):%Y-%m-%d %H:%M}" for one in (self.start, self.end))
        return f"{start} to {end} ({self.zone})"


def parse_between(start: str, end: str, zone: str) -> Range:
    """Read what `--start` and `--end` say; `end` is not included.

    Raises:
        ValueError: One of them cannot be read, or they are not in order.
    """
    first, last = parse_moment(start, zone, "--start"), parse_moment(end, zone, "--end")
    if last <= first:
        raise ValueError(f"--end must be later than --start: {end} is not later than {start}")
    return Range(first, last, zone if len(start) == len("2026-10-01") else _zone_in(start))


def parse_range(text: str, zone: str, now: datetime) -> Range:
    """Read a word, a day, a month or a year as whole delivery days of a zone.

    Raises:
        ValueError: It is none of these.
    """
    today = delivery_day_of(now, zone)
    years = {"this-year": today.year, "last-year": today.year - 1}
    before = date(today.year, today.month, 1) - timedelta(days=1)
    months = {"this-month": today, "last-month": before}
    if found := _LAST_DAYS.fullmatch(text):
        return _whole_days(today - timedelta(days=int(found[1])), today, zone)
    if text in months:
        return parse_month(f"{months[text]:%Y-%m}", zone, "RANGE")
    if text in years or _YEAR.fullmatch(text):
        return parse_year(str(years.get(text, text)), zone, "RANGE")
    if _MONTH.fullmatch(text):
        return parse_month(text, zone, "RANGE")
    try:
        day = parse_day(text, "RANGE", today)
    except ValueError as exc:
        raise ValueError(f"RANGE: expected {EXAMPLES}; got {text!r}") from exc
    return _whole_days(day, day + timedelta(days=1), zone)


def parse_month(text: str, zone: str, name: str = "--month") -> Range:
    """Read a month.

    Raises:
        ValueError: It is none.
    """
    found = _MONTH.fullmatch(text)
    year, month = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= month <= _MONTHS:
        raise ValueError(f"{name}: expected a month such as 2026-10, got {text!r}")
    require_year(year, name)
    after = date(year + month // _MONTHS, month % _MONTHS + 1, 1)
    return _whole_days(date(year, month, 1), after, zone)


def parse_year(text: str, zone: str, name: str = "--year") -> Range:
    """Read a year.

    Raises:
        ValueError: It is none.
    """
    if not _YEAR.fullmatch(text):
        raise ValueError(f"{name}: expected a year such as 2026, got {text!r}")
    require_year(int(text), name)
    return _whole_days(date(int(text), 1, 1), date(int(text) + 1, 1, 1), zone)


def _whole_days(first: date, after: date, zone: str) -> Range:
    return Range(midnight(first, zone, "RANGE"), midnight(after, zone, "RANGE"), zone)


def _zone_in(text: str) -> str | tzinfo:
    """Give the zone that a time carries."""
    there = datetime.fromisoformat(text).tzinfo
    assert there is not None  # noqa: S101 - it was read as a time with an offset
    return there
