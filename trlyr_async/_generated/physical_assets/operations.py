# Do not edit: `python -m codegen build`, specs/trlyr/physical-assets.json sha256:7bcfafaa8950
"""Endpoint functions of terralayr physical assets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, Unpack
from uuid import UUID

from energy_async.parameters import checked, checked_json, comma_separated
from energy_async.transport.client import ApiClient
from energy_async.transport.request import CallOptions, Operation, Request
from trlyr_async._generated.physical_assets.models import (
    AncillaryProductBids,
    SubmitAncillaryBids,
    Unavailability,
    UnavailabilityParameters,
)

__all__ = [
    "OPERATIONS",
    "create_eex_notification",
    "create_logbook_entry",
    "create_physical_asset",
    "create_unavailability",
    "delete_metadata",
    "delete_unavailability",
    "get_ancillary_bids",
    "get_ancillary_bids_by_product_keys",
    "get_ancillary_results",
    "get_eex_notifications",
    "get_health",
    "get_logbook_entries",
    "get_metadata",
    "get_physical_asset",
    "get_physical_assets",
    "get_schedule",
    "get_unavailabilities",
    "get_unavailability",
    "submit_ancillary_bids",
    "update_metadata",
    "update_physical_asset",
    "update_schedule",
    "update_unavailability",
]

_CREATE_EEX_NOTIFICATION: Final = Operation[dict[str, Any]](
    name="physical_assets.create_eex_notification",
    method="POST",
    path="/physical-assets/{physicalAssetID}/eex-notifications",
    returns=dict[str, Any] | None,
    repeatable=False,
    provenance="provisional",
    client="Trlyr",
)
_CREATE_LOGBOOK_ENTRY: Final = Operation[dict[str, Any]](
    name="physical_assets.create_logbook_entry",
    method="POST",
    path="/physical-assets/{physicalAssetID}/logbook",
    returns=dict[str, Any] | None,
    repeatable=False,
    provenance="provisional",
    client="Trlyr",
)
_CREATE_PHYSICAL_ASSET: Final = Operation[dict[str, Any]](
    name="physical_assets.create_physical_asset",
    method="POST",
    path="/physical-assets",
    returns=dict[str, Any] | None,
    repeatable=False,
    provenance="partial",
    client="Trlyr",
)
_CREATE_UNAVAILABILITY: Final = Operation[Unavailability](
    name="physical_assets.create_unavailability",
    method="POST",
    path="/physical-assets/{physicalAssetID}/unavailability",
    returns=Unavailability,
    repeatable=False,
    provenance="documented",
    client="Trlyr",
)
_DELETE_METADATA: Final = Operation[None](
    name="physical_assets.delete_metadata",
    method="DELETE",
    path="/physical-assets/{physicalAssetID}/metadata/{category}",
    returns=None,
    repeatable=True,
    provenance="partial",
    wants_json=False,
    client="Trlyr",
)
_DELETE_UNAVAILABILITY: Final = Operation[None](
    name="physical_assets.delete_unavailability",
    method="DELETE",
    path="/physical-assets/{physicalAssetID}/unavailability/{unavailabilityID}",
    returns=None,
    repeatable=True,
    provenance="provisional",
    wants_json=False,
    client="Trlyr",
)
_GET_ANCILLARY_BIDS: Final = Operation[list[AncillaryProductBids]](
    name="physical_assets.get_ancillary_bids",
    method="GET",
    path="/physical-assets/{physicalAssetID}/ancillary/bids",
    returns=list[AncillaryProductBids] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_ANCILLARY_BIDS_BY_PRODUCT_KEYS: Final = Operation[list[AncillaryProductBids]](
    name="physical_assets.get_ancillary_bids_by_product_keys",
    method="GET",
    path="/physical-assets/{physicalAssetID}/ancillary/bids-by-product-keys",
    returns=list[AncillaryProductBids] | None,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_ANCILLARY_RESULTS: Final = Operation[list[dict[str, Any]]](
    name="physical_assets.get_ancillary_results",
    method="GET",
    path="/physical-assets/{physicalAssetID}/ancillary/results",
    returns=list[dict[str, Any]] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_EEX_NOTIFICATIONS: Final = Operation[list[dict[str, Any]]](
    name="physical_assets.get_eex_notifications",
    method="GET",
    path="/physical-assets/{physicalAssetID}/eex-notifications",
    returns=list[dict[str, Any]] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_HEALTH: Final = Operation[None](
    name="physical_assets.get_health",
    method="GET",
    path="/physical-assets/health",
    returns=None,
    repeatable=True,
    authenticated=False,
    provenance="provisional",
    wants_json=False,
    client="Trlyr",
)
_GET_LOGBOOK_ENTRIES: Final = Operation[list[dict[str, Any]]](
    name="physical_assets.get_logbook_entries",
    method="GET",
    path="/physical-assets/{physicalAssetID}/logbook",
    returns=list[dict[str, Any]] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_METADATA: Final = Operation[dict[str, Any]](
    name="physical_assets.get_metadata",
    method="GET",
    path="/physical-assets/{physicalAssetID}/metadata/{category}",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_PHYSICAL_ASSET: Final = Operation[dict[str, Any]](
    name="physical_assets.get_physical_asset",
    method="GET",
    path="/physical-assets/{physicalAssetID}",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_PHYSICAL_ASSETS: Final = Operation[list[dict[str, Any]]](
    name="physical_assets.get_physical_assets",
    method="GET",
    path="/physical-assets",
    returns=list[dict[str, Any]] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_SCHEDULE: Final = Operation[dict[str, Any]](
    name="physical_assets.get_schedule",
    method="GET",
    path="/physical-assets/{physicalAssetID}/schedule",
    returns=dict[str, Any] | None,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_UNAVAILABILITIES: Final = Operation[list[Unavailability]](
    name="physical_assets.get_unavailabilities",
    method="GET",
    path="/physical-assets/{physicalAssetID}/unavailability",
    returns=list[Unavailability] | None,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_GET_UNAVAILABILITY: Final = Operation[Unavailability](
    name="physical_assets.get_unavailability",
    method="GET",
    path="/physical-assets/{physicalAssetID}/unavailability/{unavailabilityID}",
    returns=Unavailability,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)
_SUBMIT_ANCILLARY_BIDS: Final = Operation[list[AncillaryProductBids]](
    name="physical_assets.submit_ancillary_bids",
    method="POST",
    path="/physical-assets/{physicalAssetID}/ancillary/bids",
    returns=list[AncillaryProductBids] | None,
    repeatable=False,
    lane="urgent",
    provenance="documented",
    client="Trlyr",
)
_UPDATE_METADATA: Final = Operation[None](
    name="physical_assets.update_metadata",
    method="PUT",
    path="/physical-assets/{physicalAssetID}/metadata/{category}",
    returns=None,
    repeatable=True,
    provenance="provisional",
    wants_json=False,
    client="Trlyr",
)
_UPDATE_PHYSICAL_ASSET: Final = Operation[None](
    name="physical_assets.update_physical_asset",
    method="PATCH",
    path="/physical-assets/{physicalAssetID}",
    returns=None,
    repeatable=False,
    provenance="partial",
    wants_json=False,
    client="Trlyr",
)
_UPDATE_SCHEDULE: Final = Operation[None](
    name="physical_assets.update_schedule",
    method="PUT",
    path="/physical-assets/{physicalAssetID}/schedule",
    returns=None,
    repeatable=True,
    lane="urgent",
    provenance="provisional",
    wants_json=False,
    client="Trlyr",
)
_UPDATE_UNAVAILABILITY: Final = Operation[Unavailability](
    name="physical_assets.update_unavailability",
    method="PUT",
    path="/physical-assets/{physicalAssetID}/unavailability/{unavailabilityID}",
    returns=Unavailability,
    repeatable=True,
    provenance="provisional",
    client="Trlyr",
)

OPERATIONS: Final[Mapping[str, Operation[Any]]] = {
    "create_eex_notification": _CREATE_EEX_NOTIFICATION,
    "create_logbook_entry": _CREATE_LOGBOOK_ENTRY,
    "create_physical_asset": _CREATE_PHYSICAL_ASSET,
    "create_unavailability": _CREATE_UNAVAILABILITY,
    "delete_metadata": _DELETE_METADATA,
    "delete_unavailability": _DELETE_UNAVAILABILITY,
    "get_ancillary_bids": _GET_ANCILLARY_BIDS,
    "get_ancillary_bids_by_product_keys": _GET_ANCILLARY_BIDS_BY_PRODUCT_KEYS,
    "get_ancillary_results": _GET_ANCILLARY_RESULTS,
    "get_eex_notifications": _GET_EEX_NOTIFICATIONS,
    "get_health": _GET_HEALTH,
    "get_logbook_entries": _GET_LOGBOOK_ENTRIES,
    "get_metadata": _GET_METADATA,
    "get_physical_asset": _GET_PHYSICAL_ASSET,
    "get_physical_assets": _GET_PHYSICAL_ASSETS,
    "get_schedule": _GET_SCHEDULE,
    "get_unavailabilities": _GET_UNAVAILABILITIES,
    "get_unavailability": _GET_UNAVAILABILITY,
    "submit_ancillary_bids": _SUBMIT_ANCILLARY_BIDS,
    "update_metadata": _UPDATE_METADATA,
    "update_physical_asset": _UPDATE_PHYSICAL_ASSET,
    "update_schedule": _UPDATE_SCHEDULE,
    "update_unavailability": _UPDATE_UNAVAILABILITY,
}
"""Every operation of the area by the name of its function, for `send_raw` and for tools."""


async def create_eex_notification(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    body: dict[str, Any],
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Record an EEX notification of a physical asset.

    No page of it is known: the overview promises EEX notifications; unavailabilities refer to their
    ids.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _CREATE_EEX_NOTIFICATION, path={"physicalAssetID": physical_asset_id}, body=body
    )
    return await client.send(request, **options) or {}


async def create_logbook_entry(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    body: dict[str, Any],
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Write an entry into the logbook of a physical asset.

    No page of it is known: the overview promises logbook entries.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(_CREATE_LOGBOOK_ENTRY, path={"physicalAssetID": physical_asset_id}, body=body)
    return await client.send(request, **options) or {}


async def create_physical_asset(
    client: ApiClient[Literal["Trlyr"]], *, body: dict[str, Any], **options: Unpack[CallOptions]
) -> dict[str, Any]:
    """Create a physical asset.

    What body and answer hold is not documented.

    Partly known: the path was read on a page, the shape of the answer was not.

    Source: https://docs.trlyr.com/physical-assets-api-reference/physical-assets/create-a-physical-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(_CREATE_PHYSICAL_ASSET, body=body)
    return await client.send(request, **options) or {}


