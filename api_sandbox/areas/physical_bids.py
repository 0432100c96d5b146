"""Bids of physical assets for ancillary services; they stand beside those of virtual assets.

Checked as those are, but a product may have several bids, and any bid may name an energy price.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from api_sandbox.areas.ancillary import available_capacity, read_code, read_products
from api_sandbox.areas.physical_assets import ASSET, physical
from api_sandbox.reading import period_around
from api_sandbox.state.bids import Outcome, check_gate, read_bid
from api_sandbox.world.ancillary import MARKETS, Product

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api_sandbox.handling import Handler
    from api_sandbox.state.registry import PhysicalAsset
    from api_sandbox.state.state import State
    from api_sandbox.validation import Call

_BACK, _AHEAD = timedelta(days=7), timedelta(days=14)
"""What a call without a range is about."""


class PhysicalBids:
    """The operations of ancillary services of physical assets."""

    def __init__(self, state: State) -> None:
        self._state, self._book = state, state.bids

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        ancillary = f"{ASSET}/ancillary"
        answers = {
            f"GET {ancillary}/bids": self._bids,
            f"POST {ancillary}/bids": self._place,
            f"GET {ancillary}/bids-by-product-keys": self._by_keys,
            f"GET {ancillary}/results": self._results,
        }
        return {route: physical(self._state, answer) for route, answer in answers.items()}

    def _place(self, call: Call, asset: PhysicalAsset) -> object:
        """Check everything, then put the bids into the book."""
        state, read = self._state, []
        for each, bids in read_products(state.world.calendar, call.body, MARKETS):
            check_gate(each, state.time)
            free = float("inf")
            if asset.battery is not None:
                free = available_capacity(state, asset.battery, each)
            checked = [read_bid(each.code, bid, each, free, self._book.new_id()) for bid in bids]
            read.append((each, checked))
        for each, checked in read:
            self._book.place(asset.id, each, checked)
        return [self._describe(asset, each) for each, _ in read]

    def _bids(self, call: Call, asset: PhysicalAsset) -> object:
        return [self._describe(asset, each) for each in self._within(call, asset)]

    def _by_keys(self, call: Call, asset: PhysicalAsset) -> object:
        """Give the bids for some product date codes, or for all."""
        keys = call.query.get("productKeys")
        calendar = self._state.world.calendar
        chosen = None if keys is None else {read_code(calendar, key, MARKETS) for key in keys}

        def wanted(each: Product) -> bool:
            return chosen is None or each in chosen

        return [self._describe(asset, each) for each in self._book.products(asset.id, wanted)]

    def _results(self, call: Call, asset: PhysicalAsset) -> object:
        answers = []
        for each in self._within(call, asset):
            outcomes = self._book.outcomes(asset.id, each, self._state.time)
            if outcomes:
                results = [_result(outcome) for outcome in outcomes]
                answers.append({**_head(each), "results": results})
        return answers

    def _within(self, call: Call, asset: PhysicalAsset) -> list[Product]:
        period = period_around(call, self._state.now(), _BACK, _AHEAD)
        low, high = period.start / 1e6, period.end / 1e6
        return self._book.products(asset.id, lambda each: each.start <= high and low < each.end)

    def _describe(self, asset: PhysicalAsset, each: Product) -> dict[str, Any]:
        outcomes = self._book.outcomes(asset.id, each, self._state.time)
        decided = {
            outcome.bid.id: "ACCEPTED" if outcome.accepted else "REJECTED" for outcome in outcomes
        }
        bids = [
            {
                "capacityPrice": bid.capacity_price,
                "id": bid.id,
                "offeredCapacity": bid.offered,
                "energyPrice": bid.energy_price,
                "status": decided.get(bid.id, "SUBMITTED"),
            }
            for bid in self._book.of(asset.id, each)
        ]
        return {**_head(each), "bids": bids}


def _head(each: Product) -> dict[str, Any]:
    return {"deliveryDay": each.day, "product": each.name, "productDateCode": each.code}


def _result(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.bid.id,
        "accepted": outcome.accepted,
        "offeredCapacity": outcome.bid.offered,
        "acceptedCapacity": outcome.capacity,
        "capacityPrice": outcome.bid.capacity_price,
        "energyPrice": outcome.bid.energy_price,
        "settlementPrice": outcome.settlement,
    }
