"""Structs of `trlyr_async.virtual_assets`."""

from trlyr_async._generated.virtual_assets.models import (
    BlockMetadata,
    EnergyCapacityPoint,
    EnergyCapacityTimeseries,
    KnownMarket,
    Market,
    OperationalEnergyCapacity,
    VirtualAsset,
)

__all__ = [
    "BlockMetadata",
    "EnergyCapacityPoint",
    "EnergyCapacityTimeseries",
    "KnownMarket",
    "Market",
    "OperationalEnergyCapacity",
    "VirtualAsset",
]
