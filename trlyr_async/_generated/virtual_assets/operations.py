# Do not edit: `python -m codegen build`, specs/trlyr/virtual-assets.json sha256:49e9844ae3b9
"""Endpoint functions of terralayr virtual assets."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal, Unpack
from uuid import UUID

from typing_extensions import deprecated

from energy_async.parameters import checked, checked_json, comma_separated
from energy_async.transport.client import ApiClient
from energy_async.transport.request import CallOptions, Operation, Request
from trlyr_async._generated.virtual_assets.models import (
    AfrrBid,
    AfrrMarket,
    AfrrProductBids,
    AfrrProductResults,
    AncillaryMarket,
    AncillaryProductBids,
    AncillaryProductResults,
    Block,
    BlockOperationalCategory,
    BlockUpdate,
    CreateAfrrBids,
    CreateFcrBids,
    EnergyCapacityTimeseries,
    FcrBid,
    FcrProductBids,
    FcrProductResults,
    OperationalCategory,
    ProductDirection,
    ProjectedStateOfCharge,
    ScheduleAdjustments,
    StateOfEnergy,
    SubmitAncillaryBids,
    VirtualAsset,
)

__all__ = [
    "OPERATIONS",
    "create_afrr_bids",
    "create_fcr_bids",
    "get_adjustments",
    "get_afrr_bids",
    "get_afrr_product_bids",
    "get_afrr_product_results",
    "get_afrr_results",
    "get_ancillary_bids",
    "get_ancillary_results",
    "get_block",
    "get_block_operational_data",
    "get_blocks",
    "get_energy_capacity",
    "get_fcr_bids",
    "get_fcr_product_bids",
    "get_fcr_product_results",
    "get_fcr_results",
    "get_latest_block_operational_data",
    "get_latest_operational_data",
    "get_latest_state_of_charge",
    "get_latest_state_of_energy",
    "get_operational_data",
    "get_projected_state_of_charge",
    "get_projected_state_of_energy",
    "get_state_of_charge",
    "get_virtual_asset",
    "get_virtual_assets",
    "submit_ancillary_bids",
    "update_afrr_bids",
    "update_block_schedule",
    "update_fcr_bids",
]

_CREATE_AFRR_BIDS: Final = Operation[None](
    name="virtual_assets.create_afrr_bids",
    method="POST",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/afrr/bids",
    returns=None,
    repeatable=False,
    lane="urgent",
    provenance="provisional",
    wants_json=False,
    client="Trlyr",
)
_CREATE_FCR_BIDS: Final = Operation[None](
    name="virtual_assets.create_fcr_bids",
    method="POST",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/fcr/bids",
    returns=None,
    repeatable=False,
    lane="urgent",
    provenance="provisional",
    wants_json=False,
    client="Trlyr",
)
_GET_ADJUSTMENTS: Final = Operation[ScheduleAdjustments](
    name="virtual_assets.get_adjustments",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/adjustments",
    returns=ScheduleAdjustments,
    repeatable=True,
    provenance="documented",
    client="Trlyr",
)
_GET_AFRR_BIDS: Final = Operation[list[AfrrProductBids]](
    name="virtual_assets.get_afrr_bids",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/afrr/bids",
    returns=list[AfrrProductBids] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_AFRR_PRODUCT_BIDS: Final = Operation[AfrrProductBids](
    name="virtual_assets.get_afrr_product_bids",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/afrr/bids/{productDateCode}",
    returns=AfrrProductBids,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_AFRR_PRODUCT_RESULTS: Final = Operation[AfrrProductResults](
    name="virtual_assets.get_afrr_product_results",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/afrr/results/{productDateCode}",
    returns=AfrrProductResults,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_AFRR_RESULTS: Final = Operation[list[AfrrProductResults]](
    name="virtual_assets.get_afrr_results",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/afrr/results",
    returns=list[AfrrProductResults] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_ANCILLARY_BIDS: Final = Operation[list[AncillaryProductBids]](
    name="virtual_assets.get_ancillary_bids",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/ancillary/bids",
    returns=list[AncillaryProductBids] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_ANCILLARY_RESULTS: Final = Operation[list[AncillaryProductResults]](
    name="virtual_assets.get_ancillary_results",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/ancillary/results",
    returns=list[AncillaryProductResults] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_BLOCK: Final = Operation[Block](
    name="virtual_assets.get_block",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/blocks/{blockID}",
    returns=Block,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_BLOCK_OPERATIONAL_DATA: Final = Operation[dict[str, Any]](
    name="virtual_assets.get_block_operational_data",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/blocks/{blockID}/operational",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_BLOCKS: Final = Operation[list[Block]](
    name="virtual_assets.get_blocks",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/blocks",
    returns=list[Block] | None,
    repeatable=True,
    provenance="documented",
    client="Trlyr",
)
_GET_ENERGY_CAPACITY: Final = Operation[EnergyCapacityTimeseries](
    name="virtual_assets.get_energy_capacity",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/energy-capacity",
    returns=EnergyCapacityTimeseries,
    repeatable=True,
    provenance="published",
    client="Trlyr",
)
_GET_FCR_BIDS: Final = Operation[list[FcrProductBids]](
    name="virtual_assets.get_fcr_bids",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/fcr/bids",
    returns=list[FcrProductBids] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_FCR_PRODUCT_BIDS: Final = Operation[FcrProductBids](
    name="virtual_assets.get_fcr_product_bids",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/fcr/bids/{productDateCode}",
    returns=FcrProductBids,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_FCR_PRODUCT_RESULTS: Final = Operation[FcrProductResults](
    name="virtual_assets.get_fcr_product_results",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/fcr/results/{productDateCode}",
    returns=FcrProductResults,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_FCR_RESULTS: Final = Operation[list[FcrProductResults]](
    name="virtual_assets.get_fcr_results",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/fcr/results",
    returns=list[FcrProductResults] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_LATEST_BLOCK_OPERATIONAL_DATA: Final = Operation[dict[str, Any]](
    name="virtual_assets.get_latest_block_operational_data",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/blocks/{blockID}/operational/latest",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_LATEST_OPERATIONAL_DATA: Final = Operation[dict[str, Any]](
    name="virtual_assets.get_latest_operational_data",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/operational/latest",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_LATEST_STATE_OF_CHARGE: Final = Operation[dict[str, Any]](
    name="virtual_assets.get_latest_state_of_charge",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/state-of-charge/latest",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_LATEST_STATE_OF_ENERGY: Final = Operation[StateOfEnergy](
    name="virtual_assets.get_latest_state_of_energy",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/state-of-energy/latest",
    returns=StateOfEnergy,
    repeatable=True,
    provenance="documented",
    client="Trlyr",
)
_GET_OPERATIONAL_DATA: Final = Operation[dict[str, Any]](
    name="virtual_assets.get_operational_data",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/operational",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_PROJECTED_STATE_OF_CHARGE: Final = Operation[ProjectedStateOfCharge](
    name="virtual_assets.get_projected_state_of_charge",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/state-of-charge/projected",
    returns=ProjectedStateOfCharge,
    repeatable=True,
    provenance="documented",
    client="Trlyr",
)
_GET_PROJECTED_STATE_OF_ENERGY: Final = Operation[dict[str, Any]](
    name="virtual_assets.get_projected_state_of_energy",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/state-of-energy/projected",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_STATE_OF_CHARGE: Final = Operation[dict[str, Any]](
    name="virtual_assets.get_state_of_charge",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/state-of-charge",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_VIRTUAL_ASSET: Final = Operation[VirtualAsset](
    name="virtual_assets.get_virtual_asset",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}",
    returns=VirtualAsset,
    repeatable=True,
    provenance="documented",
    client="Trlyr",
)
_GET_VIRTUAL_ASSETS: Final = Operation[list[VirtualAsset]](
    name="virtual_assets.get_virtual_assets",
    method="GET",
    path="/organisations/{organisationID}/virtual-assets",
    returns=list[VirtualAsset] | None,
    repeatable=True,
    provenance="documented",
    client="Trlyr",
)
_SUBMIT_ANCILLARY_BIDS: Final = Operation[None](
    name="virtual_assets.submit_ancillary_bids",
    method="POST",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/ancillary/bids",
    returns=None,
    repeatable=False,
    lane="urgent",
    provenance="partial",
    wants_json=False,
    client="Trlyr",
)
_UPDATE_AFRR_BIDS: Final = Operation[None](
    name="virtual_assets.update_afrr_bids",
    method="PUT",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/afrr/bids/{productDateCode}",
    returns=None,
    repeatable=True,
    lane="urgent",
    provenance="provisional",
    wants_json=False,
    client="Trlyr",
)
_UPDATE_BLOCK_SCHEDULE: Final = Operation[Block](
    name="virtual_assets.update_block_schedule",
    method="PUT",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/blocks/{blockID}",
    returns=Block,
    repeatable=True,
    lane="urgent",
    provenance="documented",
    client="Trlyr",
)
_UPDATE_FCR_BIDS: Final = Operation[None](
    name="virtual_assets.update_fcr_bids",
    method="PUT",
    path="/organisations/{organisationID}/virtual-assets/{virtualAssetID}/fcr/bids/{productDateCode}",
    returns=None,
    repeatable=True,
    lane="urgent",
    provenance="provisional",
    wants_json=False,
    client="Trlyr",
)

OPERATIONS: Final[Mapping[str, Operation[Any]]] = {
    "create_afrr_bids": _CREATE_AFRR_BIDS,
    "create_fcr_bids": _CREATE_FCR_BIDS,
    "get_adjustments": _GET_ADJUSTMENTS,
    "get_afrr_bids": _GET_AFRR_BIDS,
    "get_afrr_product_bids": _GET_AFRR_PRODUCT_BIDS,
    "get_afrr_product_results": _GET_AFRR_PRODUCT_RESULTS,
    "get_afrr_results": _GET_AFRR_RESULTS,
    "get_ancillary_bids": _GET_ANCILLARY_BIDS,
    "get_ancillary_results": _GET_ANCILLARY_RESULTS,
    "get_block": _GET_BLOCK,
    "get_block_operational_data": _GET_BLOCK_OPERATIONAL_DATA,
    "get_blocks": _GET_BLOCKS,
    "get_energy_capacity": _GET_ENERGY_CAPACITY,
    "get_fcr_bids": _GET_FCR_BIDS,
    "get_fcr_product_bids": _GET_FCR_PRODUCT_BIDS,
    "get_fcr_product_results": _GET_FCR_PRODUCT_RESULTS,
    "get_fcr_results": _GET_FCR_RESULTS,
    "get_latest_block_operational_data": _GET_LATEST_BLOCK_OPERATIONAL_DATA,
    "get_latest_operational_data": _GET_LATEST_OPERATIONAL_DATA,
    "get_latest_state_of_charge": _GET_LATEST_STATE_OF_CHARGE,
    "get_latest_state_of_energy": _GET_LATEST_STATE_OF_ENERGY,
    "get_operational_data": _GET_OPERATIONAL_DATA,
    "get_projected_state_of_charge": _GET_PROJECTED_STATE_OF_CHARGE,
    "get_projected_state_of_energy": _GET_PROJECTED_STATE_OF_ENERGY,
    "get_state_of_charge": _GET_STATE_OF_CHARGE,
    "get_virtual_asset": _GET_VIRTUAL_ASSET,
    "get_virtual_assets": _GET_VIRTUAL_ASSETS,
    "submit_ancillary_bids": _SUBMIT_ANCILLARY_BIDS,
    "update_afrr_bids": _UPDATE_AFRR_BIDS,
    "update_block_schedule": _UPDATE_BLOCK_SCHEDULE,
    "update_fcr_bids": _UPDATE_FCR_BIDS,
}
"""Every operation of the area by the name of its function, for `send_raw` and for tools."""


async def create_afrr_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    body: list[CreateAfrrBids],
    **options: Unpack[CallOptions],
) -> None:
    """Place aFRR bids for a virtual asset.

    Capacity is in kW, in whole MW: a fraction of a kW is cut, 1500 is refused. Prices lie between
    -15,000 and 15,000 EUR; with a positive price the bidder is paid, with a negative one the bidder
    pays. A capacity bid needs `energy_price` too: it stands for 16 energy bids over its four hours.
    One bid per product; a new one replaces the one before.

    The body is documented; the path is a guess. What the answer holds is not documented; `send_raw`
    gives it as it came.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/afrr/creates-afrr-bids-for-a-given-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _CREATE_AFRR_BIDS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        body=checked_json(body, list[CreateAfrrBids], min_length=1),
    )
    await client.send(request, **options)


