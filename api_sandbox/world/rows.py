"""The rows that the server sends, under their names on the wire."""

from __future__ import annotations

import msgspec


class RevenueRow(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Revenue (EUR) of one bucket."""

    start_ts: str
    end_ts: str
    revenue: float
    version_number: str
    virtual_asset_id: str = msgspec.field(name="virtualAssetID")


class TollingRow(RevenueRow, frozen=True, gc=False, rename="camel"):
    """Tolling revenue (EUR) of one delivery day, and 365 times it."""

    annual_price: float


class EnergyCapacity(msgspec.Struct, frozen=True, gc=False):
    """Energy in kWh."""

    available: float
    rated: float


class CapacityPoint(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Usable and rated energy at one quarter-hour."""

    energy_capacity: EnergyCapacity
    time: str


class DataPoint(msgspec.Struct, frozen=True, gc=False):
    """One value of one data-point category."""

    time: str
    value: float
