"""Structs of `trlyr_async.physical_assets`."""

from trlyr_async._generated.physical_assets.models import (
    AncillaryBid,
    AncillaryProductBids,
    SubmitAncillaryBids,
    Unavailability,
    UnavailabilityParameters,
    UnavailabilityPower,
    UnavailabilityVolume,
)

__all__ = [
    "AncillaryBid",
    "AncillaryProductBids",
    "SubmitAncillaryBids",
    "Unavailability",
    "UnavailabilityParameters",
    "UnavailabilityPower",
    "UnavailabilityVolume",
]