async def create_fcr_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    body: list[CreateFcrBids],
    **options: Unpack[CallOptions],
) -> None:
    """Place FCR bids for a virtual asset.

    Capacity is in kW, in whole MW: a fraction of a kW is cut, 1500 is refused. Prices lie between
    -15,000 and 15,000 EUR; with a positive price the bidder is paid, with a negative one the bidder
    pays. One bid per product; a new one replaces the one before. Bids are taken from a week before
    the delivery day until 07:30 CET/CEST of the day before it: pass `deadline=`. The offered
    capacity must not exceed the FCR capacity that is available, which operational data tells; at
    most 80% of the rated power is marketable by law.

    The body is documented; the path is a guess. What the answer holds is not documented; `send_raw`
    gives it as it came.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/fcr/create-fcr-bids-for-a-given-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _CREATE_FCR_BIDS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        body=checked_json(body, list[CreateFcrBids], min_length=1),
    )
    await client.send(request, **options)


async def get_adjustments(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    **options: Unpack[CallOptions],
) -> ScheduleAdjustments:
    """Fetch the adjustments that were made to the schedule of a virtual asset.

    Schedules are in kW: discharge is positive, charge negative. Only the delivery periods that were
    adjusted are given, each stamped with its start.

    Known from its documentation page: path, parameters and answer were read there.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/gets-schedule-adjustments-for-a-virtual-asset-within-a-time-range
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_ADJUSTMENTS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={"start": checked(start, "start", datetime), "end": checked(end, "end", datetime)},
    )
    return await client.send(request, **options)


