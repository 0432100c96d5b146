# Do not edit: `python -m codegen build`, specs/trlyr/revenue-reporting.json sha256:eda75cf73bae
"""Endpoint functions of terralayr revenue reporting."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, Unpack
from uuid import UUID

from energy_async.parameters import checked, comma_separated
from energy_async.transport.client import ApiClient
from energy_async.transport.request import CallOptions, Operation, Request
from trlyr_async._generated.revenue_reporting.models import (
    AncillaryRevenue,
    DataPointCategory,
    Resolution,
    RevenueDataPoints,
    TollingRevenue,
    VirtualBatteryAuctionRevenue,
    WholesaleRevenue,
)

__all__ = [
    "OPERATIONS",
    "get_ancillary_revenue",
    "get_fleet_data_points",
    "get_health",
    "get_physical_asset_data_points",
    "get_portfolio_data_points",
    "get_tolling_revenue",
    "get_virtual_asset_data_points",
    "get_virtual_battery_auction_revenue",
    "get_wholesale_revenue",
]

_GET_ANCILLARY_REVENUE: Final = Operation[list[AncillaryRevenue]](
    name="revenue_reporting.get_ancillary_revenue",
    method="GET",
    path="/revenue-reporting/{virtualAssetID}/ancillary",
    returns=list[AncillaryRevenue] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_FLEET_DATA_POINTS: Final = Operation[RevenueDataPoints](
    name="revenue_reporting.get_fleet_data_points",
    method="GET",
    path="/revenue-reporting/fleets/{fleetID}/datapoints/{resolution}",
    returns=RevenueDataPoints,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_HEALTH: Final = Operation[None](
    name="revenue_reporting.get_health",
    method="GET",
    path="/revenue-reporting/health",
    returns=None,
    repeatable=True,
    authenticated=False,
    provenance="provisional",
    wants_json=False,
    client="Trlyr",
)
_GET_PHYSICAL_ASSET_DATA_POINTS: Final = Operation[RevenueDataPoints](
    name="revenue_reporting.get_physical_asset_data_points",
    method="GET",
    path="/revenue-reporting/physical-assets/{physicalAssetID}/datapoints/{resolution}",
    returns=RevenueDataPoints,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_PORTFOLIO_DATA_POINTS: Final = Operation[RevenueDataPoints](
    name="revenue_reporting.get_portfolio_data_points",
    method="GET",
    path="/revenue-reporting/portfolios/{portfolioID}/datapoints/{resolution}",
    returns=RevenueDataPoints,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_TOLLING_REVENUE: Final = Operation[list[TollingRevenue]](
    name="revenue_reporting.get_tolling_revenue",
    method="GET",
    path="/revenue-reporting/{virtualAssetID}/tolling",
    returns=list[TollingRevenue] | None,
    repeatable=True,
    provenance="published",
    client="Trlyr",
)
_GET_VIRTUAL_ASSET_DATA_POINTS: Final = Operation[RevenueDataPoints](
    name="revenue_reporting.get_virtual_asset_data_points",
    method="GET",
    path="/revenue-reporting/{virtualAssetID}/datapoints/{resolution}",
    returns=RevenueDataPoints,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_VIRTUAL_BATTERY_AUCTION_REVENUE: Final = Operation[list[VirtualBatteryAuctionRevenue]](
    name="revenue_reporting.get_virtual_battery_auction_revenue",
    method="GET",
    path="/revenue-reporting/{virtualAssetID}/virtual-battery-auction",
    returns=list[VirtualBatteryAuctionRevenue] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_WHOLESALE_REVENUE: Final = Operation[list[WholesaleRevenue]](
    name="revenue_reporting.get_wholesale_revenue",
    method="GET",
    path="/revenue-reporting/{virtualAssetID}/wholesale",
    returns=list[WholesaleRevenue] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)

OPERATIONS: Final[Mapping[str, Operation[Any]]] = {
    "get_ancillary_revenue": _GET_ANCILLARY_REVENUE,
    "get_fleet_data_points": _GET_FLEET_DATA_POINTS,
    "get_health": _GET_HEALTH,
    "get_physical_asset_data_points": _GET_PHYSICAL_ASSET_DATA_POINTS,
    "get_portfolio_data_points": _GET_PORTFOLIO_DATA_POINTS,
    "get_tolling_revenue": _GET_TOLLING_REVENUE,
    "get_virtual_asset_data_points": _GET_VIRTUAL_ASSET_DATA_POINTS,
    "get_virtual_battery_auction_revenue": _GET_VIRTUAL_BATTERY_AUCTION_REVENUE,
    "get_wholesale_revenue": _GET_WHOLESALE_REVENUE,
}
"""Every operation of the area by the name of its function, for `send_raw` and for tools."""


async def get_ancillary_revenue(
    client: ApiClient[Literal["Trlyr"]],
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    **options: Unpack[CallOptions],
) -> list[AncillaryRevenue]:
    """Fetch the ancillary revenue of a virtual asset, by delivery window.

    Revenue is in EUR; times are aware and in UTC. That both ends of the range are included is
    assumed, as for tolling: a window that starts at `end` may be returned.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_ANCILLARY_REVENUE,
        path={"virtualAssetID": virtual_asset_id},
        query={"start": checked(start, "start", datetime), "end": checked(end, "end", datetime)},
    )
    return await client.send(request, **options) or []


