# Do not edit: `python -m codegen build`, specs/trlyr/monitoring.json sha256:61e6a246a1ad
"""Endpoint functions of terralayr monitoring."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, Unpack

from energy_async.parameters import checked, comma_separated
from energy_async.transport.client import ApiClient
from energy_async.transport.request import CallOptions, Operation, Request

__all__ = ["OPERATIONS", "get_data_point_names", "get_data_points", "get_detailed_sums", "get_sums"]

_GET_DATA_POINT_NAMES: Final = Operation[list[str]](
    name="monitoring.get_data_point_names",
    method="GET",
    path="/{physicalAssetID}/datapoints/names",
    returns=list[str] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_DATA_POINTS: Final = Operation[dict[str, Any]](
    name="monitoring.get_data_points",
    method="GET",
    path="/{physicalAssetID}/datapoints",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_DETAILED_SUMS: Final = Operation[dict[str, Any]](
    name="monitoring.get_detailed_sums",
    method="GET",
    path="/{physicalAssetID}/datapoints/sum/detailed",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_SUMS: Final = Operation[dict[str, Any]](
    name="monitoring.get_sums",
    method="GET",
    path="/{physicalAssetID}/datapoints/sum",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)

OPERATIONS: Final[Mapping[str, Operation[Any]]] = {
    "get_data_point_names": _GET_DATA_POINT_NAMES,
    "get_data_points": _GET_DATA_POINTS,
    "get_detailed_sums": _GET_DETAILED_SUMS,
    "get_sums": _GET_SUMS,
}
"""Every operation of the area by the name of its function, for `send_raw` and for tools."""


async def get_data_point_names(
    client: ApiClient[Literal["Trlyr"]], physical_asset_id: str, **options: Unpack[CallOptions]
) -> list[str]:
    """Fetch the names of the data points that a physical asset has.

    No page of it is known: it follows from names being asked for elsewhere.

    The published path has no `/monitoring` in front, though the document lies under
    `/monitoring/docs`: the real address may need it.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(_GET_DATA_POINT_NAMES, path={"physicalAssetID": physical_asset_id})
    return await client.send(request, **options) or []


async def get_data_points(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: str,
    *,
    start: datetime,
    end: datetime,
    datapoints: Sequence[str] | None = None,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch measured data points of a physical asset over time.

    No page of it is known: the overview promises timeseries. A request whose answer would exceed 10
    MB fails: ask for shorter ranges or fewer data points.

    The published path has no `/monitoring` in front, though the document lies under
    `/monitoring/docs`: the real address may need it.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        start: Start of the range.
        end: End of the range.
        datapoints: Names of data points. Assumed: the name of the parameter was not visible; data
            points of revenue have this one. At least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_DATA_POINTS,
        path={"physicalAssetID": physical_asset_id},
        query={
            "start": checked(start, "start", datetime),
            "end": checked(end, "end", datetime),
            "datapoints": comma_separated(
                checked(datapoints, "datapoints", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options) or {}


async def get_detailed_sums(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: str,
    *,
    start: datetime,
    end: datetime,
    datapoints: Sequence[str] | None = None,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch sums of data points of a physical asset, with energy worked out from them.

    What the answer holds, the names of data points and their units are not documented. A request
    whose answer would exceed 10 MB fails: ask for shorter ranges or fewer data points.

    The published path has no `/monitoring` in front, though the document lies under
    `/monitoring/docs`: the real address may need it.

    Partly known: the path was read on a page, the shape of the answer was not.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        start: Start of the range.
        end: End of the range.
        datapoints: Names of data points. Assumed: the name of the parameter was not visible; data
            points of revenue have this one. At least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/monitoring-api-reference/monitoring/get-detailed-summed-statistics-with-calculated-energy-values
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_DETAILED_SUMS,
        path={"physicalAssetID": physical_asset_id},
        query={
            "start": checked(start, "start", datetime),
            "end": checked(end, "end", datetime),
            "datapoints": comma_separated(
                checked(datapoints, "datapoints", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options) or {}


async def get_sums(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: str,
    *,
    start: datetime,
    end: datetime,
    datapoints: Sequence[str] | None = None,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch sums of data points of a physical asset.

    No page of it is known: it follows `get_detailed_sums`. A request whose answer would exceed 10
    MB fails: ask for shorter ranges or fewer data points.

    The published path has no `/monitoring` in front, though the document lies under
    `/monitoring/docs`: the real address may need it.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        start: Start of the range.
        end: End of the range.
        datapoints: Names of data points. Assumed: the name of the parameter was not visible; data
            points of revenue have this one. At least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_SUMS,
        path={"physicalAssetID": physical_asset_id},
        query={
            "start": checked(start, "start", datetime),
            "end": checked(end, "end", datetime),
            "datapoints": comma_separated(
                checked(datapoints, "datapoints", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options) or {}
