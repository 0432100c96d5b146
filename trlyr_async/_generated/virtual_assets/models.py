# Do not edit: `python -m codegen build`, specs/trlyr/virtual-assets.json sha256:49e9844ae3b9
"""Structs of terralayr virtual assets."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, field

from energy_async.model import AwareDatetime, Model

__all__ = [
    "BLOCK_OPERATIONAL_CATEGORY_UNITS",
    "OPERATIONAL_CATEGORY_UNITS",
    "AdjustmentReason",
    "AfrrBid",
    "AfrrMarket",
    "AfrrProductBids",
    "AfrrProductResults",
    "AfrrResult",
    "AncillaryBid",
    "AncillaryMarket",
    "AncillaryProductBids",
    "AncillaryProductResults",
    "AncillaryResult",
    "Block",
    "BlockMetadata",
    "BlockOperationalCategory",
    "BlockPowerCapacity",
    "BlockUpdate",
    "CreateAfrrBids",
    "CreateFcrBids",
    "EnergyCapacityPoint",
    "EnergyCapacityTimeseries",
    "FcrBid",
    "FcrProductBids",
    "FcrProductResults",
    "FcrResult",
    "KnownAdjustmentReason",
    "KnownAncillaryMarket",
    "KnownBlockOperationalCategory",
    "KnownOperationalCategory",
    "KnownProductDirection",
    "OperationalCategory",
    "OperationalEnergyCapacity",
    "ProductDirection",
    "ProjectedStateOfCharge",
    "ScheduleAdjustment",
    "ScheduleAdjustments",
    "SchedulePoint",
    "StateOfChargeBoundaries",
    "StateOfChargePoint",
    "StateOfEnergy",
    "SubmitAncillaryBids",
    "VirtualAsset",
]

PERCENT: Final = Meta(extra={"unit": "%"})
EUR_PER_MW_OR_EUR_PER_MW_PER_H_PAGES_DISAGREE: Final = Meta(
    extra={"unit": "EUR/MW (or EUR/MW/h, pages disagree)"}
)
EUR_PER_MW_PER_H_AFRR_EUR_PER_MW_FCR: Final = Meta(extra={"unit": "EUR/MW/h (aFRR), EUR/MW (FCR)"})
EUR_PER_MW_PER_H: Final = Meta(extra={"unit": "EUR/MW/h"})
EUR_PER_MWH: Final = Meta(extra={"unit": "EUR/MWh"})
CYCLES: Final = Meta(extra={"unit": "cycles"})
KW: Final = Meta(extra={"unit": "kW"})
KWH: Final = Meta(extra={"unit": "kWh"})
S: Final = Meta(extra={"unit": "s"})

KnownAdjustmentReason: TypeAlias = Literal["STATE_OF_ENERGY_BOUNDARIES", "AVAILABILITY"]
"""Values of `AdjustmentReason` that the document lists."""
AdjustmentReason: TypeAlias = KnownAdjustmentReason | str
"""Why a schedule was adjusted.

Open: a value that `KnownAdjustmentReason` does not list is passed on as it came.
"""

AfrrMarket: TypeAlias = Literal["capacity", "energy"]
"""Market of aFRR, as the endpoints of aFRR call it. Case matters.

Closed: a request with another value is refused before it is sent.
"""

KnownAncillaryMarket: TypeAlias = Literal["FCR", "AFRREnergy", "AFRRCapacity"]
"""Values of `AncillaryMarket` that the document lists."""
AncillaryMarket: TypeAlias = KnownAncillaryMarket | str
"""Market of ancillary services, as the endpoints of both markets call it. Case matters.

Open: a value that `KnownAncillaryMarket` does not list is passed on as it came.
"""

KnownBlockOperationalCategory: TypeAlias = Literal[
    "powerCapacityChargeRated",
    "powerCapacityChargeAvailable",
    "powerCapacityDischargeRated",
    "powerCapacityDischargeAvailable",
    "boundaryPower",
    "deliveryPeriodSetpoint",
]
"""Values of `BlockOperationalCategory` that the document lists."""
BlockOperationalCategory: TypeAlias = KnownBlockOperationalCategory | str
"""Category of operational data of a block.

