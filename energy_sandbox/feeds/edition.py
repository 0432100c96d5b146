"""Which days a feed shows at a time, and since when: what its answer depends on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from energy_sandbox.world.calendar import QUARTER

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from energy_sandbox.feeds.behaviour import Correction, FeedBehaviour, FeedName
    from energy_sandbox.world.calendar import Calendar

_PARIS = ZoneInfo("Europe/Paris")
_LOOK_BACK = 60
"""Days within which a late day is looked for."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A daily publication at a fixed Paris time, for the delivery day `ahead` days later."""

    at: time
    ahead: int

    def latest(self, now: datetime) -> date:
        """Give the newest delivery day that is due."""
        local = now.astimezone(_PARIS)
        day = local.date() if local.time() >= self.at else local.date() - timedelta(days=1)
        return day + timedelta(days=self.ahead)

    def moment(self, delivery: date) -> datetime:
        """Give the time (UTC) at which a delivery day is usually published."""
        day = delivery - timedelta(days=self.ahead)
        return datetime.combine(day, self.at, tzinfo=_PARIS).astimezone(UTC)


_CAPACITY = Publication(time(16, 35, 24, 755_000), ahead=1)
PUBLICATIONS: Final[dict[FeedName, Publication]] = {
    "day-ahead": Publication(time(13, 0), ahead=1),
    "fcr-capacity": _CAPACITY,
    "afrr-capacity": _CAPACITY,
    "mfrr-capacity": _CAPACITY,
    "afrr-energy": Publication(time(1, 10, 28, 164_000), ahead=-1),
    "mfrr-energy": Publication(time(1, 20, 6, 497_000), ahead=-1),
}


@dataclass(frozen=True, slots=True)
class Edition:
    """What a feed shows, from one change to the next; times are in UTC.

    `published` is when the newest day came out, `changed` when anything was changed last.
    """

    days: tuple[date, ...]
    published: datetime
    changed: datetime
    corrections: tuple[Correction, ...]

    def etag(self, feed: str) -> str:
        """Give what tells this edition from others of a feed."""
        when = f"{self.changed:%y%m%d%H%M%S}"
        return f"{feed}-{self.days[-1]}-{len(self.days)}-{len(self.corrections)}-{when}"

    def last_modified(self) -> str:
        """Give the time of the last change in the form of HTTP."""
        return format_datetime(self.changed.replace(microsecond=0), usegmt=True)


def edition(feed: FeedName, behaviour: FeedBehaviour, now: datetime) -> Edition:
    """Give the present edition of a feed."""
    publication, held = PUBLICATIONS[feed], behaviour.days(feed)
    out: dict[date, datetime] = {}
    newest_due = publication.latest(now)
    for back in range(_LOOK_BACK):
        day = newest_due - timedelta(days=back)
        moment = publication.moment(day) + behaviour.delay(feed, day)
        if moment <= now:
            out[day] = moment
        if len(out) == held or (out and back >= held):
            break
    newest = max(out)
    first = newest - timedelta(days=held - 1)
    days = tuple(sorted(day for day in out if day >= first))
    corrections = tuple(one for one in behaviour.corrected(feed, now) if one.day in days)
    corrected_at = [one.at.astimezone(UTC) for one in corrections]
    changed = max([*(out[day] for day in days), *corrected_at])
    return Edition(days, out[newest], changed, corrections)


def corrected(
    rows: list[dict[str, Any]], corrections: Iterable[Correction], calendar: Calendar
) -> list[dict[str, Any]]:
    """Apply corrections to the rows of a list."""
    for correction in corrections:
        day = calendar.day(correction.day)
        struck = {day.first + QUARTER * i for i in range(0, day.quarters, correction.every)}
        rows = [new for row in rows if (new := _changed(row, correction, struck)) is not None]
    return rows


def _changed(
    row: dict[str, Any], correction: Correction, struck: Container[int]
) -> dict[str, Any] | None:
    """Give a row as it is shown then, None if it is shown no more."""
    start = next(text for name, text in row.items() if name.endswith("_start_utc"))
    if int(datetime.fromisoformat(start).timestamp()) // QUARTER * QUARTER not in struck:
        return row
    if correction.change == "drop":
        return None
    return {key: _value(key, value, correction) for key, value in row.items()}


def _value(key: str, value: Any, correction: Correction) -> Any:  # noqa: ANN401 - JSON
    if not (key == "price" or key.endswith("price_eur_mwh")) or value is None:
        return value
    return None if correction.change == "null" else round(value + correction.by, 2)
