"""Block schedules: stored, held against gate and power, and followed by the energy in the asset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.clock import SetClock
    from tests.sandbox.conftest import Visitor

NIGHT = {"start": "2026-03-28T22:00:00Z", "end": "2026-03-29T03:00:00Z"}
CHARGE, DISCHARGE, RATED = 0.952, 0.96, 10_000
"""What the second asset is."""


def points(*powers: tuple[str, float]) -> dict[str, Any]:
    return {"schedule": [{"time": time, "power": power} for time, power in powers]}


def quarters(hour: str, power: float, count: int = 4) -> list[tuple[str, float]]:
    """Up to four quarter-hours of one hour, such as `2026-03-28T22`."""
    return [(f"{hour}:{15 * index:02}:00Z", power) for index in range(count)]


async def block_path(player: Visitor, number: int = 1) -> str:
    asset = await player.done("GET", player.asset_path(number))
    [block] = asset["blockMetadata"]
    assert asset["blockIDs"] == [block["id"]]
    return f"{player.asset_path(number)}/blocks/{block['id']}"


async def charge(player: Visitor, time: str) -> float:
    """State of charge (%) at an instant."""
    path = f"{player.asset_path()}/state-of-charge/projected"
    answer = await player.done("GET", path, start=time, end=time)
    [point] = answer["stateOfChargePercentageTimeseries"]
    return float(point["soc"])


async def test_a_schedule_is_zero_until_it_is_updated(player: Visitor) -> None:
    path = await block_path(player)
    before = await player.done("GET", path, **NIGHT)
    assert {point["power"] for point in before["schedule"]} == {0}
    update = points(("2026-03-28T23:00:00Z", 1000), ("2026-03-28T23:15:00Z", -500.5))
    answer = await player.done("PUT", path, update)
    after = await player.done("GET", path, **NIGHT)
    changed = {point["time"]: point["power"] for point in after["schedule"] if point["power"]}
    assert changed == {"2026-03-28T23:00:00Z": 1000, "2026-03-28T23:15:00Z": -500.5}
    assert {p["time"]: p["power"] for p in answer["schedule"] if p["power"]} == changed
    await player.done("PUT", path, points(("2026-03-28T23:00:00Z", 0)))
    [block] = await player.done("GET", f"{player.asset_path()}/blocks", **NIGHT)
    assert [p["power"] for p in block["schedule"] if p["power"]] == [-500.5]


async def test_a_block_is_shown_from_a_day_back_to_two_ahead(player: Visitor) -> None:
    block = await player.done("GET", await block_path(player))
    times = [point["time"] for point in block["schedule"]]
    assert (times[0], times[-1]) == ("2026-03-27T09:00:00Z", "2026-03-30T09:00:00Z")
    assert [point["time"] for point in block["powerCapacity"]] == times
    assert (block["ratedChargePower"], block["unitsPower"]) == (5000, "kW")


async def test_an_answer_reaches_to_the_points_that_it_confirms(player: Visitor) -> None:
    answer = await player.done("PUT", await block_path(player), points(("2026-04-09T00:00:00Z", 7)))
    assert answer["schedule"][-1] == {"time": "2026-04-09T00:00:00Z", "power": 7}


REFUSED = [
    pytest.param([("2026-03-28T23:00:00Z", 5000.1)], "not available", id="too much discharge"),
    pytest.param([("2026-03-28T23:00:00Z", -5000.1)], "not available", id="too much charge"),
    pytest.param([("2026-03-28T23:05:00Z", 1)], "quarter-hour", id="no quarter-hour"),
    pytest.param([("2026-03-28T23:00:00.5Z", 1)], "quarter-hour", id="half a second off"),
    pytest.param([("2019-03-28T23:00:00Z", 1)], "does not have", id="before its life"),
    pytest.param([("2150-03-28T23:00:00Z", 1)], "does not have", id="after its life"),
    pytest.param([("2026-03-28T23:00:00Z", 1)] * 2, "twice", id="a time twice"),
    pytest.param([("2026-03-28T09:00:00Z", 1)], "gate", id="under way"),
    pytest.param([("2026-03-28 23:00:00Z", 1)], "$.schedule[1].time", id="no time"),
]


@pytest.mark.parametrize(("listed", "words"), REFUSED)
async def test_a_point_that_cannot_be_is_refused_with_all_others(
    player: Visitor, listed: list[tuple[str, float]], words: str
) -> None:
    path = await block_path(player)
    update = points(("2026-03-28T22:00:00Z", 1), *listed)
    assert words in await player.refused("PUT", path, update)
    block = await player.done("GET", path, **NIGHT)
    assert {point["power"] for point in block["schedule"]} == {0}


async def test_the_gate_closes_as_long_before_as_the_asset_says(
    player: Visitor, clock: SetClock
) -> None:
    asset = await player.done("GET", player.asset_path())
    assert asset["dispatchGateClosureSeconds"] == 480
    path, update = await block_path(player), points(("2026-03-28T12:15:00Z", 1))
    clock.set("2026-03-28T12:06:59.999Z")
    await player.done("PUT", path, update)
    clock.set("2026-03-28T12:07:00Z")
    assert "gate" in await player.refused("PUT", path, update)


async def test_another_assets_block_is_not_found(player: Visitor) -> None:
    foreign = (await block_path(player, 2)).rpartition("/")[2]
    status, _ = await player.get(f"{player.asset_path()}/blocks/{foreign}")
    assert status == 404
    assert await player.done("GET", f"{player.asset_path(3)}/blocks") == []  # tolled as a whole


async def test_the_state_of_charge_follows_schedule_and_efficiencies(player: Visitor) -> None:
    """One hour of charging at 4 MW, one of discharging at 2 MW."""
    update = points(*quarters("2026-03-28T22", -4000), *quarters("2026-03-28T23", 2000))
    await player.done("PUT", await block_path(player), update)
    assert await charge(player, "2026-03-28T22:00:00Z") == 50
    full = 50 + 100 * 4000 * CHARGE / RATED
    assert await charge(player, "2026-03-28T22:15:00Z") == pytest.approx(50 + (full - 50) / 4)
    assert await charge(player, "2026-03-28T23:00:00Z") == pytest.approx(full)
    left = full - 100 * 2000 / DISCHARGE / RATED
    assert await charge(player, "2026-03-29T00:00:00Z") == pytest.approx(left)
    assert await charge(player, "2026-04-20T00:00:00Z") == pytest.approx(left)


async def test_each_kind_of_state_tells_the_same(player: Visitor, clock: SetClock) -> None:
    """Right-aligned values are those of the quarter-hour's end; energy is charge times capacity."""
    await player.done("PUT", await block_path(player), points(("2026-03-28T23:00:00Z", -4000)))
    path, after = player.asset_path(), "2026-03-28T23:15:00Z"
    right = await player.done("GET", f"{path}/state-of-charge", **NIGHT)
    aligned = {
        point["time"]: point["stateOfChargePercentage"]
        for point in right["stateOfChargePercentageTimeseries"]
    }
    reached = await charge(player, after)
    assert aligned["2026-03-28T23:00:00Z"] == reached == pytest.approx(50 + 952 / 100)
    energy = await player.done("GET", f"{path}/state-of-energy/projected", start=after, end=after)
    [point] = energy["stateOfEnergyTimeseries"]
    assert point["boundaries"] == {"lower": 0, "upper": RATED}
    assert point["soe"] == pytest.approx(reached / 100 * RATED)
    clock.set("2026-03-28T23:16:00Z")
    latest = await player.done("GET", f"{path}/state-of-energy/latest")
    assert latest == {"soe": point["soe"], "time": after}
    assert await player.done("GET", f"{path}/state-of-charge/latest") == {
        "soc": reached, "time": after,
    }  # fmt: skip


