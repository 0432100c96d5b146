"""The revenue streams of virtual assets."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from energy_async.bulk import (
    FlushPolicy,
    Plan,
    Pull,
    Report,
    Source,
    UpdateReport,
    plan_pull,
    pull,
    pull_to,
    update,
)
from energy_async.bulk.engine import check_concurrency
from energy_async.bulk.fill import in_thread
from energy_async.bulk.margin import asked_wider
from trlyr_async import revenue_reporting
from trlyr_async.bulk.assets import AssetFacts, describe_assets, facts_of, ids_of, prepare
from trlyr_async.models.revenue_reporting import (
    AncillaryRevenue,
    TollingRevenue,
    VirtualBatteryAuctionRevenue,
    WholesaleRevenue,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk import Batch, OnProgress, PlaceLike, Window
    from energy_async.columns import Same
    from energy_async.transport.client import ApiClient
    from trlyr_async.bulk.assets import Assets

__all__ = [
    "ALL",
    "REVENUE",
    "RevenueRow",
    "Stream",
    "plan",
    "pull_revenue",
    "pull_revenue_to",
    "update_revenue",
]

Stream: TypeAlias = Literal["tolling", "wholesale", "ancillary", "virtual_battery_auction"]
"""A revenue stream of a virtual asset."""
ALL: Final[tuple[Stream, ...]] = ("tolling", "wholesale", "ancillary", "virtual_battery_auction")
"""Every revenue stream. All but `tolling` rest on provisional operations; pulling warns of none."""
RevenueRow: TypeAlias = (
    TollingRevenue | WholesaleRevenue | AncillaryRevenue | VirtualBatteryAuctionRevenue
)
"""A row of a batch; its type is that of the batch's stream. Revenue is in EUR."""

_FETCHERS: Final[dict[str, Callable[..., Awaitable[list[Any]]]]] = {
    "tolling": revenue_reporting.get_tolling_revenue,
    "wholesale": revenue_reporting.get_wholesale_revenue,
    "ancillary": revenue_reporting.get_ancillary_revenue,
    "virtual_battery_auction": revenue_reporting.get_virtual_battery_auction_revenue,
}


async def _fetch(client: ApiClient, window: Window) -> list[RevenueRow]:
    async def ask(start: datetime, end: datetime) -> list[RevenueRow]:
        ask_stream = _FETCHERS[window.stream]
        return await ask_stream(client, window.asset_id, start=start, end=end, lane="bulk")

    return await asked_wider(ask, window, _length)


def _length(row: RevenueRow) -> timedelta:
    if row.start_ts is None or row.end_ts is None:
        return timedelta(0)
    return row.end_ts - row.start_ts


def _schema() -> pa.Schema:
    from trlyr_async.bulk.revenue_table import schema  # noqa: PLC0415 - an extra, for datasets alone

    return schema()


def _columns(batch: Batch[RevenueRow]) -> Mapping[str, Sequence[Any] | Same]:
    from trlyr_async.bulk.revenue_table import columns_of  # noqa: PLC0415

    return columns_of(batch)


REVENUE: Final[Source[RevenueRow]] = Source(
    content="terralayr revenue",
    streams=ALL,
    fetch=_fetch,
    schema=_schema,
    columns=_columns,
    start_of=attrgetter("start_ts"),
    owner_of=attrgetter("virtual_asset_id"),
    operations={name: revenue_reporting.OPERATIONS[f"get_{name}_revenue"] for name in ALL},
    zone="Europe/Berlin",
)
"""The revenue streams of virtual assets."""


def plan(
    asset_ids: Assets,
    *,
    start: datetime,
    end: datetime,
    streams: Iterable[Stream] = ALL,
    window: timedelta | None = None,
) -> Plan:
    """List what a pull would ask for, one request each, without asking.

    `plan(...).least_time(rate)` tells how long that takes at the least.

    Args:
        asset_ids: Virtual assets, each once: their ids, or what `get_virtual_assets` gives.
        start: Start of the range, which belongs to it; aware.
        end: End of the range, which does not belong to it; aware.
        streams: Which revenue streams.
        window: How much time one request covers; any length gives the same rows. By default a
            delivery month (Europe/Berlin), and several where the answers turn out to be small.
            Where an answer is too large or too slow, its window is split, whatever was chosen.

    Raises:
        ValueError: An asset or stream named twice (its money would count twice), no asset, an
            unknown stream, a naive time, an end that is not after the start, a window of nothing.
    """
    return plan_pull(
        REVENUE, ids_of(asset_ids), start=start, end=end, streams=streams, window=window
    )


def pull_revenue(
    client: ApiClient,
    asset_ids: Assets,
    *,
    start: datetime,
    end: datetime,
    streams: Iterable[Stream] = ALL,
    window: timedelta | None = None,
    concurrency: int = 8,
    on_progress: OnProgress | None = None,
) -> Pull[RevenueRow]:
    """Pull revenue as batches of rows, one per asset, stream and window, in order of arrival.

    The arguments that `plan` takes mean the same here, and are checked before this returns.

    Args:
        client: Sends the requests, in the lane `bulk`; not closed.
        asset_ids: See `plan`.
        start: See `plan`.
        end: See `plan`.
        streams: See `plan`.
        window: See `plan`.
        concurrency: How many requests are under way at once; the client's own limit holds too.
        on_progress: Called after each window, in the event loop; it must not block.

    Returns:
        An async iterator, which may be left at any point; see `Pull`. A failed window is a batch
        with `outcome == "failed"` and its `error`.

    Raises:
        LoginFailed: While iterating; so are `NotSubscribed`, `Unauthorized` for the whole
            account, and mistakes such as a closed client. They end the pull.
    """
    asked = plan(asset_ids, start=start, end=end, streams=streams, window=window)
    return pull(client, REVENUE, asked, concurrency=concurrency, on_progress=on_progress)