async def get_afrr_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    delivery_day: date,
    market: AfrrMarket | None = None,
    **options: Unpack[CallOptions],
) -> list[AfrrProductBids]:
    """Fetch the aFRR bids of a virtual asset for a delivery day.

    Capacity is in kW, capacity prices in EUR/MW/h, energy prices in EUR/MWh. The parameters and
    fields are documented; the path is a guess.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        delivery_day: Delivery day, local to the market.
        market: Only bids of this market; both markets when left out.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/afrr/get-all-afrr-bids-for-a-given-virtual-asset-and-delivery-day
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_AFRR_BIDS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={
            "deliveryDay": checked(delivery_day, "deliveryDay", date),
            "market": checked(market, "market", AfrrMarket, optional=True),
        },
    )
    return await client.send(request, **options) or []


async def get_afrr_product_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    product_date_code: str,
    **options: Unpack[CallOptions],
) -> AfrrProductBids:
    """Fetch the aFRR bids of a virtual asset for one product and delivery day.

    No page of it is known: it follows `get_fcr_product_bids`.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        product_date_code: Delivery day and product, such as `2025-01-01_POS_001` (energy) or
            `2025-01-01_POS_00_04` (capacity).
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_AFRR_PRODUCT_BIDS,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "productDateCode": checked(
                product_date_code,
                "productDateCode",
                pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}_(POS|NEG)_(00_04|04_08|08_12|12_16|16_20|20_24|0[0-9][1-9]|0[1-9]0|100)\\Z",
            ),
        },
    )
    return await client.send(request, **options)


