"""Limits: whatever a request is called and however it was made, nothing beyond them is sent."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from energy_async.delivery import BERLIN, delivery_day
from energy_async.transport.request import Operation, Request
from trlyr_async import Trlyr, auctions, physical_assets, trading, virtual_assets
from trlyr_async.models.physical_assets import SubmitAncillaryBids
from trlyr_async.models.virtual_assets import BlockUpdate, SchedulePoint
from trlyr_async.trading.limits import STANDING, LimitExceeded, Limits

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tests.trading.conftest import Desk

BIDS = "/organisations/o/virtual-assets/a/ancillary/bids"
BLOCK = "/organisations/o/virtual-assets/a/blocks/b"
AUCTION = "/auctions/x/bids"


def bids(**terms: Any) -> list[dict[str, Any]]:
    said = {"offeredCapacity": 5000, "capacityPrice": 10.0} | terms
    return [{"product": "NEGPOS_08_12", "deliveryDay": "2026-10-25", "bids": [said]}]


def power(*powers: float) -> dict[str, Any]:
    return {
        "schedule": [
            {"time": f"2026-10-25T00:{15 * index:02}:00Z", "power": one}
            for index, one in enumerate(powers)
        ]
    }


def check(limits: Limits, path: str, body: Any, *, method: str = "POST", now: float = 0.0) -> None:
    is_raw = body is None or isinstance(body, bytes)
    limits.check(method, path, body if is_raw else msgspec.json.encode(body), now)


@pytest.mark.parametrize(
    ("options", "path", "body", "words"),
    [
        ({"max_price": 9.0}, BIDS, {"prices": [[1, 10]]}, "prices 10 EUR is above"),
        ({"max_price": 9.0}, BIDS, {"capacityPrice": {"EUR": 10}}, "capacityPrice 10 EUR"),
        ({"max_price": 9.0}, BIDS, b'{"price": 1, "PRICE": 10}', "stands in it twice"),
        ({"max_price": 9.0}, BIDS, [[5000, 10]], "what a number (5000) means is not known"),
        ({"max_power": 9.0}, "/x", {"amount": "10"}, r"what amount ('10') means is not known"),
        ({"max_power": 9.0}, "/x?power=10", {}, "power 10 kW"),
        ({"max_power": 9.0}, "/physical-assets/x/schedule", {"kw": 10}, "what kw (10) means"),
        ({"max_power": 9.0}, "/physical-assets/x/metadata/../schedule", power(10), "power 10"),
        ({"max_power": 9.0}, "/auth/../x/blocks/y", power(10), "power 10"),
        ({"max_auction_price": 9.0}, "/Auctions/x/bids", {"price": "10"}, "price 10 EUR is above"),
        ({"max_auction_price": 9.0}, "/a/b", {"price": 10}, "price 10 EUR is above"),
        ({"max_notional": 9.0}, "/a/b", {"price": 10}, "comes to 10.00 EUR"),
        ({"max_notional": 199.0}, BIDS, {"deep": bids()}, "comes to 200.00 EUR"),
        ({"max_notional": 9.0}, BIDS, [{"CapacityPrice": 5}], "comes to nan EUR"),
        ({"max_change": 1.0}, BLOCK, {"schedule": [{"time": "x", "Power": 9}]}, "is not known"),
        ({"max_price": 9.0}, BIDS, bids(), "capacityPrice 10 EUR is above 9 EUR"),
        ({"min_price": 0.0}, BIDS, bids(capacityPrice=-15000), "below 0 EUR"),
        ({"max_price": 9.0}, BIDS, bids(capacityPrice=1, energyPrice=10), "energyPrice 10"),
        ({"max_price": 9.0}, "bids/by/hand", [{"deep": {"my_price": "10.5"}}], "my_price 10.5"),
        ({"max_price": 9.0}, BIDS, bids(capacityPrice="lots"), "which is no number"),
        ({"max_notional": 199.0}, BIDS, bids(), "comes to 200.00 EUR"),
        ({"max_notional": 1e9}, BIDS, [{"bids": bids()[0]["bids"]}], "comes to inf EUR"),
        ({"max_power": 4999.0}, BIDS, bids(), "offeredCapacity 5000 kW"),
        ({"max_power": 100.0}, BLOCK, power(0, -101.0), "power -101.0 kW"),
        ({"max_auction_price": 100.0}, AUCTION, {"price": 100.01}, "price 100.01 EUR is above 100"),
        ({"max_auction_price": 100.0}, AUCTION, {"amount": 1}, "no price can be read"),
        ({"max_notional": 100.0}, AUCTION, {"price": -101}, "comes to 101.00 EUR"),
        ({"max_change": 10.0}, BLOCK, power(5.0), "is not known, and max_change is set"),
    ],
)
def test_what_is_beyond_a_limit_is_refused(
    options: dict[str, float], path: str, body: Any, words: str
) -> None:
    with pytest.raises(LimitExceeded, match=re.escape(words)) as caught:
        check(Limits(**options), path, body)
    assert str(caught.value).startswith("not sent: ")


def test_what_is_within_every_limit_passes() -> None:
    limits = Limits(
        min_price=0, max_price=10, max_notional=200, max_power=5000, max_auction_price=100,
        max_per_hour=3,
    )  # fmt: skip
    check(limits, BIDS, bids())
    check(limits, BLOCK, power(-5000, 5000), method="PUT")
    check(limits, AUCTION, {"price": 100})


def test_change_is_held_against_what_stands() -> None:
    limits = Limits(max_change=10.0)
    token = STANDING.set({"2026-10-25T00:00:00Z": 0.0, "2026-10-25T00:15:00Z": 5.0})
    try:
        check(limits, BLOCK, power(10.0, -5.0), method="PUT")
        with pytest.raises(LimitExceeded, match=r"changes from 5 to -6 kW, by more than 10 kW"):
            check(limits, BLOCK, power(10.0, -6.0), method="PUT")
    finally:
        STANDING.reset(token)


def test_submissions_of_an_hour_are_counted() -> None:
    limits = Limits(max_per_hour=2)
    check(limits, BIDS, bids(), now=0.0)
    check(limits, BIDS, bids(), now=3000.0)
    with pytest.raises(LimitExceeded, match="2 submissions in the last hour"):
        check(limits, BIDS, bids(), now=3599.0)
    check(limits, BIDS, bids(), now=3600.0)


def test_a_stop_holds_until_it_is_taken_back() -> None:
    limits = Limits()
    limits.stop("the desk is closed")
    with pytest.raises(LimitExceeded, match="the desk is closed"):
        check(limits, BIDS, bids())
    check(limits, BIDS, None, method="GET")
    check(limits, "/auth/public/authenticate", {})
    check(limits, "/physical-assets/x/unavailability", {"power": 1})
    limits.resume()
    check(limits, BIDS, bids())


def test_a_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(LimitExceeded, match="not JSON"):
        check(Limits(), "/z", b"a=b")


@pytest.mark.parametrize("value", [float("nan"), True, "5"])
def test_a_limit_is_a_number(value: Any) -> None:
    with pytest.raises(ValueError, match="max_price must be a number"):
        Limits(max_price=value)


def ways(desk: Desk, client: Trlyr) -> dict[str, Awaitable[object]]:
    """Each way to send something that is beyond 1 EUR and 1 kW."""
    asset = client, desk.organisation_id, desk.asset_id
    bid = trading.Bid(
        product="NEGPOS_08_12", delivery_day=desk.day, offered_capacity=1000, capacity_price=9.0
    )
    afrr = trading.Bid(
        product="POS_08_12", delivery_day=desk.day, offered_capacity=1000, capacity_price=9.0,
        energy_price=9.0,
    )  # fmt: skip
    time = delivery_day(desk.day, BERLIN).start
    update = BlockUpdate(schedule=[SchedulePoint(time=time, power=9.0)])
    group = msgspec.convert(bids()[0], SubmitAncillaryBids)
    found: dict[str, Awaitable[object]] = {
        f"{route} {one.product}": trading.submit_bids(*asset, [one], route=route)
        for route in ("ancillary", "create", "update")
        for one in (bid, afrr)
    }
    auction = desk.sandbox.world.noise.uuid("x")
    for name, said in {
        "json": power(9), "bytes": b'{"power": 9}', "form": b"power=9&price=9", "list": [9],
        "text": {"schedule": [{"power": "9"}]}, "nested": {"a": [{"b": {"power": [{"x": 9}]}}]},
    }.items():  # fmt: skip
        for path in ("/x", "/auth/public/x/y", "/physical-assets/x/schedule", "/auctions/x/bids"):
            for method in ("POST", "PUT", "PATCH", "DELETE", "GET"):
                operation: Operation[Any] = Operation(
                    name="a.b", method=method, path=path, returns=None, repeatable=False
                )
                key = f"raw {method} {path} {name}"
                found[key] = client.send(Request[Any](operation, body=said))
                found[f"{key} as it comes"] = client.send_raw(Request(operation, body=said))
    return found | {
        "submit_schedule": trading.submit_schedule(*asset, desk.block_id, {time: 9.0}),
        "submit_auction_bid": trading.submit_auction_bid(client, auction, 9.0),
        "update_block_schedule": virtual_assets.update_block_schedule(
            *asset, desk.block_id, body=update
        ),
        "submit_bid": auctions.submit_bid(client, auction, body={"price": 9}),
        "physical bids": physical_assets.submit_ancillary_bids(client, "p", body=[group]),
        "physical schedule": physical_assets.update_schedule(client, "p", body={"power": 9}),
    }


@pytest.mark.filterwarnings("ignore::energy_async.transport.provisional.ProvisionalEndpointWarning")
async def test_no_way_to_send_passes_the_limits(desk: Desk) -> None:
    limits = Limits(max_price=1, max_auction_price=1, max_notional=1, max_power=1)
    who = desk.sandbox.username, desk.sandbox.password
    options: Any = {"rate": 1000, "wall": desk.clock.wall, "limits": limits}
    async with Trlyr(*who, environment=desk.sandbox.url, **options) as client:
        tried = ways(desk, client)
        before = desk.sandbox.counters.requests.copy()
        for name, sending in tried.items():
            (ended,) = await asyncio.gather(sending, return_exceptions=True)
            assert isinstance(ended, LimitExceeded), (name, ended)
        left = desk.sandbox.counters.requests - before
    assert len(tried) > 200
    assert all(".get_" in name or "authenticate" in name for name, _ in left), left


async def test_a_stop_holds_up_what_waits_for_its_turn(desk: Desk) -> None:
    """The switch is looked at again when a request is about to leave."""
    limits = Limits()
    who = desk.sandbox.username, desk.sandbox.password
    async with Trlyr(
        *who, environment=desk.sandbox.url, rate=5, wall=desk.clock.wall, limits=limits
    ) as client:
        await virtual_assets.get_virtual_assets(client, desk.organisation_id)
        sending = [
            asyncio.create_task(auctions.submit_bid(client, "x", body={"price": 1}))
            for _ in range(3)
        ]
        await asyncio.sleep(0.05)
        limits.stop("prices look wrong")
        ended = await asyncio.gather(*sending, return_exceptions=True)
        assert [type(one) for one in ended[1:]] == [LimitExceeded] * 2
        assert desk.requests("submit_bid") <= 1
        await virtual_assets.get_virtual_assets(client, desk.organisation_id)
