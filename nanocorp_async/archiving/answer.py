"""One answer of a feed, put into the next commit of an archive."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from energy_async.delivery import PARIS, delivery_day_of
from energy_async.tables import to_arrow
from nanocorp_async.archiving.days import ODDITIES, judge, oddities, rejudge
from nanocorp_async.archiving.merge import Coverage, Merged, holding, identities
from nanocorp_async.archiving.series import rows_by_day, series_of
from nanocorp_async.archiving.state import Gap, Unread
from nanocorp_async.archiving.store import MOST_UNREAD, Draft
from nanocorp_async.models.market_feeds import DayAheadPrices
from nanocorp_async.tolerant import in_words
from nanocorp_async.watching.events import ArchiveEvent, GapFound, OddAnswer, RowsStored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date, datetime

    import pyarrow as pa

    from energy_async.model import Model
    from nanocorp_async._market_row import FeedName
    from nanocorp_async.archiving.series import Series
    from nanocorp_async.archiving.state import GapKind
    from nanocorp_async.feeds import Validators
    from nanocorp_async.tolerant import Reading

_AHEAD: Final = timedelta(days=7)
"""A day further ahead than this is a slip of upstream's: stored, but not believed."""


class Came(NamedTuple):
    """An answer as it came, what the next request is conditional on, and when it was fetched."""

    feed: FeedName
    body: bytes
    validators: Validators
    at: datetime


def put_answer(draft: Draft, came: Came, reading: Reading) -> list[ArchiveEvent]:
    """Put all that could be read of an answer into a draft; give what to report once committed.

    A day whose rows are those of the answer before is not read again.
    """
    feed, at = came.feed, came.at
    state = draft.state.feed(feed)
    if state.at is not None and at < state.at:  # another run was first with a newer answer
        return list(put_late(draft, came, reading, state.at, None))
    events: list[ArchiveEvent] = list(_unread(draft, came, reading))
    days: set[date] = set()
    for series in series_of(feed):
        found, undated = rows_by_day(series, reading.answer)
        if undated:
            what = f"{undated:,} rows of {series.name} have no start and are left out"
            events.append(OddAnswer(feed=feed, at=at, what=what))
        days |= found.keys()
        events += _write(draft, series, found, at)
    believed = {day for day in days if day <= delivery_day_of(at, PARIS) + _AHEAD}
    if believed:
        events += _judge(draft, feed, _first(reading, believed), at)
        state.newest = max(believed)
    events += [OddAnswer(feed=feed, at=at, what=what) for what in _about(days, believed)]
    if days and not reading.left_out:
        _supersede(draft, feed, min(days), at)
    state.validators, state.at = came.validators, at
    return events


def put_late(
    draft: Draft, came: Came, reading: Reading, later: datetime | None, later_from: date | None
) -> Iterator[ArchiveEvent]:
    """Put an answer into a draft that was fetched before others which are stored already."""
    for series in series_of(came.feed):
        found, _ = rows_by_day(series, reading.answer)
        for day, rows in found.items():
            after = later if later_from is None or day >= later_from else None
            merged = draft.add(series, day, to_arrow(rows, series.row_type), came.at, later=after)
            yield from _stored(draft, series, day, merged, came.at)


def keep_aside(draft: Draft, came: Came, what: str) -> str:
    """Put the body of an answer aside, once; say what became of it, nothing if it is there."""
    digest = came.validators.digest
    if any(one.digest == digest for one in draft.state.unread):
        return ""
    one = Unread(feed=came.feed, digest=digest, at=came.at, what=what)
    draft.put_aside(one, came.body)
    if one.size:
        return "the answer is put aside, for a later version to read"
    return f"there is no more room to put it aside ({MOST_UNREAD / 1e6:.0f} MB are)"


def what_is_unread(reading: Reading, unknown: Collection[str]) -> str:
    """Describe what of an answer this version cannot read; empty if it can read all."""
    names = f"this version does not know of {', '.join(sorted(unknown))}" if unknown else ""
    return "; ".join(filter(None, (in_words(reading.left_out), names)))