async def get_afrr_product_results(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    product_date_code: str,
    *,
    accepted: bool | None = None,
    **options: Unpack[CallOptions],
) -> AfrrProductResults:
    """Fetch the aFRR results of a virtual asset for one product and delivery day.

    Capacity is in kW, capacity prices in EUR/MW/h, energy prices in EUR/MWh. The parameters and
    fields are documented; the path is a guess.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        product_date_code: Delivery day and product, such as `2025-01-01_POS_001` (energy) or
            `2025-01-01_POS_00_04` (capacity).
        accepted: Only accepted (true) or rejected (false) results; both when left out.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/afrr/gets-afrr-results-for-a-given-virtual-asset-product-and-delivery-day
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_AFRR_PRODUCT_RESULTS,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "productDateCode": checked(
                product_date_code,
                "productDateCode",
                pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}_(POS|NEG)_(00_04|04_08|08_12|12_16|16_20|20_24|0[0-9][1-9]|0[1-9]0|100)\\Z",
            ),
        },
        query={"accepted": accepted},
    )
    return await client.send(request, **options)


async def get_afrr_results(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    delivery_day: date,
    accepted: bool | None = None,
    **options: Unpack[CallOptions],
) -> list[AfrrProductResults]:
    """Fetch the aFRR results of a virtual asset for a delivery day.

    Capacity is in kW, capacity prices in EUR/MW/h, energy prices in EUR/MWh. aFRR capacity is paid
    as bid, so `capacity_price` gives the revenue; `energy_price` does not. The parameters and
    fields are documented; the path is a guess.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        delivery_day: Delivery day, local to the market.
        accepted: Only accepted (true) or rejected (false) results; both when left out.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/afrr/get-all-afrr-results-for-a-given-virtual-asset-and-delivery-day
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_AFRR_RESULTS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={"deliveryDay": checked(delivery_day, "deliveryDay", date), "accepted": accepted},
    )
    return await client.send(request, **options) or []


