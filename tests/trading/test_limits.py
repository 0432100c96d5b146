"""Limits: whatever a request is called and however it was made, nothing beyond them is sent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from energy_async.transport.request import Operation, Request
from trlyr_async.trading.limits import STANDING, LimitExceeded, Limits

BIDS = "/organisations/{organisationID}/virtual-assets/{virtualAssetID}/ancillary/bids"
BLOCK = "/organisations/{organisationID}/virtual-assets/{virtualAssetID}/blocks/{blockID}"
AUCTION = "/auctions/{auctionID}/bids"


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
    operation: Operation[None] = Operation(
        name="x.y", method=method, path=path, returns=None, repeatable=False
    )
    limits.check(Request(operation), msgspec.json.encode(body), now)


@pytest.mark.parametrize(
    ("options", "path", "body", "words"),
    [
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
    with pytest.raises(LimitExceeded, match=words) as caught:
        check(Limits(**options), path, body)  # type: ignore[arg-type]
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
    check(limits, "/physical-assets/{physicalAssetID}/unavailability", {"power": 1})
    limits.resume()
    check(limits, BIDS, bids())


def test_a_body_that_is_no_json_is_refused() -> None:
    operation: Operation[None] = Operation(
        name="x.y", method="POST", path="/z", returns=None, repeatable=False
    )
    with pytest.raises(LimitExceeded, match="not JSON"):
        Limits().check(Request(operation), b"a=b", 0.0)


@pytest.mark.parametrize("value", [float("nan"), True, "5"])
def test_a_limit_is_a_number(value: Any) -> None:
    with pytest.raises(ValueError, match="max_price must be a number"):
        Limits(max_price=value)
