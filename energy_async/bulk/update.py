"""Keeping a dataset up to date: what is new since, and what was corrected since."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread
import msgspec

from energy_async.bulk import revisions
from energy_async.bulk.buffer import FlushPolicy
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.engine import OnProgress, check_concurrency
from energy_async.bulk.ledger import Ledger
from energy_async.bulk.manifest import read_manifest, refuse_origin
from energy_async.bulk.place import Place, folder_at
from energy_async.bulk.plan import Plan
from energy_async.bulk.recheck import Changes, Recheck, held_within
from energy_async.bulk.report import Report  # noqa: TC001 - field types are resolved at run time
from energy_async.bulk.store import How, fetch_into, fill, in_thread, opened
from energy_async.delivery import delivery_day, delivery_day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    import pyarrow as pa

    from energy_async.bulk.manifest import Manifest
    from energy_async.bulk.report import WindowReport
    from energy_async.bulk.source import Source
    from energy_async.transport.client import ApiClient

__all__ = ["UpdateReport", "read_revisions", "update"]

R = TypeVar("R")


class UpdateReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an update.

    Attributes:
        recheck: Every window that was held against what the server says today. One that failed
            has changed nothing.
        pull: Every window of the dataset with its outcome, as after a pull.
        changes: What the recheck has found and the dataset now holds.
    """

    recheck: Report
    pull: Report
    changes: Changes

    @property
    def complete(self) -> bool:
        """Whether every window was answered, those rechecked included."""
        return self.recheck.complete and self.pull.complete

    @property
    def failed(self) -> tuple[WindowReport, ...]:
        """The windows that failed, those rechecked included."""
        return (*self.recheck.failed, *self.pull.failed)

    @property
    def rows(self) -> int:
        """Rows that the dataset holds."""
        return self.pull.rows

    def __str__(self) -> str:
        found = self.changes
        checked = len(self.recheck.windows) - len(self.recheck.failed)
        counts = f"{found.corrected} rows corrected, {found.vanished} vanished, {found.added} added"
        lines = [
            f"rechecked {checked} of {len(self.recheck.windows)} windows: {counts}",
            *(f"  {name}: {euros:+,.2f} EUR" for name, euros in found.euros.items()),
            *(f"  {one}" for one in self.recheck.failed[:_SHOWN]),
            str(self.pull),
        ]
        return "\n".join(lines)


_SHOWN = 10


async def update(
    client: ApiClient,
    path: Place,
    source: Source[R],
    *,
    end: datetime | None = None,
    asset_ids: Iterable[str | UUID] = (),
    recheck: timedelta = timedelta(days=35),
    concurrency: int = 8,
    on_progress: OnProgress | None = None,
    flush: FlushPolicy = FlushPolicy(),  # noqa: B008 - frozen
    now: Callable[[], datetime] | None = None,
) -> UpdateReport:
    """Bring a dataset up to date: pull what is new, and take over what was corrected.

    First the last `recheck` of what the dataset holds is asked for again, and whatever had not
    passed when it was asked for: a row of tomorrow that is not there says nothing. Where any value
    differs, where a row is gone or a new one is there, the dataset holds the new state from then
    on; both states are kept, see `read_revisions`. Then the range is extended, and what is missing
    in it is pulled, as by `pull_to`.

    It is safe to kill the process at any instant and to run the update again: no row comes twice,
    and no revision either. A window that fails in the recheck leaves its rows as they are.

    Args:
        client: Sends the requests; not closed.
        path: The dataset; see `Place`.
        source: What it was made of.
        end: New end of the range, which does not belong to it; aware. An end before that of the
            dataset changes nothing. By default the beginning of the current delivery day.
        asset_ids: Further assets; they are pulled from the start of the dataset.
        recheck: How much time before the present end of the dataset, as far as that had passed
            when it was asked for, is asked for again.
        concurrency: How many requests are under way at once; the client's own limit holds too.
        on_progress: Called after each window, of the recheck and then of the pull, in the event
            loop; it must not block.
        flush: How much is buffered before it is written.
        now: Tells the time, aware; by default the client's clock.

    Returns:
        What came of both. Look at `complete`.

    Raises:
        ValueError: A naive `end`, or a negative `recheck`.
        DatasetMismatch: The folder holds no dataset, one of another source or server, or a
            damaged part.
        DatasetLocked: Another pull is writing into the folder.
        WriteFailed: The store refuses; what was written before stays.
        LoginFailed: So are `NotSubscribed`, and `Unauthorized` for the whole account.
        ImportError: pyarrow, or what the store needs, is not installed.
    """
    check_concurrency(concurrency)
    if recheck < timedelta(0):
        raise ValueError(f"recheck must not be negative, got {recheck}")
    noticed_at, assets = (now or client.now)(), list(asset_ids)
    folder = folder_at(path)
    there = await anyio.to_thread.run_sync(read_manifest, folder)
    refuse_origin(folder, there, source, client.base_url)
    wider = there.extended(end or _today(noticed_at, there.zone), assets)
    dataset = Dataset(folder, there, flush.part_rows)
    how = How(concurrency=concurrency, on_progress=on_progress, flush=flush)
    async with opened(dataset):
        checking = Recheck(dataset, source, noticed_at)
        # The plain order: the range is extended only when the recheck is over. Killed in
        # between, the next run rechecks the same time again and not a later stretch of it.
        ledger = await anyio.to_thread.run_sync(_recent, dataset, there, recheck)
        checked = await fetch_into(checking.write, ledger, client, source, how)
        if there.open_from is None or not checked.failed:
            wider = wider.asked(noticed_at)
        await in_thread(partial(dataset.extend, wider))
        pulled = await fill(dataset, client, source, wider.plan(), how)
    return UpdateReport(recheck=checked, pull=pulled, changes=checking.changes)


def _recent(dataset: Dataset, there: Manifest, recheck: timedelta) -> Ledger:
    """Open the books of a recheck: what the dataset holds of the recent past."""
    held = [one.window for one in dataset.answered(there.plan())]
    recent = held_within(held, there.settled_end - recheck, there.end)
    return Ledger(Plan(recent, window=None, zone=there.zone), phase="recheck")


def read_revisions(path: Place) -> pa.Table | None:
    """Read every row that a recheck has found changed; None if there is none.

    The columns are those of the rows, with `noticed_at` (UTC), and `state`: what the row was
    (`before`) and what it became (`after`). A row that vanished has no `after`, one that was added
    no `before`. They come in the order in which they were noticed.

    Raises:
        DatasetMismatch: The folder holds no dataset, or a part is damaged.
    """
    return revisions.read(folder_at(path))


def _today(now: datetime, zone: str) -> datetime:
    return delivery_day(delivery_day_of(now, zone), zone).start
