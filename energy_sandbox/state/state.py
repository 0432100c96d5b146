"""Everything that one sandbox knows: its world, its clock, and what requests have changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from energy_sandbox.problems import Refusal
from energy_sandbox.reading import quarters
from energy_sandbox.state.auctions import AuctionHouse
from energy_sandbox.state.bids import BidBook
from energy_sandbox.state.outages import Outages
from energy_sandbox.state.registry import Registry
from energy_sandbox.state.schedules import Limits, Schedules
from energy_sandbox.state.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_sandbox.state.registry import PhysicalAsset
    from energy_sandbox.validation import Call
    from energy_sandbox.world.calendar import Period
    from energy_sandbox.world.fleet import Battery
    from energy_sandbox.world.world import World


class State:
    """The books that the handlers read and write."""

    def __init__(self, world: World, now: Callable[[], datetime]) -> None:
        self.now: Callable[[], datetime]
        self.world: World
        self.world, self.now = world, now
        self.schedules: Schedules = Schedules()
        self.outages: Outages = Outages(world)
        self.bids: BidBook = BidBook(world)
        self.storage: Storage = Storage(
            world, self.schedules, self.outages,
            lambda battery: self.bids.commitments(battery.id, self.time),
        )  # fmt: skip
        self.registry: Registry = Registry(world)
        self.auctions: AuctionHouse = AuctionHouse(world, self.time)

    @property
    def time(self) -> float:
        """The clock in seconds since 1970."""
        return self.now().timestamp()

    @property
    def quarter(self) -> int:
        """Start of the current quarter-hour, in seconds since 1970."""
        return int(self.time) // 900 * 900

    def battery(self, call: Call) -> Battery:
        """Give the virtual asset that a call names."""
        if "organisationID" in call.path:
            self.check_organisation(call)
        asset_id = call.path["virtualAssetID"].lower()
        battery = self.world.by_id.get(asset_id) or self.won().get(asset_id)
        if battery is None:
            raise Refusal(404, f"no such virtual asset: {asset_id}")
        return battery

    def block(self, call: Call) -> tuple[Battery, str, float]:
        """Give the virtual asset and the block that a call names, and its part of the power."""
        battery, block_id = self.battery(call), call.path["blockID"].lower()
        if block_id not in dict(battery.blocks):
            raise Refusal(404, f"no such block: {block_id}")
        return battery, block_id, dict(battery.blocks)[block_id]

    def physical(self, call: Call) -> PhysicalAsset:
        """Give the physical asset that a call names, or raise `Refusal`."""
        return self.registry.find(call.path["physicalAssetID"])

    def check_organisation(self, call: Call) -> None:
        """Raise `Refusal` (403) unless a call is about the sandbox's organisation."""
        organisation = call.path["organisationID"]
        if organisation.lower() != self.world.organisation_id:
            raise Refusal(403, f"no permission for organisation {organisation}")

    def won(self) -> dict[str, Battery]:
        """Give the virtual assets that auctions have yielded, by id."""
        return {battery.id: battery for battery in self.auctions.won(self.time)}

    def life(self, battery: Battery) -> tuple[datetime, datetime]:
        """Give begin and end of an asset's life."""
        begin, end = (
            datetime.fromtimestamp(self.world.calendar.midnight(day), UTC)
            for day in (battery.born, battery.retired)
        )
        return begin, end

    def quarters(self, battery: Battery, period: Period) -> list[int]:
        """Give the quarter-hours of an asset's life that start in a period."""
        begin, end = (int(at.timestamp()) for at in self.life(battery))
        return [second for second in quarters(period) if begin <= second < end]

    def limits(self, battery: Battery, share: float = 1.0) -> Limits:
        """Give what the schedule of a part of a battery may hold."""
        begin, end = self.life(battery)

        def power(second: int) -> tuple[float, float]:
            available = self.outages.available(battery, second)
            return available.charge * share, available.discharge * share

        return Limits(int(begin.timestamp()), int(end.timestamp()), power)
