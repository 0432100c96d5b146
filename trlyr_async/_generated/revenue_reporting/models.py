# Do not edit: `python -m codegen build`, specs/trlyr/revenue-reporting.json sha256:eda75cf73bae
"""Structs of terralayr revenue reporting."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, field

from energy_async.model import AwareDatetime, Model

__all__ = [
    "DATA_POINT_CATEGORY_UNITS",
    "AncillaryRevenue",
    "DataPoint",
    "DataPointCategory",
    "DataPointMetadata",
    "KnownDataPointCategory",
    "Resolution",
    "RevenueDataPoints",
    "TollingRevenue",
    "VirtualBatteryAuctionRevenue",
    "WholesaleRevenue",
]

EUR: Final = Meta(extra={"unit": "EUR"})

KnownDataPointCategory: TypeAlias = Literal[
    "revenue_total_revenue",
    "revenue_wholesale",
    "buy_vwap_wholesale",
    "sell_vwap_wholesale",
    "buy_volume_wholesale",
    "sell_volume_wholesale",
    "net_volume_wholesale",
    "net_off_volume_wholesale",
    "revenue_fcr",
    "capacity_fcr",
    "settlement_price_fcr",
    "weighted_capacity_fcr",
    "weighted_settlement_price_fcr",
    "delivery_hours_fcr",
    "capacity_fcr_weighted_avg",
    "settlement_price_fcr_weighted_avg",
    "revenue_afrr_capacity",
    "revenue_afrr_energy",
    "revenue_afrr_energy_pos",
    "revenue_afrr_energy_neg",
    "settlement_price_afrr_energy_pos",
    "settlement_price_afrr_energy_neg",
    "total_volume_afrr_energy_pos",
    "total_volume_afrr_energy_neg",
    "revenue_tolling",
    "annual_price_tolling",
    "revenue_vba",
    "hurdle_price_vba",
    "revenue_normalised_total",
    "revenue_normalised_wholesale",
    "revenue_normalised_fcr",
    "revenue_normalised_afrr_capacity",
    "revenue_normalised_afrr_energy",
    "revenue_normalised_afrr_energy_pos",
    "revenue_normalised_afrr_energy_neg",
    "revenue_normalised_vba",
    "revenue_normalised_tolling",
    "revenue_normalised_per_year_total",
    "revenue_normalised_per_year_wholesale",
    "revenue_normalised_per_year_fcr",
    "revenue_normalised_per_year_afrr_capacity",
    "revenue_normalised_per_year_afrr_energy",
    "revenue_normalised_per_year_afrr_energy_pos",
    "revenue_normalised_per_year_afrr_energy_neg",
    "revenue_normalised_per_year_vba",
    "revenue_normalised_per_year_tolling",
]
"""Values of `DataPointCategory` that the document lists."""
DataPointCategory: TypeAlias = KnownDataPointCategory | str
"""Category of revenue data points.

Wholesale values are by quarter-hour: to buy is to import (charge), to sell is to export
(discharge), net is sold less bought, and net-off is energy that the portfolio settles within
itself. FCR values are by block of four hours: weighted ones are multiplied by the delivery hours in
the block, weighted averages are those sums over all delivery hours (by the prose; a table calls
them capacity-weighted, which for a price is another number). Positive aFRR is upward, negative
downward. Normalised values are divided by the mean of rated charge and discharge power in MW; those
per year are that times 365.

Open: a value that `KnownDataPointCategory` does not list is passed on as it came.
"""
DATA_POINT_CATEGORY_UNITS: Final[Mapping[str, str]] = {
    "revenue_total_revenue": "EUR",
    "revenue_wholesale": "EUR",
    "buy_vwap_wholesale": "EUR/MWh",
    "sell_vwap_wholesale": "EUR/MWh",
    "buy_volume_wholesale": "MWh",
    "sell_volume_wholesale": "MWh",
    "net_volume_wholesale": "MWh",
    "net_off_volume_wholesale": "MWh",
    "revenue_fcr": "EUR",
    "capacity_fcr": "MW",
    "settlement_price_fcr": "EUR/MW per hour",
    "weighted_capacity_fcr": "MW h",
    "weighted_settlement_price_fcr": "EUR/MW",
    "delivery_hours_fcr": "h",
    "capacity_fcr_weighted_avg": "MW",
    "settlement_price_fcr_weighted_avg": "EUR/MW per hour",
    "revenue_afrr_capacity": "EUR",
    "revenue_afrr_energy": "EUR",
    "revenue_afrr_energy_pos": "EUR",
    "revenue_afrr_energy_neg": "EUR",
    "revenue_tolling": "EUR",
    "revenue_vba": "EUR",
    "revenue_normalised_total": "EUR/MW",
    "revenue_normalised_wholesale": "EUR/MW",
    "revenue_normalised_fcr": "EUR/MW",
    "revenue_normalised_afrr_capacity": "EUR/MW",
    "revenue_normalised_afrr_energy": "EUR/MW",
    "revenue_normalised_afrr_energy_pos": "EUR/MW",
    "revenue_normalised_afrr_energy_neg": "EUR/MW",
    "revenue_normalised_vba": "EUR/MW",
    "revenue_normalised_tolling": "EUR/MW",
    "revenue_normalised_per_year_total": "EUR/MW/year",
    "revenue_normalised_per_year_wholesale": "EUR/MW/year",
    "revenue_normalised_per_year_fcr": "EUR/MW/year",
    "revenue_normalised_per_year_afrr_capacity": "EUR/MW/year",
    "revenue_normalised_per_year_afrr_energy": "EUR/MW/year",
    "revenue_normalised_per_year_afrr_energy_pos": "EUR/MW/year",
    "revenue_normalised_per_year_afrr_energy_neg": "EUR/MW/year",
    "revenue_normalised_per_year_vba": "EUR/MW/year",
    "revenue_normalised_per_year_tolling": "EUR/MW/year",
}
"""Unit of each `DataPointCategory`, where it is known."""

Resolution: TypeAlias = Literal["raw", "15-minute", "hourly", "daily"]
"""Resolution of data points.

