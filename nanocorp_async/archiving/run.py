"""An archive of the feeds: asks, and keeps every row that was ever seen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import msgspec

from energy_async.transport.errors import DecodeFailed, EnergyApiError, NotSubscribed
from nanocorp_async._market_row import FEEDS
from nanocorp_async.archiving.answer import Came, keep_aside, put_answer
from nanocorp_async.archiving.store import Store
from nanocorp_async.feeds import OPERATIONS, Fetched, fetch, read
from nanocorp_async.publication import Timing
from nanocorp_async.watching.events import ArchiveEvent, OddAnswer, PollFailed, RowsStored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from energy_async.storage import PlaceLike
    from nanocorp_async._client import Nanocorp
    from nanocorp_async._market_row import FeedName
    from nanocorp_async.archiving.state import Gap


class ArchiveReport(msgspec.Struct, kw_only=True):
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

    requests: dict[FeedName, int] = {}
    unchanged: dict[FeedName, int] = {}
    added: int = 0
    revised: int = 0
    replaced: int = 0
    odd: int = 0
    failed: dict[FeedName, str] = {}
    gaps: tuple[Gap, ...] = ()

    def count(self, event: ArchiveEvent) -> None:
        """Add what an event is about."""
        if isinstance(event, RowsStored):
            self.added += event.added
            self.revised += event.revised
            self.replaced += event.replaced
        elif isinstance(event, OddAnswer):
            self.odd += 1


async def archive(
    client: Nanocorp,
    path: PlaceLike,
    *,
    feeds: Iterable[FeedName] = FEEDS,
    once: bool = False,
    on_event: Callable[[ArchiveEvent], None] | None = None,
    timing: Timing | None = None,
) -> ArchiveReport:
    """Keep what the feeds publish in a table of Parquet files, until cancelled.

    A row that was seen is never lost: what upstream corrects, takes away or shows in other periods
    becomes a revision beside the new row, what it drops stays. Of an answer that cannot be read
    whole, the rows that can be read are stored, and its body is put aside for a later version.
    After a kill at any instant the next run goes on; several may write into one archive. What
    upstream showed and nobody fetched is reported as a gap as soon as it cannot be had any more.

    Args:
        client: Sends the requests; not closed.
        path: The folder, made if missing, or a URL such as `s3://bucket/prices`.
        feeds: Which feeds.
        once: Ask each feed once and return, for use from cron.
        on_event: Told of what was stored, of gaps and of failures; called in the event loop.
        timing: The clock, and how often to ask; by default the client's clock.

    Returns:
        What was done; without `once` it does not return.

    Raises:
        NotSubscribed: The token has no active subscription; nothing is tried again.
        DatasetMismatch: The place holds something else, or its log is damaged.
        WriteFailed: The disk or store refuses; what was committed before is whole.
        UnsafeStore: The store ignores conditional writes.
        ValueError: No feed, or one that does not exist.
        ImportError: pyarrow is not installed, or obstore for a URL.
    """
    timing = timing or Timing(now=client.now)
    run = _Run(client, Store(path, client.base_url), on_event, timing)
    chosen = _checked(feeds)
    # A task of its own: asyncio's bare cancellation reaches the host of a group, and must not come
    # between a commit and what is known of it.
    async with anyio.create_task_group() as group:
        group.start_soon(run.guarded, run.all, chosen, once)
    if run.failure is not None:
        raise run.failure
    run.report.gaps = tuple(run.store.state.all_gaps())
    return run.report


class _Run:
    def __init__(
        self,
        client: Nanocorp,
        store: Store,
        on_event: Callable[[ArchiveEvent], None] | None,
        timing: Timing,
    ) -> None:
        self.store, self.report = store, ArchiveReport()
        self.failure: Exception | None = None
        self._client, self._on_event, self._timing = client, on_event, timing
        self._writing = anyio.Lock()
        self._failures: Counter[FeedName] = Counter()
        self._errors: dict[FeedName, EnergyApiError] = {}

    async def guarded(self, work: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401
        """Keep the first error, without a group around it."""
        try:
            await work(*arguments)
        except Exception as exc:  # noqa: BLE001 - raised by `archive`
            self.failure = self.failure or exc

    async def all(self, feeds: list[FeedName], once: bool) -> None:  # noqa: FBT001 - task groups pass no keywords
        """Follow every feed."""
        await anyio.to_thread.run_sync(self.store.open)
        async with anyio.create_task_group() as group:
            for feed in feeds:
                group.start_soon(self._follow, feed, once, group.cancel_scope)

    async def _follow(self, feed: FeedName, once: bool, scope: anyio.CancelScope) -> None:  # noqa: FBT001
        await self.guarded(self._ask, feed)
        while self.failure is None and not once:
            await self._timing.until(
                self._timing.next_poll(
                    feed,
                    self.store.state.feed(feed).newest,
                    failures=self._failures[feed],
                    error=self._errors.get(feed),
                )
            )
            await self.guarded(self._ask, feed)
        if self.failure is not None:
            scope.cancel()

    async def _ask(self, feed: FeedName) -> None:
        self.report.requests[feed] = self.report.requests.get(feed, 0) + 1
        try:
            async with self._writing:
                await anyio.to_thread.run_sync(self.store.load)
            fetched = await fetch(
                self._client, OPERATIONS[feed], self.store.state.feed(feed).validators
            )
            events = await self._stored(feed, fetched)
        except NotSubscribed:
            raise
        except EnergyApiError as exc:
            self._failures[feed] += 1
            self._errors[feed], self.report.failed[feed] = exc, str(exc)
            at, count = self._timing.now(), self._failures[feed]
            self._noticed(PollFailed(feed=feed, at=at, error=str(exc), failures=count))
            return
        self._failures[feed] = 0
        self._errors.pop(feed, None)
        self.report.failed.pop(feed, None)
        if fetched.reply is None:
            self.report.unchanged[feed] = self.report.unchanged.get(feed, 0) + 1
        for event in events:
            self._noticed(event)

    def _noticed(self, event: ArchiveEvent) -> None:
        self.report.count(event)
        if self._on_event is not None:
            self._on_event(event)

    async def _stored(self, feed: FeedName, fetched: Fetched) -> list[ArchiveEvent]:
        if fetched.reply is None:
            return []
        async with self._writing:
            return await anyio.to_thread.run_sync(self._put_away, feed, fetched, self._timing.now())

    # In a thread, one at a time

    def _put_away(self, feed: FeedName, fetched: Fetched, at: datetime) -> list[ArchiveEvent]:
        """Commit what can be read of an answer."""
        reply = fetched.reply
        assert reply is not None  # noqa: S101 - for the type checker
        came = Came(feed, reply.body, fetched.validators, at)
        try:
            reading = read(OPERATIONS[feed], reply)
        except DecodeFailed as exc:
            what = exc.message
            aside = any(one.digest == came.validators.digest for one in self.store.state.unread)
            if not aside and reply.body.lstrip()[:1] in (b"{", b"["):
                self.store.commit(lambda draft: keep_aside(draft, came, what))
            raise
        return self.store.commit(lambda draft: put_answer(draft, came, reading))


def _checked(feeds: Iterable[FeedName]) -> list[FeedName]:
    if isinstance(feeds, str):
        raise TypeError(f"feeds must be several names, such as [{feeds!r}]")
    chosen = list(dict.fromkeys(feeds))
    unknown = [name for name in chosen if name not in FEEDS]
    if unknown or not chosen:
        what = f"unknown feeds {unknown}" if unknown else "feeds is empty"
        raise ValueError(f"{what}; there are {', '.join(FEEDS)}")
    return chosen