async def get_ancillary_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    markets: Sequence[AncillaryMarket] | None = None,
    product_directions: Sequence[ProductDirection] | None = None,
    **options: Unpack[CallOptions],
) -> list[AncillaryProductBids]:
    """Fetch the FCR and aFRR bids of a virtual asset for a range of time.

    Capacity is in kW. Never multiply an FCR price before its period is clear: pages disagree on it.
    The parameters and fields are documented; that the path is that of `submit_ancillary_bids` is
    inferred.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        start: Start of the range.
        end: End of the range.
        markets: Only these markets; all of them when left out. At least 1 item.
        product_directions: Only products of these directions; all of them when left out. At least 1
            item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/ancillary/get-all-ancillary-bids-for-a-given-virtual-asset-and-interval
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_ANCILLARY_BIDS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={
            "start": checked(start, "start", datetime),
            "end": checked(end, "end", datetime),
            "markets": comma_separated(checked(markets, "markets", optional=True, min_length=1)),
            "productDirections": comma_separated(
                checked(product_directions, "productDirections", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options) or []


async def get_ancillary_results(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    markets: Sequence[AncillaryMarket] | None = None,
    product_directions: Sequence[ProductDirection] | None = None,
    **options: Unpack[CallOptions],
) -> list[AncillaryProductResults]:
    """Fetch the FCR and aFRR results of a virtual asset for a range of time.

    Capacity is in kW. Never multiply an FCR price before its period is clear: pages disagree on it.
    The parameters and fields are documented; the path is a guess.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        start: Start of the range.
        end: End of the range.
        markets: Only these markets; all of them when left out. At least 1 item.
        product_directions: Only products of these directions; all of them when left out. At least 1
            item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/ancillary/get-all-ancillary-results-for-a-given-virtual-asset-and-interval
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_ANCILLARY_RESULTS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={
            "start": checked(start, "start", datetime),
            "end": checked(end, "end", datetime),
            "markets": comma_separated(checked(markets, "markets", optional=True, min_length=1)),
            "productDirections": comma_separated(
                checked(product_directions, "productDirections", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options) or []


async def get_block(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    block_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> Block:
    """Fetch one block, with its schedule.

    Power is in kW, by quarter-hour and left-aligned: discharge is positive, charge negative. Both
    ends of the range are included. Without a range, it goes from 24 hours back to 48 hours ahead,
    within the lifetime of the block. The shape of the answer is taken from `get_blocks`: its page
    shows values only.

    Partly known: the path was read on a page, the shape of the answer was not.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/blocks/get-a-block
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_BLOCK,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "blockID": block_id,
        },
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options)


async def get_block_operational_data(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    block_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    categories: Sequence[BlockOperationalCategory] | None = None,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch operational data of a block, by quarter-hour.

    `categories` is documented, in kW throughout; the shape of the answer is not.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        block_id: Id of the block.
        start: Start of the range. Assumed: the page's parameters were not visible.
        end: End of the range. Assumed: the page's parameters were not visible.
        categories: Series to return; whether all of them come when left out is not documented. At
            least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/blocks/gets-a-selection-of-operational-data-of-a-block-as-a-timeseries
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_BLOCK_OPERATIONAL_DATA,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "blockID": block_id,
        },
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
            "categories": comma_separated(
                checked(categories, "categories", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options) or {}


async def get_blocks(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> list[Block]:
    """Fetch the blocks of a virtual asset, with their schedules.

    Power is in kW, by quarter-hour and left-aligned: discharge is positive, charge negative.

    Known from its documentation page: path, parameters and answer were read there.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/blocks/get-all-the-blocks-belonging-to-a-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_BLOCKS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options) or []


async def get_energy_capacity(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: str,
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
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_ENERGY_CAPACITY,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={"start": checked(start, "start", datetime), "end": checked(end, "end", datetime)},
    )
    return await client.send(request, **options)


async def get_fcr_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    delivery_day: date,
    **options: Unpack[CallOptions],
) -> list[FcrProductBids]:
    """Fetch the FCR bids of a virtual asset for a delivery day.

    Capacity is in kW. Never multiply a price before its period is clear: the pages of bids say
    EUR/MW/h, that of results EUR/MW, a factor of four for a block of four hours. The parameters and
    fields are documented; the path is a guess.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        delivery_day: Delivery day, local to the market.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/fcr/get-all-fcr-bids-for-a-given-virtual-asset-and-delivery-day
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_FCR_BIDS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={"deliveryDay": checked(delivery_day, "deliveryDay", date)},
    )
    return await client.send(request, **options) or []


async def get_fcr_product_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    product_date_code: str,
    **options: Unpack[CallOptions],
) -> FcrProductBids:
    """Fetch the FCR bids of a virtual asset for one product and delivery day.

    Capacity is in kW. Never multiply a price before its period is clear: the pages of bids say
    EUR/MW/h, that of results EUR/MW, a factor of four for a block of four hours. The parameters and
    fields are documented; the path is a guess.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        product_date_code: Delivery day and product, such as `2025-01-01_NEGPOS_00_04`.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/fcr/get-fcr-bids-for-a-given-virtual-asset-product-and-delivery-day
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_FCR_PRODUCT_BIDS,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "productDateCode": checked(
                product_date_code,
                "productDateCode",
                pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}_NEGPOS_(00_04|04_08|08_12|12_16|16_20|20_24)\\Z",
            ),
        },
    )
    return await client.send(request, **options)


