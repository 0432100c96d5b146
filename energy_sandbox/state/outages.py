"""What is available of a battery: its ratings, less the seed's outages, less what was announced.

An unavailability takes its volume (kWh, kW) off every quarter-hour that it touches. The seed's own
outages can be read, replaced and withdrawn like announced ones; their ids begin with their day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from energy_sandbox.problems import Refusal
from energy_sandbox.reading import moment
from energy_sandbox.world import products
from energy_sandbox.world.calendar import QUARTER, Period

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from energy_sandbox.world.calendar import Day
    from energy_sandbox.world.fleet import Battery
    from energy_sandbox.world.world import World

_KEPT_DAYS = 4096


class Available(NamedTuple):
    """What can be used in one quarter-hour: kWh and kW."""

    energy: float
    charge: float
    discharge: float


@dataclass(frozen=True, slots=True)
class Unavailability:
    """One unavailability; `said` is what its author said of it."""

    id: str
    asset_id: str
    start: datetime
    end: datetime
    said: Mapping[str, Any]

    def touches(self, start: float, end: float) -> bool:
        """Tell whether it shares time with a span (seconds since 1970)."""
        return self.start.timestamp() < end and start < self.end.timestamp()

    @property
    def lost(self) -> Available:
        """The volume that it takes away."""
        volume = self.said["volume"]
        power = volume.get("powerCapacity", {})
        return Available(
            volume.get("energyCapacity", 0), power.get("charge", 0), power.get("discharge", 0)
        )

    def answer(self) -> dict[str, Any]:
        """Give the object that the caller reads."""
        return {
            **self.said,
            "eexNotificationIds": self.said.get("eexNotificationIds", []),
            "id": self.id,
            "physicalAssetID": self.asset_id,
        }


class Outages:
    """The unavailabilities of every physical asset. `version` grows with each change.

    Collections are replaced, never changed: handlers in other threads may be reading them.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._announced: dict[str, dict[str, Unavailability]] = {}
        self._withdrawn: set[str] = set()
        self._count = 0
        self.version: int = 0
        self._parts = lru_cache(maxsize=_KEPT_DAYS)(self._seeded_parts)
        self._batteries = {battery.physical_asset_id: battery for battery in world.fleet}

    def available(self, battery: Battery, second: int) -> Available:
        """Give what is available in the quarter-hour that starts at this second."""
        day = self._world.calendar.day(self._world.calendar.date_at(second))
        parts = self._parts(battery, day)
        part = parts[(second - day.first) // QUARTER] / 1000 if parts else 1.0
        left = Available(
            battery.energy_kwh * part, battery.charge_kw * part, battery.discharge_kw * part
        )
        for each in self._announced.get(battery.physical_asset_id, {}).values():
            if each.touches(second, second + QUARTER):
                left = Available(*(max(0.0, a - b) for a, b in zip(left, each.lost, strict=True)))
        return left

    def announce(self, asset_id: str, said: Mapping[str, Any]) -> Unavailability:
        """Record a new unavailability."""
        self._count += 1
        return self._keep(self._world.noise.uuid("unavailability", self._count), asset_id, said)

    def replace(self, asset_id: str, known: str, said: Mapping[str, Any]) -> Unavailability:
        """Replace what was said of an unavailability."""
        self.find(asset_id, known)
        kept = self._keep(known, asset_id, said)
        self._withdrawn.add(known)
        return kept

    def withdraw(self, asset_id: str, known: str) -> None:
        """Forget an unavailability."""
        self.find(asset_id, known)
        others = self._announced.get(asset_id, {})
        self._announced[asset_id] = {key: each for key, each in others.items() if key != known}
        self._withdrawn.add(known)
        self._changed()

    def find(self, asset_id: str, known: str) -> Unavailability:
        """Give one unavailability."""
        try:
            first = self._world.calendar.midnight(date.fromisoformat(known[:8])) * 1_000_000
        except (ValueError, OverflowError):
            first = 0
        for each in self._all(asset_id, Period(first, first)):
            if each.id == known:
                return each
        raise Refusal(404, f"no such unavailability: {known}")

    def within(self, asset_id: str, period: Period) -> list[Unavailability]:
        """Give the unavailabilities that touch a period, by their start."""
        low, high = period.start / 1e6, period.end / 1e6 + 1e-6
        found = (each for each in self._all(asset_id, period) if each.touches(low, high))
        return sorted(found, key=lambda each: each.start)

    def _all(self, asset_id: str, period: Period) -> Iterator[Unavailability]:
        """Give what was announced, and what the seed has on the days of a period."""
        yield from self._announced.get(asset_id, {}).values()
        if battery := self._batteries.get(asset_id):
            for day in self._world.days(battery, period):
                if outage := self._outage(battery, day):
                    yield outage

    def _keep(self, known: str, asset_id: str, said: Mapping[str, Any]) -> Unavailability:
        start = moment("request body: start", said["start"])
        end = moment("request body: end", said["end"])
        kept = Unavailability(known, asset_id, start, end, said)
        if end <= start:
            raise Refusal(400, "request body: the unavailability ends before it starts")
        if min(kept.lost) < 0:
            raise Refusal(400, "request body: a volume is negative")
        self._announced[asset_id] = {**self._announced.get(asset_id, {}), known: kept}
        self._changed()
        return kept

    def _changed(self) -> None:
        self.version += 1
        self._parts.cache_clear()

    def _seeded_parts(self, battery: Battery, day: Day) -> tuple[int, ...] | None:
        if self._seeded_id(battery, day.date) in self._withdrawn:
            return None
        return products.availability(self._world.noise, battery, day)

    def _seeded_id(self, battery: Battery, day: date) -> str:
        return f"{day:%Y%m%d}{self._world.noise.uuid('outage', battery.id, day)[8:]}"

    def _outage(self, battery: Battery, day: Day) -> Unavailability | None:
        parts = self._parts(battery, day)
        if parts is None:
            return None
        reduced = [index for index, part in enumerate(parts) if part < 1000]  # noqa: PLR2004
        lost = (1000 - parts[reduced[0]]) / 1000
        start, end = day.stamps[reduced[0]], day.stamps[reduced[-1] + 1]
        said = {
            "description": "Outage",
            "start": start,
            "end": end,
            "type": "OUTAGE",
            "volume": {
                "energyCapacity": battery.energy_kwh * lost,
                "powerCapacity": {
                    "charge": battery.charge_kw * lost, "discharge": battery.discharge_kw * lost,
                },
            },
        }  # fmt: skip
        begin, finish = (datetime.fromisoformat(text).astimezone(UTC) for text in (start, end))
        return Unavailability(
            self._seeded_id(battery, day.date), battery.physical_asset_id, begin, finish, said
        )