Closed: a request with another value is refused before it is sent.
"""


class AncillaryRevenue(Model, kw_only=True):
    """Ancillary revenue of a virtual asset in one delivery window. Fields follow tolling.

    Attributes:
        end_ts: End of the window.
        revenue: Revenue of the window. Unit: EUR.
        start_ts: Start of the window.
        version_number: Version of the figure.
        virtual_asset_id: Id of the virtual asset.
    """

    end_ts: AwareDatetime | None = field(name="endTs", default=None)
    revenue: Annotated[float | None, EUR] = None
    start_ts: AwareDatetime | None = field(name="startTs", default=None)
    version_number: str | None = field(name="versionNumber", default=None)
    virtual_asset_id: str | None = field(name="virtualAssetID", default=None)


class DataPoint(Model, kw_only=True):
    """One value of a category. The unit is that of the category.

    Attributes:
        time: Start of the period.
        value: Value in the unit of its category.
    """

    time: AwareDatetime | None = None
    value: float | None = None


class DataPointMetadata(Model, kw_only=True):
    """What a category of an answer is.

    Attributes:
        data_point_name: Category of revenue data points.
        unit: Unit of the values.
    """

    data_point_name: DataPointCategory | None = field(name="dataPointName", default=None)
    unit: str | None = None


class RevenueDataPoints(Model, kw_only=True):
    """Revenue data points by category.

    That `data` has a key for each category and `meta_data` names them is documented; the shape of a
    point, that `meta_data` is a list and that it has a `unit` are guesses.

    Attributes:
        data: The points of each category.
        meta_data: What the categories are.
    """

    data: dict[str, list[DataPoint]] | None = None
    meta_data: list[DataPointMetadata] | None = field(name="metaData", default=None)


class TollingRevenue(Model, kw_only=True):
    """Tolling revenue of a virtual asset in one delivery window.

    Attributes:
        annual_price: Tolling price of a year; unit not documented.
        end_ts: End of the window.
        revenue: Revenue of the window. Unit: EUR.
        start_ts: Start of the window.
        version_number: Version of the figure.
        virtual_asset_id: Id of the virtual asset.
    """

    annual_price: float | None = field(name="annualPrice", default=None)
    end_ts: AwareDatetime | None = field(name="endTs", default=None)
    revenue: Annotated[float | None, EUR] = None
    start_ts: AwareDatetime | None = field(name="startTs", default=None)
    version_number: str | None = field(name="versionNumber", default=None)
    virtual_asset_id: str | None = field(name="virtualAssetID", default=None)


class VirtualBatteryAuctionRevenue(Model, kw_only=True):
    """Virtual battery auction revenue of a virtual asset in one delivery window.

    Fields follow tolling.

    Attributes:
        end_ts: End of the window.
        revenue: Revenue of the window. Unit: EUR.
        start_ts: Start of the window.
        version_number: Version of the figure.
        virtual_asset_id: Id of the virtual asset.
    """

    end_ts: AwareDatetime | None = field(name="endTs", default=None)
    revenue: Annotated[float | None, EUR] = None
    start_ts: AwareDatetime | None = field(name="startTs", default=None)
    version_number: str | None = field(name="versionNumber", default=None)
    virtual_asset_id: str | None = field(name="virtualAssetID", default=None)


class WholesaleRevenue(Model, kw_only=True):
    """Wholesale revenue of a virtual asset in one delivery window. Fields follow tolling.

    Attributes:
        end_ts: End of the window.
        revenue: Revenue of the window. Unit: EUR.
        start_ts: Start of the window.
        version_number: Version of the figure.
        virtual_asset_id: Id of the virtual asset.
    """

    end_ts: AwareDatetime | None = field(name="endTs", default=None)
    revenue: Annotated[float | None, EUR] = None
    start_ts: AwareDatetime | None = field(name="startTs", default=None)
    version_number: str | None = field(name="versionNumber", default=None)
    virtual_asset_id: str | None = field(name="virtualAssetID", default=None)