async def get_fcr_product_results(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    product_date_code: str,
    *,
    accepted: bool | None = None,
    **options: Unpack[CallOptions],
) -> FcrProductResults:
    """Fetch the FCR results of a virtual asset for one product and delivery day.

    No page of it is known: it follows `get_afrr_product_results`.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        product_date_code: Delivery day and product, such as `2025-01-01_NEGPOS_00_04`.
        accepted: Only accepted (true) or rejected (false) results; both when left out.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_FCR_PRODUCT_RESULTS,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "productDateCode": checked(
                product_date_code,
                "productDateCode",
                pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}_NEGPOS_(00_04|04_08|08_12|12_16|16_20|20_24)\\Z",
            ),
        },
        query={"accepted": accepted},
    )
    return await client.send(request, **options)


async def get_fcr_results(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    delivery_day: date,
    accepted: bool | None = None,
    **options: Unpack[CallOptions],
) -> list[FcrProductResults]:
    """Fetch the FCR results of a virtual asset for a delivery day.

    Capacity is in kW. FCR is paid as cleared, so `settlement_price` gives the revenue. Never
    multiply it before its period is clear: the pages of bids say EUR/MW/h, that of results EUR/MW,
    a factor of four for a block of four hours. Results are there from 08:20 CET/CEST of the day
    before, or from about 09:20: the page says both. The parameters and fields are documented; the
    path is a guess.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        delivery_day: Delivery day, local to the market.
        accepted: Only accepted (true) or rejected (false) results; both when left out.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/fcr/get-all-fcr-results-for-a-given-virtual-asset-and-delivery-day
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_FCR_RESULTS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={"deliveryDay": checked(delivery_day, "deliveryDay", date), "accepted": accepted},
    )
    return await client.send(request, **options) or []


async def get_latest_block_operational_data(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    block_id: UUID | str,
    *,
    categories: Sequence[BlockOperationalCategory] | None = None,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch the operational data of a block for the current quarter-hour.

    `categories` is documented, in kW throughout; the shape of the answer is not.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        block_id: Id of the block.
        categories: Series to return; whether all of them come when left out is not documented. At
            least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/blocks/gets-the-most-recent-operational-data-values-for-a-block
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_LATEST_BLOCK_OPERATIONAL_DATA,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "blockID": block_id,
        },
        query={
            "categories": comma_separated(
                checked(categories, "categories", optional=True, min_length=1)
            )
        },
    )
    return await client.send(request, **options) or {}


async def get_latest_operational_data(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    categories: Sequence[OperationalCategory] | None = None,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch the operational data of a virtual asset for the current quarter-hour.

    `categories` is documented and those of `get_operational_data`; the shape of the answer is not.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        categories: Series to return; whether all of them come when left out is not documented. At
            least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/gets-the-most-recent-operational-data-values-for-a-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_LATEST_OPERATIONAL_DATA,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={
            "categories": comma_separated(
                checked(categories, "categories", optional=True, min_length=1)
            )
        },
    )
    return await client.send(request, **options) or {}


@deprecated("Deprecated by upstream; use `get_operational_data`.")
async def get_latest_state_of_charge(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch the latest state of charge of a virtual asset.

    What the answer holds is not documented.

    Deprecated by upstream; use `get_operational_data`.

    Partly known: the path was read on a page, the shape of the answer was not.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-the-latest-state-of-charge-of-a-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_LATEST_STATE_OF_CHARGE,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
    )
    return await client.send(request, **options) or {}


