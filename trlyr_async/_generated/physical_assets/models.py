# Do not edit: `python -m codegen build`, specs/trlyr/physical-assets.json sha256:7bcfafaa8950
"""Structs of terralayr physical assets."""

from datetime import date
from typing import Annotated

from msgspec import Meta, field

from energy_async.model import AwareDatetime, Model

__all__ = [
    "AncillaryBid",
    "AncillaryProductBids",
    "SubmitAncillaryBids",
    "Unavailability",
    "UnavailabilityParameters",
    "UnavailabilityPower",
    "UnavailabilityVolume",
]


class AncillaryBid(Model, kw_only=True):
    """Bid for a product. Only known from an example.

    Units are not documented here; the bids of virtual assets are in kW, EUR/MW/h and EUR/MWh.

    Attributes:
        capacity_price: Price of the capacity.
        energy_price: Price of the energy.
        id: Id of the bid; a caller may choose it.
        offered_capacity: Capacity on offer.
        status: What has become of it; only in answers.
    """

    capacity_price: float | None = field(name="capacityPrice", default=None)
    energy_price: float | None = field(name="energyPrice", default=None)
    id: str | None = None
    offered_capacity: float | None = field(name="offeredCapacity", default=None)
    status: str | None = None


class AncillaryProductBids(Model, kw_only=True):
    """Bids for one product and delivery day.

    Attributes:
        bids: The bids.
        delivery_day: Delivery day.
        product: The product.
        product_date_code: Delivery day and product.
    """

    bids: list[AncillaryBid] | None = None
    delivery_day: date = field(name="deliveryDay")
    product: str
    product_date_code: str = field(name="productDateCode")


class SubmitAncillaryBids(Model, kw_only=True):
    """Bids to place for one product and delivery day.

    Attributes:
        bids: The bids.
        delivery_day: Delivery day.
        product: The product.
    """

    bids: Annotated[list[AncillaryBid], Meta(min_length=1)]
    delivery_day: date = field(name="deliveryDay")
    product: str


class UnavailabilityPower(Model, kw_only=True):
    """Power that an unavailability concerns.

    Units are not documented. Only known from an example.

    Attributes:
        charge: Power of charging.
        discharge: Power of discharging.
    """

    charge: float | None = None
    discharge: float | None = None


class UnavailabilityVolume(Model, kw_only=True):
    """How much an unavailability concerns. Units are not documented. Only known from an example.

    Attributes:
        energy_capacity: Energy capacity.
        power_capacity: Power that an unavailability concerns. Units are not documented. Only known
            from an example.
    """

    energy_capacity: float | None = field(name="energyCapacity", default=None)
    power_capacity: UnavailabilityPower | None = field(name="powerCapacity", default=None)


class Unavailability(Model, kw_only=True):
    """Time in which a physical asset, or a part of it, is not available.

    Attributes:
        description: What happens.
        eex_notification_ids: Ids of the EEX notifications that announce it.
        end: When it ends.
        id: Id of the unavailability.
        physical_asset_id: Id of the physical asset.
        start: When it starts.
        type: Its cause, such as `MAINTENANCE`.
        volume: How much an unavailability concerns. Units are not documented. Only known from an
            example.
    """

    description: str | None = None
    eex_notification_ids: list[str] | None = field(name="eexNotificationIds", default=None)
    end: AwareDatetime | None = None
    id: str | None = None
    physical_asset_id: str | None = field(name="physicalAssetID", default=None)
    start: AwareDatetime | None = None
    type: str | None = None
    volume: UnavailabilityVolume | None = None


class UnavailabilityParameters(Model, kw_only=True):
    """What is said of an unavailability.

    Attributes:
        description: What happens.
        eex_notification_ids: Ids of the EEX notifications that announce it.
        end: When it ends.
        start: When it starts.
        type: Its cause; other values than `MAINTENANCE` were not visible.
        volume: How much an unavailability concerns. Units are not documented. Only known from an
            example.
    """

    description: str
    eex_notification_ids: list[str] | None = field(name="eexNotificationIds", default=None)
    end: AwareDatetime
    start: AwareDatetime
    type: str
    volume: UnavailabilityVolume
