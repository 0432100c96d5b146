"""Bids for ancillary services: names, gates, limits, one book for three suites, and results."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from energy_sandbox.world.ancillary import product
from energy_sandbox.world.calendar import Calendar

if TYPE_CHECKING:
    from tests.clock import SetClock
    from tests.sandbox.conftest import Visitor

DAY = "2026-03-30"
FCR = {"offeredCapacity": 2000, "capacityPrice": 7.5}
CAPACITY = {"offeredCapacity": 1000, "capacityPrice": 4, "energyPrice": 120}
ENERGY = {"offeredCapacity": 1000, "capacityPrice": None, "energyPrice": 55}
ALL_OF_IT = {"start": "2026-03-29T00:00:00Z", "end": "2026-03-31T00:00:00Z"}


def group(name: str, bid: dict[str, Any], day: str = DAY) -> list[dict[str, Any]]:
    return [{"product": name, "deliveryDay": day, "bids": [bid]}]


async def test_bids_can_be_read_back(player: Visitor) -> None:
    asset = player.asset_path()
    await player.done("POST", f"{asset}/fcr/bids", group("NEGPOS_08_12", FCR))
    await player.done("POST", f"{asset}/afrr/bids", group("POS_00_04", CAPACITY))
    await player.done("POST", f"{asset}/afrr/bids", group("NEG_096", ENERGY))
    [fcr] = await player.done("GET", f"{asset}/fcr/bids", deliveryDay=DAY)
    assert fcr == {
        "product": "NEGPOS_08_12",
        "deliveryDay": DAY,
        "productDateCode": f"{DAY}_NEGPOS_08_12",
        "bids": [FCR],
    }
    assert await player.done("GET", f"{asset}/fcr/bids/{DAY}_NEGPOS_08_12") == fcr
    both = await player.done("GET", f"{asset}/afrr/bids", deliveryDay=DAY)
    assert [each["bids"] for each in both] == [[CAPACITY], [ENERGY]]
    for market, bid in (("capacity", CAPACITY), ("energy", ENERGY)):
        [one] = await player.done("GET", f"{asset}/afrr/bids", deliveryDay=DAY, market=market)
        assert one["bids"] == [bid]
    assert await player.done("GET", f"{asset}/fcr/bids", deliveryDay="2026-03-31") == []


async def test_the_suite_of_both_markets_reads_the_same_book(player: Visitor) -> None:
    asset = player.asset_path()
    await player.done("POST", f"{asset}/fcr/bids", group("NEGPOS_08_12", FCR))
    await player.done("POST", f"{asset}/ancillary/bids", group("POS_00_04", CAPACITY))
    path = f"{asset}/ancillary/bids"
    found = await player.done("GET", path, **ALL_OF_IT)
    assert {each["market"] for each in found} == {"FCR", "AFRRCapacity"}
    [one] = await player.done("GET", path, markets="FCR,AFRREnergy", **ALL_OF_IT)
    assert one["market"] == "FCR"
    [one] = await player.done("GET", path, productDirections="POS,NEG", **ALL_OF_IT)
    assert one["market"] == "AFRRCapacity"
    [one] = await player.done("GET", path, start="2026-03-30T06:00:00Z", end="2026-03-30T06:00:00Z")
    assert one["product"] == "NEGPOS_08_12"  # 08:00 to 12:00 in Berlin


async def test_a_new_bid_replaces_the_one_before(player: Visitor) -> None:
    asset = player.asset_path()
    await player.done("POST", f"{asset}/fcr/bids", group("NEGPOS_08_12", FCR))
    path = f"{asset}/fcr/bids/{DAY}_NEGPOS_08_12"
    await player.done("PUT", path, [FCR | {"capacityPrice": 9}])
    [bid] = (await player.done("GET", path))["bids"]
    assert bid["capacityPrice"] == 9
    await player.done("PUT", path, [])
    assert (await player.done("GET", path))["bids"] == []
    assert await player.done("GET", f"{asset}/fcr/bids", deliveryDay=DAY) == []


async def test_a_fraction_of_a_kilowatt_is_cut(player: Visitor) -> None:
    path = f"{player.asset_path()}/fcr/bids/{DAY}_NEGPOS_08_12"
    await player.done("PUT", path, [FCR | {"offeredCapacity": 1000.5}])
    [bid] = (await player.done("GET", path))["bids"]
    assert bid["offeredCapacity"] == 1000


REFUSED = [
    pytest.param("fcr", group("NEGPOS_00_04", FCR | {"offeredCapacity": 1500}), "whole", id="MW"),
    pytest.param("fcr", group("NEGPOS_00_04", FCR | {"offeredCapacity": 0}), "whole", id="none"),
    pytest.param(
        "fcr", group("NEGPOS_00_04", FCR | {"offeredCapacity": 5000}), "only 4000", id="80%"
    ),
    pytest.param(
        "afrr", group("POS_00_04", CAPACITY | {"offeredCapacity": 6000}), "only 5000", id="power"
    ),
    pytest.param(
        "fcr", group("NEGPOS_00_04", FCR | {"capacityPrice": 15000.01}), "15000", id="high price"
    ),
    pytest.param(
        "afrr", group("NEG_001", ENERGY | {"energyPrice": -15001}), "15000", id="low price"
    ),
    pytest.param(
        "afrr", group("POS_00_04", CAPACITY | {"energyPrice": None}), "energyPrice", id="no energy"
    ),
    pytest.param(
        "afrr", group("POS_001", ENERGY | {"capacityPrice": 1}), "capacityPrice", id="capacity"
    ),
    pytest.param("fcr", group("POS_00_04", FCR), "does not match", id="other market"),
    pytest.param("afrr", group("NEGPOS_00_04", CAPACITY), "does not match", id="FCR as aFRR"),
    pytest.param("fcr", group("NEGPOS_04_12", FCR), "does not match", id="no block"),
    pytest.param("afrr", group("POS_097", ENERGY), "no product", id="97th quarter-hour"),
    pytest.param("afrr", group("POS_000", ENERGY), "does not match", id="0th quarter-hour"),
    pytest.param("fcr", group("NEGPOS_00_04", FCR, "2026-02-30"), "deliveryDay", id="no day"),
    pytest.param("fcr", group("NEGPOS_00_04", FCR) * 2, "twice", id="twice"),
    pytest.param(
        "fcr",
        [{"product": "NEGPOS_00_04", "deliveryDay": DAY, "bids": [FCR, FCR]}],
        "one bid",
        id="two bids",
    ),
    pytest.param(
        "ancillary",
        group("NEGPOS_00_04", FCR) + group("POS_00_04", CAPACITY),
        "separate",
        id="FCR with aFRR",
    ),
]


@pytest.mark.parametrize(("suite", "body", "words"), REFUSED)
async def test_a_bid_that_cannot_be_is_refused_with_all_others(
    player: Visitor, suite: str, body: list[dict[str, Any]], words: str
) -> None:
    good = group("NEGPOS_20_24", FCR) if suite == "fcr" else group("NEG_20_24", CAPACITY)
    path = f"{player.asset_path()}/{suite}/bids"
    assert words in await player.refused("POST", path, good + body)
    assert await player.done("GET", f"{player.asset_path()}/ancillary/bids", **ALL_OF_IT) == []


GATES = [
    pytest.param("fcr", "NEGPOS_00_04", FCR, "2026-03-29T05:30:00Z", id="FCR"),
    pytest.param("afrr", "POS_20_24", CAPACITY, "2026-03-29T07:00:00Z", id="aFRR capacity"),
    pytest.param("afrr", "POS_001", ENERGY, "2026-03-29T21:35:00Z", id="aFRR energy"),
]


@pytest.mark.parametrize(("suite", "name", "bid", "gate"), GATES)
async def test_gates_close_by_berlin_time(
    player: Visitor, clock: SetClock, suite: str, name: str, bid: dict[str, Any], gate: str
) -> None:
    """07:30 and 09:00 of the day before, 25 minutes before; a week before, they open."""
    path, body = f"{player.asset_path()}/{suite}/bids", group(name, bid)
    clock.set("2026-03-22T22:59:59Z")
    assert "a week before" in await player.refused("POST", path, body)
    clock.set("2026-03-22T23:00:00Z")
    await player.done("POST", path, body)
    clock.set(gate)
    assert "gate" in await player.refused("POST", path, body)
    code = f"{path}/{DAY}_{name}"
    assert "gate" in await player.refused("PUT", code, [bid])
    clock.advance(seconds=-1)
    await player.done("PUT", code, [bid])


async def test_results_come_at_their_time(player: Visitor, clock: SetClock) -> None:
    path = f"{player.asset_path()}/fcr/results"
    for block, price in (("00_04", -10), ("04_08", 15000)):
        bid = FCR | {"capacityPrice": price}
        await player.done("POST", f"{player.asset_path()}/fcr/bids", group(f"NEGPOS_{block}", bid))
    clock.set("2026-03-29T06:19:59Z")
    assert await player.done("GET", path, deliveryDay=DAY) == []
    one = await player.done("GET", f"{path}/{DAY}_NEGPOS_00_04")
    assert one == {"product": "NEGPOS_00_04", "deliveryDay": DAY, "results": []}
    clock.set("2026-03-29T06:20:00Z")  # 08:20 in Berlin
    first, second = await player.done("GET", path, deliveryDay=DAY)
    [won], [lost] = first["results"], second["results"]
    assert (won["accepted"], won["acceptedCapacity"], won["capacityPrice"]) == (True, 2000, -10)
    assert won["settlementPrice"] > 0
    assert won["energyPrice"] is None
    assert (lost["accepted"], lost["acceptedCapacity"]) == (False, 0)
    for accepted, result in (("true", first), ("false", second)):
        assert await player.done("GET", path, deliveryDay=DAY, accepted=accepted) == [result]


async def test_fcr_is_settled_at_the_price_of_revenue_reporting(
    player: Visitor, clock: SetClock
) -> None:
    bid = group("NEGPOS_00_04", FCR | {"capacityPrice": 0})
    await player.done("POST", f"{player.asset_path()}/fcr/bids", bid)
    clock.set("2026-03-29T12:00:00Z")
    [answer] = await player.done("GET", f"{player.asset_path()}/fcr/results", deliveryDay=DAY)
    start = "2026-03-29T22:00:00Z"
    clock.set("2026-03-30T02:00:00Z")  # the block has ended
    asset_id = player.sandbox.virtual_asset_ids[1]
    data = await player.points(asset_id, "raw", start, start, "settlement_price_fcr")
    [point] = data["settlement_price_fcr"]
    assert answer["results"][0]["settlementPrice"] == pytest.approx(point["value"])


async def test_afrr_is_paid_as_bid(player: Visitor, clock: SetClock) -> None:
    asset = player.asset_path()
    await player.done("POST", f"{asset}/afrr/bids", group("POS_00_04", CAPACITY))
    await player.done("POST", f"{asset}/afrr/bids", group("NEG_001", ENERGY | {"energyPrice": 0}))
    clock.set("2026-03-29T07:30:00Z")
    [capacity] = await player.done("GET", f"{asset}/afrr/results", deliveryDay=DAY)
    [result] = capacity["results"]
    assert (result["accepted"], result["capacityPrice"]) == (True, 4)
    assert (result["settlementPrice"], result["energyPrice"]) == (None, 120)
    clock.set("2026-03-29T22:00:00Z")  # the quarter-hour begins
    both = await player.done("GET", f"{asset}/ancillary/results", **ALL_OF_IT)
    assert [each["market"] for each in both] == ["AFRRCapacity", "AFRREnergy"]
    assert [each["results"][0]["accepted"] for each in both] == [True, True]
    bids = await player.done("GET", f"{asset}/ancillary/bids", **ALL_OF_IT)
    given = [each["bids"][0]["bidID"] for each in bids]
    assert [each["results"][0]["bidID"] for each in both] == given


@pytest.mark.parametrize(
    ("day", "last"), [("2026-03-29", "POS_092"), (DAY, "POS_096"), ("2026-10-25", "POS_100")]
)
def test_quarter_hours_are_counted_by_the_day(day: str, last: str) -> None:
    calendar, local = Calendar("Europe/Berlin"), date.fromisoformat(day)
    end = product(calendar, local, last)
    assert end.end == calendar.day(local).last == product(calendar, local, "NEGPOS_20_24").end
    assert end.code == f"{day}_{last}"
    with pytest.raises(ValueError, match="no product"):
        product(calendar, local, f"POS_{int(last[4:]) + 1:03}")


async def test_physical_assets_bid_for_themselves(player: Visitor, clock: SetClock) -> None:
    path = f"{player.physical_path()}/ancillary"
    chosen = "123e4567-e89b-12d3-a456-426614174000"
    bids = [FCR | {"id": chosen, "energyPrice": 100.5}, FCR | {"capacityPrice": 14_000}]
    body = [{"product": "NEGPOS_00_04", "deliveryDay": DAY, "bids": bids}]
    [answer] = await player.done("POST", f"{path}/bids", body)
    assert answer["productDateCode"] == f"{DAY}_NEGPOS_00_04"
    assert [bid["status"] for bid in answer["bids"]] == ["SUBMITTED", "SUBMITTED"]
    assert answer["bids"][0]["id"] == chosen
    assert await player.done("GET", f"{path}/bids", **ALL_OF_IT) == [answer]
    keys = {"productKeys": f"{DAY}_NEGPOS_00_04,{DAY}_POS_00_04"}
    assert await player.done("GET", f"{path}/bids-by-product-keys", **keys) == [answer]
    keys = {"productKeys": f"{DAY}_POS_00_04"}
    assert await player.done("GET", f"{path}/bids-by-product-keys", **keys) == []
    assert await player.done("GET", f"{player.asset_path()}/fcr/bids", deliveryDay=DAY) == []
    assert await player.done("GET", f"{path}/results", **ALL_OF_IT) == []
    clock.set("2026-03-29T12:00:00Z")
    [answer] = await player.done("GET", f"{path}/bids", **ALL_OF_IT)
    assert [bid["status"] for bid in answer["bids"]] == ["ACCEPTED", "REJECTED"]
    [results] = await player.done("GET", f"{path}/results", **ALL_OF_IT)
    assert [result["accepted"] for result in results["results"]] == [True, False]
    assert "gate" in await player.refused("POST", f"{path}/bids", body)