async def get_latest_state_of_energy(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    **options: Unpack[CallOptions],
) -> StateOfEnergy:
    """Fetch the latest state of energy of a virtual asset.

    The unit is not documented, nor whether it is deprecated as its siblings are.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-the-latest-state-of-energy-of-a-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_LATEST_STATE_OF_ENERGY,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
    )
    return await client.send(request, **options)


async def get_operational_data(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    categories: Sequence[OperationalCategory] | None = None,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch operational data of a virtual asset, by quarter-hour.

    The answer holds the selected series and what they are; its shape is not documented.
    `OPERATIONAL_CATEGORY_UNITS` of this area's models tells the unit of each category where it is
    known. It takes the place of the endpoints of state of charge and of projected state of energy.
    The limits of deliverable power are projected for two settlement periods; after these the full
    capacity is assumed.

    Partly known: the path was read on a page, the shape of the answer was not.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        start: Start of the range. Assumed: the page's parameters were not visible.
        end: End of the range. Assumed: the page's parameters were not visible.
        categories: Series to return; whether all of them come when left out is not documented. At
            least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/gets-a-selection-of-operational-data-of-a-virtual-asset-as-a-timeseries
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_OPERATIONAL_DATA,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
            "categories": comma_separated(
                checked(categories, "categories", optional=True, min_length=1)
            ),
        },
    )
    return await client.send(request, **options) or {}


@deprecated("Deprecated by upstream; use `get_operational_data`.")
async def get_projected_state_of_charge(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    **options: Unpack[CallOptions],
) -> ProjectedStateOfCharge:
    """Fetch the projected state of charge of a virtual asset over time, as instantaneous values.

    The value stamped 14:30 is the state at 14:30, unlike that of `get_state_of_charge`. It is in %
    of the energy capacity available at that time; both ends of the range are included. A projection
    is dependable for 48 hours. The page asks for `start` and `end` in its table, and describes a
    default range in its text.

    Deprecated by upstream; use `get_operational_data`.

    Known from its documentation page: path, parameters and answer were read there.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-the-projected-state-of-charge-of-a-virtual-asset-1
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_PROJECTED_STATE_OF_CHARGE,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={"start": checked(start, "start", datetime), "end": checked(end, "end", datetime)},
    )
    return await client.send(request, **options)


@deprecated("Deprecated by upstream; use `get_operational_data`.")
async def get_projected_state_of_energy(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime,
    end: datetime,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch the projected state of energy of a virtual asset over time, as instantaneous values.

    The value stamped 14:30 is the state at 14:30. Both ends of the range are included. During an
    unavailability it is the usable part of the energy. Points hold `soe` and boundaries; what is
    around them, and the unit, are not documented.

    Deprecated by upstream; use `get_operational_data`.

    Partly known: the path was read on a page, the shape of the answer was not.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-the-projected-state-of-energy-of-a-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_PROJECTED_STATE_OF_ENERGY,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={"start": checked(start, "start", datetime), "end": checked(end, "end", datetime)},
    )
    return await client.send(request, **options) or {}


@deprecated("Deprecated by upstream; use `get_operational_data`.")
async def get_state_of_charge(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch the projected state of charge of a virtual asset, by quarter-hour, right-aligned.

    Right-aligned: the value stamped 14:30 is the state at 14:45, the end of that quarter-hour.
    Points hold `time` and `stateOfChargePercentage` (%); what is around them is not documented.
    Without a range, a default one applies, which the page gives both as 72 hours and as 3 days back
    and 4 days ahead. A projection is dependable for 48 hours.

    Deprecated by upstream; use `get_operational_data`.

    Partly known: the path was read on a page, the shape of the answer was not.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-the-projected-state-of-charge-of-a-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_STATE_OF_CHARGE,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options) or {}


async def get_virtual_asset(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    **options: Unpack[CallOptions],
) -> VirtualAsset:
    """Fetch one virtual asset.

    Power is in kW and energy in kWh; times are aware and in UTC.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-a-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_VIRTUAL_ASSET,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
    )
    return await client.send(request, **options)


async def get_virtual_assets(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> list[VirtualAsset]:
    """Fetch the virtual assets of an organisation.

    Power is in kW and energy in kWh; times are aware and in UTC. Given are the assets whose
    lifetime overlaps the range. Without both `start` and `end`, the range goes from the previous
    calendar day to one year ahead.

    Known from its documentation page: path, parameters and answer were read there.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/virtual-assets/get-all-the-virtual-assets-belonging-to-an-organisation
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_VIRTUAL_ASSETS,
        path={"organisationID": organisation_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options) or []