async def test_the_asset_reports_its_imbalance(player: Visitor) -> None:
    """Over-charged by what was stored, and balanced again by a discharge of as much."""
    path = await block_path(player)
    answer = await player.done("PUT", path, points(("2026-03-28T23:00:00Z", -4000)))
    asset = await player.done("GET", player.asset_path())
    report = ("imbalanceCharge", "imbalanceDischarge", "feedback")
    assert [answer[name] for name in report] == [asset[name] for name in report]
    assert (asset["imbalanceCharge"], asset["imbalanceDischarge"]) == (0, 952)
    assert "over-charged by 952 kilowatt hours" in asset["feedback"]
    assert asset["endStateOfChargePercentage"] == pytest.approx(59.52)
    power = 4 * 952 * DISCHARGE
    answer = await player.done("PUT", path, points(("2026-03-28T23:15:00Z", power)))
    assert [answer[name] for name in report] == [0, 0, ""]
    answer = await player.done("PUT", path, points(("2026-03-28T23:00:00Z", 0)))
    assert "under-charged by 952" in answer["feedback"]
    assert answer["imbalanceCharge"] == 952


async def test_a_small_imbalance_is_tolerated(player: Visitor) -> None:
    """Up to one part in a hundred of the capacity."""
    answer = await player.done(
        "PUT", await block_path(player), points(("2026-03-28T23:00:00Z", 380))
    )
    assert (answer["imbalanceCharge"], answer["feedback"]) == (0, "")
    answer = await player.done(
        "PUT", await block_path(player), points(("2026-03-28T23:00:00Z", 400))
    )
    assert answer["imbalanceCharge"] == pytest.approx(100 / DISCHARGE, abs=0.001)


