"""Auctions: what is on offer, and the organisation's bids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api_sandbox.handling import Handler
from api_sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api_sandbox.state.auctions import Auction
    from api_sandbox.state.state import State
    from api_sandbox.validation import Call


class Auctions:
    """The operations of auctions."""

    def __init__(self, state: State) -> None:
        self._state, self._house = state, state.auctions

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        return {
            "GET /auctions": Handler(self._all),
            "GET /auctions/{auctionID}": Handler(self._one),
            "POST /auctions/{auctionID}/bids": Handler(self._bid),
        }

    def _all(self, _: Call) -> object:
        now = self._state.time
        return [self._house.describe(auction, now) for auction in self._house.around(now)]

    def _one(self, call: Call) -> object:
        return self._house.describe(self._auction(call), self._state.time)

    def _bid(self, call: Call) -> object:
        price = _price(call.body)
        return self._house.bid(self._auction(call), price, self._state.time)

    def _auction(self, call: Call) -> Auction:
        return self._house.find(str(call.path["auctionID"]).lower())


def _price(body: Mapping[str, Any]) -> float:
    """Read `price`, a number or a text as auctions have it; the field's name is a guess.

    Raises:
        Refusal: 400 if it is neither.
    """
    price = body.get("price")
    try:
        if isinstance(price, int | float | str) and not isinstance(price, bool):
            return float(price)
    except (ValueError, OverflowError):
        pass
    raise Refusal(400, "request body: expected `price`, a number of EUR")
