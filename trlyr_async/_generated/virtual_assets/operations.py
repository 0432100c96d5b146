# Do not edit: `python -m codegen build`, specs/trlyr/virtual-assets.json sha256:49e9844ae3b9
"""Endpoint functions of terralayr virtual assets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Unpack
from uuid import UUID

from energy_async.transport.client import ApiClient
from energy_async.transport.request import CallOptions, Operation, Request
from trlyr_async._generated.virtual_assets.models import EnergyCapacityTimeseries, VirtualAsset

__all__ = ["OPERATIONS", "get_energy_capacity", "get_virtual_asset", "get_virtual_assets"]

_GET_ENERGY_CAPACITY: Final = Operation[EnergyCapacityTimeseries](
    name="virtual_assets.get_energy_capacity",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/energy-capacity",
    returns=EnergyCapacityTimeseries,
    repeatable=True,
    provenance="published",
)
_GET_VIRTUAL_ASSET: Final = Operation[VirtualAsset](
    name="virtual_assets.get_virtual_asset",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}",
    returns=VirtualAsset,
    repeatable=True,
    provenance="documented",
)
_GET_VIRTUAL_ASSETS: Final = Operation[list[VirtualAsset]](
    name="virtual_assets.get_virtual_assets",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets",
    returns=list[VirtualAsset] | None,
    repeatable=True,
    provenance="documented",
)

OPERATIONS: Final[Mapping[str, Operation[Any]]] = {
    "get_energy_capacity": _GET_ENERGY_CAPACITY,
    "get_virtual_asset": _GET_VIRTUAL_ASSET,
    "get_virtual_assets": _GET_VIRTUAL_ASSETS,
}
"""Every operation of the area by the name of its function, for `send_raw` and for tools."""


async def get_energy_capacity(
    client: ApiClient,
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    **options: Unpack[CallOptions],
) -> EnergyCapacityTimeseries:
    """Fetch the rated and available energy capacity of a virtual asset, by quarter-hour.

    Values are in kWh. Both ends of the range are included: a point at `end` is returned. Available
    capacity is below the rated one during an unavailability.

    Known from its published OpenAPI description.

    Raises:
        BadRequest: 400 Bad Request.
        Unauthorized: 401 Unauthorized.
        ServerError: 500 Internal Server Error.
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-the-usable-energy-capacity-of-a-virtual-asset-as-a-timeseries
    (read 2026-06-30)
    """
    request = Request(
        _GET_ENERGY_CAPACITY,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={"start": start, "end": end},
    )
    return await client.send(request, **options)


async def get_virtual_asset(
    client: ApiClient,
    organisation_id: str,
    virtual_asset_id: UUID | str,
    **options: Unpack[CallOptions],
) -> VirtualAsset:
    """Fetch one virtual asset.

    Power is in kW and energy in kWh; times are aware and in UTC.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-a-virtual-asset
    (read 2026-06-30)
    """
    request = Request(
        _GET_VIRTUAL_ASSET,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
    )
    return await client.send(request, **options)


async def get_virtual_assets(
    client: ApiClient,
    organisation_id: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> list[VirtualAsset]:
    """Fetch the virtual assets of an organisation.

    Power is in kW and energy in kWh; times are aware and in UTC. What `start` and `end` select, and
    whether their ends are included, is not documented.

    Known from its documentation page: path, parameters and answer were read there.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-all-the-virtual-assets-belonging-to-an-organisation
    (read 2026-06-30)
    """
    request = Request(
        _GET_VIRTUAL_ASSETS,
        path={"organisationID": organisation_id},
        query={"start": start, "end": end},
    )
    return await client.send(request, **options) or []
