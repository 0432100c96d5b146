# Do not edit: `python -m codegen build`, specs/trlyr/auctions.json sha256:5630c4050655
"""Structs of terralayr auctions."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from msgspec import Meta, field

from energy_async.model import AwareDatetime, Model

__all__ = ["Auction", "AuctionItem", "AuctionStatus", "CurrentBid", "KnownAuctionStatus"]

EUR: Final = Meta(extra={"unit": "EUR"})
CYCLES: Final = Meta(extra={"unit": "cycles"})
KW: Final = Meta(extra={"unit": "kW"})
KWH: Final = Meta(extra={"unit": "kWh"})

KnownAuctionStatus: TypeAlias = Literal[
    "NOT_STARTED", "RUNNING", "PENDING", "WON", "LOST", "NO_BIDS_SUBMITTED"
]
"""Values of `AuctionStatus` that the document lists."""
AuctionStatus: TypeAlias = KnownAuctionStatus | str
"""Where an auction stands for the organisation.

`NOT_STARTED`: not open yet. `RUNNING`: accepting bids. `PENDING`: closed and being processed.
`WON`, `LOST`: decided. `NO_BIDS_SUBMITTED`: closed without a bid of the organisation.

Open: a value that `KnownAuctionStatus` does not list is passed on as it came.
"""


class AuctionItem(Model, kw_only=True):
    """The virtual asset that is on offer. Only known from an example.

    The example shows no values for numbers, so their type on the wire is not known. `units_power`
    and `units_energy` tell what an answer is in.

    Attributes:
        charge_efficiency: Share of imported energy that is stored.
        daily_cycle_limit: Cycles allowed in a day. Unit: cycles.
        delivery_zone: Control area that it delivers in.
        discharge_efficiency: Share of stored energy that is exported.
        end: End of delivery.
        energy_capacity: Rated energy capacity. Unit: kWh.
        final_soc_tolerance: Tolerance of the state of charge at the end; unit not documented.
        id: Id; of the virtual asset once the auction is won.
        initial_soc: State of charge at the start; unit not documented.
        last_soc_target: State of charge to reach in the end; unit not documented.
        rated_charge_power: Most power that it imports. Unit: kW.
        rated_discharge_power: Most power that it exports. Unit: kW.
        start: Start of delivery.
        units_energy: Unit of energy values.
        units_power: Unit of power values.
    """

    charge_efficiency: Any = field(name="chargeEfficiency", default=None)
    daily_cycle_limit: Annotated[Any, CYCLES] = field(name="dailyCycleLimit", default=None)
    delivery_zone: str | None = field(name="deliveryZone", default=None)
    discharge_efficiency: Any = field(name="dischargeEfficiency", default=None)
    end: AwareDatetime | None = None
    energy_capacity: Annotated[Any, KWH] = field(name="energyCapacity", default=None)
    final_soc_tolerance: Any = field(name="finalSoCTolerance", default=None)
    id: str | None = None
    initial_soc: Any = field(name="initialSoC", default=None)
    last_soc_target: Any = field(name="lastSoCTarget", default=None)
    rated_charge_power: Annotated[Any, KW] = field(name="ratedChargePower", default=None)
    rated_discharge_power: Annotated[Any, KW] = field(name="ratedDischargePower", default=None)
    start: AwareDatetime | None = None
    units_energy: str | None = field(name="unitsEnergy", default=None)
    units_power: str | None = field(name="unitsPower", default=None)


class CurrentBid(Model, kw_only=True):
    """Latest bid of the organisation. Only known from an example.

    Attributes:
        price: Price as text. Unit: EUR.
        timestamp: When it was placed; the format is not documented.
    """

    price: Annotated[str | None, EUR] = None
    timestamp: str | None = None


class Auction(Model, kw_only=True):
    """An auction of a virtual asset, as the organisation sees it.

    Attributes:
        current_bid: Latest bid of the organisation. Only known from an example.
        end: When it closes.
        id: Id of the auction.
        item: The virtual asset that is on offer. Only known from an example.
        start: When it opens.
        status: Where an auction stands for the organisation.
    """

    current_bid: CurrentBid | None = field(name="currentBid", default=None)
    end: AwareDatetime | None = None
    id: str | None = None
    item: AuctionItem | None = None
    start: AwareDatetime | None = None
    status: AuctionStatus | None = None
