"""Bids for ancillary services: one book, read and written by four suites of operations.

Those of physical assets stand beside those of virtual assets. They are checked alike, but a product
may have several of them, and any may name an energy price.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Final

from energy_sandbox.handling import Handler
from energy_sandbox.problems import Refusal
from energy_sandbox.reading import day_of, listed, period_around, period_of
from energy_sandbox.state.bids import Outcome, check_gate, read_bid
from energy_sandbox.world.ancillary import DIRECTIONS, MARKETS, Product, product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from energy_sandbox.state.state import State
    from energy_sandbox.validation import Call
    from energy_sandbox.world.calendar import Calendar, Period
    from energy_sandbox.world.fleet import Battery

    Groups = dict[Product, list[Any]]

_AFRR = ("AFRRCapacity", "AFRREnergy")
_MARKETABLE = 0.8
"""Part of the rated power that may be sold as FCR."""
_BACK, _AHEAD = timedelta(days=7), timedelta(days=14)
"""What a call about a physical asset is about without a range."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which facts an answer gives of a product (`head`) and of each of its bids or results."""

    content: str
    head: tuple[str, ...]
    items: tuple[str, ...]
    fixed: dict[str, None] = field(default_factory=dict)

    def of(self, each: Product, outcomes: Iterable[Outcome]) -> dict[str, Any]:
        """Write what is asked for."""
        of_product = {
            "product": each.name, "deliveryDay": each.day, "productDateCode": each.code,
            "market": each.market,
        }  # fmt: skip
        items = [
            {name: facts[name] for name in self.items} | self.fixed
            for facts in map(_facts, outcomes)
        ]
        return {**{name: of_product[name] for name in self.head}, self.content: items}


def _facts(outcome: Outcome) -> dict[str, Any]:
    bid = outcome.bid
    return {
        "id": bid.id,
        "bidID": bid.id,
        "offeredCapacity": bid.offered,
        "capacityPrice": bid.capacity_price,
        "energyPrice": bid.energy_price,
        "accepted": outcome.accepted,
        "acceptedCapacity": outcome.capacity,
        "settlementPrice": outcome.settlement,
        "status": {None: "SUBMITTED", True: "ACCEPTED", False: "REJECTED"}[outcome.accepted],
    }


_PRODUCT, _CODED = ("product", "deliveryDay"), ("product", "deliveryDay", "productDateCode")
_MARKET = ("market", *_PRODUCT)
_FCR = ("offeredCapacity", "capacityPrice")
_BID = (*_FCR, "energyPrice")
_DECIDED = ("accepted", "acceptedCapacity", *_FCR)
_SETTLED = (*_DECIDED, "settlementPrice")
_SHAPES: Final = {
    "fcr/bids": _Shape("bids", _CODED, _FCR),
    "fcr/results": _Shape("results", _PRODUCT, _SETTLED, {"energyPrice": None}),
    "afrr/bids": _Shape("bids", _CODED, _BID),
    "afrr/results": _Shape("results", _PRODUCT, (*_SETTLED, "energyPrice")),
    "virtual/bids": _Shape("bids", _MARKET, ("bidID", *_BID)),
    "virtual/results": _Shape("results", _MARKET, ("bidID", *_DECIDED)),
    "physical/bids": _Shape("bids", _CODED, ("id", *_BID, "status")),
    "physical/results": _Shape("results", _CODED, ("id", *_SETTLED, "energyPrice")),
}


def _show(state: State, call: Call, owner: str, shape: str, each: Product) -> dict[str, Any]:
    """Give bids, or the results that are published and asked for."""
    outcomes = state.bids.outcomes(owner, each, state.time)
    if _SHAPES[shape].content == "results":
        chosen = (call.query["accepted"],) if "accepted" in call.query else (True, False)
        outcomes = [one for one in outcomes if one.accepted in chosen]
    return _SHAPES[shape].of(each, outcomes)


def _show_all(
    state: State, call: Call, owner: str, shape: str, wanted: Callable[[Product], bool]
) -> object:
    """Give what is there of each product that is wanted, in their order."""
    shown = [_show(state, call, owner, shape, each) for each in state.bids.products(owner, wanted)]
    return [one for one in shown if one[_SHAPES[shape].content]]


def _day(markets: Sequence[str], shape: str, state: State, call: Call) -> object:
    owner = state.battery(call).id
    day = day_of("query parameter 'deliveryDay'", call.query["deliveryDay"])
    chosen = {"capacity": ("AFRRCapacity",), "energy": ("AFRREnergy",)}.get(
        str(call.query.get("market")), markets
    )
    return _show_all(
        state, call, owner, shape, lambda each: each.day == day and each.market in chosen
    )


def _one(markets: Sequence[str], shape: str, state: State, call: Call) -> object:
    owner = state.battery(call).id
    return _show(state, call, owner, shape, _coded(state, call, markets))


def _within(state: State, call: Call, owner: str, shape: str, period: Period) -> object:
    markets = listed(call, "markets", MARKETS)
    directions = listed(call, "productDirections", DIRECTIONS)
    low, high = period.start / 1e6, period.end / 1e6

    def wanted(each: Product) -> bool:
        chosen = each.market in markets and each.direction in directions
        return chosen and each.start <= high and low < each.end

    return _show_all(state, call, owner, shape, wanted)


def _of_virtual(content: str, state: State, call: Call) -> object:
    owner = state.battery(call).id
    return _within(state, call, owner, f"virtual/{content}", period_of(call))


