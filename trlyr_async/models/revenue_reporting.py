"""Structs of `trlyr_async.revenue_reporting`."""

from trlyr_async._generated.revenue_reporting.models import (
    DATA_POINT_CATEGORY_UNITS,
    AncillaryRevenue,
    DataPoint,
    DataPointCategory,
    DataPointMetadata,
    KnownDataPointCategory,
    KnownResolution,
    Resolution,
    RevenueDataPoints,
    TollingRevenue,
    VirtualBatteryAuctionRevenue,
    WholesaleRevenue,
)

__all__ = [
    "DATA_POINT_CATEGORY_UNITS",
    "AncillaryRevenue",
    "DataPoint",
    "DataPointCategory",
    "DataPointMetadata",
    "KnownDataPointCategory",
    "KnownResolution",
    "Resolution",
    "RevenueDataPoints",
    "TollingRevenue",
    "VirtualBatteryAuctionRevenue",
    "WholesaleRevenue",
]