Boundary power is the power exactly at the start of a period; the delivery-period setpoint is where
the ramp within a period leads, which differs from the average that the schedule gives. Upstream may
have more categories, whose names were not visible.

Open: a value that `KnownBlockOperationalCategory` does not list is passed on as it came.
"""
BLOCK_OPERATIONAL_CATEGORY_UNITS: Final[Mapping[str, str]] = {
    "powerCapacityChargeRated": "kW",
    "powerCapacityChargeAvailable": "kW",
    "powerCapacityDischargeRated": "kW",
    "powerCapacityDischargeAvailable": "kW",
    "boundaryPower": "kW",
    "deliveryPeriodSetpoint": "kW",
}
"""Unit of each `BlockOperationalCategory`, where it is known."""

KnownOperationalCategory: TypeAlias = Literal[
    "chargeEfficiency",
    "dischargeEfficiency",
    "energyCapacityRated",
    "energyCapacityAvailable",
    "powerCapacityChargeRated",
    "powerCapacityChargeAvailable",
    "powerCapacityDischargeRated",
    "powerCapacityDischargeAvailable",
    "maximumDeliverablePower",
    "minimumDeliverablePower",
    "cyclesWholesale",
    "cyclesAFRR",
    "cyclesFCR",
    "cyclesTotal",
    "availableEnergyDischargesWholesale",
    "availableEnergyDischargesAFRR",
    "availableEnergyDischargesFCR",
    "availableEnergyDischargesTotal",
    "undeliverableSchedule",
]
"""Values of `OperationalCategory` that the document lists."""
OperationalCategory: TypeAlias = KnownOperationalCategory | str
"""Category of operational data of a virtual asset.

Efficiencies are one-way ratios. Deliverable power is signed, discharge positive: the most may be
negative, the least positive. Cycles are energy discharged over rated capacity and count towards the
annual limit; available energy discharges are the same over available capacity and count towards the
daily limit. Upstream has more categories, whose names were not visible.

Open: a value that `KnownOperationalCategory` does not list is passed on as it came.
"""
OPERATIONAL_CATEGORY_UNITS: Final[Mapping[str, str]] = {
    "energyCapacityRated": "kWh",
    "energyCapacityAvailable": "kWh",
    "powerCapacityChargeRated": "kW",
    "powerCapacityChargeAvailable": "kW",
    "powerCapacityDischargeRated": "kW",
    "powerCapacityDischargeAvailable": "kW",
    "maximumDeliverablePower": "kW",
    "minimumDeliverablePower": "kW",
    "cyclesWholesale": "cycles",
    "cyclesAFRR": "cycles",
    "cyclesFCR": "cycles",
    "cyclesTotal": "cycles",
}
"""Unit of each `OperationalCategory`, where it is known."""

KnownProductDirection: TypeAlias = Literal["POS", "NEG", "NEGPOS"]
"""Values of `ProductDirection` that the document lists."""
ProductDirection: TypeAlias = KnownProductDirection | str
"""Direction of a product, upward, downward or both. Case matters.