async def get_fleet_data_points(
    client: ApiClient[Literal["Trlyr"]],
    fleet_id: UUID | str,
    resolution: Resolution,
    *,
    start: datetime,
    end: datetime,
    datapoints: Sequence[DataPointCategory] | None = None,
    **options: Unpack[CallOptions],
) -> RevenueDataPoints:
    """Fetch revenue data points of a fleet at a resolution.

    `DATA_POINT_CATEGORY_UNITS` of this area's models tells the unit of each category where it is
    known. Times are aware and in UTC. That both ends of the range are included is assumed.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        fleet_id: Id of the fleet.
        resolution: The resolution.
        start: Start of the range.
        end: End of the range.
        datapoints: Categories to return; all of them when left out. At least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_FLEET_DATA_POINTS,
        path={"fleetID": fleet_id, "resolution": checked(resolution, "resolution", Resolution)},
        query={
            "start": checked(start, "start", datetime),
            "end": checked(end, "end", datetime),
            "datapoints": comma_separated(
                checked(datapoints, "datapoints", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options)


async def get_health(client: ApiClient[Literal["Trlyr"]], **options: Unpack[CallOptions]) -> None:
    """Ask whether the API is up; an answer without an error says so.

    No page of it is known: the document says that a health check is there and needs no token.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/revenue-reporting-api-reference/revenue/get-tolling-revenue-for-a-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(_GET_HEALTH)
    await client.send(request, **options)