async def create_unavailability(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    body: UnavailabilityParameters,
    **options: Unpack[CallOptions],
) -> Unavailability:
    """Announce that a physical asset, or a part of it, will not be available.

    The organisation needs permissions for the physical asset. The units of the volume are not
    documented.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://docs.trlyr.com/physical-assets-api-reference/physical-assets/create-an-unavailability
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _CREATE_UNAVAILABILITY, path={"physicalAssetID": physical_asset_id}, body=body
    )
    return await client.send(request, **options)


async def delete_metadata(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    category: str,
    **options: Unpack[CallOptions],
) -> None:
    """Delete the metadata of a physical asset in one category.

    The organisation needs permissions for the physical asset. Which categories there are is not
    documented.

    Partly known: the path was read on a page, the shape of the answer was not.

    Source: https://docs.trlyr.com/physical-assets-api-reference/metadata/delete-metadata-for-a-physical-asset-category
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _DELETE_METADATA, path={"physicalAssetID": physical_asset_id, "category": category}
    )
    await client.send(request, **options)


async def delete_unavailability(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    unavailability_id: UUID | str,
    **options: Unpack[CallOptions],
) -> None:
    """Withdraw an unavailability.

    No page of it is known: the overview promises unavailabilities.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _DELETE_UNAVAILABILITY,
        path={"physicalAssetID": physical_asset_id, "unavailabilityID": unavailability_id},
    )
    await client.send(request, **options)


async def get_ancillary_bids(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> list[AncillaryProductBids]:
    """Fetch the ancillary bids of a physical asset.

    No page of it is known: the overview promises ancillary bids.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        start: Start of the range. Assumed: the page's parameters were not visible.
        end: End of the range. Assumed: the page's parameters were not visible.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_ANCILLARY_BIDS,
        path={"physicalAssetID": physical_asset_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options) or []


