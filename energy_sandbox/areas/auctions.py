"""Auctions: what is on offer, and the organisation's bids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from energy_sandbox.handling import Handler
from energy_sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_sandbox.state.auctions import Auction
    from energy_sandbox.state.state import State
    from energy_sandbox.validation import Call


def _all(state: State, _: Call) -> object:
    now = state.time
    return [state.auctions.describe(auction, now) for auction in state.auctions.around(now)]


def _one(state: State, call: Call) -> object:
    return state.auctions.describe(_auction(state, call), state.time)


def _bid(state: State, call: Call) -> object:
    price = _price(call.body)
    return state.auctions.bid(_auction(state, call), price, state.time)


def _auction(state: State, call: Call) -> Auction:
    return state.auctions.find(call.path["auctionID"].lower())


def _price(body: Mapping[str, Any]) -> float:
    """Read `price`, a number or a text as auctions have it; the field's name is a guess."""
    price = body.get("price")
    try:
        if isinstance(price, int | float | str) and not isinstance(price, bool):
            return float(price)
    except (ValueError, OverflowError):
        pass
    raise Refusal(400, "request body: expected `price`, a number of EUR")


HANDLERS: Final = {
    "auctions.get_auctions": Handler(_all),
    "auctions.get_auction": Handler(_one),
    "auctions.submit_bid": Handler(_bid),
}