async def get_physical_asset_data_points(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    resolution: Resolution,
    *,
    start: datetime,
    end: datetime,
    datapoints: Sequence[DataPointCategory] | None = None,
    **options: Unpack[CallOptions],
) -> RevenueDataPoints:
    """Fetch revenue data points of a physical asset at a resolution.

    `DATA_POINT_CATEGORY_UNITS` of this area's models tells the unit of each category where it is
    known. Times are aware and in UTC. That both ends of the range are included is assumed.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        resolution: The resolution.
        start: Start of the range.
        end: End of the range.
        datapoints: Categories to return; all of them when left out. At least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_PHYSICAL_ASSET_DATA_POINTS,
        path={
            "physicalAssetID": physical_asset_id,
            "resolution": checked(resolution, "resolution", Resolution),
        },
        query={
            "start": checked(start, "start", datetime),
            "end": checked(end, "end", datetime),
            "datapoints": comma_separated(
                checked(datapoints, "datapoints", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options)


async def get_portfolio_data_points(
    client: ApiClient[Literal["Trlyr"]],
    portfolio_id: UUID | str,
    resolution: Resolution,
    *,
    start: datetime,
    end: datetime,
    datapoints: Sequence[DataPointCategory] | None = None,
    **options: Unpack[CallOptions],
) -> RevenueDataPoints:
    """Fetch revenue data points of a portfolio at a resolution.

    `DATA_POINT_CATEGORY_UNITS` of this area's models tells the unit of each category where it is
    known. Times are aware and in UTC. That both ends of the range are included is assumed.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        portfolio_id: Id of the portfolio.
        resolution: The resolution.
        start: Start of the range.
        end: End of the range.
        datapoints: Categories to return; all of them when left out. At least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_PORTFOLIO_DATA_POINTS,
        path={
            "portfolioID": portfolio_id,
            "resolution": checked(resolution, "resolution", Resolution),
        },
        query={
            "start": checked(start, "start", datetime),
            "end": checked(end, "end", datetime),
            "datapoints": comma_separated(
                checked(datapoints, "datapoints", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options)


async def get_tolling_revenue(
    client: ApiClient[Literal["Trlyr"]],
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    **options: Unpack[CallOptions],
) -> list[TollingRevenue]:
    """Fetch the tolling revenue of a virtual asset, by delivery window.

    Revenue is in EUR; times are aware and in UTC. That both ends of the range are included is
    assumed, as its siblings': a window that starts at `end` may be returned.

    Known from its published OpenAPI description.

    Raises:
        BadRequest: 400 Bad Request.
        Forbidden: 403 Forbidden.
        ServerError: 500 Internal Server Error.
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/revenue-reporting-api-reference/revenue/get-tolling-revenue-for-a-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_TOLLING_REVENUE,
        path={"virtualAssetID": virtual_asset_id},
        query={"start": checked(start, "start", datetime), "end": checked(end, "end", datetime)},
    )
    return await client.send(request, **options) or []


async def get_virtual_asset_data_points(
    client: ApiClient[Literal["Trlyr"]],
    virtual_asset_id: UUID | str,
    resolution: Resolution,
    *,
    start: datetime,
    end: datetime,
    datapoints: Sequence[DataPointCategory] | None = None,
    **options: Unpack[CallOptions],
) -> RevenueDataPoints:
    """Fetch revenue data points of a virtual asset at a resolution.

    `DATA_POINT_CATEGORY_UNITS` of this area's models tells the unit of each category where it is
    known. Times are aware and in UTC. That both ends of the range are included is assumed.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        virtual_asset_id: Id of the virtual asset.
        resolution: The resolution.
        start: Start of the range.
        end: End of the range.
        datapoints: Categories to return; all of them when left out. At least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_VIRTUAL_ASSET_DATA_POINTS,
        path={
            "virtualAssetID": virtual_asset_id,
            "resolution": checked(resolution, "resolution", Resolution),
        },
        query={
            "start": checked(start, "start", datetime),
            "end": checked(end, "end", datetime),
            "datapoints": comma_separated(
                checked(datapoints, "datapoints", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options)


async def get_virtual_battery_auction_revenue(
    client: ApiClient[Literal["Trlyr"]],
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    **options: Unpack[CallOptions],
) -> list[VirtualBatteryAuctionRevenue]:
    """Fetch the virtual battery auction revenue of a virtual asset, by delivery window.

    Revenue is in EUR; times are aware and in UTC. That both ends of the range are included is
    assumed, as for tolling: a window that starts at `end` may be returned.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_VIRTUAL_BATTERY_AUCTION_REVENUE,
        path={"virtualAssetID": virtual_asset_id},
        query={"start": checked(start, "start", datetime), "end": checked(end, "end", datetime)},
    )
    return await client.send(request, **options) or []


async def get_wholesale_revenue(
    client: ApiClient[Literal["Trlyr"]],
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    **options: Unpack[CallOptions],
) -> list[WholesaleRevenue]:
    """Fetch the wholesale revenue of a virtual asset, by delivery window.

    Revenue is in EUR; times are aware and in UTC. That both ends of the range are included is
    assumed, as for tolling: a window that starts at `end` may be returned.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_WHOLESALE_REVENUE,
        path={"virtualAssetID": virtual_asset_id},
        query={"start": checked(start, "start", datetime), "end": checked(end, "end", datetime)},
    )
    return await client.send(request, **options) or []
