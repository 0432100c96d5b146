"""Keeping a dataset up to date: what is new since, and what was corrected since."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread
import msgspec

from energy_async.bulk.answers import Answered
from energy_async.bulk.changes import Changes  # noqa: TC001 - as below
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.engine import check_concurrency
from energy_async.bulk.fill import FlushPolicy, How, fetch_into, fill, in_thread
from energy_async.bulk.ledger import Ledger
from energy_async.bulk.manifest import refuse_origin
from energy_async.bulk.plan import Outline, Plan
from energy_async.bulk.recheck import Recheck, answered_within
from energy_async.bulk.report import Report  # noqa: TC001 - field types are resolved at run time
from energy_async.bulk.windows import gaps, joined
from energy_async.delivery import delivery_day, delivery_day_of
from energy_async.storage.table import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from energy_async.bulk.answers import Answer
    from energy_async.bulk.manifest import Manifest
    from energy_async.bulk.progress import OnProgress
    from energy_async.bulk.report import WindowReport
    from energy_async.bulk.source import Source
    from energy_async.bulk.windows import Window
    from energy_async.storage import PlaceLike
    from energy_async.transport.client import ApiClient

R = TypeVar("R")
RECHECK = timedelta(days=35)
_SHOWN = 10


class UpdateReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an update.

    Attributes:
        recheck: Every window that was compared with what the server says today. One that failed
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


async def update(
    client: ApiClient,
    path: PlaceLike,
    source: Source[R],
    *,
    end: datetime | None = None,
    asset_ids: Iterable[str | UUID] = (),
    recheck: timedelta = RECHECK,
    concurrency: int = 8,
    on_progress: OnProgress | None = None,
    flush: FlushPolicy = FlushPolicy(),  # noqa: B008 - frozen
) -> UpdateReport:
    """Bring a dataset up to date: pull what is new, and take over what was corrected.

    First the last `recheck` of what the dataset holds is asked for again, and whatever had not
    passed when it was asked for: a row of tomorrow that is not there says nothing. Where any value
    differs, where a row is gone or a new one is there, the dataset holds the new state from then
    on; both states are kept, see `read_revisions` and the `as_of` of `read`. Then what is missing
    in the extended range is pulled, as by `pull_to`.

    It is safe to kill the process at any instant and to run the update again: no row comes twice,
    and no revision either. A window that fails in the recheck leaves its rows as they are. To share
    an update out over workers, see `plan_update`.

    Args:
        client: Sends the requests; not closed.
        path: The dataset; see `PlaceLike`.
        source: What it was made of.
        end: New end of the range, which does not belong to it; aware. An end before that of the
            dataset changes nothing. By default the beginning of the current delivery day.
        asset_ids: Further assets; they are pulled from the start of the dataset.
        recheck: How much time before the present end of the dataset, as far as that had passed
            when it was asked for, is asked for again.
        concurrency: See `pull_to`; so are the next two.
        on_progress: Called after each window, of the recheck and then of the pull.
        flush: How much is buffered before it is written.

    Returns:
        What came of both. Look at `complete`.

    Raises:
        ValueError: A naive `end`, or a negative `recheck`.
        DatasetMismatch: The place holds no dataset, or one of another source or server.
        DatasetDamaged: A file of the dataset is damaged.
        UnsafeStore: The store ignores conditional writes; see `place_at`.
        WriteFailed: The store refuses; what was written before stays.
        LoginFailed: So are `NotSubscribed`, and `Unauthorized` for the whole account.
        ImportError: pyarrow, or what the store needs, is not installed.
    """
    planned = partial(
        plan_update, path, source, client.base_url,
        end=end, asset_ids=list(asset_ids), recheck=recheck, now=client.now,
    )  # fmt: skip
    check_concurrency(concurrency)
    plan = await anyio.to_thread.run_sync(planned)
    dataset = Dataset(path, flush.part_rows, now=client.now)
    whole = (await anyio.to_thread.run_sync(dataset.manifest)).plan()
    how = How(concurrency, on_progress, flush)
    report = await _asked(dataset, client, source, plan, whole, how)
    await in_thread(partial(settle_update, path, now=client.now))
    return report


def plan_update(
    path: PlaceLike,
    source: Source[R],
    base_url: str,
    *,
    end: datetime | None = None,
    asset_ids: Iterable[str | UUID] = (),
    recheck: timedelta = RECHECK,
    now: Callable[[], datetime] = utc_now,
) -> Plan:
    """Extend the range of a dataset, and list all that an update asks for.

    Workers may share it out: each gives one of `plan.shards(n)` to `ask`. When all of them are
    complete, `settle_update` closes the update; until then the next one asks again from where this
    one began, so that no stretch of time is left out. `base_url` is that of the client that will
    ask; the other arguments and the errors are those of `update`.
    """
    if recheck < timedelta(0):
        raise ValueError(f"recheck must not be negative, got {recheck}")
    dataset, ids = Dataset(path, now=now), list(asset_ids)
    there = dataset.manifest()
    refuse_origin(path, there, source, base_url)
    answers = dataset.answered()
    begun = min(_settled(there, answers) - recheck, there.recheck_from or there.end)

    def extended(before: Manifest) -> Manifest:
        wider = before.extended(end or _today(now(), before.zone), ids)
        keys = list(source.key_columns)  # which a dataset of an older format does not know
        return msgspec.structs.replace(wider, recheck_from=begun, key_columns=keys)

    wider = dataset.note(extended)
    again = answered_within((one.window for one in answers), begun, there.end)
    new = gaps(wider.plan(), [one.window for one in answers])
    outline = Outline(wider.start, wider.end, wider.zone, (*wider.streams,), (*wider.assets,))
    return Plan([*again, *new], window=None, zone=wider.zone, whole=outline)


async def ask(
    client: ApiClient,
    path: PlaceLike,
    source: Source[R],
    plan: Plan,
    *,
    concurrency: int = 8,
    on_progress: OnProgress | None = None,
    flush: FlushPolicy = FlushPolicy(),  # noqa: B008 - frozen
) -> UpdateReport:
    """Ask for what a plan lists: what the dataset holds is rechecked, what it lacks is pulled.

    The plan is that of `plan_update`, or one of its shards. All else is as in `update`.
    """
    check_concurrency(concurrency)
    dataset = Dataset(path, flush.part_rows, now=client.now)
    how = How(concurrency, on_progress, flush)
    return await _asked(dataset, client, source, plan, plan, how)


def settle_update(path: PlaceLike, *, now: Callable[[], datetime] = utc_now) -> None:
    """Note that an update is through: whatever its plan lists was asked.

    Raises:
        WriteFailed: The store refuses; the next update asks again from where this one began.
    """
    Dataset(path, now=now).note(lambda before: msgspec.structs.replace(before, recheck_from=None))


async def _asked(
    dataset: Dataset, client: ApiClient, source: Source[R], plan: Plan, pull: Plan, how: How
) -> UpdateReport:
    """Ask again for what a plan lists and the dataset holds, and then for what `pull` lacks."""
    number, windows = await anyio.to_thread.run_sync(_answered_of, dataset, plan)
    checking = Recheck(dataset, source, number)
    again = Ledger(Plan(windows, window=None, zone=plan.zone), phase="recheck")
    checked = await fetch_into(checking.write, again, client, source, how)
    pulled = await fill(dataset, client, source, pull, how)
    await in_thread(dataset.tidy)
    return UpdateReport(recheck=checked, pull=pulled, changes=checking.changes)


def _answered_of(dataset: Dataset, plan: Plan) -> tuple[int, list[Window]]:
    """Give what of a plan a dataset holds, and the number of its newest commit."""
    snapshot = dataset.load()
    asked = Answered.of(plan)
    return snapshot.number, joined(
        window for one in dataset.answers.all(snapshot) for window in asked.within(one)
    )


def _settled(there: Manifest, answers: Iterable[Answer]) -> datetime:
    """Where the time ends that had passed when it was asked for."""
    return min((one.open_from for one in answers if one.open_from), default=there.end)


def _today(now: datetime, zone: str) -> datetime:
    return delivery_day(delivery_day_of(now, zone), zone).start
