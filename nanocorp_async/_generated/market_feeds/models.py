# Do not edit: `python -m codegen build`, specs/nanocorp/market-feeds.json sha256:da9507870749
"""Structs of the French electricity market feeds."""

from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, field

from energy_async.model import AwareDatetime, Model

__all__ = [
    "AfrrCapacity",
    "AfrrCapacityRow",
    "AfrrEnergy",
    "AfrrEnergyBucket",
    "AfrrEnergyRow",
    "BalancingCapacity",
    "BalancingEnergy",
    "DayAheadPrice",
    "DayAheadPrices",
    "Direction",
    "FcrCapacity",
    "FcrCapacityRow",
    "KnownDirection",
    "KnownProductType",
    "KnownTimeHorizon",
    "MfrrCapacity",
    "MfrrCapacityRow",
    "MfrrEnergy",
    "MfrrEnergyDirectionRow",
    "MfrrEnergyRow",
    "ProductType",
    "TimeHorizon",
]

EUR_PER_MW_PERIOD_NOT_DOCUMENTED: Final = Meta(extra={"unit": "EUR/MW (period not documented)"})
EUR_PER_MWH: Final = Meta(extra={"unit": "EUR/MWh"})
MW: Final = Meta(extra={"unit": "MW"})
S: Final = Meta(extra={"unit": "s"})

KnownDirection: TypeAlias = Literal["UPWARD", "DOWNWARD", "SYMMETRIC"]
"""Values of `Direction` that the document lists."""
Direction: TypeAlias = KnownDirection | str
"""Direction of a reserve.

Open: a value that `KnownDirection` does not list is passed on as it came.
"""

KnownProductType: TypeAlias = Literal["FCR", "aFRR", "mFRR"]
"""Values of `ProductType` that the document lists."""
ProductType: TypeAlias = KnownProductType | str
"""Kind of reserve.

Open: a value that `KnownProductType` does not list is passed on as it came.
"""

KnownTimeHorizon: TypeAlias = Literal["DAILY"]
"""Values of `TimeHorizon` that the document lists."""
TimeHorizon: TypeAlias = KnownTimeHorizon | str
"""Horizon that a reserve was bought for.

Open: a value that `KnownTimeHorizon` does not list is passed on as it came.
"""


class AfrrCapacityRow(Model, kw_only=True):
    """aFRR capacity in one period and direction.

    Attributes:
        contracted_volume_mw: Volume contracted. Unit: MW.
        direction: Direction of a reserve.
        offered_volume_mw: Volume offered. Unit: MW.
        period_end_utc: End of the period.
        period_start_utc: Start of the period.
        price: Capacity price. Whether it is for 15 minutes, an hour, a block or a day is not
            documented: do not multiply it by a duration. Unit: EUR/MW (period not documented).
        product_type: Kind of reserve.
        time_horizon: Horizon that a reserve was bought for.
    """

    contracted_volume_mw: Annotated[float | None, MW] = None
    direction: Direction | None = None
    offered_volume_mw: Annotated[float | None, MW] = None
    period_end_utc: AwareDatetime | None = None
    period_start_utc: AwareDatetime | None = None
    price: Annotated[float | None, EUR_PER_MW_PERIOD_NOT_DOCUMENTED] = None
    product_type: ProductType | None = None
    time_horizon: TimeHorizon | None = None


class AfrrCapacity(Model, kw_only=True):
    """aFRR capacity of France.

    Attributes:
        latest_fetched_at_utc: When the feed was last fetched from its source.
        rows: The periods; their number and order are not documented.
    """

    latest_fetched_at_utc: AwareDatetime | None = field(name="latestFetchedAtUtc", default=None)
    rows: list[AfrrCapacityRow] | None = None


class AfrrEnergyBucket(Model, kw_only=True):
    """aFRR energy prices in one 5-minute bucket.

    Attributes:
        bucket_end_utc: End of the bucket.
        bucket_start_utc: Start of the bucket.
        downward_price_eur_mwh: Price of downward activation. Unit: EUR/MWh.
        upward_price_eur_mwh: Price of upward activation. Unit: EUR/MWh.
    """

    bucket_end_utc: AwareDatetime | None = None
    bucket_start_utc: AwareDatetime | None = None
    downward_price_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None
    upward_price_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None


