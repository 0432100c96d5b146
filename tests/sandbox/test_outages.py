"""Unavailabilities: announced, read, replaced, withdrawn; meanwhile there is less capacity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from energy_sandbox import Sandbox
    from tests.sandbox.conftest import Visitor

HALF: dict[str, Any] = {
    "description": "Annual maintenance",
    "start": "2026-03-30T00:00:00Z",
    "end": "2026-03-30T06:00:00Z",
    "type": "MAINTENANCE",
    "volume": {"energyCapacity": 5000, "powerCapacity": {"charge": 2500, "discharge": 4000}},
}
AROUND = {"start": "2026-03-29T23:45:00Z", "end": "2026-03-30T06:00:00Z"}
WITHIN = {"start": "2026-03-30T00:00:00Z", "end": "2026-03-30T05:45:00Z"}


async def block_path(player: Visitor) -> str:
    [block] = await player.done("GET", f"{player.asset_path()}/blocks")
    return f"{player.asset_path()}/blocks/{block['id']}"


async def capacities(player: Visitor) -> list[float]:
    path = f"{player.asset_path()}/energy-capacity"
    answer = await player.done("GET", path, **AROUND)
    return [point["energyCapacity"]["available"] for point in answer["energyCapacityTimeseries"]]


async def test_an_unavailability_reduces_energy_and_power(player: Visitor) -> None:
    made = await player.done("POST", f"{player.physical_path()}/unavailability", HALF)
    assert made["physicalAssetID"] == player.sandbox.physical_asset_ids[1]
    assert await capacities(player) == [10_000, *[5000] * 24, 10_000]
    block = await player.done("GET", await block_path(player), **WITHIN)
    [power] = {
        (p["chargePowerCapacity"], p["dischargePowerCapacity"]) for p in block["powerCapacity"]
    }
    assert power == (2500, 1000)
    [rated] = {p["ratedDischargePowerCapacity"] for p in block["powerCapacity"]}
    assert rated == 5000
    names = "powerCapacityDischargeAvailable,energyCapacityAvailable"
    path = f"{player.asset_path()}/operational"
    data = (await player.done("GET", path, categories=names, **WITHIN))["data"]
    assert {point["value"] for point in data["powerCapacityDischargeAvailable"]} == {1000}
    assert {point["value"] for point in data["energyCapacityAvailable"]} == {5000}


async def test_power_that_is_not_available_is_refused(player: Visitor) -> None:
    await player.done("POST", f"{player.physical_path()}/unavailability", HALF)
    update = {"schedule": [{"time": "2026-03-30T00:00:00Z", "power": 1001}]}
    assert "not available" in await player.refused("PUT", await block_path(player), update)
    bid = {"offeredCapacity": 2000, "capacityPrice": 1, "energyPrice": 1}
    bids = [{"product": "POS_00_04", "deliveryDay": "2026-03-30", "bids": [bid]}]
    message = await player.refused("POST", f"{player.asset_path()}/afrr/bids", bids)
    assert "only 1000 kW" in message


async def test_a_schedule_accepted_before_is_adjusted(player: Visitor) -> None:
    time = "2026-03-30T01:00:00Z"
    update = {"schedule": [{"time": time, "power": 4000}]}
    await player.done("PUT", await block_path(player), update)
    await player.done("POST", f"{player.physical_path()}/unavailability", HALF)
    answer = await player.done("GET", f"{player.asset_path()}/adjustments", **AROUND)
    assert answer["adjustments"] == [
        {
            "acceptedSchedule": 4000,
            "adjustedSchedule": 1000,
            "reason": "AVAILABILITY",
            "timestamp": time,
        }
    ]
    path = f"{player.asset_path()}/operational"
    data = (await player.done("GET", path, categories="undeliverableSchedule", **WITHIN))["data"]
    values = {p["time"]: p["value"] for p in data["undeliverableSchedule"] if p["value"]}
    assert values == {time: 3000}


async def test_a_part_of_the_energy_is_frozen(player: Visitor) -> None:
    """The usable part follows the schedule, the frozen one comes back with the outage's end."""
    update = {"schedule": [{"time": "2026-03-30T01:00:00Z", "power": 960}]}
    await player.done("PUT", await block_path(player), update)
    await player.done("POST", f"{player.physical_path()}/unavailability", HALF)
    path = f"{player.asset_path()}/state-of-energy/projected"
    answer = await player.done("GET", path, **AROUND)
    usable = {
        p["time"]: (p["soe"], p["boundaries"]["upper"]) for p in answer["stateOfEnergyTimeseries"]
    }
    assert usable["2026-03-29T23:45:00Z"] == (5000, 10_000)
    assert usable["2026-03-30T00:00:00Z"] == (2500, 5000)
    assert usable["2026-03-30T01:15:00Z"] == pytest.approx((2250, 5000))
    assert usable["2026-03-30T05:45:00Z"] == pytest.approx((2250, 5000))
    assert usable["2026-03-30T06:00:00Z"] == pytest.approx((4750, 10_000))
    path = f"{player.asset_path()}/state-of-charge/projected"
    [point] = (
        await player.done("GET", path, start="2026-03-30T02:00:00Z", end="2026-03-30T02:00:00Z")
    )["stateOfChargePercentageTimeseries"]
    assert point["soc"] == pytest.approx(45)


