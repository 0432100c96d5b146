"""A bulk pull into a dataset."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import anyio.to_thread
import msgspec

from energy_async.bulk.dataset import Piece
from energy_async.bulk.engine import Batch, OnProgress, run
from energy_async.bulk.ledger import Ledger
from energy_async.delivery import delivery_day_of, split_by_month
from energy_async.files import WriteFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_async.bulk.dataset import Dataset
    from energy_async.bulk.plan import Plan
    from energy_async.bulk.report import Report
    from energy_async.bulk.source import Source
    from energy_async.delivery import Interval
    from energy_async.transport.client import ApiClient

__all__ = ["pull_into"]

R = TypeVar("R")


async def pull_into(
    dataset: Dataset,
    client: ApiClient,
    source: Source[R],
    plan: Plan,
    *,
    concurrency: int,
    on_progress: OnProgress | None = None,
) -> Report:
    """Fetch what `dataset` lacks of `plan`, and write it.

    `dataset` is opened and closed here. However the pull ends, short of a killed process or a disk
    that refuses, every window that was answered is written first.
    """
    try:
        await _in_thread(dataset.open)
        ledger = Ledger(plan, await anyio.to_thread.run_sync(dataset.answered, plan))
        writing = _Writing(dataset, source)
        try:
            await run(
                ledger,
                source,
                partial(source.fetch, client),
                writing.deliver,
                concurrency=concurrency,
                on_progress=on_progress,
            )
        except WriteFailed as exc:
            exc.add_note(_note(ledger))
            raise
        except BaseException as exc:
            exc.add_note(_note(ledger))
            with anyio.CancelScope(shield=True):
                await writing.finish()
            raise
        await writing.finish()
        return ledger.report()
    finally:
        dataset.close()


class _Writing(Generic[R]):
    """Turns batches into pieces and pieces into parts, beside the event loop."""

    def __init__(self, dataset: Dataset, source: Source[R]) -> None:
        self._dataset = dataset
        self._source = source
        self._turn = anyio.Lock()

    async def deliver(self, batch: Batch[R]) -> None:
        """Buffer a batch, and write what is due."""
        # Between taking and writing nothing may be lost, not even to a cancellation.
        with anyio.CancelScope(shield=True):
            if batch.error is None:
                self._dataset.add(await anyio.to_thread.run_sync(pieces, batch, self._source))
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