Open: a value that `KnownProductDirection` does not list is passed on as it came.
"""


class AfrrBid(Model, kw_only=True):
    """Bid for an aFRR product.

    Attributes:
        capacity_price: Price of the capacity; None for aFRR energy. Unit: EUR/MW/h.
        energy_price: Price of the energy; a capacity bid needs it too. Unit: EUR/MWh.
        offered_capacity: Capacity on offer. Unit: kW.
    """

    capacity_price: Annotated[float | None, EUR_PER_MW_PER_H] = field(
        name="capacityPrice", default=None
    )
    energy_price: Annotated[float | None, EUR_PER_MWH] = field(name="energyPrice", default=None)
    offered_capacity: Annotated[float, KW] = field(name="offeredCapacity")


class AfrrProductBids(Model, kw_only=True):
    """Bids for one aFRR product and delivery day.

    Attributes:
        bids: The bids.
        delivery_day: Delivery day.
        product: `POS_00_04` to `NEG_20_24` for capacity, `POS_001` to `NEG_096` for energy (092 or
            100 where the clock changes).
        product_date_code: Delivery day and product.
    """

    bids: list[AfrrBid] | None = None
    delivery_day: date | None = field(name="deliveryDay", default=None)
    product: str | None = None
    product_date_code: str | None = field(name="productDateCode", default=None)


class AfrrResult(Model, kw_only=True):
    """What became of an aFRR bid.

    Attributes:
        accepted: Whether it was accepted.
        accepted_capacity: Capacity that was accepted, at most that on offer. Unit: kW.
        capacity_price: Price that was bid and is paid for capacity; None for aFRR energy. Unit:
            EUR/MW/h.
        energy_price: Price that was bid for energy; not what is paid. Unit: EUR/MWh.
        offered_capacity: Capacity on offer. Unit: kW.
        settlement_price: Always None here.
    """

    accepted: bool | None = None
    accepted_capacity: Annotated[float | None, KW] = field(name="acceptedCapacity", default=None)
    capacity_price: Annotated[float | None, EUR_PER_MW_PER_H] = field(
        name="capacityPrice", default=None
    )
    energy_price: Annotated[float | None, EUR_PER_MWH] = field(name="energyPrice", default=None)
    offered_capacity: Annotated[float | None, KW] = field(name="offeredCapacity", default=None)
    settlement_price: float | None = field(name="settlementPrice", default=None)


class AfrrProductResults(Model, kw_only=True):
    """Results for one aFRR product and delivery day.

    Attributes:
        delivery_day: Delivery day.
        product: The product, such as `POS_00_04` or `NEG_096`.
        results: One result for each bid.
    """

    delivery_day: date | None = field(name="deliveryDay", default=None)
    product: str | None = None
    results: list[AfrrResult] | None = None


class AncillaryBid(Model, kw_only=True):
    """Bid for an FCR or aFRR product.

    Attributes:
        bid_id: Id of the bid; leave it out of a new one.
        capacity_price: Price of the capacity; None for aFRR energy. Other pages give FCR prices in
            EUR/MW/h. Unit: EUR/MW/h (aFRR), EUR/MW (FCR).
        energy_price: Price of the energy. Unit: EUR/MWh.
        offered_capacity: Capacity on offer. Unit: kW.
    """

    bid_id: str | None = field(name="bidID", default=None)
    capacity_price: Annotated[float | None, EUR_PER_MW_PER_H_AFRR_EUR_PER_MW_FCR] = field(
        name="capacityPrice", default=None
    )
    energy_price: Annotated[float | None, EUR_PER_MWH] = field(name="energyPrice", default=None)
    offered_capacity: Annotated[float, KW] = field(name="offeredCapacity")


class AncillaryProductBids(Model, kw_only=True):
    """Bids for one product and delivery day.

    Attributes:
        bids: The bids.
        delivery_day: Delivery day.
        market: Market of ancillary services, as the endpoints of both markets call it. Case
            matters.
        product: `NEGPOS_00_04` (FCR), `POS_00_04` (aFRR capacity), `POS_001` (aFRR energy), and so
            on.
    """

    bids: list[AncillaryBid] | None = None
    delivery_day: date | None = field(name="deliveryDay", default=None)
    market: AncillaryMarket | None = None
    product: str | None = None


class AncillaryResult(Model, kw_only=True):
    """What became of a bid. Upstream gives more fields, which were not visible.

    Attributes:
        accepted: Whether it was accepted.
        accepted_capacity: Capacity that was accepted. Unit: kW.
        bid_id: Id of the bid.
        capacity_price: Price of the capacity; None for aFRR energy. Other pages give FCR prices in
            EUR/MW/h. Unit: EUR/MW/h (aFRR), EUR/MW (FCR).
        offered_capacity: Capacity on offer. Unit: kW.
    """

    accepted: bool | None = None
    accepted_capacity: Annotated[float | None, KW] = field(name="acceptedCapacity", default=None)
    bid_id: str | None = field(name="bidID", default=None)
    capacity_price: Annotated[float | None, EUR_PER_MW_PER_H_AFRR_EUR_PER_MW_FCR] = field(
        name="capacityPrice", default=None
    )
    offered_capacity: Annotated[float | None, KW] = field(name="offeredCapacity", default=None)


class AncillaryProductResults(Model, kw_only=True):
    """Results for one product and delivery day.

    Attributes:
        delivery_day: Delivery day.
        market: Market of ancillary services, as the endpoints of both markets call it. Case
            matters.
        product: `NEGPOS_00_04` (FCR), `POS_00_04` (aFRR capacity), `POS_001` (aFRR energy), and so
            on.
        results: One result for each bid.
    """

    delivery_day: date | None = field(name="deliveryDay", default=None)
    market: AncillaryMarket | None = None
    product: str | None = None
    results: list[AncillaryResult] | None = None


class BlockPowerCapacity(Model, kw_only=True):
    """Power capacity of a block in one quarter-hour.

    Available capacity equals the rated one but for outages. A schedule lies between
    `-charge_power_capacity` and `discharge_power_capacity`. Only known from an example.

    Attributes:
        charge_power_capacity: Power that it can import at present. Unit: kW.
        discharge_power_capacity: Power that it can export at present. Unit: kW.
        rated_charge_power_capacity: Rated power of import. Unit: kW.
        rated_discharge_power_capacity: Rated power of export. Unit: kW.
        time: Start of the quarter-hour.
    """

    charge_power_capacity: Annotated[float | None, KW] = field(
        name="chargePowerCapacity", default=None
    )
    discharge_power_capacity: Annotated[float | None, KW] = field(
        name="dischargePowerCapacity", default=None
    )
    rated_charge_power_capacity: Annotated[float | None, KW] = field(
        name="ratedChargePowerCapacity", default=None
    )
    rated_discharge_power_capacity: Annotated[float | None, KW] = field(
        name="ratedDischargePowerCapacity", default=None
    )
    time: AwareDatetime | None = None


class SchedulePoint(Model, kw_only=True):
    """Scheduled power in one quarter-hour.

    Attributes:
        power: Average power: discharge is positive, charge negative. Unit: kW.
        time: Start of the quarter-hour.
    """

    power: Annotated[float, KW]
    time: AwareDatetime


class Block(Model, kw_only=True):
    """A slice of the power capacity of a virtual asset over time, and its schedule.

    Power is in kW, by quarter-hour and left-aligned: discharge is positive, charge negative.

    Attributes:
        end: End of its lifetime.
        id: Id of the block.
        power_capacity: Power capacity by quarter-hour.
        rated_charge_power: Most power that it imports. Unit: kW.
        rated_discharge_power: Most power that it exports. Unit: kW.
        schedule: Scheduled power by quarter-hour.
        start: Start of its lifetime.
        units_power: Unit of power values.
    """

    end: AwareDatetime | None = None
    id: str | None = None
    power_capacity: list[BlockPowerCapacity] | None = field(name="powerCapacity", default=None)
    rated_charge_power: Annotated[float | None, KW] = field(name="ratedChargePower", default=None)
    rated_discharge_power: Annotated[float | None, KW] = field(
        name="ratedDischargePower", default=None
    )
    schedule: list[SchedulePoint] | None = None
    start: AwareDatetime | None = None
    units_power: str | None = field(name="unitsPower", default=None)


class BlockMetadata(Model, kw_only=True):
    """Outline of a block of a virtual asset. Only known from an example.

    Attributes:
        end: End of the block.
        id: Id of the block.
        market: Market that the block is for: wholesale, FCR, aFRR upward or aFRR downward. Only the
            spelling `WHOLESALE` is known.
        start: Start of the block.
    """

    end: AwareDatetime | None = None
    id: str | None = None
    market: str | None = None
    start: AwareDatetime | None = None


class BlockUpdate(Model, kw_only=True):
    """New points for the schedule of a block.

    Attributes:
        schedule: The points; times that are not among them keep their power.
    """

    schedule: Annotated[list[SchedulePoint], Meta(min_length=1)]


class CreateAfrrBids(Model, kw_only=True):
    """Bids to place for one aFRR product and delivery day.

    Attributes:
        bids: The bids, at most one for now.
        delivery_day: Delivery day.
        product: `POS_00_04` to `NEG_20_24` for capacity, `POS_001` to `NEG_096` for energy (092 or
            100 where the clock changes).
    """

    bids: Annotated[list[AfrrBid], Meta(min_length=1)]
    delivery_day: date = field(name="deliveryDay")
    product: Annotated[
        str,
        Meta(pattern="^(POS|NEG)_(00_04|04_08|08_12|12_16|16_20|20_24|0[0-9][1-9]|0[1-9]0|100)\\Z"),
    ]


class FcrBid(Model, kw_only=True):
    """Bid for an FCR product.

    Attributes:
        capacity_price: Price of the capacity; per hour by the pages of bids, without a period by
            that of results. Unit: EUR/MW (or EUR/MW/h, pages disagree).
        offered_capacity: Capacity on offer. Unit: kW.
    """

    capacity_price: Annotated[float, EUR_PER_MW_OR_EUR_PER_MW_PER_H_PAGES_DISAGREE] = field(
        name="capacityPrice"
    )
    offered_capacity: Annotated[float, KW] = field(name="offeredCapacity")


class CreateFcrBids(Model, kw_only=True):
    """Bids to place for one FCR product and delivery day.

    Attributes:
        bids: The bids, at most one for now.
        delivery_day: Delivery day.
        product: `NEGPOS_00_04` to `NEGPOS_20_24`.
    """

    bids: Annotated[list[FcrBid], Meta(min_length=1)]
    delivery_day: date = field(name="deliveryDay")
    product: Annotated[str, Meta(pattern="^NEGPOS_(00_04|04_08|08_12|12_16|16_20|20_24)\\Z")]


class OperationalEnergyCapacity(Model, kw_only=True):
    """Rated and available energy capacity.

    Attributes:
        available: Capacity that can be used at present. Unit: kWh.
        rated: Capacity that was agreed. Unit: kWh.
    """

    available: Annotated[float, KWH]
    rated: Annotated[float, KWH]


class EnergyCapacityPoint(Model, kw_only=True):
    """Energy capacity in one quarter-hour.

    Attributes:
        energy_capacity: Rated and available energy capacity.
        time: Start of the quarter-hour.
    """

    energy_capacity: OperationalEnergyCapacity = field(name="energyCapacity")
    time: AwareDatetime


class EnergyCapacityTimeseries(Model, kw_only=True):
    """Energy capacity of a virtual asset over time.

    Attributes:
        energy_capacity_timeseries: One point for each quarter-hour.
    """

    energy_capacity_timeseries: list[EnergyCapacityPoint] | None = field(
        name="energyCapacityTimeseries"
    )


class FcrProductBids(Model, kw_only=True):
    """Bids for one FCR product and delivery day.

    Attributes:
        bids: The bids.
        delivery_day: Delivery day.
        product: `NEGPOS_00_04` to `NEGPOS_20_24`.
        product_date_code: Delivery day and product.
    """

    bids: list[FcrBid] | None = None
    delivery_day: date | None = field(name="deliveryDay", default=None)
    product: str | None = None
    product_date_code: str | None = field(name="productDateCode", default=None)


class FcrResult(Model, kw_only=True):
    """What became of an FCR bid.

    Attributes:
        accepted: Whether it was accepted.
        accepted_capacity: Capacity that was accepted. Unit: kW.
        capacity_price: Price that was bid. Unit: EUR/MW (or EUR/MW/h, pages disagree).
        energy_price: Always None.
        offered_capacity: Capacity on offer. Unit: kW.
        settlement_price: Price that is paid. Unit: EUR/MW (or EUR/MW/h, pages disagree).
    """

    accepted: bool | None = None
    accepted_capacity: Annotated[float | None, KW] = field(name="acceptedCapacity", default=None)
    capacity_price: Annotated[float | None, EUR_PER_MW_OR_EUR_PER_MW_PER_H_PAGES_DISAGREE] = field(
        name="capacityPrice", default=None
    )
    energy_price: float | None = field(name="energyPrice", default=None)
    offered_capacity: Annotated[float | None, KW] = field(name="offeredCapacity", default=None)
    settlement_price: Annotated[float | None, EUR_PER_MW_OR_EUR_PER_MW_PER_H_PAGES_DISAGREE] = (
        field(name="settlementPrice", default=None)
    )


class FcrProductResults(Model, kw_only=True):
    """Results for one FCR product and delivery day.

    Attributes:
        delivery_day: Delivery day.
        product: `NEGPOS_00_04` to `NEGPOS_20_24`.
        results: One result for each bid.
    """

    delivery_day: date | None = field(name="deliveryDay", default=None)
    product: str | None = None
    results: list[FcrResult] | None = None


class StateOfChargeBoundaries(Model, kw_only=True):
    """Limits of the state of charge at one instant. Only known from an example.

    Attributes:
        lower: Least state of charge. Unit: %.
        upper: Greatest state of charge. Unit: %.
    """

    lower: Annotated[float | None, PERCENT] = None
    upper: Annotated[float | None, PERCENT] = None


class StateOfChargePoint(Model, kw_only=True):
    """State of charge at one instant. Only known from an example.

    Attributes:
        boundaries: Limits of the state of charge at one instant. Only known from an example.
        soc: State of charge in relation to the available energy capacity. Unit: %.
        time: The instant.
    """

    boundaries: StateOfChargeBoundaries | None = None
    soc: Annotated[float | None, PERCENT] = None
    time: AwareDatetime | None = None


class ProjectedStateOfCharge(Model, kw_only=True):
    """Projected state of charge of a virtual asset over time.

    Attributes:
        state_of_charge_percentage_timeseries: One point for each time.
    """

    state_of_charge_percentage_timeseries: list[StateOfChargePoint] | None = field(
        name="stateOfChargePercentageTimeseries"
    )


class ScheduleAdjustment(Model, kw_only=True):
    """Adjustment in one delivery period. Discharge is positive, charge negative.

    Attributes:
        accepted_schedule: Power that was accepted. Unit: kW.
        adjusted_schedule: Power after the adjustment. Unit: kW.
        reason: Why a schedule was adjusted.
        timestamp: Start of the delivery period.
    """

    accepted_schedule: Annotated[float | None, KW] = field(name="acceptedSchedule", default=None)
    adjusted_schedule: Annotated[float | None, KW] = field(name="adjustedSchedule", default=None)
    reason: AdjustmentReason | None = None
    timestamp: AwareDatetime | None = None


class ScheduleAdjustments(Model, kw_only=True):
    """Adjustments of the schedule of a virtual asset.

    Attributes:
        adjustments: One for each delivery period that was adjusted.
    """

    adjustments: list[ScheduleAdjustment] | None


class StateOfEnergy(Model, kw_only=True):
    """Energy stored in a virtual asset at one instant.

    Attributes:
        soe: State of energy; unit not documented.
        time: The instant.
    """

    soe: float
    time: AwareDatetime


class SubmitAncillaryBids(Model, kw_only=True):
    """Bids to place for one product and delivery day.

    Attributes:
        bids: The bids.
        delivery_day: Delivery day.
        product: `NEGPOS_00_04` (FCR), `POS_00_04` (aFRR capacity), `POS_001` (aFRR energy), and so
            on.
    """

    bids: Annotated[list[AncillaryBid], Meta(min_length=1)]
    delivery_day: date = field(name="deliveryDay")
    product: Annotated[
        str,
        Meta(
            pattern="^(NEGPOS_(00_04|04_08|08_12|12_16|16_20|20_24)|(POS|NEG)_(00_04|04_08|08_12|12_16|16_20|20_24|0[0-9][1-9]|0[1-9]0|100))\\Z"
        ),
    ]


class VirtualAsset(Model, kw_only=True):
    """A virtual battery: its limits, its lifetime and its projected imbalance.

    The state of charge at the end of its lifetime should be 50%. A schedule that ends elsewhere is
    accepted, and `imbalance_charge`, `imbalance_discharge` and `feedback` tell what is missing.
    Units are those of the examples; `units_power` and `units_energy` tell what an answer is in.

    Attributes:
        annual_cycle_limit: Cycles allowed in a year. Unit: cycles.
        available_energy_capacity: Energy capacity that can be used at present. Unit: kWh.
        block_ids: Ids of its blocks.
        block_metadata: Outlines of its blocks.
        charge_efficiency: Share of imported energy that is stored.
        created_at: When it was created.
        daily_cycle_limit: Cycles allowed in a day. Unit: cycles.
        delivery_zone: Control area that it delivers in.
        discharge_efficiency: Share of stored energy that is exported.
        dispatch_gate_closure_seconds: Time before delivery at which schedules close. Unit: s.
        eic_code: Energy Identification Code.
        end: End of its lifetime.
        end_state_of_charge_percentage: Projected state of charge at the end. Unit: %.
        energy_capacity: Rated energy capacity. Unit: kWh.
        feedback: Sentence on its projected imbalance.
        final_soc_tolerance: Tolerance of the state of charge at the end; unit not documented.
        id: Id of the virtual asset.
        imbalance_charge: Charge missing for balance. Unit: kWh.
        imbalance_discharge: Discharge missing for balance. Unit: kWh.
        portfolio_id: Id of its portfolio.
        protected_duration_seconds: Protected duration. Unit: s.
        ramp_rate: Ramp rate; unit not documented.
        rated_charge_power: Most power that it imports. Unit: kW.
        rated_discharge_power: Most power that it exports. Unit: kW.
        start: Start of its lifetime.
        total_allowed_cycles: Cycles allowed in its lifetime. Unit: cycles.
        units_energy: Unit of energy values.
        units_power: Unit of power values.
    """

    annual_cycle_limit: Annotated[float | None, CYCLES] = field(
        name="annualCycleLimit", default=None
    )
    available_energy_capacity: Annotated[float | None, KWH] = field(
        name="availableEnergyCapacity", default=None
    )
    block_ids: list[str] | None = field(name="blockIDs", default=None)
    block_metadata: list[BlockMetadata] | None = field(name="blockMetadata", default=None)
    charge_efficiency: float | None = field(name="chargeEfficiency", default=None)
    created_at: AwareDatetime | None = field(name="createdAt", default=None)
    daily_cycle_limit: Annotated[float | None, CYCLES] = field(name="dailyCycleLimit", default=None)
    delivery_zone: str | None = field(name="deliveryZone", default=None)
    discharge_efficiency: float | None = field(name="dischargeEfficiency", default=None)
    dispatch_gate_closure_seconds: Annotated[float | None, S] = field(
        name="dispatchGateClosureSeconds", default=None
    )
    eic_code: str | None = field(name="eicCode", default=None)
    end: AwareDatetime | None = None
    end_state_of_charge_percentage: Annotated[float | None, PERCENT] = field(
        name="endStateOfChargePercentage", default=None
    )
    energy_capacity: Annotated[float | None, KWH] = field(name="energyCapacity", default=None)
    feedback: str | None = None
    final_soc_tolerance: float | None = field(name="finalSoCTolerance", default=None)
    id: str | None = None
    imbalance_charge: Annotated[float | None, KWH] = field(name="imbalanceCharge", default=None)
    imbalance_discharge: Annotated[float | None, KWH] = field(
        name="imbalanceDischarge", default=None
    )
    portfolio_id: str | None = field(name="portfolioID", default=None)
    protected_duration_seconds: Annotated[int | None, S] = field(
        name="protectedDurationSeconds", default=None
    )
    ramp_rate: float | None = field(name="rampRate", default=None)
    rated_charge_power: Annotated[float | None, KW] = field(name="ratedChargePower", default=None)
    rated_discharge_power: Annotated[float | None, KW] = field(
        name="ratedDischargePower", default=None
    )
    start: AwareDatetime | None = None
    total_allowed_cycles: Annotated[float | None, CYCLES] = field(
        name="totalAllowedCycles", default=None
    )
    units_energy: str | None = field(name="unitsEnergy", default=None)
    units_power: str | None = field(name="unitsPower", default=None)
