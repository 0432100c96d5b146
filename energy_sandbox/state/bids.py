"""Bids for ancillary services: checked, kept by product, and decided when results are published.

A bid is accepted whole if its price is at most the one at which the seed's market clears. FCR and
aFRR capacity are held against the capacity price, aFRR energy against the energy price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from energy_sandbox.problems import Refusal
from energy_sandbox.world.ancillary import Product, clearing_price

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from energy_sandbox.world.world import World

MAX_PRICE = 15_000
_MEGAWATT = 1000
_NEEDED: Final = {
    "FCR": ("capacityPrice",),
    "AFRRCapacity": ("capacityPrice", "energyPrice"),
    "AFRREnergy": ("energyPrice",),
}


@dataclass(frozen=True, slots=True)
class Bid:
    """One bid: kW, EUR/MW per hour, EUR/MWh."""

    id: str
    offered: int
    capacity_price: float | None
    energy_price: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a bid: `accepted` is None until results are published.

    `settlement` is the price paid, None where each is paid its own.
    """

    bid: Bid
    accepted: bool | None = None
    settlement: float | None = None

    @property
    def capacity(self) -> int:
        """Accepted capacity in kW."""
        return self.bid.offered if self.accepted else 0


class Commitment(NamedTuple):
    """Power (kW) that an accepted bid keeps free: up is discharge, down is charge."""

    start: int
    end: int
    up: int
    down: int


class BidBook:
    """The bids of all assets, by owner and product."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bids: dict[str, dict[Product, tuple[Bid, ...]]] = {}
        self._count = 0

    def products(self, owner: str, wanted: Callable[[Product], bool]) -> list[Product]:
        """Give the products that are bid for, by time, market and name."""
        known = [each for each in self._bids.get(owner, {}) if wanted(each)]
        return sorted(known, key=lambda each: (each.day, each.market, each.start, each.name))

    def place(self, owner: str, product: Product, bids: Sequence[Bid]) -> None:
        """Put bids in the place of the old ones; none at all withdraws these."""
        self._bids.setdefault(owner, {})[product] = tuple(bids)
        if not bids:
            del self._bids[owner][product]

    def new_id(self) -> str:
        """Give an id that no bid has yet."""
        self._count += 1
        return self._world.noise.uuid("bid", self._count)

    def outcomes(self, owner: str, product: Product, now: float) -> list[Outcome]:
        """Give the bids for one product, and what became of them."""
        bids = self._bids.get(owner, {}).get(product, ())
        if now < product.published_at:
            return [Outcome(bid) for bid in bids]
        limit = clearing_price(self._world.noise, self._world.calendar, product)
        settlement = limit if product.market == "FCR" else None
        return [Outcome(bid, _deciding(product, bid) <= limit, settlement) for bid in bids]

    def commitments(self, owner: str, now: float) -> tuple[Commitment, ...]:
        """Give what has been sold of FCR and of aFRR capacity, as far as results are published."""
        return tuple(
            Commitment(
                product.start,
                product.end,
                outcome.capacity if "POS" in product.direction else 0,
                outcome.capacity if "NEG" in product.direction else 0,
            )
            for product in self.products(owner, lambda each: each.market != "AFRREnergy")
            for outcome in self.outcomes(owner, product, now)
            if outcome.accepted
        )


def _deciding(product: Product, bid: Bid) -> float:
    price = bid.energy_price if product.market == "AFRREnergy" else bid.capacity_price
    return 0.0 if price is None else price


def check_gate(product: Product, now: float) -> None:
    """Let bids pass while the auction of their product is open."""
    if now < product.opens_at:
        raise Refusal(400, f"{product.code}: bids are taken from a week before the delivery day")
    if now >= product.closes_at:
        raise Refusal(400, f"{product.code}: the gate has closed")


def read_bid(
    where: str, said: Mapping[str, Any], product: Product, available: float, new_id: str
) -> Bid:
    """Read one bid for a product, of which so much capacity (kW) is available."""
    offered = int(said.get("offeredCapacity", 0))
    if offered <= 0 or offered % _MEGAWATT:
        raise Refusal(400, f"{where}.offeredCapacity: {offered} kW is not a whole number of MW")
    if offered > available:
        raise Refusal(
            400, f"{where}.offeredCapacity: {offered} kW is not available, only {available:g} kW"
        )
    for name in ("capacityPrice", "energyPrice"):
        _check_price(f"{where}.{name}", said.get(name), needed=name in _NEEDED[product.market])
    if product.market == "AFRREnergy" and said.get("capacityPrice") is not None:
        raise Refusal(400, f"{where}.capacityPrice: a bid for energy has none")
    given = said.get("bidID", said.get("id"))
    return Bid(given or new_id, offered, said.get("capacityPrice"), said.get("energyPrice"))


def _check_price(where: str, price: float | None, *, needed: bool) -> None:
    if price is None:
        if needed:
            raise Refusal(400, f"{where}: missing")
    elif not -MAX_PRICE <= price <= MAX_PRICE:
        raise Refusal(400, f"{where}: {price:g} lies beyond {MAX_PRICE} EUR")
