"""The revenue streams of virtual assets."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

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
from energy_async.bulk.rows import asked_wider
from trlyr_async import revenue_reporting
from trlyr_async.bulk.assets import AssetFacts, describe_assets, facts_of, ids_of, prepare
from trlyr_async.models.revenue_reporting import (
    AncillaryRevenue,
    TollingRevenue,
    VirtualBatteryAuctionRevenue,
    WholesaleRevenue,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from energy_async.bulk import OnProgress, PlaceLike, Window
    from energy_async.transport.client import ApiClient
    from trlyr_async.bulk.assets import Assets

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


class _Row(msgspec.Struct):
    start: Annotated[datetime, Meta(description="Start of the delivery window.")]
    end: Annotated[datetime | None, Meta(description="End of the delivery window, excluded.")]
    revenue: Annotated[float | None, Meta(description="Revenue; null means not told.")]
    version_number: Annotated[str | None, Meta(description="Version of the figure.")]
    annual_price: Annotated[
        float | None,
        Meta(description="Tolling price of a year, tolling only; unit not documented."),
    ]


REVENUE: Final[Source[RevenueRow]] = Source(
    content="terralayr revenue",
    streams=ALL,
    fetch=_fetch,
    row=_Row,
    subject="virtual_asset_id",
    attributes={"start": "start_ts", "end": "end_ts"},
    units_of=TollingRevenue,
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

    `plan(...).least_time(rate)` tells how long that takes at the least. The arguments and errors
    are those of `energy_async.bulk.plan_pull`; delivery months are those of Europe/Berlin.
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

    The first arguments are those of `plan`, and are checked before this returns; the others, what
    it returns and the errors are those of `energy_async.bulk.pull`.
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

    Columns: `virtual_asset_id`, `start`, `end` (UTC, end excluded), `revenue` (EUR),
    `version_number`, `annual_price` (tolling only), and `stream` and `month` (the delivery month
    in Europe/Berlin) from the folder names.

    Arguments that `plan` takes mean the same here; the others, what it returns and the errors are
    those of `energy_async.bulk.pull_to`.
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

    The arguments, what it returns and the errors are those of `energy_async.bulk.update`.
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