async def test_it_can_be_read_replaced_and_withdrawn(player: Visitor) -> None:
    path = f"{player.physical_path()}/unavailability"
    made = await player.done("POST", path, HALF)
    assert await player.done("GET", f"{path}/{made['id']}") == made
    assert made in await player.done("GET", path, **AROUND)
    smaller = HALF | {"volume": {"energyCapacity": 1000, "powerCapacity": {}}}
    replaced = await player.done("PUT", f"{path}/{made['id']}", smaller)
    assert (replaced["id"], replaced["volume"]) == (made["id"], smaller["volume"])
    assert await capacities(player) == [10_000, *[9000] * 24, 10_000]
    assert await player.done("DELETE", f"{path}/{made['id']}") is None
    assert await capacities(player) == [10_000] * 26
    for method in ("GET", "DELETE"):
        status, _ = await player.ask(method, f"{path}/{made['id']}")
        assert status == 404
    assert made["id"] not in [each["id"] for each in await player.done("GET", path, **AROUND)]


async def test_the_volume_is_never_more_than_there_is(player: Visitor) -> None:
    path = f"{player.physical_path()}/unavailability"
    await player.done("POST", path, HALF | {"volume": {"energyCapacity": 10**9}})
    assert await capacities(player) == [10_000, *[0] * 24, 10_000]
    charge = f"{player.asset_path()}/state-of-charge/projected"
    answer = await player.done("GET", charge, **AROUND)
    assert {point["soc"] for point in answer["stateOfChargePercentageTimeseries"]} == {50}


REFUSED = [
    pytest.param({"end": HALF["start"]}, "ends before", id="no length"),
    pytest.param({"volume": {"energyCapacity": -1}}, "negative", id="negative volume"),
    pytest.param({"start": "tomorrow"}, "start", id="no time"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
async def test_nonsense_is_refused(player: Visitor, change: dict[str, Any], words: str) -> None:
    path = f"{player.physical_path()}/unavailability"
    assert words in await player.refused("POST", path, HALF | change)
    assert await capacities(player) == [10_000] * 26


async def test_outages_of_the_seed_are_listed_and_can_be_withdrawn(
    player: Visitor, sandbox: Sandbox
) -> None:
    """What reduces the capacity in the seeded world stands among the unavailabilities."""
    physical, asset = f"{player.physical_path()}/unavailability", player.asset_path()
    year = {"start": "2025-03-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
    seeded = await player.done("GET", physical, **year)
    assert 2 < len(seeded) < 30
    assert await player.done("GET", f"{physical}/{seeded[0]['id']}") == seeded[0]
    start = datetime.fromisoformat(seeded[0]["start"]).astimezone(UTC)
    range_ = {"start": seeded[0]["start"], "end": (start + timedelta(minutes=1)).isoformat()}
    lost = seeded[0]["volume"]["energyCapacity"]
    for left in (10_000 - lost, 10_000):
        answer = await player.done("GET", f"{asset}/energy-capacity", **range_)
        [point] = answer["energyCapacityTimeseries"]
        assert point["energyCapacity"]["available"] == left
        if left < 10_000:
            await player.done("DELETE", f"{physical}/{seeded[0]['id']}")
    assert await player.done("GET", physical, **year) == seeded[1:]


async def test_a_seeded_outage_can_be_replaced(player: Visitor) -> None:
    physical = f"{player.physical_path()}/unavailability"
    year = {"start": "2025-03-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
    first, *others = await player.done("GET", physical, **year)
    change = {name: first[name] for name in ("start", "end", "type", "volume")}
    replaced = await player.done("PUT", f"{physical}/{first['id']}", change | {"description": "x"})
    assert (replaced["id"], replaced["description"]) == (first["id"], "x")
    assert await player.done("GET", physical, **year) == [replaced, *others]
