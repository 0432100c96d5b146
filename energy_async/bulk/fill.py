"""Filling a dataset: what is missing is fetched, and committed with the windows it answers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

import anyio
import anyio.to_thread
import msgspec

from energy_async.bulk.answers import Answer, Answered, Piece
from energy_async.bulk.buffer import Buffer, FlushPolicy
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.described import file_schema
from energy_async.bulk.engine import Batch, OnProgress, check_concurrency, run
from energy_async.bulk.ledger import Ledger
from energy_async.bulk.manifest import Manifest
from energy_async.delivery import delivery_day_of, split_by_month
from energy_async.files import WriteFailed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk.plan import Plan
    from energy_async.bulk.report import Report, WindowReport
    from energy_async.bulk.source import Source
    from energy_async.bulk.windows import Window
    from energy_async.delivery import Interval
    from energy_async.storage import PlaceLike
    from energy_async.transport.client import ApiClient

__all__ = ["How", "fetch_into", "fill", "in_thread", "pull_to"]

R = TypeVar("R")
Write: TypeAlias = Callable[[list[Piece]], None]
"""Writes pieces; blocks, and empties the list."""
_SHARE_PARTS = 16
"""One of many workers merges files only where so many small ones have come together."""


async def pull_to(
    client: ApiClient,
    path: PlaceLike,
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

    Any number of processes and machines may pull into one dataset at the same time: give each of
    them one of `plan.shards(n)`. A window that two of them have fetched counts once.

    Args:
        client: Sends the requests; not closed.
        path: The folder, or the URL of one, see `PlaceLike`; made if missing. One dataset each.
        source: What is pulled; the plan was made for it.
        plan: What is asked; see `plan_pull`.
        concurrency: How many requests are under way at once; the client's own limit holds too.
        on_progress: Called after each window, in the event loop; it must not block.
        flush: How much is buffered before it is written.

    Returns:
        The outcome of every window of the plan, earlier runs included. Look at `complete`.

    Raises:
        DatasetMismatch: The place holds something else, or a pull with other arguments.
        DatasetDamaged: The log of the dataset is damaged.
        UnsafeStore: The store ignores conditional writes; see `place_at`.
        WriteFailed: The disk or the store refuses; what was written before stays and can be
            resumed. So does `ReadFailed`.
        LoginFailed: So are `NotSubscribed`, and `Unauthorized` for the whole account. A note on
            the error tells how far the pull came.
        ImportError: pyarrow is not installed, or what the store needs.
    """
    check_concurrency(concurrency)
    manifest = Manifest.of(source, plan, client.base_url)
    dataset = Dataset(path, flush.part_rows, now=client.now)
    how = How(concurrency, on_progress, flush, client.now)
    await in_thread(partial(dataset.create, manifest))
    report = await fill(dataset, client, source, plan, how)
    await in_thread(partial(dataset.tidy, least=2 if plan.whole is None else _SHARE_PARTS))
    return report


class How(NamedTuple):
    """How a pull is run; see `pull_to`."""

    concurrency: int
    on_progress: OnProgress | None
    flush: FlushPolicy
    now: Callable[[], datetime]


async def fill(
    dataset: Dataset, client: ApiClient, source: Source[R], plan: Plan, how: How
) -> Report:
    """Fetch what of a plan a dataset does not hold."""
    # With many thousands of windows its books take a tenth of a second to open.
    ledger = await anyio.to_thread.run_sync(
        lambda: Ledger(plan, _resumed(dataset.answered(), plan))
    )
    return await fetch_into(dataset.write, ledger, client, source, how)


async def fetch_into(
    write: Write, ledger: Ledger, client: ApiClient, source: Source[R], how: How
) -> Report:
    """Fetch what is missing in a ledger; `write` gets every window that was answered.

    Whatever ends this early, all that was fetched is written first, if it can be.
    """
    writing = _Writing(write, source, how)

    async def fetch(window: Window) -> list[R]:
        writing.asked[window] = how.now()
        return await source.fetch(client, window)

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
        if not isinstance(exc, WriteFailed):
            with anyio.CancelScope(shield=True):
                await writing.finish()
        raise
    await writing.finish()
    return ledger.report()


def _resumed(answers: Iterable[Answer], plan: Plan) -> list[WindowReport]:
    """Give what of a plan is answered, cut to it where it is a part of the dataset alone."""
    if plan.whole is None:
        return [one.report() for one in answers]
    asked = Answered.of(plan)
    return [
        msgspec.structs.replace(one.report(), window=window)
        for one in answers
        for window in asked.within(one)
    ]


class _Writing(Generic[R]):
    """Turns batches into pieces and has them written, beside the event loop."""

    def __init__(self, write: Write, source: Source[R], how: How) -> None:
        self._write = write
        self._buffer = Buffer(how.flush)
        self.asked: dict[Window, datetime] = {}
        self._source = source
        self._schema_of = cache(partial(file_schema, source))
        self._turn = anyio.Lock()
        # More at once would only wait for each other, and the event loop for all of them.
        self._converting = anyio.CapacityLimiter(1)

    async def deliver(self, batch: Batch[R]) -> None:
        """Buffer a batch, and write what is due."""
        # Between taking and writing nothing may be lost, not even to a cancellation.
        with anyio.CancelScope(shield=True):
            asked_at = self.asked.pop(batch.report.window)
            if batch.error is None:
                pieces = partial(self._pieces, batch, asked_at)
                self._buffer.add(await anyio.to_thread.run_sync(pieces, limiter=self._converting))
                # They are columns now, which take far less; whoever waits below holds only those.
                batch.rows.clear()
            async with self._turn:
                if self._buffer.due:
                    await anyio.to_thread.run_sync(self._write, self._buffer.take())

    async def finish(self) -> None:
        """Write what is left."""
        await in_thread(partial(self._write, self._buffer.take()))

    def _pieces(self, batch: Batch[R], asked_at: datetime) -> list[Piece]:
        """Cut a batch where a delivery month begins; a month without rows is a piece as well."""
        source, schema = self._source, self._schema_of(batch.stream)
        months = split_by_month(batch.start, batch.end, source.zone)
        if len(months) == 1:
            return [_piece(batch, source, schema, asked_at)]
        starts = [source.start_of(row) for row in batch.rows]
        return [_piece(_within(batch, starts, month), source, schema, asked_at) for month in months]


def _piece(batch: Batch[R], source: Source[R], schema: pa.Schema, asked_at: datetime) -> Piece:
    from energy_async.tables import from_columns  # noqa: PLC0415 - an extra, for datasets alone

    month = f"{delivery_day_of(batch.start, source.zone):%Y-%m}"
    table = from_columns(schema, source.columns(batch))
    return Piece(month, table, Answer.of(batch.report, asked_at))


def _within(batch: Batch[R], starts: list[Any], month: Interval) -> Batch[R]:
    """The part of a batch that starts in `month`; what was left out counts with the first."""
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