class AfrrEnergyRow(Model, kw_only=True):
    """aFRR energy in one 4-second step.

    Attributes:
        afrr_for_france_mw: aFRR for French needs; signed. Where it is delivered is not documented.
            Unit: MW.
        afrr_in_france_mw: aFRR delivered in France; signed. Unit: MW.
        downward_price_eur_mwh: Price of downward activation. Unit: EUR/MWh.
        pdemand_mw: Demand for aFRR; signed. Unit: MW.
        period_end_utc: End of the period.
        period_start_utc: Start of the period.
        picasso_connection: Whether France was connected to the European platform PICASSO.
        prorata_mode: Whether activation was shared pro rata.
        upward_price_eur_mwh: Price of upward activation. Unit: EUR/MWh.
    """

    afrr_for_france_mw: Annotated[float | None, MW] = None
    afrr_in_france_mw: Annotated[float | None, MW] = None
    downward_price_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None
    pdemand_mw: Annotated[float | None, MW] = None
    period_end_utc: AwareDatetime | None = None
    period_start_utc: AwareDatetime | None = None
    picasso_connection: bool | None = None
    prorata_mode: bool | None = None
    upward_price_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None


class AfrrEnergy(Model, kw_only=True):
    """aFRR energy of France: the newest 4-second step, recent steps and 5-minute buckets.

    Attributes:
        average_downward_price: Average downward price; the averaging rule is not documented. Unit:
            EUR/MWh.
        average_upward_price: Average upward price; the averaging rule is not documented. Unit:
            EUR/MWh.
        chart_rows: Buckets of 5 minutes.
        latest_delivery_date_paris: Delivery day in Paris that the feed covers.
        latest_fetched_at_utc: When the feed was last fetched from its source.
        latest_period_end_utc: End of the newest period.
        latest_period_start_utc: Start of the newest period.
        latest_row: aFRR energy in one 4-second step.
        recent_rows: Recent 4-second steps; how many is not documented.
        resolution_seconds: Length of one period. Unit: s.
        row_count: Number of 4-second steps in the delivery day.
    """

    average_downward_price: Annotated[float | None, EUR_PER_MWH] = field(
        name="averageDownwardPrice", default=None
    )
    average_upward_price: Annotated[float | None, EUR_PER_MWH] = field(
        name="averageUpwardPrice", default=None
    )
    chart_rows: list[AfrrEnergyBucket] | None = field(name="chartRows", default=None)
    latest_delivery_date_paris: date | None = field(name="latestDeliveryDateParis", default=None)
    latest_fetched_at_utc: AwareDatetime | None = field(name="latestFetchedAtUtc", default=None)
    latest_period_end_utc: AwareDatetime | None = field(name="latestPeriodEndUtc", default=None)
    latest_period_start_utc: AwareDatetime | None = field(name="latestPeriodStartUtc", default=None)
    latest_row: AfrrEnergyRow | None = field(name="latestRow", default=None)
    recent_rows: list[AfrrEnergyRow] | None = field(name="recentRows", default=None)
    resolution_seconds: Annotated[int | None, S] = field(name="resolutionSeconds", default=None)
    row_count: int | None = field(name="rowCount", default=None)


class FcrCapacityRow(Model, kw_only=True):
    """FCR capacity in one period.

    Attributes:
        contracted_volume_mw: Volume contracted. Unit: MW.
        direction: Direction of a reserve.
        offered_volume_mw: Volume offered. Unit: MW.
        period_end_utc: End of the period.
        period_start_utc: Start of the period.
        price: Capacity price. Whether it is for 15 minutes, an hour, a block or a day is not
            documented: do not multiply it by a duration. Unit: EUR/MW (period not documented).
        product_type: Kind of reserve.
        time_horizon: Horizon that a reserve was bought for.
        volume_mw: Volume; how it differs from the contracted volume is not documented. Unit: MW.
    """

    contracted_volume_mw: Annotated[float | None, MW] = None
    direction: Direction | None = None
    offered_volume_mw: Annotated[float | None, MW] = None
    period_end_utc: AwareDatetime | None = None
    period_start_utc: AwareDatetime | None = None
    price: Annotated[float | None, EUR_PER_MW_PERIOD_NOT_DOCUMENTED] = None
    product_type: ProductType | None = None
    time_horizon: TimeHorizon | None = None
    volume_mw: Annotated[float | None, MW] = None


class FcrCapacity(Model, kw_only=True):
    """FCR capacity of France.

    Attributes:
        latest_fetched_at_utc: When the feed was last fetched from its source.
        rows: The periods; their number and order are not documented.
    """

    latest_fetched_at_utc: AwareDatetime | None = field(name="latestFetchedAtUtc", default=None)
    rows: list[FcrCapacityRow] | None = None


