"""A bulk pull into a dataset."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import anyio
import anyio.to_thread

from energy_async.bulk.engine import Batch, Fetch, OnProgress, run
from energy_async.bulk.report import Ledger, Report
from energy_async.bulk.rows import Bucket
from energy_async.files import WriteFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from energy_async.bulk.dataset import Dataset
    from energy_async.bulk.windows import Window

__all__ = ["ToTable", "pull_into"]

R = TypeVar("R", bound=Bucket)

ToTable: TypeAlias = "Callable[[Batch[R]], pa.Table]"
"""Gives the rows of a batch as a table; the same columns for every batch of a dataset."""


async def pull_into(
    dataset: Dataset,
    plan: list[Window],
    fetch: Fetch[R],
    to_table: ToTable[R],
    *,
    concurrency: int,
    on_progress: OnProgress | None = None,
) -> Report:
    """Fetch the windows of `plan` that `dataset` lacks, and write them.

    `dataset` is opened and closed here. However the pull ends, short of a killed process or a disk
    that refuses, every window that was answered is written first.
    """
    try:
        await _in_thread(dataset.open)
        ledger = Ledger(plan)
        answered = await anyio.to_thread.run_sync(dataset.answered, plan)
        for one in answered:
            ledger.enter(one)
        await _fetch_and_write(dataset, ledger, fetch, to_table, concurrency, on_progress)
        return ledger.report()
    finally:
        dataset.close()


async def _fetch_and_write(
    dataset: Dataset,
    ledger: Ledger,
    fetch: Fetch[R],
    to_table: ToTable[R],
    concurrency: int,
    on_progress: OnProgress | None,
) -> None:
    turn = anyio.Lock()

    async def deliver(batch: Batch[R]) -> None:
        if batch.error is None:
            dataset.add(to_table(batch), batch.report)
        async with turn:
            if dataset.due:
                # Between taking and writing nothing may be lost, not even to a cancellation.
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(dataset.write, dataset.take())

    try:
        await run(ledger, fetch, deliver, concurrency=concurrency, on_progress=on_progress)
    except WriteFailed as exc:
        exc.add_note(_note(ledger))
        raise
    except BaseException as exc:
        exc.add_note(_note(ledger))
        with anyio.CancelScope(shield=True):
            await _in_thread(partial(dataset.write, dataset.take()))
        raise
    await _in_thread(partial(dataset.write, dataset.take()))


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
