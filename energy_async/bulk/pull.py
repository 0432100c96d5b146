"""A bulk pull as an async iterator that may be left at any point."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import sys
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import anyio

from energy_async.bulk.engine import check_concurrency, run
from energy_async.bulk.ledger import Ledger
from energy_async.bulk.parts import with_stream
from energy_async.columns import load_pyarrow
from energy_async.tables import from_columns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    import pyarrow as pa

    from energy_async.bulk.plan import Plan
    from energy_async.bulk.progress import OnProgress
    from energy_async.bulk.report import Batch, Report
    from energy_async.bulk.source import Source
    from energy_async.bulk.windows import Window
    from energy_async.transport.client import ApiClient

R = TypeVar("R")


class Pull(Generic[R]):
    """Batches of rows in the order in which they arrive; made by `pull`.

    Nothing is asked before the first batch is. At most `2 * concurrency` windows are under way
    or waiting to be taken, so a slow consumer holds the pull back instead of filling the memory.

    Leaving the loop ends the pull: `break`, an error in the loop's body and cancellation all
    cancel the requests under way as soon as the last reference to the iterator is gone, which for
    `async for batch in pull(...)` is at once. Where a variable keeps it alive, or where
    the requests must have ended before the next line, use `async with` or call `aclose`.
    A cancelled `anext` ends the pull too.

    An error that makes going on pointless is raised after the batches that came before it.
    `report` tells at any time what came of every window.
    """

    def __init__(
        self,
        client: ApiClient,
        source: Source[R],
        plan: Plan,
        *,
        concurrency: int,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._feed = _Feed(Ledger(plan), client, source, concurrency, on_progress)
        self._cancel: Callable[[], object] | None = None

    @property
    def report(self) -> Report:
        """What came of the pull so far; a window not asked yet is `skipped`."""
        return self._feed.ledger.report()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Batch[R]:
        self._start()
        try:
            return await self._feed.take()
        except StopAsyncIteration:
            raise
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """End the pull and wait until no request of it is under way. May be called again."""
        if self._cancel is None:
            self._feed.finish()
            self._cancel = _nothing
        self._cancel()
        await self._feed.discard()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _start(self) -> None:
        if self._cancel is None:
            feed = self._feed
            # The task knows the feed and never this object, so that dropping the object ends it.
            cancel = _start_in_background(feed.work, feed.finish)
            self._cancel = weakref.finalize(self, cancel)
            self._cancel.atexit = False


def pull(
    client: ApiClient,
    source: Source[R],
    plan: Plan,
    *,
    concurrency: int = 8,
    on_progress: OnProgress | None = None,
) -> Pull[R]:
    """Pull what a plan asks for as batches of rows, in order of arrival.

    The arguments are those of `pull_to`. A window that failed is a batch with its error.

    Raises:
        LoginFailed: While iterating; so are `NotSubscribed`, `Unauthorized` for the whole
            account, and mistakes such as a closed client. They end the pull.
    """
    check_concurrency(concurrency)
    return Pull(client, source, plan, concurrency=concurrency, on_progress=on_progress)


async def to_batches(
    pull: Pull[R], source: Source[R], *, partial: bool = False
) -> AsyncIterator[pa.RecordBatch]:
    """Give the rows of a pull as record batches, one for each window with rows, as they arrive.

    The columns are those of a dataset, and `stream`; times are UTC. With `partial` windows that
    failed are passed over, and `pull.report` names them; without, the pull ends with their error.
    """
    async with pull:
        async for batch in pull:
            if batch.error is not None and not partial:
                raise batch.error
            if batch.rows:
                table = from_columns(source.schema(), source.columns(batch))
                (found,) = with_stream(table, batch.stream).combine_chunks().to_batches()
                yield found


async def to_arrow(pull: Pull[R], source: Source[R], *, partial: bool = False) -> pa.Table:
    """Give the rows of a pull as one table, in order of arrival; see `to_batches`.

    Everything is in memory; for more than that, pull into a dataset.
    """
    batches: list[Any] = [one async for one in to_batches(pull, source, partial=partial)]
    schema = with_stream(source.schema().empty_table(), "").schema
    return load_pyarrow().Table.from_batches(batches, schema).unify_dictionaries()


class _Feed(Generic[R]):
    """What the workers and the iterator share."""

    def __init__(
        self,
        ledger: Ledger,
        client: ApiClient,
        source: Source[R],
        concurrency: int,
        on_progress: OnProgress | None,
    ) -> None:
        self.ledger = ledger
        self._client = client
        self._source = source
        self._concurrency = concurrency
        self._on_progress = on_progress
        self._room = anyio.Semaphore(concurrency)
        self._batches: deque[Batch[R]] = deque()
        self._changed = anyio.Event()
        self._ended = False
        self._fatal: Exception | None = None

    async def work(self) -> None:
        """Fetch everything; an error is kept for the iterator."""
        try:
            await run(
                self.ledger,
                self._source,
                self._fetch,
                self._deliver,
                concurrency=self._concurrency,
                on_progress=self._on_progress,
            )
        except Exception as exc:  # noqa: BLE001 - raised where the batches are taken
            self._fatal = exc

    async def take(self) -> Batch[R]:
        """Give the next batch, then the error that ended the pull, then StopAsyncIteration."""
        while not self._batches and not self._ended:
            self._changed = anyio.Event()
            await self._changed.wait()
        if self._batches:
            self._room.release()
            return self._batches.popleft()
        fatal, self._fatal = self._fatal, None
        if fatal is not None:
            raise fatal
        raise StopAsyncIteration

    async def discard(self) -> None:
        """Wait for the end of the work, also when cancelled, and forget what is left."""
        with anyio.CancelScope(shield=True):
            while not self._ended:
                self._changed = anyio.Event()
                await self._changed.wait()
        self._batches.clear()
        self._fatal = None

    def finish(self) -> None:
        """Note that no more batches will come."""
        self._ended = True
        self._changed.set()

    async def _fetch(self, window: Window) -> list[R]:
        return await self._source.fetch(self._client, window)

    async def _deliver(self, batch: Batch[R]) -> None:
        await self._room.acquire()
        self._batches.append(batch)
        self._changed.set()


def _nothing() -> None:
    """Stand in for cancelling a pull that never started."""


def _start_in_background(
    work: Callable[[], Coroutine[Any, Any, None]], when_ended: Callable[[], None]
) -> Callable[[], None]:
    """Start `work`, which must not end in an error; give what cancels it.

    `when_ended` is called in the loop's thread, also where it never began. What cancels never
    waits, and may be called again, from any thread, and after the loop is gone.
    """
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return _start_on_trio(work, when_ended)
    loop = asyncio.get_running_loop()
    task = loop.create_task(work())
    task.add_done_callback(lambda _: when_ended())

    def cancel() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the task with it
            loop.call_soon_threadsafe(task.cancel)

    return cancel


def _start_on_trio(
    work: Callable[[], Coroutine[Any, Any, None]], when_ended: Callable[[], None]
) -> Callable[[], None]:
    import trio  # noqa: PLC0415 - only where the caller runs it

    scope = trio.CancelScope()
    token = trio.lowlevel.current_trio_token()

    async def scoped() -> None:
        try:
            with scope:
                await work()
        finally:
            when_ended()

    def cancel() -> None:
        with contextlib.suppress(trio.RunFinishedError):
            token.run_sync_soon(scope.cancel)

    trio.lowlevel.spawn_system_task(scoped, context=contextvars.copy_context())
    return cancel
