"""Auctions: they open, close, and are won by the highest bid; of equal ones, by the earliest."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from energy_sandbox.state.auctions import Auction, AuctionBid, winner

if TYPE_CHECKING:
    from tests.clock import SetClock
    from tests.sandbox.conftest import Visitor

WINNING, LOSING = 1_000_000, 0.01


async def running(player: Visitor) -> dict[str, Any]:
    """The auction that closes next."""
    auctions = await player.done("GET", "/auctions")
    return min((a for a in auctions if a["status"] == "RUNNING"), key=lambda a: a["end"])


async def test_the_past_is_decided_and_the_future_is_not_open(player: Visitor) -> None:
    auctions = await player.done("GET", "/auctions")
    assert len({auction["id"] for auction in auctions}) == len(auctions) == 30
    now = "2026-03-28T09:00:00Z"
    for auction in auctions:
        if auction["start"] > now:
            assert auction["status"] == "NOT_STARTED"
        elif auction["end"] > now:
            assert auction["status"] == "RUNNING"
        else:
            assert auction["status"] in ("WON", "LOST", "NO_BIDS_SUBMITTED")
        has_bid = auction["status"] in ("WON", "LOST")
        assert ("currentBid" in auction) == has_bid
        if auction["status"] == "WON":
            assert auction["item"]["id"] in player.sandbox.virtual_asset_ids
    statuses = {auction["status"] for auction in auctions}
    assert statuses == {"NOT_STARTED", "RUNNING", "WON", "LOST", "NO_BIDS_SUBMITTED"}


async def test_an_auction_runs_from_opening_to_result(player: Visitor, clock: SetClock) -> None:
    auctions = await player.done("GET", "/auctions")
    found = next(a for a in auctions if a["status"] == "NOT_STARTED")
    path = f"/auctions/{found['id']}"
    assert "NOT_STARTED" in await player.refused("POST", f"{path}/bids", {"price": 1})
    seen = []
    for moment in (found["start"], found["end"]):
        clock.set(moment)
        clock.advance(microseconds=-1)
        seen.append((await player.done("GET", path))["status"])
        clock.set(moment)
        seen.append((await player.done("GET", path))["status"])
        if moment == found["start"]:
            await player.done("POST", f"{path}/bids", {"price": WINNING})
    clock.set(found["end"])
    assert "PENDING" in await player.refused("POST", f"{path}/bids", {"price": 1})
    clock.advance(minutes=15)
    won = await player.done("GET", path)
    assert [*seen, won["status"]] == ["NOT_STARTED", "RUNNING", "RUNNING", "PENDING", "WON"]
    assert won["item"]["id"] not in player.sandbox.virtual_asset_ids
    assert "WON" in await player.refused("POST", f"{path}/bids", {"price": 1})


async def test_what_was_won_is_a_virtual_asset_for_its_day(
    player: Visitor, clock: SetClock
) -> None:
    auction = await running(player)
    await player.done("POST", f"/auctions/{auction['id']}/bids", {"price": WINNING})
    assets = f"/organisations/{player.sandbox.organisation_id}/virtual-assets"
    before = await player.done("GET", assets)
    clock.set(auction["end"])
    clock.advance(minutes=15)
    item = (await player.done("GET", f"/auctions/{auction['id']}"))["item"]
    known = await player.done("GET", assets)
    assert len(known) == len(before) + 1
    asset = await player.done("GET", f"{assets}/{item['id']}")
    assert asset in known
    assert asset["ratedDischargePower"] == item["ratedDischargePower"]
    assert asset["energyCapacity"] == item["energyCapacity"]
    assert datetime.fromisoformat(asset["start"]) == datetime.fromisoformat(item["start"])
    (block,) = await player.done("GET", f"{assets}/{item['id']}/blocks")
    point = {"time": item["start"], "power": item["ratedDischargePower"]}
    path = f"{assets}/{item['id']}/blocks/{block['id']}"
    await player.done("PUT", path, {"schedule": [point]})
    adjusted = f"{assets}/{item['id']}/adjustments?start={item['start'][:10]}T00:00:00Z"
    adjusted += f"&end={item['end'][:10]}T23:00:00Z"
    assert (await player.done("GET", adjusted))["adjustments"] == []


async def test_the_latest_bid_counts(player: Visitor, clock: SetClock) -> None:
    """Even where it is the lower one."""
    auction = await running(player)
    path = f"/auctions/{auction['id']}"
    await player.done("POST", f"{path}/bids", {"price": WINNING})
    clock.advance(minutes=1)
    placed = await player.done("POST", f"{path}/bids", {"price": "2500.5"})
    current = (await player.done("GET", path))["currentBid"]
    assert current == placed == {"price": "2500.50", "timestamp": "2026-03-28T09:01:00Z"}


async def test_a_low_bid_loses_against_rivals(player: Visitor, clock: SetClock) -> None:
    """Not every auction has any; over some days, some are lost."""
    ends: dict[str, str] = {}
    for _ in range(4):
        for auction in await player.done("GET", "/auctions"):
            if auction["status"] == "RUNNING" and auction["id"] not in ends:
                ends[auction["id"]] = auction["end"]
                await player.done("POST", f"/auctions/{auction['id']}/bids", {"price": LOSING})
        clock.advance(days=1)
    clock.set(max(ends.values()))
    clock.advance(hours=1)
    results = [(await player.done("GET", f"/auctions/{known}"))["status"] for known in ends]
    assert "LOST" in results
    assert set(results) <= {"WON", "LOST"}


async def test_an_auction_without_a_bid_ends_as_such(player: Visitor, clock: SetClock) -> None:
    auction = await running(player)
    clock.set(auction["end"])
    for _ in range(2):
        answer = await player.done("GET", f"/auctions/{auction['id']}")
        assert answer["status"] == "NO_BIDS_SUBMITTED"
        clock.advance(days=1)


PRICES = [0, -5, 10_000_000.01, "nan", "inf", "many", None, True, [1]]


@pytest.mark.parametrize("price", PRICES, ids=str)
async def test_a_price_that_cannot_be_is_refused(player: Visitor, price: Any) -> None:
    auction = await running(player)
    body = {} if price is None else {"price": price}
    assert "price" in await player.refused("POST", f"/auctions/{auction['id']}/bids", body)
    assert "currentBid" not in await player.done("GET", f"/auctions/{auction['id']}")


@pytest.mark.parametrize(
    "known", ["11111111-1111-4111-8111-111111111111", "20260328-1111-4111-8111-111111111111"]
)
async def test_an_unknown_auction_is_not_found(player: Visitor, known: str) -> None:
    status, _ = await player.get(f"/auctions/{known}")
    assert status == 404


async def test_an_auction_lasts_a_day_and_closes_before_delivery(player: Visitor) -> None:
    """Also where the clock changes in between."""
    for auction in await player.done("GET", "/auctions"):
        start, end, delivery = (
            datetime.fromisoformat(text)
            for text in (auction["start"], auction["end"], auction["item"]["start"])
        )
        assert timedelta(hours=25) <= end - start <= timedelta(hours=27)
        assert end < delivery


def bid(price: float, at: float) -> AuctionBid:
    return AuctionBid(price, at)


def test_the_highest_bid_wins_and_of_equal_ones_the_earliest() -> None:
    assert winner([]) is None
    assert winner([bid(5, 1), bid(7, 3), bid(6, 0)]) == bid(7, 3)
    assert winner([bid(7, 3), bid(7, 2), bid(7, 4)]) == bid(7, 2)


@pytest.mark.parametrize(
    ("own_at", "status"), [(99, "WON"), (101, "LOST")], ids=["first", "second"]
)
def test_a_tie_is_won_by_the_earlier_bid(own_at: float, status: str) -> None:
    auction = Auction("id", date(2026, 3, 30), 0, opens_at=0, closes_at=1000)
    own = AuctionBid(500, own_at, own=True)
    assert auction.status(own, [bid(500, 100)], now=1900) == status
    assert auction.status(own, [bid(500, 100)], now=1899) == "PENDING"