def _of_physical(content: str, state: State, call: Call) -> object:
    owner = state.physical(call).id
    period = period_around(call, state.now(), _BACK, _AHEAD)
    return _within(state, call, owner, f"physical/{content}", period)


def _by_keys(state: State, call: Call) -> object:
    """Give the bids for some product date codes, or for all."""
    owner, keys = state.physical(call).id, call.query.get("productKeys")
    chosen = None if keys is None else {_read_code(state, key, MARKETS) for key in keys}
    return _show_all(
        state, call, owner, "physical/bids", lambda each: chosen is None or each in chosen
    )


def _place(markets: Sequence[str], state: State, call: Call) -> None:
    battery = state.battery(call)
    _accept(state, battery.id, battery, _read_groups(state, call.body, markets))


def _place_some(state: State, call: Call) -> None:
    battery, groups = state.battery(call), _read_groups(state, call.body, MARKETS)
    if len({each.market == "FCR" for each in groups}) > 1:
        raise Refusal(400, "request body: FCR and aFRR bids go into separate requests")
    _accept(state, battery.id, battery, groups)


def _replace(markets: Sequence[str], state: State, call: Call) -> None:
    battery = state.battery(call)
    _accept(state, battery.id, battery, {_coded(state, call, markets): call.body})


def _place_physical(state: State, call: Call) -> object:
    asset, groups = state.physical(call), _read_groups(state, call.body, MARKETS)
    _accept(state, asset.id, asset.battery, groups, most=None)
    return [_show(state, call, asset.id, "physical/bids", each) for each in groups]


def _accept(
    state: State, owner: str, battery: Battery | None, groups: Groups, *, most: int | None = 1
) -> None:
    """Check everything, then put the bids into the book: at most so many for each product."""
    read = {}
    for each, bids in groups.items():
        check_gate(each, state.time)
        if most is not None and len(bids) > most:
            raise Refusal(400, f"{each.code}: one bid per product, got {len(bids)}")
        free = _available(state, battery, each) if battery else inf
        read[each] = [read_bid(each.code, bid, each, free, state.bids.new_id()) for bid in bids]
    for each, accepted in read.items():
        state.bids.place(owner, each, accepted)


def _read_groups(
    state: State, groups: Iterable[Mapping[str, Any]], markets: Sequence[str]
) -> Groups:
    """Read bids grouped by product and delivery day."""
    found: Groups = {}
    for group in groups:
        day = day_of("request body: deliveryDay", group["deliveryDay"])
        each = _product(state.world.calendar, day, group["product"], markets)
        if each in found:
            raise Refusal(400, f"request body: {each.code} stands twice")
        found[each] = group["bids"]
    return found


def _coded(state: State, call: Call, markets: Sequence[str]) -> Product:
    return _read_code(state, call.path["productDateCode"], markets)


def _read_code(state: State, code: str, markets: Sequence[str]) -> Product:
    """Read a product date code, such as 2026-01-31_POS_00_04."""
    day, _, name = code.partition("_")
    return _product(state.world.calendar, day_of("product date code", day), name, markets)


def _product(calendar: Calendar, day: date, name: str, markets: Sequence[str]) -> Product:
    try:
        each = product(calendar, day, name)
    except ValueError as exc:
        raise Refusal(400, str(exc)) from exc
    if each.market not in markets:
        raise Refusal(400, f"{each.code} is no product of {', '.join(markets)}")
    return each


def _available(state: State, battery: Battery, each: Product) -> float:
    """Give the capacity (kW) that a battery can offer over a whole product."""
    limits = state.limits(battery)
    powers = [limits.power(second) for second in range(each.start, each.end, 900)]
    charge, discharge = min(c for c, _ in powers), min(d for _, d in powers)
    fcr = min(charge, discharge, _MARKETABLE * min(battery.charge_kw, battery.discharge_kw))
    return {"POS": discharge, "NEG": charge}.get(each.direction, fcr)


def _suite(tag: str, markets: Sequence[str]) -> dict[str, Handler]:
    """The operations of FCR, or of aFRR."""
    bids, results = f"{tag}/bids", f"{tag}/results"
    return {
        f"virtual_assets.get_{tag}_bids": Handler(partial(_day, markets, bids)),
        f"virtual_assets.get_{tag}_product_bids": Handler(partial(_one, markets, bids)),
        f"virtual_assets.get_{tag}_results": Handler(partial(_day, markets, results)),
        f"virtual_assets.get_{tag}_product_results": Handler(partial(_one, markets, results)),
        f"virtual_assets.create_{tag}_bids": Handler(partial(_place, markets)),
        f"virtual_assets.update_{tag}_bids": Handler(partial(_replace, markets)),
    }


HANDLERS: Final = {
    **_suite("fcr", ("FCR",)),
    **_suite("afrr", _AFRR),
    "virtual_assets.get_ancillary_bids": Handler(partial(_of_virtual, "bids")),
    "virtual_assets.get_ancillary_results": Handler(partial(_of_virtual, "results")),
    "virtual_assets.submit_ancillary_bids": Handler(_place_some),
    "physical_assets.get_ancillary_bids": Handler(partial(_of_physical, "bids")),
    "physical_assets.get_ancillary_bids_by_product_keys": Handler(_by_keys),
    "physical_assets.get_ancillary_results": Handler(partial(_of_physical, "results")),
    "physical_assets.submit_ancillary_bids": Handler(_place_physical),
}
