"""Local delivery days as the markets count them: 92, 96 or 100 quarter-hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUARTER = 900
BLOCKS = 6
_MICRO = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """Count whole microseconds since 1970, exactly."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A range of time with both ends included, in microseconds since 1970."""

    start: int
    end: int

    @classmethod
    def of(cls, start: datetime, end: datetime) -> Period:
        """Build a period from aware datetimes."""
        return cls(microseconds(start), microseconds(end))

    def holds(self, second: int) -> bool:
        """Tell whether an instant (seconds since 1970) lies within, ends included."""
        return self.start <= second * _MICRO <= self.end

    def within(self, first: int, count: int, step: int = QUARTER) -> range:
        """Indices i in 0..count-1 whose instant `first + i * step` (seconds) the period holds."""
        low = -((first * _MICRO - self.start) // (step * _MICRO))
        high = (self.end - first * _MICRO) // (step * _MICRO)
        return range(max(0, low), min(count - 1, high) + 1)


@dataclass(frozen=True, slots=True)
class Day:
    """One local day. Quarter-hour i starts at `first + 900 * i` seconds since 1970."""

    date: date
    first: int
    quarters: int
    wall: tuple[int, ...]
    """Wall-clock quarter (0..95) of each quarter-hour; repeats or skips on clock-change days."""
    blocks: tuple[int, ...]
    """Index of the first quarter-hour of each of the six 4-hour blocks, then `quarters`."""
    stamps: tuple[str, ...]
    """RFC 3339 text of each quarter-hour's start, and last the end of the day."""

    @property
    def last(self) -> int:
        """The day's end, seconds since 1970 (excluded)."""
        return self.first + self.quarters * QUARTER


class Calendar:
    """The delivery days of one time zone."""

    def __init__(self, zone: str) -> None:
        self.zone: ZoneInfo = ZoneInfo(zone)
        self.day: Callable[[date], Day] = lru_cache(maxsize=1024)(self._day)

    def _day(self, local: date) -> Day:
        first = self.midnight(local)
        quarters = (self.midnight(local + timedelta(days=1)) - first) // QUARTER
        wall = tuple(self._wall(first + index * QUARTER) for index in range(quarters))
        blocks = tuple(wall.index(16 * block) for block in range(BLOCKS))
        stamps = tuple(stamp(first + index * QUARTER) for index in range(quarters + 1))
        return Day(local, first, quarters, wall, (*blocks, quarters), stamps)

    def midnight(self, local: date) -> int:
        """Give the start of a local day in seconds since 1970."""
        midnight = datetime(local.year, local.month, local.day, tzinfo=self.zone)
        return int(midnight.timestamp())

    def local(self, day: date, wall: time) -> int:
        """Give a wall-clock time of a local day in seconds since 1970."""
        return int(datetime.combine(day, wall, self.zone).timestamp())

    def _wall(self, second: int) -> int:
        local = datetime.fromtimestamp(second, self.zone)
        return local.hour * 4 + local.minute // 15

    def date_at(self, second: int) -> date:
        """Give the local day in which an instant (seconds since 1970) lies."""
        return datetime.fromtimestamp(second, self.zone).date()

    def days(self, period: Period) -> Iterator[Day]:
        """Give every day that the period touches, in order."""
        local = self.date_at(period.start // _MICRO)
        last = self.date_at(period.end // _MICRO)
        while local <= last:
            yield self.day(local)
            local += timedelta(days=1)


def stamp(second: int) -> str:
    """Write an instant as RFC 3339 in UTC, `2026-01-31T23:00:00Z`."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}Z"


def stamp_milliseconds(instant: datetime) -> str:
    """Write an instant as the French feeds do, `2026-01-31T23:00:00.000Z`."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
