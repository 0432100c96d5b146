"""Which days a feed shows at a time, and since when: what its answer depends on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from api_sandbox.world.calendar import QUARTER

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from api_sandbox.feeds.behaviour import Correction, FeedBehaviour, FeedName
    from api_sandbox.feeds.schedule import Publication
    from api_sandbox.world.calendar import Calendar

_LOOK_BACK = 60
"""Days within which a late day is looked for."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What a feed shows, from one change to the next.

    `published` is when the newest day came out, `changed` when anything was changed last.
    """

    days: tuple[date, ...]
    published: datetime
    changed: datetime
    corrections: tuple[Correction, ...]


class Validators(NamedTuple):
    """What tells an edition from others, in the forms of HTTP."""

    etag: str
    last_modified: str


def edition(
    feed: FeedName, publication: Publication, behaviour: FeedBehaviour, now: datetime
) -> Edition:
    """Give the present edition of a feed."""
    out: dict[date, datetime] = {}
    newest_due, _ = publication.latest(now)
    for back in range(_LOOK_BACK):
        day = newest_due - timedelta(days=back)
        moment = publication.moment(day) + behaviour.delay(feed, day)
        if moment.astimezone(UTC) <= now.astimezone(UTC):
            out[day] = moment
        if len(out) == behaviour.days(feed) or (out and back >= behaviour.days(feed)):
            break
    newest = max(out)
    first = newest - timedelta(days=behaviour.days(feed) - 1)
    days = tuple(sorted(day for day in out if day >= first))
    corrections = tuple(one for one in behaviour.corrected(feed, now) if one.day in days)
    changed = max([*(out[day] for day in days), *(one.at for one in corrections)], key=_instant)
    return Edition(days, out[newest], changed, corrections)


def validators(feed: str, shown: Edition) -> Validators:
    """Give the validators of an edition."""
    when = shown.changed.astimezone(UTC)
    parts = (feed, shown.days[-1], len(shown.days), len(shown.corrections), f"{when:%y%m%d%H%M%S}")
    tag = '"' + "-".join(map(str, parts)) + '"'
    return Validators(tag, format_datetime(when.replace(microsecond=0), usegmt=True))


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


def _instant(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
