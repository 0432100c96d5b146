"""Bids of virtual assets for ancillary services: one book, read and written by three suites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api_sandbox.areas.owned import ASSET, owned
from api_sandbox.problems import Refusal
from api_sandbox.reading import day_of, listed, period_of
from api_sandbox.state.bids import Bid, Outcome, check_gate, read_bid
from api_sandbox.world.ancillary import DIRECTIONS, MARKETS, Product, product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from api_sandbox.handling import Handler
    from api_sandbox.state.state import State
    from api_sandbox.validation import Call
    from api_sandbox.world.calendar import Calendar
    from api_sandbox.world.fleet import Battery

    _Answer = Callable[[Call, Battery], object]
    _Show = Callable[[Call, Battery, Product], dict[str, Any]]

_AFRR = ("AFRRCapacity", "AFRREnergy")
_MARKETABLE = 0.8
"""Part of the rated power that may be sold as FCR."""


class Ancillary:
    """The operations of aFRR, of FCR, and of both together."""

    def __init__(self, state: State) -> None:
        self._state = state

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        routes = {
            f"GET {ASSET}/ancillary/bids": self._interval(self._bids_with_ids),
            f"POST {ASSET}/ancillary/bids": self._place_some,
            f"GET {ASSET}/ancillary/results": self._interval(self._results_with_ids),
        }
        for tag, markets in (("fcr", ("FCR",)), ("afrr", _AFRR)):
            bids, results = f"{ASSET}/{tag}/bids", f"{ASSET}/{tag}/results"
            routes |= {
                f"GET {bids}": self._day(markets, self._bids),
                f"POST {bids}": self._place(markets),
                f"GET {bids}/{{productDateCode}}": self._one(markets, self._bids),
                f"PUT {bids}/{{productDateCode}}": self._replace(markets),
                f"GET {results}": self._day(markets, self._results),
                f"GET {results}/{{productDateCode}}": self._one(markets, self._results),
            }
        return {route: owned(self._state, answer) for route, answer in routes.items()}

    def _day(self, markets: Sequence[str], show: _Show) -> _Answer:
        def answer(call: Call, battery: Battery) -> object:
            day = day_of("query parameter 'deliveryDay'", call.query["deliveryDay"])
            chosen = {"capacity": ("AFRRCapacity",), "energy": ("AFRREnergy",)}.get(
                str(call.query.get("market")), markets
            )
            return self._shown(
                call, battery, show, lambda each: each.day == day and each.market in chosen
            )

        return answer

    def _interval(self, show: _Show) -> _Answer:
        def answer(call: Call, battery: Battery) -> object:
            period = period_of(call)
            markets = listed(call, "markets", MARKETS)
            directions = listed(call, "productDirections", DIRECTIONS)
            low, high = period.start / 1e6, period.end / 1e6

            def wanted(each: Product) -> bool:
                chosen = each.market in markets and each.direction in directions
                return chosen and each.start <= high and low < each.end

            return self._shown(call, battery, show, wanted)

        return answer

    def _shown(
        self, call: Call, battery: Battery, show: _Show, wanted: Callable[[Product], bool]
    ) -> list[dict[str, Any]]:
        shown = [
            show(call, battery, each) for each in self._state.bids.products(battery.id, wanted)
        ]
        return [each for each in shown if each.get("results") != []]

    def _one(self, markets: Sequence[str], show: _Show) -> _Answer:
        def answer(call: Call, battery: Battery) -> object:
            return show(call, battery, self._coded(call, markets))

        return answer

    def _place(self, markets: Sequence[str]) -> _Answer:
        def answer(call: Call, battery: Battery) -> object:
            placed = read_products(self._state.world.calendar, call.body, markets)
            self._accept(battery, placed)
            return None

        return answer

    def _place_some(self, call: Call, battery: Battery) -> None:
        placed = read_products(self._state.world.calendar, call.body, MARKETS)
        if len({each.market == "FCR" for each, _ in placed}) > 1:
            raise Refusal(400, "request body: FCR and aFRR bids go into separate requests")
        self._accept(battery, placed)

    def _replace(self, markets: Sequence[str]) -> _Answer:
        def answer(call: Call, battery: Battery) -> object:
            self._accept(battery, [(self._coded(call, markets), call.body)])
            return None

        return answer

    def _coded(self, call: Call, markets: Sequence[str]) -> Product:
        code = str(call.path["productDateCode"])
        return read_code(self._state.world.calendar, code, markets)

    def _accept(self, battery: Battery, placed: Sequence[tuple[Product, list[Any]]]) -> None:
        """Check everything, then put the bids into the book."""
        state, read = self._state, []
        for each, bids in placed:
            check_gate(each, state.time)
            if len(bids) > 1:
                raise Refusal(400, f"{each.code}: one bid per product, got {len(bids)}")
            available = available_capacity(state, battery, each)
            read.append(
                [read_bid(each.code, bid, each, available, state.bids.new_id()) for bid in bids]
            )
        for (each, _), bids in zip(placed, read, strict=True):
            state.bids.place(battery.id, each, bids)

    def _bids(self, _: Call, battery: Battery, each: Product) -> dict[str, Any]:
        bids = [_prices(bid, each) for bid in self._state.bids.of(battery.id, each)]
        return {**_head(each), "productDateCode": each.code, "bids": bids}

    def _bids_with_ids(self, _: Call, battery: Battery, each: Product) -> dict[str, Any]:
        bids = [
            {"bidID": bid.id, **_all_prices(bid)} for bid in self._state.bids.of(battery.id, each)
        ]
        return {"market": each.market, **_head(each), "bids": bids}

    def _results(self, call: Call, battery: Battery, each: Product) -> dict[str, Any]:
        wanted = call.query.get("accepted")
        outcomes = self._state.bids.outcomes(battery.id, each, self._state.time)
        results = [
            {
                **_outcome(outcome),
                "settlementPrice": outcome.settlement,
                "energyPrice": None if each.market == "FCR" else outcome.bid.energy_price,
            }
            for outcome in outcomes
            if wanted is None or outcome.accepted == wanted
        ]
        return {**_head(each), "results": results}

    def _results_with_ids(self, _: Call, battery: Battery, each: Product) -> dict[str, Any]:
        outcomes = self._state.bids.outcomes(battery.id, each, self._state.time)
        results = [{"bidID": outcome.bid.id, **_outcome(outcome)} for outcome in outcomes]
        return {"market": each.market, **_head(each), "results": results}


def read_products(
    calendar: Calendar, said: Iterable[Mapping[str, Any]], markets: Sequence[str]
) -> list[tuple[Product, list[Any]]]:
    """Read bids grouped by product and delivery day.

    Raises:
        Refusal: 400 for a product that the day or these markets do not have, or that stands twice.
    """
    found: dict[Product, list[Any]] = {}
    for group in said:
        day = day_of("request body: deliveryDay", group["deliveryDay"])
        each = _product(calendar, day, group["product"], markets)
        if each in found:
            raise Refusal(400, f"request body: {each.code} stands twice")
        found[each] = group["bids"]
    return list(found.items())


def read_code(calendar: Calendar, code: str, markets: Sequence[str]) -> Product:
    """Read a product date code, such as 2026-01-31_POS_00_04.

    Raises:
        Refusal: 400 if it names no product of these markets.
    """
    day, _, name = code.partition("_")
    return _product(calendar, day_of("product date code", day), name, markets)


def _product(calendar: Calendar, day: date, name: str, markets: Sequence[str]) -> Product:
    try:
        each = product(calendar, day, name)
    except ValueError as exc:
        raise Refusal(400, str(exc)) from exc
    if each.market not in markets:
        raise Refusal(400, f"{each.code} is no product of {', '.join(markets)}")
    return each


def available_capacity(state: State, battery: Battery, each: Product) -> float:
    """Give the capacity (kW) that a battery can offer over a whole product."""
    limits = state.limits(battery)
    powers = [limits.power(second) for second in range(each.start, each.end, 900)]
    charge, discharge = min(c for c, _ in powers), min(d for _, d in powers)
    match each.direction:
        case "POS":
            return discharge
        case "NEG":
            return charge
        case _:
            return min(
                charge, discharge, _MARKETABLE * min(battery.charge_kw, battery.discharge_kw)
            )


def _head(each: Product) -> dict[str, Any]:
    return {"product": each.name, "deliveryDay": each.day}


def _prices(bid: Bid, each: Product) -> dict[str, Any]:
    prices = _all_prices(bid)
    if each.market == "FCR":
        del prices["energyPrice"]
    return prices


def _all_prices(bid: Bid) -> dict[str, Any]:
    return {
        "offeredCapacity": bid.offered,
        "capacityPrice": bid.capacity_price,
        "energyPrice": bid.energy_price,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "accepted": outcome.accepted,
        "offeredCapacity": outcome.bid.offered,
        "acceptedCapacity": outcome.capacity,
        "capacityPrice": outcome.bid.capacity_price,
    }
