"""Times, days, ranges and lengths as people write them on a command line. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import delivery_day, delivery_day_of, time_zone

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = [
    "EXAMPLES",
    "Range",
    "parse_between",
    "parse_day",
    "parse_length",
    "parse_moment",
    "parse_period",
    "parse_range",
]

EXAMPLES: Final = (
    "today, yesterday, this-month, last-month, this-year, last-year, last-7-days, a day such as"
    " 2026-10-25, a month such as 2026-10, or a year such as 2026"
)
_LENGTH: Final = re.compile(r"(\d+)\s*([hdw])")
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAY_ONLY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LAST_DAYS: Final = re.compile(r"last-([1-9]\d{0,3})-days?", re.ASCII)
_PERIODS: Final = {
    "year": (re.compile(r"\d{4}", re.ASCII), "-01-01", "2026"),
    "month": (re.compile(r"\d{4}-\d{2}", re.ASCII), "-01", "2026-10"),
}
"""How a period is written, what makes its first day of it, and an example."""
_YEARS: Final = (1990, 2100)
"""No market that is asked about here is older, and no delivery is sold that far ahead."""


class Range(NamedTuple):
    """The time `[start, end)` in UTC, and the zone in which it was written."""

    start: datetime
    end: datetime
    zone: str | tzinfo

    def __str__(self) -> str:
        there = time_zone(self.zone)
        start, end = (f"{one.astimezone(there):%Y-%m-%d %H:%M}" for one in (self.start, self.end))
        return f"{start} to {end} ({self.zone})"


def parse_moment(text: str, zone: str, name: str) -> datetime:
    """Read a day (its local midnight in `zone`) or an RFC 3339 time with its offset."""
    try:
        if _DAY_ONLY.fullmatch(text):
            return _midnight(date.fromisoformat(text), zone, name)
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        if str(exc).startswith(name):
            raise
        expected = "a day such as 2026-10-01 or a time such as 2026-10-01T06:00:00Z"
        raise ValueError(f"{name}: expected {expected}, got {text!r}") from exc
    _require_year(moment.year, name)
    if moment.tzinfo is None:
        raise ValueError(f"{name}: {text} has no offset; {_offset_advice(text, moment, zone)}")
    return moment.astimezone(UTC)


def parse_day(text: str, name: str, today: date) -> date:
    """Read a delivery day: its date, or `today`, `yesterday`, `tomorrow`."""
    words = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if text in words:
        return today + timedelta(days=words[text])
    try:
        day = date.fromisoformat(text if _DAY_ONLY.fullmatch(text) else "")
    except ValueError as exc:
        raise ValueError(f"{name}: expected a day such as 2026-10-25, got {text!r}") from exc
    _require_year(day.year, name)
    return day


def parse_between(start: str, end: str, zone: str) -> Range:
    """Read what `--start` and `--end` say; `end` is not included."""
    first, last = parse_moment(start, zone, "--start"), parse_moment(end, zone, "--end")
    if last <= first:
        raise ValueError(f"--end must be later than --start: {end} is not later than {start}")
    there = None if _DAY_ONLY.fullmatch(start) else datetime.fromisoformat(start).tzinfo
    return Range(first, last, there or zone)


def parse_range(text: str, zone: str, now: datetime) -> Range:
    """Read a word, a day, a month or a year as whole delivery days of a zone."""
    today = delivery_day_of(now, zone)
    before = today.replace(day=1) - timedelta(days=1)
    words = {
        "this-month": f"{today:%Y-%m}", "last-month": f"{before:%Y-%m}",
        "this-year": f"{today.year}", "last-year": f"{today.year - 1}",
    }  # fmt: skip
    text = words.get(text, text)
    if found := _LAST_DAYS.fullmatch(text):
        return _whole_days(today - timedelta(days=int(found[1])), today, zone, "RANGE")
    for kind, (form, _, _) in _PERIODS.items():
        if form.fullmatch(text):
            return parse_period(text, kind, zone, "RANGE")
    try:
        day = parse_day(text, "RANGE", today)
    except ValueError as exc:
        raise ValueError(f"RANGE: expected {EXAMPLES}; got {text!r}") from exc
    return _whole_days(day, day + timedelta(days=1), zone, "RANGE")


def parse_period(text: str, kind: str, zone: str, name: str) -> Range:
    """Read a `month` or a `year` as whole delivery days of a zone."""
    form, rest, example = _PERIODS[kind]
    if not form.fullmatch(text) or not "01" <= f"{text}{rest}"[5:7] <= "12":
        raise ValueError(f"{name}: expected a {kind} such as {example}, got {text!r}")
    _require_year(int(text[:4]), name)
    first = date.fromisoformat(f"{text}{rest}")
    after = first + timedelta(days=366 if kind == "year" else 31)  # in the next one, early
    return _whole_days(first, after.replace(day=1), zone, name)


def _whole_days(first: date, after: date, zone: str, name: str) -> Range:
    return Range(_midnight(first, zone, name), _midnight(after, zone, name), zone)


def _midnight(day: date, zone: str, name: str) -> datetime:
    _require_year(day.year, name)
    return delivery_day(day, zone).start


def _require_year(year: int, name: str) -> None:
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
    """Read a length such as `12h`, `31d` or `2w`; a day is 24 hours here."""
    found = _LENGTH.fullmatch(text.strip())
    try:
        length = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    except OverflowError:
        length = timedelta()
    if not length:
        raise ValueError(f"{name}: expected a length such as 12h, 31d or 2w, got {text!r}")
    return length
