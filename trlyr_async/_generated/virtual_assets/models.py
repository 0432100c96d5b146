# Do not edit: `python -m codegen build`, specs/trlyr/virtual-assets.json sha256:49e9844ae3b9
"""Structs of terralayr virtual assets."""

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, field

from energy_async.model import AwareDatetime, Model

__all__ = [
    "BlockMetadata",
    "EnergyCapacityPoint",
    "EnergyCapacityTimeseries",
    "KnownMarket",
    "Market",
    "OperationalEnergyCapacity",
    "VirtualAsset",
]

PERCENT: Final = Meta(extra={"unit": "%"})
CYCLES: Final = Meta(extra={"unit": "cycles"})
KW: Final = Meta(extra={"unit": "kW"})
KWH: Final = Meta(extra={"unit": "kWh"})
S: Final = Meta(extra={"unit": "s"})

KnownMarket: TypeAlias = Literal["WHOLESALE"]
Market: TypeAlias = KnownMarket | str
"""Market that the block is for.

Open: a value that `KnownMarket` does not list is passed on as it came.
"""


class BlockMetadata(Model, kw_only=True):
    """Outline of a block of a virtual asset. Only known from an example.

    Attributes:
        end: End of the block.
        id: Id of the block.
        market: Market that the block is for.
        start: Start of the block.
    """

    end: AwareDatetime | None = None
    id: str | None = None
    market: Market | None = None
    start: AwareDatetime | None = None


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


class VirtualAsset(Model, kw_only=True):
    """A virtual battery: its limits, its lifetime and its projected imbalance.

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