async def pull_revenue_to(
    client: ApiClient,
    path: PlaceLike,
    asset_ids: Assets,
    *,
    start: datetime,
    end: datetime,
    streams: Iterable[Stream] = ALL,
    window: timedelta | None = None,
    concurrency: int = 8,
    on_progress: OnProgress | None = None,
    flush: FlushPolicy = FlushPolicy(),  # noqa: B008 - frozen
) -> Report:
    """Pull revenue into a Parquet dataset, by stream and delivery month. Run again to resume.

    A second run with the same arguments asks only for what is missing or failed before. It is safe
    to kill the process at any instant: the next run ends with the same rows, none of them twice.

    Columns: `virtual_asset_id`, `start`, `end` (UTC, end excluded), `revenue` (EUR),
    `version_number`, `annual_price` (tolling only), and `stream` and `month` (the delivery month
    in Europe/Berlin) from the folder names.

    Args:
        client: Sends the requests, in the lane `bulk`; not closed.
        path: The folder, or a URL such as `s3://bucket/revenue` (extra `[stores]`); made if
            missing. Any number of processes may pull into it at the same time.
        asset_ids: See `plan`. Where they are structs, their power, life and portfolio are written
            beside the rows before the first window is asked, for EUR/MW/year; see `figures`.
        start: See `plan`.
        end: See `plan`.
        streams: See `plan`.
        window: See `plan`; another run may choose another length.
        concurrency: How many requests are under way at once; the client's own limit holds too.
        on_progress: Called after each window, in the event loop; it must not block.
        flush: How much is buffered before it is written.

    Returns:
        The outcome of every window, earlier runs included. Look at `complete`.

    Raises:
        DatasetMismatch: The place holds something else, or a pull with other arguments.
        UnsafeStore: The store ignores conditional writes; see `place_at`.
        WriteFailed: The disk refuses; what was written before stays and can be resumed.
        LoginFailed: So are `NotSubscribed`, and `Unauthorized` for the whole account. What was
            fetched before is written; a note on the error tells how far the pull came.
        ImportError: pyarrow is not installed.
    """
    assets = list(asset_ids)
    asked = plan(assets, start=start, end=end, streams=streams, window=window)
    check_concurrency(concurrency)
    await prepare(client, path, REVENUE, asked, facts_of(assets))
    return await pull_to(
        client,
        path,
        REVENUE,
        asked,
        concurrency=concurrency,
        on_progress=on_progress,
        flush=flush,
    )


async def update_revenue(
    client: ApiClient,
    path: PlaceLike,
    *,
    end: datetime | None = None,
    asset_ids: Assets = (),
    recheck: timedelta = timedelta(days=35),
    concurrency: int = 8,
    on_progress: OnProgress | None = None,
    flush: FlushPolicy = FlushPolicy(),  # noqa: B008 - frozen
) -> UpdateReport:
    """Bring a dataset of `pull_revenue_to` up to date: what is new, and what was corrected.

    The last `recheck` of what the dataset holds is asked for again. Where a revenue, a version or
    anything else differs, where a row is gone or a new one is there, the dataset holds the new
    state from then on; both states are kept, see `read_revisions`. Then what is missing up to `end`
    is pulled. Safe to kill at any instant: run it again.

    Args:
        client: Sends the requests, in the lane `bulk`; not closed.
        path: The dataset.
        end: New end of the range, which does not belong to it; aware. An end before that of the
            dataset changes nothing. By default the beginning of the current delivery day
            (Europe/Berlin).
        asset_ids: Further virtual assets; they are pulled from the start of the dataset.
        recheck: How much time before the present end of the dataset is asked for again.
        concurrency: How many requests are under way at once; the client's own limit holds too.
        on_progress: Called after each window, of the recheck and then of the pull, in the event
            loop; it must not block.
        flush: How much is buffered before it is written.

    Returns:
        What came of both. Look at `complete`.

    Raises:
        ValueError: A naive `end`, or a negative `recheck`.
        DatasetMismatch: The folder holds no dataset of revenue from this server.
        DatasetDamaged: A file of the dataset is damaged.
        UnsafeStore: The store ignores conditional writes; see `place_at`.
        WriteFailed: The disk refuses; what was written before stays.
        LoginFailed: So are `NotSubscribed`, and `Unauthorized` for the whole account.
        ImportError: pyarrow is not installed.
    """
    assets = list(asset_ids)
    if (known := facts_of(assets)) != AssetFacts():
        await in_thread(partial(describe_assets, path, known))
    return await update(
        client,
        path,
        REVENUE,
        end=end,
        asset_ids=ids_of(assets),
        recheck=recheck,
        concurrency=concurrency,
        on_progress=on_progress,
        flush=flush,
    )
