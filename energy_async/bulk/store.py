"""A bulk pull into a dataset."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import anyio.to_thread
import msgspec

from energy_async.bulk.dataset import Dataset, FlushPolicy, Piece, read_dataset
from energy_async.bulk.engine import Batch, OnProgress, check_concurrency, run
from energy_async.bulk.folder import LocalFolder
from energy_async.bulk.ledger import Ledger
from energy_async.bulk.manifest import Manifest
from energy_async.delivery import delivery_day_of, split_by_month
from energy_async.files import WriteFailed

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import pyarrow as pa

    from energy_async.bulk.plan import Plan
    from energy_async.bulk.report import Report
    from energy_async.bulk.source import Source
    from energy_async.delivery import Interval
    from energy_async.transport.client import ApiClient

__all__ = ["pull_to", "read"]

R = TypeVar("R")


async def pull_to(
    client: ApiClient,
    path: str | os.PathLike[str],
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
        path: The folder; made if missing. One dataset per folder, one pull at a time.
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
    manifest = Manifest.of(source, plan, client.base_url)
    dataset = Dataset(LocalFolder(Path(path)), manifest, flush)
    try:
        await _in_thread(dataset.open)
        ledger = Ledger(plan, await anyio.to_thread.run_sync(dataset.answered, plan))
        fetch, writing = partial(source.fetch, client), _Writing(dataset, source)
        try:
            await run(
                ledger,
                source,
                fetch,
                writing.deliver,
                concurrency=concurrency,
                on_progress=on_progress,
            )
        except BaseException as exc:
            exc.add_note(_note(ledger))
            if not isinstance(exc, WriteFailed):
                with anyio.CancelScope(shield=True):
                    await writing.finish()
            raise
        await writing.finish()
        return ledger.report()
    finally:
        dataset.close()


def read(path: str | os.PathLike[str]) -> pa.Table:
    """Read the rows of a dataset, always in the same order.

    It holds what was fetched so far; only the report of a pull tells whether that is all.

    Raises:
        DatasetMismatch: The folder holds no dataset, or nothing was fetched into it yet.
    """
    return read_dataset(LocalFolder(Path(path)))


class _Writing(Generic[R]):
    """Turns batches into pieces and pieces into parts, beside the event loop."""

    def __init__(self, dataset: Dataset, source: Source[R]) -> None:
        self._dataset = dataset
        self._source = source
        self._turn = anyio.Lock()
        self._converting = anyio.CapacityLimiter(1)

    async def deliver(self, batch: Batch[R]) -> None:
        """Buffer a batch, and write what is due."""
        # Between taking and writing nothing may be lost, not even to a cancellation.
        with anyio.CancelScope(shield=True):
            if batch.error is None:
                self._dataset.add(await anyio.to_thread.run_sync(pieces, batch, self._source, limiter=self._converting))
            async with self._turn:
                if self._dataset.due:
                    await anyio.to_thread.run_sync(self._dataset.write, self._dataset.take())

    async def finish(self) -> None:
        """Write what is left."""
        await _in_thread(partial(self._dataset.write, self._dataset.take()))


def pieces(batch: Batch[R], source: Source[R]) -> list[Piece]:
    """Cut a batch where a delivery month begins; a month without rows is a piece as well."""
    months = split_by_month(batch.start, batch.end, source.zone)
    if len(months) == 1:
        return [_piece(batch, source)]
    starts = [source.start_of(row) for row in batch.rows]
    return [_piece(_within(batch, starts, month), source) for month in months]


def _piece(batch: Batch[R], source: Source[R]) -> Piece:
    from energy_async.tables import from_columns  # noqa: PLC0415 - an extra, for datasets alone

    month = f"{delivery_day_of(batch.start, source.zone):%Y-%m}"
    return Piece(month, from_columns(source.schema(), source.columns(batch)), batch.report)


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


async def _in_thread(work: Callable[[], object]) -> None:
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