async def get_ancillary_bids_by_product_keys(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    product_keys: Sequence[str] | None = None,
    **options: Unpack[CallOptions],
) -> list[AncillaryProductBids]:
    """Fetch the ancillary bids of a physical asset for some products.

    The organisation needs permissions for the physical asset. That the answer is laid out as that
    of `submit_ancillary_bids` is taken from there.

    Partly known: the path was read on a page, the shape of the answer was not.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        product_keys: The products. Assumed: neither name nor form of the parameter was visible. At
            least 1 item.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/physical-assets-api-reference/ancillary/get-ancillary-bids-by-product-keys
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_ANCILLARY_BIDS_BY_PRODUCT_KEYS,
        path={"physicalAssetID": physical_asset_id},
        query={
            "productKeys": comma_separated(
                checked(product_keys, "productKeys", optional=True, min_length=1)
            )
        },
    )
    return await client.send(request, **options) or []


async def get_ancillary_results(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> list[dict[str, Any]]:
    """Fetch the results of the ancillary bids of a physical asset.

    No page of it is known: the overview promises ancillary results.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        start: Start of the range. Assumed: the page's parameters were not visible.
        end: End of the range. Assumed: the page's parameters were not visible.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_ANCILLARY_RESULTS,
        path={"physicalAssetID": physical_asset_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options) or []


