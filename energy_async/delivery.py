"""Delivery days, quarter-hours and 4-hour blocks, with clock changes counted as they are.

A delivery day is a local calendar day of its market zone. It has 92, 96 or 100 quarter-hours and
23, 24 or 25 hours; nothing here takes 24 or 96 for granted. All moments given out are aware and
in UTC, all ranges are half-open: `start` belongs to the range, `end` to the next one. A naive
datetime is refused with `ValueError`, since the hour it means cannot be known.
"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "BERLIN",
    "FIVE_MINUTES",
    "FOUR_SECONDS",
    "PARIS",
    "QUARTER_HOUR",
    "Interval",
    "blocks",
    "by_day",
    "count_steps",
    "days",
    "delivery_day",
    "delivery_day_of",
    "in_day",
    "month",
    "quarter_hours",
    "require_aware",
    "span_text",
    "split_by_day",
    "split_by_month",
    "starting_in",
    "steps",
    "time_zone",
]

BERLIN: Final = "Europe/Berlin"
"""Zone of German delivery days."""
PARIS: Final = "Europe/Paris"
"""Zone of French delivery days."""
QUARTER_HOUR: Final = timedelta(minutes=15)
"""The market time unit of day-ahead prices, and the step of schedules."""
FIVE_MINUTES: Final = timedelta(minutes=5)
"""The buckets in which the French feeds chart aFRR energy."""
FOUR_SECONDS: Final = timedelta(seconds=4)
"""The step of aFRR activation."""
_BLOCK_HOURS: Final = 4

T = TypeVar("T")
_STARTS: Final = ("start", "start_ts", "time")


def _start(row: object) -> datetime | None:
    """Give when a row begins, by the name that it has for that."""
    name = next((one for one in _STARTS if hasattr(row, one)), _STARTS[0])
    found: datetime | None = getattr(row, name)
    return found


class Interval(NamedTuple):
    """A half-open range `[start, end)` of aware UTC moments; unpacks as `start, end`."""

    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        """The time that really passes, clock changes included."""
        return self.end - self.start


def require_aware(moment: datetime, name: str = "moment") -> datetime:
    """Give `moment` in UTC, or raise `ValueError` naming it if it carries no zone.

    What is no datetime, such as a date or a text, raises `TypeError`.
    """
    if not isinstance(moment, datetime):
        raise TypeError(f"{name} must be an aware datetime, got {moment!r}")
    if moment.utcoffset() is None:
        raise ValueError(f"{name} must be an aware datetime, got the naive {moment.isoformat()}")
    return moment.astimezone(UTC)


def time_zone(zone: str | tzinfo) -> tzinfo:
    """Give a zone by its name; one that is a zone already stays as it is.

    Raises:
        ValueError: There is no such zone, or the system has no zone data.
    """
    if isinstance(zone, tzinfo):
        return zone
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - loaded when needed

    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ValueError(
            f"unknown time zone {zone!r}; if the name is right, the system has no zone data: "
            "pip install tzdata"
        ) from exc


def delivery_day(day: date, zone: str | tzinfo) -> Interval:
    """Give the range of the local calendar day `day`: 23, 24 or 25 hours."""
    _require_date(day)
    there = time_zone(zone)
    return Interval(_local(day, 0, there), _local(day + timedelta(days=1), 0, there))


def delivery_day_of(moment: datetime, zone: str | tzinfo) -> date:
    """Give the delivery day that `moment` falls in; a local midnight belongs to the new day."""
    return require_aware(moment).astimezone(time_zone(zone)).date()


def count_steps(day: date, zone: str | tzinfo, resolution: timedelta) -> int:
    """Count the steps of `resolution` in a delivery day.

    Quarter-hours: 92, 96 or 100. Four-second steps: 20,700, 21,600 or 22,500.

    Raises:
        ValueError: `resolution` is not positive or does not divide the day.
    """
    return _count(delivery_day(day, zone), resolution)


def steps(day: date, zone: str | tzinfo, resolution: timedelta) -> Iterator[Interval]:
    """Give every step of `resolution` in a delivery day, in order.

    Raises:
        ValueError: `resolution` is not positive or does not divide the day.
    """
    whole = delivery_day(day, zone)
    count = _count(whole, resolution)
    edges = (whole.start + resolution * n for n in range(count))
    return (Interval(edge, edge + resolution) for edge in edges)


def quarter_hours(day: date, zone: str | tzinfo) -> list[Interval]:
    """Give the 92, 96 or 100 quarter-hours of a delivery day."""
    return list(steps(day, zone, QUARTER_HOUR))


def blocks(day: date, zone: str | tzinfo) -> list[Interval]:
    """Give the six balancing blocks of a delivery day: local 00-04, 04-08 and so on to 20-24.

    FCR and reserve capacity are sold in them; terralayr calls them EFA blocks.
    On the day of a clock change the first block lasts 3 or 5 hours, the others 4.
    """
    _require_date(day)
    there = time_zone(zone)
    edges = [_local(day, hour, there) for hour in range(0, 24, _BLOCK_HOURS)]
    edges.append(_local(day + timedelta(days=1), 0, there))
    return [Interval(a, b) for a, b in itertools.pairwise(edges)]


def in_day(
    rows: Iterable[T],
    day: date,
    zone: str | tzinfo,
    start: Callable[[T], datetime | None] = _start,
) -> list[T]:
    """Give the rows that start in a delivery day, in the order in which they come.

    Args:
        rows: Anything that has a start. A row without one is in no day.
        day: The delivery day.
        zone: Its zone.
        start: Gives the start of a row; by default its `start`, `start_ts` or `time`.
    """
    return starting_in(rows, *delivery_day(day, zone), of=start)


def starting_in(
    rows: Iterable[T],
    start: datetime,
    end: datetime,
    *,
    of: Callable[[T], datetime | None] = _start,
) -> list[T]:
    """Give the rows that start in `[start, end)`, in the order in which they come.

    Upstream may give rows that start at `end` as well: two neighbouring calls then share one, and
    sums of both count it twice.

    Args:
        rows: Anything that has a start. A row without one is left out.
        start: Start of the range, which belongs to it; aware.
        end: End of the range, which does not belong to it; aware.
        of: Gives the start of a row; by default its `start`, `start_ts` or `time`.

    Raises:
        ValueError: A naive time.
    """
    first, last = require_aware(start, "start"), require_aware(end, "end")
    dated = ((row, moment) for row in rows if (moment := of(row)) is not None)
    return [row for row, moment in dated if first <= require_aware(moment, "start") < last]


def by_day(
    rows: Iterable[T],
    zone: str | tzinfo,
    start: Callable[[T], datetime | None] = _start,
) -> dict[date, list[T]]:
    """Sort rows into the delivery days in which they start; days in order.

    Rows keep their order. A row without a start is left out: it is in no day.
    """
    found: dict[date, list[T]] = {}
    there = time_zone(zone)
    for row in rows:
        if (moment := start(row)) is not None:
            found.setdefault(delivery_day_of(moment, there), []).append(row)
    return dict(sorted(found.items()))


def month(year: int, number: int, zone: str | tzinfo) -> Interval:
    """Give the range of a local calendar month; `number` is 1 to 12."""
    first = date(year, number, 1)
    there = time_zone(zone)
    return Interval(_local(first, 0, there), _local(_next_month(first), 0, there))


def days(start: datetime, end: datetime, zone: str | tzinfo) -> Iterator[date]:
    """Give every delivery day that `[start, end)` touches, in order."""
    whole = _range(start, end)
    day = delivery_day_of(whole.start, zone)
    while whole.duration and delivery_day(day, zone).start < whole.end:
        yield day
        day += timedelta(days=1)


def split_by_day(start: datetime, end: datetime, zone: str | tzinfo) -> list[Interval]:
    """Cut `[start, end)` at every local midnight; the first and last piece may be part days."""
    whole = _range(start, end)
    return [_overlap(whole, delivery_day(day, zone)) for day in days(start, end, zone)]


def split_by_month(start: datetime, end: datetime, zone: str | tzinfo) -> list[Interval]:
    """Cut `[start, end)` where a local month begins; the outer pieces may be part months."""
    whole = _range(start, end)
    pieces: list[Interval] = []
    first = delivery_day_of(whole.start, zone).replace(day=1)
    while whole.duration and (piece := month(first.year, first.month, zone)).start < whole.end:
        pieces.append(_overlap(whole, piece))
        first = _next_month(first)
    return pieces


def span_text(start: datetime, end: datetime, zone: str | tzinfo) -> str:
    """Write `[start, end)` in a zone: as days where it is whole days, the last one included."""
    first, last = (moment.astimezone(time_zone(zone)) for moment in (start, end))
    if first.time() == last.time() == time():
        until = (last - timedelta(days=1)).date()
        return f"{first.date()}" if until == first.date() else f"{first.date()} to {until}"
    texts = [f"{one:%Y-%m-%d %H:%M %z}"[:-2] for one in (first, last)]
    return texts[0] if end - start < timedelta(seconds=1) else " to ".join(texts)


def _local(day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def _require_date(day: date) -> None:
    if isinstance(day, datetime):
        raise TypeError("day must be a date; for a datetime ask delivery_day_of(moment, zone)")


def _range(start: datetime, end: datetime) -> Interval:
    whole = Interval(require_aware(start, "start"), require_aware(end, "end"))
    if whole.end < whole.start:
        raise ValueError(f"end {whole.end.isoformat()} is before start {whole.start.isoformat()}")
    return whole


def _count(whole: Interval, resolution: timedelta) -> int:
    if resolution <= timedelta(0):
        raise ValueError(f"resolution must be positive, got {resolution}")
    count, rest = divmod(whole.duration, resolution)
    if rest:
        raise ValueError(f"resolution {resolution} does not divide a day of {whole.duration}")
    return count


def _overlap(a: Interval, b: Interval) -> Interval:
    return Interval(max(a.start, b.start), min(a.end, b.end))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
