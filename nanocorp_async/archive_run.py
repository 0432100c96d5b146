"""An archive of the feeds: asks, and keeps every row that was ever seen."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
import anyio.to_thread
import msgspec

from energy_async.delivery import PARIS, delivery_day_of
from energy_async.transport.errors import DecodeFailed, EnergyApiError, NotSubscribed
from nanocorp_async import tolerant
from nanocorp_async.archive_days import judge, rejudge
from nanocorp_async.archive_merge import Coverage, holding, identities
from nanocorp_async.archive_oddities import ODDITIES, oddities
from nanocorp_async.archive_series import rows_by_day, series_of, to_table
from nanocorp_async.archive_state import Gap, Unread
from nanocorp_async.archive_store import MOST_UNREAD, Store
from nanocorp_async.models.market_feeds import DayAheadPrices
from nanocorp_async.watch_events import ArchiveEvent, GapFound, OddAnswer, PollFailed, RowsStored
from nanocorp_async.watch_fetch import OPERATIONS, FetchedBody, decoded, fetch_body
from nanocorp_async.watch_times import FEEDS
from nanocorp_async.watch_timing import Failures, Timing

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    import pyarrow as pa

    from energy_async.model import Model
    from nanocorp_async._client import Nanocorp
    from nanocorp_async._market_row import FeedName
    from nanocorp_async.archive_series import Series
    from nanocorp_async.archive_state import GapKind
    from nanocorp_async.tidy import Answer

__all__ = ["ArchiveReport", "archive"]

_Place: TypeAlias = "tuple[str, date]"
"""A series and a delivery day."""

_MOST_NAMED: Final = 3
_AHEAD: Final = timedelta(days=7)
"""A day further ahead than this is a slip of upstream's: stored, but not believed."""


class ArchiveReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive has done since it was started.

    Attributes:
        requests: By feed.
        unchanged: Requests whose answer was the same as the one before, by feed.
        added: Rows that were new.
        revised: Rows that had changed; the old ones are kept beside them.
        replaced: Rows that gave way to rows of other periods; kept as revisions.
        odd: What was odd about answers, such as two prices for a period or a cell that cannot be
            read.
        failed: Feeds whose last request failed, with the reason.
        gaps: Every delivery day, of this run and earlier ones, that is not as it should be.
    """

    requests: dict[FeedName, int]
    unchanged: dict[FeedName, int]
    added: int
    revised: int
    replaced: int
    odd: int
    failed: dict[FeedName, str]
    gaps: tuple[Gap, ...]


async def archive(
    client: Nanocorp,
    path: str | os.PathLike[str],
    *,
    feeds: Iterable[FeedName] = FEEDS,
    once: bool = False,
    on_event: Callable[[ArchiveEvent], None] | None = None,
    timing: Timing = Timing(),  # noqa: B008 - frozen
) -> ArchiveReport:
    """Keep what the feeds publish in a folder of Parquet files, until cancelled.

    A row that was seen is never lost: what upstream corrects, takes away or shows in other periods
    becomes a revision beside the new row, what it drops stays. Of an answer that cannot be read
    whole, the rows that can be read are stored, and its body is put aside for a later version.
    After a kill at any instant the next run goes on. What upstream showed and nobody fetched is
    reported as a gap as soon as it cannot be had any more.

    Args:
        client: Sends the requests; not closed.
        path: The folder; made if missing. One archive a folder, one run at a time.
        feeds: Which feeds.
        once: Ask each feed once and return, for use from cron.
        on_event: Told of what was stored, of gaps and of failures; called in the event loop.
        timing: The clock, and how often to ask.

    Returns:
        What was done; without `once` it does not return.

    Raises:
        NotSubscribed: The token has no active subscription; nothing is tried again.
        DatasetLocked: Another run is writing into the folder.
        DatasetMismatch: The folder holds something else, or a damaged file.
        WriteFailed: The disk refuses; what was written before is whole.
        ValueError: No feed, or one that does not exist.
        ImportError: pyarrow or filelock is not installed.
    """
    run = _Run(client, Store(Path(path), client.base_url), _checked(feeds), on_event, timing)
    # A task of its own: asyncio's bare cancellation reaches the host of a group, and must not come
    # between a file that is being written and the lock on the folder.
    async with anyio.create_task_group() as group:
        group.start_soon(run.guarded, run.all, once)
    if run.failure is not None:
        raise run.failure
    return run.report()


class _Run:
    """One run of an archive."""

    def __init__(
        self,
        client: Nanocorp,
        store: Store,
        feeds: list[FeedName],
        on_event: Callable[[ArchiveEvent], None] | None,
        timing: Timing,
    ) -> None:
        self._client, self._store, self._feeds = client, store, feeds
        self._on_event, self._timing = on_event, timing
        self._writing = anyio.Lock()
        self._digests: dict[FeedName, dict[_Place, bytes]] = {}
        self._requests: Counter[FeedName] = Counter()
        self._unchanged: Counter[FeedName] = Counter()
        self._failed: dict[FeedName, Failures] = {}
        self._added = self._revised = self._replaced = self._odd = 0
        self.failure: Exception | None = None

    def report(self) -> ArchiveReport:
        """Give what was done so far."""
        return ArchiveReport(
            requests=dict(self._requests),
            unchanged=dict(self._unchanged),
            added=self._added,
            revised=self._revised,
            replaced=self._replaced,
            odd=self._odd,
            failed={feed: str(one.last) for feed, one in self._failed.items()},
            gaps=tuple(self._store.state.all_gaps()),
        )

    async def guarded(self, work: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401
        """Keep the first error, without a group around it."""
        try:
            await work(*arguments)
        except Exception as exc:  # noqa: BLE001 - raised by `archive`
            self.failure = self.failure or exc

    async def all(self, once: bool) -> None:  # noqa: FBT001 - task groups pass no keywords
        """Follow every feed."""
        try:
            await anyio.to_thread.run_sync(self._store.open)
            async with anyio.create_task_group() as group:
                for feed in self._feeds:
                    group.start_soon(self._follow, feed, once, group.cancel_scope)
        finally:
            self._store.close()

    async def _follow(self, feed: FeedName, once: bool, scope: anyio.CancelScope) -> None:  # noqa: FBT001
        await self.guarded(self._ask, feed)
        while self.failure is None and not once:
            await self._timing.until(self._next(feed))
            await self.guarded(self._ask, feed)
        if self.failure is not None:
            scope.cancel()

    def _next(self, feed: FeedName) -> datetime:
        if feed in self._failed:
            return self._timing.after(self._failed[feed])
        return self._timing.next_poll(feed, self._store.state.feed(feed).newest)

    async def _ask(self, feed: FeedName) -> None:
        self._requests[feed] += 1
        try:
            fetched = await fetch_body(self._client, feed, self._store.state.feed(feed).held)
            events = await self._stored(feed, fetched)
        except NotSubscribed:
            raise
        except EnergyApiError as exc:
            self._missed(feed, exc)
            return
        self._failed.pop(feed, None)
        if fetched.reply is None:
            self._unchanged[feed] += 1
        for event in events:
            self._tell(event)

    async def _stored(self, feed: FeedName, fetched: FetchedBody) -> list[ArchiveEvent]:
        if fetched.reply is None:
            return []
        async with self._writing:
            return await anyio.to_thread.run_sync(self._put_away, feed, fetched, self._timing.now())

    def _missed(self, feed: FeedName, error: EnergyApiError) -> None:
        before = self._failed.get(feed)
        failures = 1 if before is None else before.number + 1
        self._failed[feed] = Failures(failures, error)
        now = self._timing.now()
        self._tell(PollFailed(feed=feed, at=now, error=str(error), failures=failures))

    def _tell(self, event: ArchiveEvent) -> None:
        if isinstance(event, RowsStored):
            self._added += event.added
            self._revised += event.revised
            self._replaced += event.replaced
        elif isinstance(event, OddAnswer):
            self._odd += 1
        if self._on_event is not None:
            self._on_event(event)

    # In a thread, one at a time

    def _put_away(self, feed: FeedName, fetched: FetchedBody, at: datetime) -> list[ArchiveEvent]:
        """Write what is new, then what is known; in this order, so that a kill loses nothing.

        Raises:
            DecodeFailed: Nothing of the answer can be read.
        """
        reading = self._read(feed, fetched, at)
        answer, state = reading.answer, self._store.state.feed(feed)
        days: set[date] = set()
        events: list[ArchiveEvent] = list(self._unread(feed, fetched, reading, at))
        known = self._digests.get(feed, {})
        seen: dict[_Place, bytes] = {}
        for series in series_of(feed):
            found, undated = rows_by_day(series, answer)
            events += _odd(series, found, undated, feed, at)
            days |= found.keys()
            digests = {day: _digest(rows) for day, rows in found.items()}
            new = [day for day, one in digests.items() if known.get((series.name, day)) != one]
            seen.update({(series.name, day): one for day, one in digests.items()})
            coverage = _coverage(series, found) if new else None
            for day in new:
                events += self._write(series, day, to_table(series, found[day]), coverage, at)
        if believed := {day for day in days if day <= delivery_day_of(at, PARIS) + _AHEAD}:
            events += self._judge(feed, _first(answer, believed), at)
            state.newest = max(believed)
        events += [OddAnswer(feed=feed, at=at, what=what) for what in _about(days, believed)]
        if days and not reading.left_out:
            self._supersede(feed, min(days), at)
        state.held = fetched.held
        self._digests[feed] = seen or known
        self._store.save()
        return events

    def _read(self, feed: FeedName, fetched: FetchedBody, at: datetime) -> tolerant.Reading:
        """Read an answer as far as it can be read; put one aside that is no page and cannot."""
        reply = fetched.reply
        assert reply is not None  # noqa: S101 - for the type checker
        kind = OPERATIONS[feed].returns
        try:
            return decoded(feed, reply, functools.partial(tolerant.decode_partly, kind=kind))
        except DecodeFailed as exc:
            if reply.body.lstrip()[:1] in (b"{", b"["):
                self._put_aside(feed, fetched, exc.message, at)
                self._store.save()
            raise

    def _unread(
        self, feed: FeedName, fetched: FetchedBody, reading: tolerant.Reading, at: datetime
    ) -> Iterator[OddAnswer]:
        """Put an answer aside that could not be read whole, and say what of it could not."""
        state = self._store.state.feed(feed)
        unknown = reading.unknown - state.unknown
        state.unknown |= unknown
        told = [*_unreadable(reading.left_out)]
        if unknown:
            told.append(f"this version does not know of {', '.join(sorted(unknown))}")
        if told and (where := self._put_aside(feed, fetched, "; ".join(told), at)):
            yield OddAnswer(feed=feed, at=at, what=f"{'; '.join(told)}; {where}")

    def _put_aside(self, feed: FeedName, fetched: FetchedBody, what: str, at: datetime) -> str:
        """Keep an answer that could not be read whole, once; say what became of it."""
        reply, digest = fetched.reply, fetched.held.digest
        assert reply is not None  # noqa: S101 - for the type checker
        if any(one.digest == digest for one in self._store.state.unread):
            return ""
        one = Unread(feed=feed, digest=digest, at=at, what=what, reader=version("trlyr-async"))
        self._store.put_aside(one, reply.body)
        if one.size:
            return "the answer is put aside, for a later version to read"
        return f"there is no more room to put it aside ({MOST_UNREAD / 1e6:.0f} MB are)"

    def _supersede(self, feed: FeedName, first: date, at: datetime) -> None:
        """Note that from `first` on, an answer has come that says what holds."""
        for one in self._store.state.unread:
            if one.feed == feed:
                one.later = one.later or at
                one.later_from = min(first, one.later_from or first)

    def _write(
        self, series: Series, day: date, rows: pa.Table, coverage: Coverage | None, at: datetime
    ) -> Iterator[ArchiveEvent]:
        state, feed = self._store.state.of(series.name), series.feed
        merged = self._store.add(series, day, rows, at, coverage)
        found: dict[GapKind, str] = oddities(series, rows)
        if merged.what:
            found["replaced"] = merged.what
        for kind in ODDITIES:
            if kind not in found:
                state.forget(day, kind)
        for kind, what in found.items():
            gap = Gap(series=series.name, day=day, kind=kind, what=what, noticed_at=at)
            if state.remember(gap):
                yield OddAnswer(feed=feed, at=at, what=f"{series.name} {day}: {what}")
        if merged.table is None:
            return
        yield RowsStored(
            feed=feed, at=at, series=series.name, day=day,
            added=merged.added, revised=merged.revised, replaced=merged.replaced,
        )  # fmt: skip
        if state.judged is not None and day < state.judged:
            rejudge(series, state, day, holding(merged.table), at)

    def _judge(self, feed: FeedName, first: date, at: datetime) -> Iterator[ArchiveEvent]:
        for series in series_of(feed):
            known = self._store.state.of(series.name)
            if known.judged is None:
                known.judged = self._store.first_day(series.name)
            day = lambda one, series=series: self._store.day(series, one)  # noqa: E731
            for gap in judge(series, known, first, day, at):
                yield GapFound(feed=feed, at=at, series=series.name, day=gap.day, missing=gap.what)


def _checked(feeds: Iterable[FeedName]) -> list[FeedName]:
    if isinstance(feeds, str):
        raise TypeError(f"feeds must be several names, such as [{feeds!r}]")
    chosen = list(dict.fromkeys(feeds))
    unknown = [name for name in chosen if name not in FEEDS]
    if unknown or not chosen:
        what = f"unknown feeds {unknown}" if unknown else "feeds is empty"
        raise ValueError(f"{what}; there are {', '.join(FEEDS)}")
    return chosen


def _first(answer: Answer, days: set[date]) -> date:
    """Give the first delivery day that the feed still holds."""
    if isinstance(answer, DayAheadPrices) and answer.earliest_date is not None:
        return min(answer.earliest_date, *days)
    return min(days)


def _odd(
    series: Series, found: dict[date, list[Model]], undated: int, feed: FeedName, at: datetime
) -> Iterator[OddAnswer]:
    """Tell of what an answer lacks."""
    if undated:
        what = f"{undated:,} rows of {series.name} have no start and are left out"
        yield OddAnswer(feed=feed, at=at, what=what)
    rows = [row for day in found.values() for row in day]
    missing = sum(getattr(row, name) is None for row in rows for name in series.prices)
    if rows and missing == len(rows) * len(series.prices):
        what = f"all {missing:,} prices of {series.name} are missing; what was stored is kept"
        yield OddAnswer(feed=feed, at=at, what=what)


def _about(days: set[date], believed: set[date]) -> Iterator[str]:
    """Say what is odd about the days of an answer."""
    if not days:
        yield "the answer has no rows"
    if ahead := sorted(days - believed):
        yield f"rows of {ahead[0]}, more than {_AHEAD.days} days ahead; they are stored as well"


def _unreadable(left_out: Sequence[tolerant.LeftOut]) -> Iterator[str]:
    """Say which values cannot be read."""
    if left_out:
        named = "; ".join(f"{one.path}: {one.why}" for one in left_out[:_MOST_NAMED])
        more = f"; and {len(left_out) - _MOST_NAMED:,} more" if len(left_out) > _MOST_NAMED else ""
        yield f"cannot be read and left out, rows or values: {len(left_out):,} ({named}{more})"


def _coverage(series: Series, found: dict[date, list[Model]]) -> Coverage:
    rows = [row for day in found.values() for row in day]
    return Coverage(identities(to_table(series, rows), series.key))


def _digest(rows: list[Model]) -> bytes:
    return hashlib.sha256(msgspec.msgpack.encode(rows)).digest()