class MfrrCapacityRow(Model, kw_only=True):
    """mFRR capacity in one period and direction.

    Attributes:
        contracted_volume_mw: Volume contracted. Unit: MW.
        direction: Direction of a reserve.
        offered_volume_mw: Volume offered. Unit: MW.
        period_end_utc: End of the period.
        period_start_utc: Start of the period.
        price: Capacity price. Whether it is for 15 minutes, an hour, a block or a day is not
            documented: do not multiply it by a duration. Unit: EUR/MW (period not documented).
        product_type: Kind of reserve.
        time_horizon: Horizon that a reserve was bought for.
    """

    contracted_volume_mw: Annotated[float | None, MW] = None
    direction: Direction | None = None
    offered_volume_mw: Annotated[float | None, MW] = None
    period_end_utc: AwareDatetime | None = None
    period_start_utc: AwareDatetime | None = None
    price: Annotated[float | None, EUR_PER_MW_PERIOD_NOT_DOCUMENTED] = None
    product_type: ProductType | None = None
    time_horizon: TimeHorizon | None = None


class MfrrCapacity(Model, kw_only=True):
    """mFRR capacity of France.

    Attributes:
        latest_fetched_at_utc: When the feed was last fetched from its source.
        rows: The periods; their number and order are not documented.
    """

    latest_fetched_at_utc: AwareDatetime | None = field(name="latestFetchedAtUtc", default=None)
    rows: list[MfrrCapacityRow] | None = None


class BalancingCapacity(Model, kw_only=True):
    """The three capacity feeds in one answer.

    Attributes:
        afrr: aFRR capacity of France.
        fcr: FCR capacity of France.
        latest_fetched_at_utc: Newest of the three fetch times.
        mfrr: mFRR capacity of France.
    """

    afrr: AfrrCapacity | None = None
    fcr: FcrCapacity | None = None
    latest_fetched_at_utc: AwareDatetime | None = field(name="latestFetchedAtUtc", default=None)
    mfrr: MfrrCapacity | None = None


class MfrrEnergyDirectionRow(Model, kw_only=True):
    """mFRR energy in one quarter-hour and direction.

    SA is scheduled activation, DA direct activation. A zero may stand for no activation.

    Attributes:
        clearing_price_eur_mwh: Clearing price. Zero may stand for no activation. Unit: EUR/MWh.
        direction: Direction of a reserve.
        period_end_utc: End of the period.
        period_start_utc: Start of the period.
        settlement_price_current_eur_mwh: Current settlement price; its rule is not documented. Zero
            may stand for no activation. Unit: EUR/MWh.
        settlement_price_previous_eur_mwh: Previous settlement price; its rule is not documented.
            Zero may stand for no activation. Unit: EUR/MWh.
        total_activated_volume_da_mw: Volume activated, DA. Unit: MW.
        total_activated_volume_sa_mw: Volume activated, SA. Unit: MW.
        total_requested_volume_da_mw: Volume requested, DA. Unit: MW.
        total_requested_volume_sa_mw: Volume requested, SA. Unit: MW.
        total_satisfied_need_da_mw: Part of the request that was met, DA. Unit: MW.
        total_satisfied_need_sa_mw: Part of the request that was met, SA. Unit: MW.
        total_volume_filtered_offers_mw: Volume of the filtered offers; whether kept or dropped is
            not documented. Unit: MW.
        total_volume_submitted_offers_mw: Volume of the offers submitted. Unit: MW.
    """

    clearing_price_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None
    direction: Direction | None = None
    period_end_utc: AwareDatetime | None = None
    period_start_utc: AwareDatetime | None = None
    settlement_price_current_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None
    settlement_price_previous_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None
    total_activated_volume_da_mw: Annotated[float | None, MW] = None
    total_activated_volume_sa_mw: Annotated[float | None, MW] = None
    total_requested_volume_da_mw: Annotated[float | None, MW] = None
    total_requested_volume_sa_mw: Annotated[float | None, MW] = None
    total_satisfied_need_da_mw: Annotated[float | None, MW] = None
    total_satisfied_need_sa_mw: Annotated[float | None, MW] = None
    total_volume_filtered_offers_mw: Annotated[float | None, MW] = None
    total_volume_submitted_offers_mw: Annotated[float | None, MW] = None


