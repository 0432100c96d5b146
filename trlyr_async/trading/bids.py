"""Bids for FCR, aFRR and auctions, and their checks before they are sent. Pure.

What a check calls an error is what terralayr documents that it refuses, or what cannot be meant.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import msgspec

from energy_async.delivery import BERLIN, delivery_day_of, require_aware
from trlyr_async.trading.findings import Finding, Kind
from trlyr_async.trading.numbers import exact
from trlyr_async.trading.products import Product, fcr_gate_closure, fcr_opening, product

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trlyr_async.models.auctions import Auction
    from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = ["Bid", "check_auction_bid", "check_bids"]

_MEGAWATT: Final = 1000
_CENT: Final = Decimal("0.01")
_HIGHEST_PRICE: Final = 15_000
_HIGHEST_AUCTION_PRICE: Final = 10_000_000
_MARKETABLE_FCR: Final = 0.8
_CLOSED: Final = frozenset({"NOT_STARTED", "PENDING", "WON", "LOST", "NO_BIDS_SUBMITTED"})


class Bid(msgspec.Struct, frozen=True, kw_only=True):
    """A bid for one product of FCR or aFRR on one delivery day.

    Attributes:
        product: `NEGPOS_00_04` to `NEGPOS_20_24` (FCR), `POS_00_04` to `NEG_20_24` (aFRR capacity)
            or `POS_001` to `NEG_096` (aFRR energy; 092 or 100 where the clock changes).
        delivery_day: A day of Europe/Berlin.
        offered_capacity: kW, in whole MW: 5000 for 5 MW.
        capacity_price: EUR/MW/h; None for aFRR energy. For FCR the pages disagree on whether it is
            EUR/MW/h or EUR/MW. With a positive price the bidder is paid, with a negative one the
            bidder pays.
        energy_price: EUR/MWh; None for FCR. A bid for aFRR capacity needs it too: it stands for 16
            bids for energy.

    Numbers may be int, float, Decimal or numpy's, and are sent with the digits that they have.
    """

    product: str
    delivery_day: date
    offered_capacity: float | Decimal
    capacity_price: float | Decimal | None = None
    energy_price: float | Decimal | None = None

    @property
    def code(self) -> str:
        """The product date code, `2025-01-01_POS_00_04`."""
        return f"{self.delivery_day}_{self.product}"


def check_bids(
    bids: Sequence[Bid], *, asset: VirtualAsset | None = None, now: datetime | None = None
) -> tuple[Finding, ...]:
    """Find everything that is wrong or odd about bids for FCR or aFRR, without asking upstream.

    Upstream documents gates for FCR alone; a bid for aFRR is only held against the start of its
    delivery. What capacity is available is not checked: operational data tells.

    Args:
        bids: Bids that are to go together, of one market: FCR and aFRR go in separate requests.
        asset: Brings rated power, as the roughest limit of what can be offered.
        now: Aware; the moment for which gates are looked at. Without it they are not.

    Returns:
        The findings, none if nothing was found.
    """
    return tuple(inspect_bids(bids, asset, now)[1])


def inspect_bids(
    bids: Sequence[Bid], asset: VirtualAsset | None, now: datetime | None
) -> tuple[list[Product], list[Finding]]:
    """Give the products of the bids, one for each if there is no error, and what was found."""
    if not bids:
        advice = "give at least one; how bids are withdrawn is not documented"
        return [], [Finding(kind="nothing", message="there are no bids", advice=advice)]
    findings: list[Finding] = []
    known: list[Product] = []
    for bid in bids:
        if unreadable := [*_types(bid), *_numbers(bid)]:
            findings += unreadable
            continue
        findings += [*_capacity(bid), *_price_limits(bid)]
        try:
            known.append(product(bid.product, bid.delivery_day))
        except ValueError as error:
            findings.append(_about(bid, "product", str(error), "take one of these"))
            continue
        findings += _prices(bid, known[-1])
        if asset is not None and asset.units_power in {"kW", None}:
            findings += _beyond_rated(bid, known[-1], asset)
        if now is not None:
            findings += _gate(bid, known[-1], require_aware(now, "now"))
    return known, [*findings, *_together(bids, known)]


def _about(bid: Bid, kind: Kind, message: str, advice: str, **fields: Any) -> Finding:  # noqa: ANN401
    return Finding(kind=kind, message=message, advice=advice, product=bid.code, **fields)


def _types(bid: Bid) -> Iterator[Finding]:
    name: object = bid.product
    day: object = bid.delivery_day
    if not isinstance(name, str):
        message = f"{name!r} is no name of a product"
        yield _about(bid, "product", message, "give one such as POS_00_04")
    if not isinstance(day, date) or isinstance(day, datetime):
        message = f"{day!r} is no delivery day"
        yield _about(bid, "product", message, "give a datetime.date")


def _numbers(bid: Bid) -> Iterator[Finding]:
    """Refuse what is no number, or none that can be sent as it is."""
    for name in ("offered_capacity", "capacity_price", "energy_price"):
        value = getattr(bid, name)
        if value is None and name != "offered_capacity":
            continue
        try:
            exact(value)
        except ValueError as error:
            yield _about(bid, "no_number", f"{name}: {error}", "give a number")


def _capacity(bid: Bid) -> Iterator[Finding]:
    offered = float(bid.offered_capacity)
    if int(offered) <= 0 or int(offered) % _MEGAWATT:
        message = f"{offered:,g} kW is not a whole number of MW"
        advice = "offer 1000, 2000 and so on: capacity is in kW"
        yield _about(bid, "capacity", message, advice, value=offered)
    elif offered != int(offered):
        message, advice = f"{offered:,} kW: upstream cuts the fraction off", f"offer {int(offered)}"
        yield _about(bid, "capacity", message, advice, value=offered, severity="warning")


def _price_limits(bid: Bid) -> Iterator[Finding]:
    for name in ("capacity_price", "energy_price"):
        price = getattr(bid, name)
        if price is not None and abs(price) > _HIGHEST_PRICE:
            message = f"{name} {price:,g} is not between -15,000 and 15,000 EUR"
            yield _about(bid, "price", message, "upstream refuses it", value=float(price))


def _prices(bid: Bid, what: Product) -> Iterator[Finding]:
    """Hold the prices against those that the market has."""
    for name, needed in (
        ("capacity_price", what.market != "AFRREnergy"),
        ("energy_price", what.market != "FCR"),
    ):
        price = getattr(bid, name)
        if (price is not None) != needed:
            state, advice = ("needs", "add it") if needed else ("has no", "leave it out")
            value = None if price is None else float(price)
            yield _about(bid, "price", f"{what.market} {state} {name}", advice, value=value)
    if bid.capacity_price is not None and bid.capacity_price < 0:
        hours = what.delivery.duration.total_seconds() / 3600
        cost = -float(bid.capacity_price) * float(bid.offered_capacity) / _MEGAWATT * hours
        yield _about(
            bid,
            "price",
            f"the capacity price is negative: the bidder pays up to {cost:,.2f} EUR for it",
            "check the sign; `Limits(min_price=0)` holds such bids back",
            value=float(bid.capacity_price),
            severity="warning",
        )


def _beyond_rated(bid: Bid, what: Product, asset: VirtualAsset) -> Iterator[Finding]:
    """Hold the capacity against what rated power can make of the product, where it is known."""
    powers = {
        "POS": [asset.rated_discharge_power],
        "NEG": [asset.rated_charge_power],
        "NEGPOS": [asset.rated_charge_power, asset.rated_discharge_power],
    }[what.direction]
    known = [power for power in powers if power is not None]
    limit = min(known, default=0.0) * (_MARKETABLE_FCR if what.market == "FCR" else 1)
    if len(known) == len(powers) and float(bid.offered_capacity) > limit:
        yield _about(
            bid,
            "capacity",
            f"{bid.offered_capacity:,g} kW is more than the {limit:,g} kW that the rated power"
            " allows" + (" (80%, by law)" if what.market == "FCR" else ""),
            "upstream holds it against what is available, which is no more; offer less",
            value=float(bid.offered_capacity),
            severity="warning",
        )


def _gate(bid: Bid, what: Product, now: datetime) -> Iterator[Finding]:
    closes_at, said = what.delivery.start, "its delivery began"
    if what.market == "FCR":
        closes_at, said = fcr_gate_closure(bid.delivery_day), "its gate closed"
        if delivery_day_of(now, BERLIN) < fcr_opening(bid.delivery_day):
            opening = f"bids are taken from {fcr_opening(bid.delivery_day)} on"
            yield _about(bid, "gate_closure", opening, "come back then")
    if now >= closes_at:
        message = f"{said} at {closes_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        yield _about(bid, "gate_closure", message, "leave it out")


def _together(bids: Sequence[Bid], known: Sequence[Product]) -> Iterator[Finding]:
    for code, count in Counter(bid.code for bid in bids).items():
        if count > 1:
            message = f"there are {count} bids for the product"
            advice = "give one: upstream takes one for each product, and a newer one replaces it"
            yield Finding("duplicate", message, advice, product=code)
    if len({one.market == "FCR" for one in known}) > 1:
        message = "there are bids for FCR and for aFRR"
        advice = "submit them apart: upstream takes them in separate requests"
        yield Finding("mixed_markets", message, advice)


def check_auction_bid(
    price: float | Decimal, *, auction: Auction | None = None, now: datetime | None = None
) -> tuple[Finding, ...]:
    """Find everything that is wrong or odd about a bid in an auction, without asking upstream.

    Args:
        price: EUR, at most 10,000,000.
        auction: As upstream shows it; brings its status, its times and the bid that stands.
        now: Aware; the moment for which the times are looked at. Without it they are not.
    """
    moment = None if now is None else require_aware(now, "now")
    about_it = () if auction is None else _auction(auction, moment)
    try:
        value = Decimal(str(exact(price)))
    except ValueError as error:
        advice = "give a price in EUR, in whole cents"
        unreadable = Finding(kind="no_number", message=f"the price: {error}", advice=advice)
        return (unreadable, *about_it)
    replaced = () if auction is None else _replaced(value, auction)
    return (*_auction_price(value), *about_it, *replaced)


def _auction_price(price: Decimal) -> Iterator[Finding]:
    if price > _HIGHEST_AUCTION_PRICE:
        message, advice = f"{price} is not a price up to 10,000,000 EUR", "upstream refuses it"
        yield Finding(kind="price", message=message, advice=advice, value=float(price))
    elif price % _CENT:
        message = f"{price} EUR has a fraction of a cent, which could not be found again"
        yield Finding("price", message, f"give {round(price, 2)} EUR", value=float(price))
    elif price <= 0:
        message = f"the price is {price:,f} EUR; upstream documents no lower limit"
        advice = "the highest price wins: check the sign"
        yield Finding("price", message, advice, "warning", value=float(price))


def _auction(auction: Auction, now: datetime | None) -> Iterator[Finding]:
    if auction.status in _CLOSED:
        message = f"auction {auction.id} is {auction.status} and takes no bids"
        yield Finding(kind="auction", message=message, advice="bid while it is RUNNING")
    early = auction.start is not None and now is not None and now < auction.start
    late = auction.end is not None and now is not None and now >= auction.end
    if early or late:
        message = f"auction {auction.id} is open from {auction.start} to {auction.end}"
        yield Finding(
            "auction", message, "bid in that time", time=auction.start if early else auction.end
        )


def _replaced(price: Decimal, auction: Auction) -> Iterator[Finding]:
    """Look at the bid that this one replaces: of several, the latest counts."""
    try:
        standing = Decimal((auction.current_bid and auction.current_bid.price) or "")
    except InvalidOperation:
        return
    if standing.is_finite() and standing >= price:
        message = f"the organisation's bid of {standing:,} EUR stands, and the latest counts"
        advice = (
            "it is the same price, and of equal prices the earliest wins"
            if standing == price
            else "leave it, unless a lower bid is meant"
        )
        yield Finding("price", message, advice, "warning", value=float(price))
