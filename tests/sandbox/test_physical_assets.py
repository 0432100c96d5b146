"""Physical assets and what is written down about them; what they have measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.clock import SetClock
    from tests.sandbox.conftest import Visitor

NOBODY = "11111111-1111-4111-8111-111111111111"
YESTERDAY = {"start": "2026-03-26T23:00:00Z", "end": "2026-03-27T22:45:00Z"}


async def test_one_stands_behind_each_virtual_asset(player: Visitor) -> None:
    assets = await player.done("GET", "/physical-assets")
    assert [asset["id"] for asset in assets] == player.sandbox.physical_asset_ids
    own = await player.done("GET", player.physical_path())
    assert own == assets[1]
    assert own["virtualAssetIDs"] == [player.sandbox.virtual_asset_ids[1]]
    virtual = await player.done("GET", player.asset_path())
    for name in ("ratedChargePower", "ratedDischargePower", "energyCapacity", "deliveryZone"):
        assert own[name] == virtual[name]


async def test_one_can_be_created_and_changed(player: Visitor, clock: SetClock) -> None:
    made = await player.done("POST", "/physical-assets", {"name": "New", "site": {"city": "Ulm"}})
    assert (made["name"], made["createdAt"]) == ("New", "2026-03-28T09:00:00Z")
    path = f"/physical-assets/{made['id']}"
    clock.advance(hours=1)
    changed = await player.done("PATCH", path, {"name": "Newer"})
    assert changed == made | {"name": "Newer", "updatedAt": "2026-03-28T10:00:00Z"}
    assert await player.done("GET", path) == changed
    assert changed in await player.done("GET", "/physical-assets")
    assert "id" in await player.refused("PATCH", path, {"id": NOBODY})
    for subject in ("schedule", "unavailability", "ancillary/bids", "logbook"):
        assert await player.done("GET", f"{path}/{subject}") is not None
    assert await player.done("GET", f"/{made['id']}/datapoints/names") == []
    assert await player.done("GET", f"/{made['id']}/datapoints/sum", **YESTERDAY) == {}


async def test_metadata_are_kept_by_category(player: Visitor) -> None:
    path = f"{player.physical_path()}/metadata"
    assert "chargeEfficiency" in await player.done("GET", f"{path}/technical")
    await player.done("PUT", f"{path}/site", {"city": "Ulm"})
    await player.done("PUT", f"{path}/site", {"city": "Jena"})
    assert await player.done("GET", f"{path}/site") == {"city": "Jena"}
    other = f"{player.physical_path(2)}/metadata/site"
    assert (await player.get(other))[0] == 404
    assert await player.done("DELETE", f"{path}/site") is None
    for method in ("GET", "DELETE"):
        assert (await player.ask(method, f"{path}/site"))[0] == 404


@pytest.mark.parametrize("subject", ["logbook", "eex-notifications"])
async def test_entries_are_kept_in_order(player: Visitor, clock: SetClock, subject: str) -> None:
    path = f"{player.physical_path()}/{subject}"
    first = await player.done("POST", path, {"text": "one"})
    clock.advance(hours=1)
    second = await player.done("POST", path, {"text": "two"})
    assert first["id"] != second["id"]
    assert await player.done("GET", path) == [first, second]
    assert await player.done("GET", path, start=second["createdAt"]) == [second]
    assert await player.done("GET", path, end=first["createdAt"]) == [first]


async def test_the_schedule_is_that_of_the_block_unless_set(
    player: Visitor, clock: SetClock
) -> None:
    path, time = f"{player.physical_path()}/schedule", "2026-03-28T23:00:00Z"
    [block] = await player.done("GET", f"{player.asset_path()}/blocks")
    update = {"schedule": [{"time": time, "power": 1000}]}
    await player.done("PUT", f"{player.asset_path()}/blocks/{block['id']}", update)
    only = {"start": time, "end": time}
    answer = await player.done("GET", path, **only)
    assert answer == {"schedule": [{"power": 1000, "time": time}], "unitsPower": "kW"}
    await player.done("PUT", path, {"schedule": [{"time": time, "power": -300}]})
    answer = await player.done("GET", path, **only)
    assert answer["schedule"] == [{"power": -300, "time": time}]
    beyond = {"schedule": [{"time": time, "power": 5001}]}
    assert "not available" in await player.refused("PUT", path, beyond)
    for body in ({}, {"schedule": [5]}, {"schedule": "all"}):
        assert "schedule" in await player.refused("PUT", path, body)
    assert "number" in await player.refused("PUT", path, {"schedule": [{"time": time}]})
    clock.set(time)
    assert "gate" in await player.refused("PUT", path, update)


@pytest.mark.parametrize(
    "path",
    [
        f"/physical-assets/{NOBODY}",
        f"/physical-assets/{NOBODY}/schedule",
        f"/physical-assets/{NOBODY}/metadata/technical",
        f"/physical-assets/{NOBODY}/unavailability",
        f"/physical-assets/{NOBODY}/ancillary/bids",
        f"/{NOBODY}/datapoints/names",
    ],
)
async def test_an_unknown_asset_is_not_found(player: Visitor, path: str) -> None:
    assert (await player.get(path))[0] == 404


async def measured(player: Visitor, kind: str = "", **query: str) -> Any:
    path = f"/{player.sandbox.physical_asset_ids[1]}/datapoints{kind}"
    return await player.done("GET", path, **(YESTERDAY | query))


async def test_sums_are_those_of_the_timeseries(player: Visitor) -> None:
    series = (await measured(player))["data"]
    path = f"/{player.sandbox.physical_asset_ids[1]}/datapoints/names"
    assert list(series) == await player.done("GET", path)
    sums, details = await measured(player, "/sum"), await measured(player, "/sum/detailed")
    for name, points in series.items():
        assert len(points) == details[name]["count"] == 96
        values = [point["value"] for point in points]
        assert sums[name] == details[name]["sum"] == pytest.approx(sum(values), abs=0.01)
    power = details["activePower"]
    assert power["energy"] == pytest.approx(
        power["exportedEnergy"] - power["importedEnergy"], abs=0.01
    )
    assert power["energy"] == pytest.approx(power["sum"] / 4, abs=0.01)
    assert "energy" not in details["gridFrequency"]


async def test_measured_energy_is_what_revenue_reporting_traded(player: Visitor) -> None:
    asset_id = player.sandbox.virtual_asset_ids[1]
    name = "net_volume_wholesale"
    data = await player.points(asset_id, "15-minute", *YESTERDAY.values(), name)
    traded = sum(point["value"] for point in data[name]) * 1000
    details = await measured(player, "/sum/detailed", datapoints="activePower")
    assert list(details) == ["activePower"]
    assert details["activePower"]["energy"] == pytest.approx(traded, abs=0.1)


async def test_what_was_delivered_is_measured_and_not_before(
    player: Visitor, clock: SetClock
) -> None:
    time = "2026-03-28T12:00:00Z"
    only = {"start": time, "end": time, "datapoints": "activePower"}
    [block] = await player.done("GET", f"{player.asset_path()}/blocks")
    clock.set("2026-03-28T12:14:59Z")
    assert (await measured(player, **only))["data"] == {"activePower": []}
    clock.set("2026-03-28T12:15:00Z")
    [without] = (await measured(player, **only))["data"]["activePower"]
    clock.set("2026-03-28T09:00:00Z")
    update = {"schedule": [{"time": time, "power": 1000}]}
    await player.done("PUT", f"{player.asset_path()}/blocks/{block['id']}", update)
    clock.set("2026-03-28T12:15:00Z")
    [delivered] = (await measured(player, **only))["data"]["activePower"]
    assert delivered["value"] == pytest.approx(without["value"] + 1000)


async def test_an_answer_above_ten_megabytes_is_refused(player: Visitor) -> None:
    long = {"start": "2025-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}
    path = f"/{player.sandbox.physical_asset_ids[1]}/datapoints"
    assert "exceed" in await player.refused("GET", path, **long)
    shorter = long | {"end": "2025-01-08T00:00:00Z"}
    fewer = await measured(player, datapoints="gridFrequency,activePower", **shorter)
    assert list(fewer["data"]) == ["gridFrequency", "activePower"]
    assert (await measured(player, "/sum", **shorter))["gridFrequency"] > 0
    assert "unknown name" in await player.refused("GET", path, datapoints="power", **long)