def _unread(draft: Draft, came: Came, reading: Reading) -> Iterator[OddAnswer]:
    """Put an answer aside that could not be read whole, and report what of it could not."""
    state = draft.state.feed(came.feed)
    unknown = reading.unknown - state.unknown
    state.unknown |= unknown
    what = what_is_unread(reading, unknown)
    if what and (where := keep_aside(draft, came, what)):
        yield OddAnswer(feed=came.feed, at=came.at, what=f"{what}; {where}")


def _supersede(draft: Draft, feed: FeedName, first: date, at: datetime) -> None:
    """Note that from `first` on, an answer has come that says what holds."""
    for one in draft.state.unread:
        if one.feed == feed:
            one.later = one.later or at
            one.later_from = min(first, one.later_from or first)


def _write(
    draft: Draft, series: Series, found: dict[date, list[Model]], at: datetime
) -> Iterator[ArchiveEvent]:
    """Put those days of an answer into a draft whose rows are not those of the answer before."""
    new: dict[date, str] = {}
    for day, rows in found.items():
        digest = hashlib.sha256(msgspec.msgpack.encode(rows)).hexdigest()
        if draft.digest(series, day) != digest:
            new[day] = digest
    if not new:
        return
    whole = to_arrow([row for rows in found.values() for row in rows], series.row_type)
    coverage = Coverage(identities(whole, series.key))
    for day, digest in new.items():
        yield from _write_day(draft, series, day, to_arrow(found[day]), coverage, at)
        draft.digests[series.name, day] = digest


def _write_day(
    draft: Draft, series: Series, day: date, rows: pa.Table, coverage: Coverage, at: datetime
) -> Iterator[ArchiveEvent]:
    state = draft.state.of(series.name)
    before = state.known(day, "damaged")
    merged = draft.add(series, day, rows, at, coverage)
    found: dict[GapKind, str] = oddities(series, rows)
    if merged.what:
        found["replaced"] = merged.what
    for kind in ODDITIES:
        if kind not in found:
            state.forget(day, kind)
    gaps = [
        Gap(series=series.name, day=day, kind=kind, what=what, noticed_at=at)
        for kind, what in found.items()
    ]
    news = [gap for gap in gaps if state.remember(gap)]
    damaged = state.known(day, "damaged")
    if damaged is not None and damaged != before:
        news.append(damaged)
    for gap in news:
        yield OddAnswer(feed=series.feed, at=at, what=f"{series.name} {day}: {gap.what}")
    yield from _stored(draft, series, day, merged, at)


def _stored(
    draft: Draft, series: Series, day: date, merged: Merged, at: datetime
) -> Iterator[ArchiveEvent]:
    if merged.table is None:
        return
    yield RowsStored(
        feed=series.feed, at=at, series=series.name, day=day,
        added=merged.added, revised=merged.revised, replaced=merged.replaced,
    )  # fmt: skip
    state = draft.state.of(series.name)
    if state.judged is not None and day < state.judged:
        rejudge(series, state, day, holding(merged.table), at)


def _judge(draft: Draft, feed: FeedName, first: date, at: datetime) -> Iterator[ArchiveEvent]:
    for series in series_of(feed):
        known = draft.state.of(series.name)
        if known.judged is None:
            known.judged = draft.first_day(series.name)
        day = lambda one, series=series: draft.day(series, one)  # noqa: E731
        for gap in judge(series, known, first, day, at):
            yield GapFound(feed=feed, at=at, series=series.name, day=gap.day, missing=gap.what)


def _first(reading: Reading, days: set[date]) -> date:
    """Give the first delivery day that the feed still holds."""
    earliest = None
    if isinstance(reading.answer, DayAheadPrices):
        earliest = reading.answer.earliest_date
    return min(*days, earliest or min(days))


def _about(days: set[date], believed: set[date]) -> Iterator[str]:
    if not days:
        yield "the answer has no rows"
    if ahead := sorted(days - believed):
        yield f"rows of {ahead[0]}, more than {_AHEAD.days} days ahead; they are stored as well"
