"""A bulk pull into a dataset."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

import anyio
import anyio.to_thread
import msgspec

from energy_async.bulk.buffer import Buffer, FlushPolicy, Piece
from energy_async.bulk.dataset import Dataset, read_dataset
from energy_async.bulk.described import file_schema
from energy_async.bulk.engine import Batch, OnProgress, check_concurrency, run
from energy_async.bulk.errors import DatasetLocked
from energy_async.bulk.ledger import Ledger
from energy_async.bulk.manifest import Manifest
from energy_async.bulk.place import Place, folder_at
from energy_async.delivery import delivery_day_of, split_by_month
from energy_async.files import WriteFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pyarrow as pa

    from energy_async.bulk.plan import Plan
    from energy_async.bulk.report import Report
    from energy_async.bulk.source import Source
    from energy_async.delivery import Interval
    from energy_async.transport.client import ApiClient

__all__ = ["How", "fetch_into", "fill", "in_thread", "opened", "pull_to", "read"]

R = TypeVar("R")
Write: TypeAlias = Callable[[list[Piece]], None]
"""Writes pieces; blocks, and empties the list."""


async def pull_to(
    client: ApiClient,
    path: Place,
    source: Source[R],
    plan: Plan,
    *,
    concurrency: int = 8,
    on_progress: OnProgress | None = None,
    flush: FlushPolicy = FlushPolicy(),  # noqa: B008 - frozen
) -> Report:
    """Pull what a plan asks for into a Parquet dataset, by stream and delivery month.

    A second run for the same asks only for what is missing or failed before. However a run ends,
    short of a killed process or a disk that refuses, every window that was answered is written;
    and after a kill at any instant the next run ends with the same rows, none of them twice.

    Args:
        client: Sends the requests; not closed.
        path: The folder, or the URL of one, see `Place`; made if missing. One dataset per folder,
            one pull at a time.
        source: What is pulled; the plan was made for it.
        plan: What is asked; see `plan_pull`.
        concurrency: How many requests are under way at once; the client's own limit holds too.
        on_progress: Called after each window, in the event loop; it must not block.
        flush: How much is buffered before it is written.

    Returns:
        The outcome of every window, earlier runs included. Look at `complete`.

    Raises:
        DatasetMismatch: The folder holds something else, or a pull with other arguments.
        DatasetLocked: Another pull is writing into the folder.
        WriteFailed: The disk refuses; what was written before stays and can be resumed.
        LoginFailed: So are `NotSubscribed`, and `Unauthorized` for the whole account. A note on
            the error tells how far the pull came.
        ImportError: pyarrow is not installed.
    """
    check_concurrency(concurrency)
    manifest = Manifest.of(source, plan, client.base_url, client.now())
    dataset = Dataset(folder_at(path), manifest, flush.part_rows)
    how = How(concurrency=concurrency, on_progress=on_progress, flush=flush)
    async with opened(dataset):
        return await fill(dataset, client, source, plan, how)


def read(path: Place) -> pa.Table:
    """Read the rows of a dataset, always in the same order.

    It holds what was fetched so far; only the report of a pull tells whether that is all.

    Raises:
        DatasetMismatch: The folder holds no dataset, or nothing was fetched into it yet.
    """
    return read_dataset(folder_at(path))


class How(NamedTuple):
    """How a pull is run; see `pull_to`."""

    concurrency: int
    on_progress: OnProgress | None
    flush: FlushPolicy


@asynccontextmanager
async def opened(dataset: Dataset) -> AsyncIterator[None]:
    """Open a dataset beside the event loop, and close it in the end."""
    try:
        await in_thread(dataset.open)
        yield
    finally:
        await in_thread(dataset.close)


async def fill(
    dataset: Dataset, client: ApiClient, source: Source[R], plan: Plan, how: How
) -> Report:
    """Fetch what of a plan an open dataset does not hold."""
    # With many thousands of windows its books take a tenth of a second to open.
    ledger = await anyio.to_thread.run_sync(lambda: Ledger(plan, dataset.answered(plan)))
    return await fetch_into(dataset.write, ledger, client, source, how)


async def fetch_into(
    write: Write, ledger: Ledger, client: ApiClient, source: Source[R], how: How
) -> Report:
    """Fetch what is missing in a ledger; `write` gets every window that was answered.

    Whatever ends this early, all that was fetched is written first, if it can be.
    """
    fetch, writing = partial(source.fetch, client), _Writing(write, source, how.flush)
    try:
        await run(
            ledger,
            source,
            fetch,
            writing.deliver,
            concurrency=how.concurrency,
            on_progress=how.on_progress,
        )
    except BaseException as exc:
        exc.add_note(_note(ledger))
        if not isinstance(exc, (WriteFailed, DatasetLocked)):
            with anyio.CancelScope(shield=True):
                await writing.finish()
        raise
    await writing.finish()
    return ledger.report()


class _Writing(Generic[R]):
    """Turns batches into pieces and has them written, beside the event loop."""

    def __init__(self, write: Write, source: Source[R], policy: FlushPolicy) -> None:
        self._write = write
        self._buffer = Buffer(policy)
        self._source = source
        self._schema_of = cache(partial(file_schema, source))
        self._turn = anyio.Lock()
        # More at once would only wait for each other, and the event loop for all of them.
        self._converting = anyio.CapacityLimiter(1)

    async def deliver(self, batch: Batch[R]) -> None:
        """Buffer a batch, and write what is due."""
        # Between taking and writing nothing may be lost, not even to a cancellation.
        with anyio.CancelScope(shield=True):
            if batch.error is None:
                self._buffer.add(
                    await anyio.to_thread.run_sync(self._pieces, batch, limiter=self._converting)
                )
                # They are columns now, which take far less; whoever waits below holds only those.
                batch.rows.clear()
            async with self._turn:
                if self._buffer.due:
                    await anyio.to_thread.run_sync(self._write, self._buffer.take())

    async def finish(self) -> None:
        """Write what is left."""
        await in_thread(partial(self._write, self._buffer.take()))

    def _pieces(self, batch: Batch[R]) -> list[Piece]:
        """Cut a batch where a delivery month begins; a month without rows is a piece as well."""
        source, schema = self._source, self._schema_of(batch.stream)
        months = split_by_month(batch.start, batch.end, source.zone)
        if len(months) == 1:
            return [_piece(batch, source, schema)]
        starts = [source.start_of(row) for row in batch.rows]
        return [_piece(_within(batch, starts, month), source, schema) for month in months]


def _piece(batch: Batch[R], source: Source[R], schema: pa.Schema) -> Piece:
    from energy_async.tables import from_columns  # noqa: PLC0415 - an extra, for datasets alone

    month = f"{delivery_day_of(batch.start, source.zone):%Y-%m}"
    return Piece(month, from_columns(schema, source.columns(batch)), batch.report)


def _within(batch: Batch[R], starts: list[Any], month: Interval) -> Batch[R]:
    """The part of a batch that starts in `month`; what was left out is told with the first one."""
    is_first = month.start == batch.start
    first, last = bisect_left(starts, month.start), bisect_left(starts, month.end)
    rows = batch.rows[first:last]
    whole = batch.report
    report = msgspec.structs.replace(
        whole,
        window=whole.window.between(month.start, month.end),
        outcome="ok" if rows else "empty",
        rows=len(rows),
        neighbours=whole.neighbours if is_first else 0,
        duplicates=whole.duplicates if is_first else 0,
        conflicts=tuple(one for one in whole.conflicts if month.start <= one < month.end),
    )
    return Batch(rows=rows, report=report)


async def in_thread(work: Callable[[], object]) -> None:
    """Run `work` in a thread and see it through, however the caller is cancelled."""
    failed: list[Exception] = []

    def guarded() -> None:
        try:
            work()
        except Exception as exc:  # noqa: BLE001 - raised below, without a group around it
            failed.append(exc)

    async def shielded() -> None:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(guarded)

    # A task of its own: asyncio's bare cancellation reaches the host of a group, and not what
    # is shielded inside. The folder must not be given up while a part is being written.
    async with anyio.create_task_group() as group:
        group.start_soon(shielded)
    if failed:
        raise failed[0]


def _note(ledger: Ledger) -> str:
    return f"bulk pull {ledger.report()}\nrun again with the same arguments to go on"