async def get_eex_notifications(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> list[dict[str, Any]]:
    """Fetch the EEX notifications of a physical asset.

    No page of it is known: the overview promises EEX notifications; unavailabilities refer to their
    ids.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        start: Start of the range. Assumed: the page's parameters were not visible.
        end: End of the range. Assumed: the page's parameters were not visible.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_EEX_NOTIFICATIONS,
        path={"physicalAssetID": physical_asset_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options) or []


async def get_health(client: ApiClient[Literal["Trlyr"]], **options: Unpack[CallOptions]) -> None:
    """Ask whether the API is up; an answer without an error says so.

    No page of it is known: there is a tag for it, and the health check of a sister API needs no
    token.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(_GET_HEALTH)
    await client.send(request, **options)


async def get_logbook_entries(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> list[dict[str, Any]]:
    """Fetch the logbook entries of a physical asset.

    No page of it is known: the overview promises logbook entries.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        start: Start of the range. Assumed: the page's parameters were not visible.
        end: End of the range. Assumed: the page's parameters were not visible.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_LOGBOOK_ENTRIES,
        path={"physicalAssetID": physical_asset_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options) or []


async def get_metadata(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    category: str,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch the metadata of a physical asset in one category.

    The organisation needs permissions for the physical asset. What the answer holds and which
    categories there are is not documented.

    Partly known: the path was read on a page, the shape of the answer was not.

    Source: https://docs.trlyr.com/physical-assets-api-reference/metadata/get-metadata-for-a-physical-asset-category
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_METADATA, path={"physicalAssetID": physical_asset_id, "category": category}
    )
    return await client.send(request, **options) or {}


async def get_physical_asset(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch one physical asset.

    The organisation needs permissions for the physical asset. What the answer holds is not
    documented.

    Partly known: the path was read on a page, the shape of the answer was not.

    Source: https://docs.trlyr.com/physical-assets-api-reference/physical-assets/get-physical-asset-by-id
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(_GET_PHYSICAL_ASSET, path={"physicalAssetID": physical_asset_id})
    return await client.send(request, **options) or {}


async def get_physical_assets(
    client: ApiClient[Literal["Trlyr"]], **options: Unpack[CallOptions]
) -> list[dict[str, Any]]:
    """Fetch the physical assets that the account can see.

    No page of it is known: it follows `get_physical_asset`.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(_GET_PHYSICAL_ASSETS)
    return await client.send(request, **options) or []


async def get_schedule(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> dict[str, Any]:
    """Fetch the schedule of a physical asset.

    The organisation needs permissions for the physical asset. What the answer holds is not
    documented, nor units and signs.

    Partly known: the path was read on a page, the shape of the answer was not.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        start: Start of the range. Assumed: the page's parameters were not visible.
        end: End of the range. Assumed: the page's parameters were not visible.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/physical-assets-api-reference/schedule/get-schedule-for-a-physical-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _GET_SCHEDULE,
        path={"physicalAssetID": physical_asset_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options) or {}


async def get_unavailabilities(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    **options: Unpack[CallOptions],
) -> list[Unavailability]:
    """Fetch the unavailabilities of a physical asset.

    No page of it is known: the overview promises unavailabilities.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Args:
        client: The client that sends the request.
        physical_asset_id: Id of the physical asset.
        start: Start of the range. Assumed: the page's parameters were not visible.
        end: End of the range. Assumed: the page's parameters were not visible.
        **options: What this one call sets; see `CallOptions`.

    Raises:
        ValueError: A time has no zone, or `end` lies before `start`.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_UNAVAILABILITIES,
        path={"physicalAssetID": physical_asset_id},
        query={
            "start": checked(start, "start", datetime, optional=True),
            "end": checked(end, "end", datetime, optional=True),
        },
    )
    return await client.send(request, **options) or []


async def get_unavailability(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    unavailability_id: UUID | str,
    **options: Unpack[CallOptions],
) -> Unavailability:
    """Fetch one unavailability of a physical asset.

    No page of it is known: the overview promises unavailabilities.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _GET_UNAVAILABILITY,
        path={"physicalAssetID": physical_asset_id, "unavailabilityID": unavailability_id},
    )
    return await client.send(request, **options)


async def submit_ancillary_bids(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    body: list[SubmitAncillaryBids],
    **options: Unpack[CallOptions],
) -> list[AncillaryProductBids]:
    """Place ancillary bids of a physical asset, by product and delivery day.

    The organisation needs permissions for the physical asset. Units are not documented here; the
    bids of virtual assets are in kW, EUR/MW/h and EUR/MWh.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://docs.trlyr.com/physical-assets-api-reference/ancillary/submit-ancillary-bids
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _SUBMIT_ANCILLARY_BIDS,
        path={"physicalAssetID": physical_asset_id},
        body=checked_json(body, list[SubmitAncillaryBids], min_length=1),
    )
    return await client.send(request, **options) or []


async def update_metadata(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    category: str,
    *,
    body: dict[str, Any],
    **options: Unpack[CallOptions],
) -> None:
    """Replace the metadata of a physical asset in one category.

    No page of it is known: the overview promises metadata, which can be read and deleted. What the
    answer holds is not documented; `send_raw` gives it as it came.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _UPDATE_METADATA,
        path={"physicalAssetID": physical_asset_id, "category": category},
        body=body,
    )
    await client.send(request, **options)


async def update_physical_asset(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    body: dict[str, Any],
    **options: Unpack[CallOptions],
) -> None:
    """Change parameters of a physical asset.

    The organisation needs permissions for the physical asset. What body and answer hold is not
    documented; `send_raw` gives the answer as it came.

    Partly known: the path was read on a page, the shape of the answer was not.

    Source: https://docs.trlyr.com/physical-assets-api-reference/physical-assets/update-a-physical-asset
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(
        _UPDATE_PHYSICAL_ASSET, path={"physicalAssetID": physical_asset_id}, body=body
    )
    await client.send(request, **options)


async def update_schedule(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    *,
    body: dict[str, Any],
    **options: Unpack[CallOptions],
) -> None:
    """Replace the schedule of a physical asset.

    No page of it is known: the overview promises schedules. What the answer holds is not
    documented; `send_raw` gives it as it came.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(_UPDATE_SCHEDULE, path={"physicalAssetID": physical_asset_id}, body=body)
    await client.send(request, **options)


async def update_unavailability(
    client: ApiClient[Literal["Trlyr"]],
    physical_asset_id: UUID | str,
    unavailability_id: UUID | str,
    *,
    body: UnavailabilityParameters,
    **options: Unpack[CallOptions],
) -> Unavailability:
    """Replace the parameters of an unavailability.

    No page of it is known: the overview promises unavailabilities.

    Provisional: promised by the documentation, but its path was not read. The path, and what is not
    said to be documented, follow its siblings and may be wrong; the first call warns.

    Source: https://docs.trlyr.com/
    """
    request = Request(
        _UPDATE_UNAVAILABILITY,
        path={"physicalAssetID": physical_asset_id, "unavailabilityID": unavailability_id},
        body=body,
    )
    return await client.send(request, **options)
