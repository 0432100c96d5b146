"""Filling a dataset: what is missing is fetched, and committed with the windows it answers."""

from __future__ import annotations

import time
from functools import cache, partial
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import anyio
import anyio.to_thread
import msgspec

from energy_async.bulk.answers import Answer, Answered, Piece
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.described import file_schema
from energy_async.bulk.engine import check_concurrency, run
from energy_async.bulk.ledger import Ledger
from energy_async.bulk.manifest import Manifest
from energy_async.delivery import delivery_day_of, split_by_month
from energy_async.files import WriteFailed
from energy_async.tables import from_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from energy_async.bulk.plan import Plan
    from energy_async.bulk.progress import OnProgress
    from energy_async.bulk.report import Batch, Report, WindowReport
    from energy_async.bulk.source import Source
    from energy_async.bulk.windows import Window
    from energy_async.storage import PlaceLike
    from energy_async.transport.client import ApiClient

R = TypeVar("R")
_SHARE_PARTS = 16
"""One of many workers merges files only where so many small ones have come together."""


class FlushPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When buffered windows are written: whichever comes first, looked at after each window.

    What is buffered is lost if the process is killed, and fetched again by the next run.

    Attributes:
        rows: How many rows may be buffered.
        windows: How many windows may be buffered.
        seconds: How long a window may be buffered.
        part_rows: At the end of a run, files of a stream and month that hold fewer rows are merged
            until they hold this many; 0 leaves them as they are.
    """

    rows: int = 500_000
    windows: int = 1_000
    seconds: float = 60.0
    part_rows: int = 200_000


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
    how = How(concurrency, on_progress, flush)
    await in_thread(partial(dataset.create, manifest))
    report = await fill(dataset, client, source, plan, how)
    await in_thread(partial(dataset.tidy, least=2 if plan.whole is None else _SHARE_PARTS))
    return report


class How(NamedTuple):
    """How a pull is run; see `pull_to`."""

    concurrency: int
    on_progress: OnProgress | None
    flush: FlushPolicy


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
    write: Callable[[list[Piece]], None],
    ledger: Ledger,
    client: ApiClient,
    source: Source[R],
    how: How,
) -> Report:
    """Fetch what is missing in a ledger; `write` gets all that was answered, and empties its list.

    Whatever ends this early, all that was fetched is written first, if it can be.
    """
    writing = _Writing(write, source, how)

    async def fetch(window: Window) -> list[R]:
        writing.asked[window] = client.now()
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

    def __init__(self, write: Callable[[list[Piece]], None], source: Source[R], how: How) -> None:
        self._write, self._source, self._policy = write, source, how.flush
        self.asked: dict[Window, datetime] = {}
        self._pieces: list[Piece] = []
        self._rows = self._windows = 0
        self._since = 0.0
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
                cut = partial(self._cut, batch, asked_at)
                self._buffer(await anyio.to_thread.run_sync(cut, limiter=self._converting))
                # They are columns now, which take far less; whoever waits below holds only those.
                batch.rows.clear()
            async with self._turn:
                if self._is_due():
                    await anyio.to_thread.run_sync(self._write, self._take())

    async def finish(self) -> None:
        """Write what is left."""
        await in_thread(partial(self._write, self._take()))

    def _buffer(self, pieces: list[Piece]) -> None:
        if not self._pieces:
            self._since = time.monotonic()
        self._pieces += pieces
        self._rows += sum(one.answer.rows for one in pieces)
        self._windows += 1

    def _is_due(self) -> bool:
        policy = self._policy
        old = bool(self._pieces) and time.monotonic() - self._since >= policy.seconds
        return old or self._rows >= policy.rows or self._windows >= policy.windows

    def _take(self) -> list[Piece]:
        pieces, self._pieces = self._pieces, []
        self._rows = self._windows = 0
        return pieces

    def _cut(self, batch: Batch[R], asked_at: datetime) -> list[Piece]:
        """Cut a batch where a delivery month begins; a month without rows is a piece as well."""
        source = self._source
        table = from_columns(self._schema_of(batch.stream), source.columns(batch))
        whole = Piece("", table, Answer.of(batch.report, asked_at))
        return [
            whole.cut(month.start, month.end, source.start_column)._replace(
                month=f"{delivery_day_of(month.start, source.zone):%Y-%m}"
            )
            for month in split_by_month(batch.start, batch.end, source.zone)
        ]


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