async def test_what_the_energy_does_not_allow_is_adjusted(player: Visitor) -> None:
    """After 5,000 kWh times the efficiency the battery is empty."""
    update = points(*quarters("2026-03-28T22", 5000))
    await player.done("PUT", await block_path(player), update)
    answer = await player.done("GET", f"{player.asset_path()}/adjustments", **NIGHT)
    [adjustment] = answer["adjustments"]
    assert adjustment.pop("adjustedSchedule") == pytest.approx(4 * (5000 * DISCHARGE - 3750))
    assert adjustment == {
        "acceptedSchedule": 5000,
        "reason": "STATE_OF_ENERGY_BOUNDARIES",
        "timestamp": "2026-03-28T22:45:00Z",
    }
    assert await charge(player, "2026-03-28T23:00:00Z") == pytest.approx(0)
    block = await player.done("GET", await block_path(player), **NIGHT)
    assert [point["power"] for point in block["schedule"][:4]] == [5000] * 4


async def test_a_full_battery_takes_no_more(player: Visitor) -> None:
    update = points(*quarters("2026-03-28T22", -5000), *quarters("2026-03-28T23", -5000))
    await player.done("PUT", await block_path(player), update)
    assert await charge(player, "2026-03-29T00:00:00Z") == pytest.approx(100)
    answer = await player.done("GET", f"{player.asset_path()}/adjustments", **NIGHT)
    stored = 5000 - sum(a["adjustedSchedule"] for a in answer["adjustments"]) / 4 * CHARGE
    assert {a["reason"] for a in answer["adjustments"]} == {"STATE_OF_ENERGY_BOUNDARIES"}
    assert stored > 0
    assert answer["adjustments"][-1]["adjustedSchedule"] == pytest.approx(0)


async def test_operational_data_follow_the_schedule(player: Visitor, clock: SetClock) -> None:
    await player.done("PUT", await block_path(player), points(*quarters("2026-03-28T22", 2000)))
    path = f"{player.asset_path()}/operational"
    names = "cyclesWholesale,cyclesTotal,maximumDeliverablePower,energyCapacityRated"
    answer = await player.done("GET", path, categories=names, **NIGHT)
    assert set(answer["data"]) == set(names.split(","))
    assert sum(p["value"] for p in answer["data"]["cyclesTotal"]) == pytest.approx(0.2)
    clock.set("2026-03-28T22:50:00Z")
    latest = await player.done("GET", f"{path}/latest")
    assert {len(series) for series in latest["data"].values()} == {1}
    [most] = latest["data"]["maximumDeliverablePower"]
    assert most == {"time": "2026-03-28T22:45:00Z", "value": 5000}
    units = {each["dataPointName"]: each["unit"] for each in latest["metaData"]}
    assert (units["energyCapacityAvailable"], units["chargeEfficiency"]) == ("kWh", "")


async def test_little_energy_limits_the_deliverable_power(player: Visitor, clock: SetClock) -> None:
    """Of the current quarter-hour and the two after it; then full capacity is assumed."""
    await player.done("PUT", await block_path(player), points(*quarters("2026-03-28T22", 5000)))
    clock.set("2026-03-28T23:00:00Z")
    answer = await player.done(
        "GET", f"{player.asset_path()}/operational", categories="maximumDeliverablePower",
        start="2026-03-28T23:00:00Z", end="2026-03-28T23:45:00Z",
    )  # fmt: skip
    values = [point["value"] for point in answer["data"]["maximumDeliverablePower"]]
    assert values == pytest.approx([0, 0, 0, 5000])


async def test_setpoints_of_a_block_average_to_its_schedule(player: Visitor) -> None:
    path = await block_path(player)
    await player.done("PUT", path, points(("2026-03-28T22:00:00Z", 1200)))
    answer = await player.done("GET", f"{path}/operational", **NIGHT)
    begin, end = (answer["data"]["boundaryPower"][index]["value"] for index in (0, 1))
    setpoint = answer["data"]["deliveryPeriodSetpoint"][0]["value"]
    assert (begin, end) == (600, 600)
    assert (10 * setpoint + begin + end) / 12 == pytest.approx(1200)


async def test_the_reporting_of_the_past_stays_as_the_seed_has_it(player: Visitor) -> None:
    """Revenue is not made from what was scheduled in a test."""
    asset_id = player.sandbox.virtual_asset_ids[1]
    before = await player.rows("wholesale", asset_id, NIGHT["start"], NIGHT["end"])
    await player.done("PUT", await block_path(player), points(*quarters("2026-03-28T22", 2000)))
    assert await player.rows("wholesale", asset_id, NIGHT["start"], NIGHT["end"]) == before