async def submit_ancillary_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    *,
    body: list[SubmitAncillaryBids],
    **options: Unpack[CallOptions],
) -> None:
    """Place or replace FCR or aFRR bids of a virtual asset.

    One call creates what is not there and replaces what is. FCR and aFRR bids go in separate calls.
    Limits and deadlines are those of `create_fcr_bids` and `create_afrr_bids`. The fields of a bid
    follow those that `get_ancillary_bids` gives. What the answer holds is not documented;
    `send_raw` gives it as it came.

    Partly known: the path was read on a page, the shape of the answer was not.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/ancillary/post-or-update-ancillary-bids-for-a-given-virtual-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _SUBMIT_ANCILLARY_BIDS,
        path={"organisationID": organisation_id, "virtualAssetID": virtual_asset_id},
        body=checked_json(body, list[SubmitAncillaryBids], min_length=1),
    )
    await client.send(request, **options)


async def update_afrr_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    product_date_code: str,
    *,
    body: list[AfrrBid],
    **options: Unpack[CallOptions],
) -> None:
    """Replace the aFRR bids of a virtual asset for one product and delivery day.

    Capacity is in kW, in whole MW: a fraction of a kW is cut, 1500 is refused. Prices lie between
    -15,000 and 15,000 EUR; with a positive price the bidder is paid, with a negative one the bidder
    pays.

    The body is documented; the path is a guess but for `productDateCode` in it. What the answer
    holds is not documented; `send_raw` gives it as it came.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        product_date_code: Delivery day and product, such as `2025-01-01_POS_001` (energy) or
            `2025-01-01_POS_00_04` (capacity).
        body: The body.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/afrr/update-afrr-bids-for-a-single-product-and-delivery-day
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _UPDATE_AFRR_BIDS,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "productDateCode": checked(
                product_date_code,
                "productDateCode",
                pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}_(POS|NEG)_(00_04|04_08|08_12|12_16|16_20|20_24|0[0-9][1-9]|0[1-9]0|100)\\Z",
            ),
        },
        body=body,
    )
    await client.send(request, **options)


async def update_block_schedule(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    block_id: UUID | str,
    *,
    body: BlockUpdate,
    **options: Unpack[CallOptions],
) -> Block:
    """Replace points of the schedule of a wholesale block.

    Power is in kW, by quarter-hour and left-aligned: discharge is positive, charge negative. At
    each time it lies between `-charge_power_capacity` and `discharge_power_capacity` of the block.
    Only times that the schedule already has are accepted; a new schedule is all zeros. The request
    must arrive before the gate closure of each period in it, `dispatch_gate_closure_seconds` of the
    virtual asset before the period starts: pass `deadline=`. All of it may be refused when the
    projected state of energy leaves its limits; what is corrected later stands in
    `get_adjustments`.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/blocks/update-the-schedule-of-a-block
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _UPDATE_BLOCK_SCHEDULE,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "blockID": block_id,
        },
        body=checked_json(body, BlockUpdate),
    )
    return await client.send(request, **options)


async def update_fcr_bids(
    client: ApiClient[Literal["Trlyr"]],
    organisation_id: str,
    virtual_asset_id: UUID | str,
    product_date_code: str,
    *,
    body: list[FcrBid],
    **options: Unpack[CallOptions],
) -> None:
    """Replace the FCR bids of a virtual asset for one product and delivery day.

    Deadline, limits and checks are those of `create_fcr_bids`.

    The body is documented; the path is a guess but for `productDateCode` in it. What the answer
    holds is not documented; `send_raw` gives it as it came.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        product_date_code: Delivery day and product, such as `2025-01-01_NEGPOS_00_04`.
        body: The body.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/virtual-assets-api-reference/fcr/update-fcr-bids-for-a-single-product-and-delivery-day
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _UPDATE_FCR_BIDS,
        path={
            "organisationID": organisation_id,
            "virtualAssetID": virtual_asset_id,
            "productDateCode": checked(
                product_date_code,
                "productDateCode",
                pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}_NEGPOS_(00_04|04_08|08_12|12_16|16_20|20_24)\\Z",
            ),
        },
        body=body,
    )
    await client.send(request, **options)