class MfrrEnergyRow(Model, kw_only=True):
    """mFRR energy prices of one quarter-hour.

    Attributes:
        downward_price_eur_mwh: Price of downward activation. Zero may stand for no activation.
            Unit: EUR/MWh.
        period_end_utc: End of the period.
        period_start_utc: Start of the period.
        upward_price_eur_mwh: Price of upward activation. Zero may stand for no activation. Unit:
            EUR/MWh.
    """

    downward_price_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None
    period_end_utc: AwareDatetime | None = None
    period_start_utc: AwareDatetime | None = None
    upward_price_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None


class MfrrEnergy(Model, kw_only=True):
    """mFRR energy of France: the newest quarter-hour in each direction and recent quarter-hours.

    Attributes:
        average_downward_price: Average downward price; the averaging rule is not documented. Zero
            may stand for no activation. Unit: EUR/MWh.
        average_upward_price: Average upward price; the averaging rule is not documented. Zero may
            stand for no activation. Unit: EUR/MWh.
        chart_rows: Quarter-hours for a chart.
        latest_delivery_date_paris: Delivery day in Paris that the feed covers.
        latest_downward_row: mFRR energy in one quarter-hour and direction.
        latest_fetched_at_utc: When the feed was last fetched from its source.
        latest_period_end_utc: End of the newest period.
        latest_period_start_utc: Start of the newest period.
        latest_upward_row: mFRR energy in one quarter-hour and direction.
        recent_rows: Recent quarter-hours; how many is not documented.
        resolution_seconds: Length of one period. Unit: s.
        row_count: Number of rows in the delivery day; each direction of a quarter-hour seems to
            count as one.
    """

    average_downward_price: Annotated[float | None, EUR_PER_MWH] = field(
        name="averageDownwardPrice", default=None
    )
    average_upward_price: Annotated[float | None, EUR_PER_MWH] = field(
        name="averageUpwardPrice", default=None
    )
    chart_rows: list[MfrrEnergyRow] | None = field(name="chartRows", default=None)
    latest_delivery_date_paris: date | None = field(name="latestDeliveryDateParis", default=None)
    latest_downward_row: MfrrEnergyDirectionRow | None = field(
        name="latestDownwardRow", default=None
    )
    latest_fetched_at_utc: AwareDatetime | None = field(name="latestFetchedAtUtc", default=None)
    latest_period_end_utc: AwareDatetime | None = field(name="latestPeriodEndUtc", default=None)
    latest_period_start_utc: AwareDatetime | None = field(name="latestPeriodStartUtc", default=None)
    latest_upward_row: MfrrEnergyDirectionRow | None = field(name="latestUpwardRow", default=None)
    recent_rows: list[MfrrEnergyRow] | None = field(name="recentRows", default=None)
    resolution_seconds: Annotated[int | None, S] = field(name="resolutionSeconds", default=None)
    row_count: int | None = field(name="rowCount", default=None)


class BalancingEnergy(Model, kw_only=True):
    """The two energy feeds in one answer.

    Attributes:
        afrr: aFRR energy of France: the newest 4-second step, recent steps and 5-minute buckets.
        latest_fetched_at_utc: Newest of the two fetch times.
        mfrr: mFRR energy of France: the newest quarter-hour in each direction and recent
            quarter-hours.
    """

    afrr: AfrrEnergy | None = None
    latest_fetched_at_utc: AwareDatetime | None = field(name="latestFetchedAtUtc", default=None)
    mfrr: MfrrEnergy | None = None


class DayAheadPrice(Model, kw_only=True):
    """Day-ahead price of one quarter-hour.

    Attributes:
        hour_end_utc: End of the quarter-hour.
        hour_start_utc: Start of the quarter-hour, whatever the name says.
        price_eur_mwh: Price; can be negative. Unit: EUR/MWh.
    """

    hour_end_utc: AwareDatetime | None = None
    hour_start_utc: AwareDatetime | None = None
    price_eur_mwh: Annotated[float | None, EUR_PER_MWH] = None


class DayAheadPrices(Model, kw_only=True):
    """Day-ahead prices of France and the days that they cover.

    Attributes:
        earliest_date: Earliest delivery day (Paris) in the rows.
        latest_date: Latest delivery day (Paris) in the rows.
        rows: Quarter-hours; a delivery day has 92, 96 or 100 of them. The order is not documented.
    """

    earliest_date: date | None = field(name="earliestDate", default=None)
    latest_date: date | None = field(name="latestDate", default=None)
    rows: list[DayAheadPrice] | None = None
