"""Physical assets and what is written down about them, in free form: no shape is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from energy_sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from energy_sandbox.world.fleet import Battery
    from energy_sandbox.world.world import World

Object = dict[str, Any]


@dataclass(slots=True)
class PhysicalAsset:
    """One physical asset; `battery` is None for one that was created by a request."""

    facts: Object
    battery: Battery | None = None
    metadata: dict[str, Object] = field(default_factory=dict)
    logbook: list[Object] = field(default_factory=list)
    notifications: list[Object] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the asset."""
        return str(self.facts["id"])


class Registry:
    """The physical assets: one behind each virtual asset, and those that were created."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._count = 0
        self._assets = {
            battery.physical_asset_id: _behind(battery, number, world)
            for number, battery in enumerate(world.fleet, 1)
        }

    def all(self) -> list[PhysicalAsset]:
        """Give every physical asset."""
        return list(self._assets.values())

    def find(self, asset_id: str) -> PhysicalAsset:
        """Give one physical asset."""
        found = self._assets.get(asset_id.lower())
        if found is None:
            raise Refusal(404, f"no such physical asset: {asset_id}")
        return found

    def create(self, said: Mapping[str, Any], now: datetime) -> PhysicalAsset:
        """Add a physical asset; its id is made here."""
        asset = PhysicalAsset(self.stamped("created asset", said, now))
        self._assets[asset.id] = asset
        return asset

    def change(self, asset: PhysicalAsset, said: Mapping[str, Any], now: datetime) -> None:
        """Change facts of an asset."""
        if said.get("id", asset.id) != asset.id:
            raise Refusal(400, "request body: the id of a physical asset does not change")
        asset.facts = {**asset.facts, **said, "updatedAt": now}

    def stamped(self, kind: str, said: Mapping[str, Any], now: datetime) -> Object:
        """Give a new object an id and the time at which it was made."""
        self._count += 1
        return {**said, "id": self._world.noise.uuid(kind, self._count), "createdAt": now}


def _behind(battery: Battery, number: int, world: World) -> PhysicalAsset:
    facts = {
        "id": battery.physical_asset_id,
        "name": f"Battery {number}",
        "deliveryZone": battery.zone,
        "ratedChargePower": battery.charge_kw,
        "ratedDischargePower": battery.discharge_kw,
        "energyCapacity": battery.energy_kwh,
        "unitsPower": "kW",
        "unitsEnergy": "kWh",
        "virtualAssetIDs": [battery.id],
        "createdAt": world.calendar.day(battery.born).stamps[0],
    }
    technical = {
        "chargeEfficiency": battery.charge_efficiency,
        "dischargeEfficiency": battery.discharge_efficiency,
    }
    return PhysicalAsset(facts, battery, {"technical": technical})
