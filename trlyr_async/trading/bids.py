"""Products of FCR and aFRR, bids for them and for auctions, and their checks. Pure.

What a check calls an error is what terralayr documents that it refuses, or what cannot be meant.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from energy_async.delivery import (
    BERLIN,
    Interval,
    blocks,
    delivery_day_of,
    quarter_hours,
    require_aware,
)
from trlyr_async.trading.findings import Finding, Kind, Severity
from trlyr_async.trading.numbers import exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trlyr_async.models.auctions import Auction
    from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = [
    "Bid",
    "Market",
    "Product",
    "check_auction_bid",
    "check_bids",
    "fcr_gate_closure",
    "product",
]

Market: TypeAlias = Literal["FCR", "AFRRCapacity", "AFRREnergy"]
"""A market, as the functions of both markets together call it."""

_BLOCK: Final = re.compile(r"(NEGPOS|POS|NEG)_(00_04|04_08|08_12|12_16|16_20|20_24)", re.ASCII)
_QUARTER: Final = re.compile(r"(POS|NEG)_(\d{3})", re.ASCII)
_FCR_GATE: Final = time(7, 30)
_OPEN_FOR: Final = timedelta(days=7)
_MEGAWATT: Final = 1000
_CENT: Final = Decimal("0.01")
_HIGHEST_PRICE: Final = 15_000
_HIGHEST_AUCTION_PRICE: Final = 10_000_000
_MARKETABLE_FCR: Final = 0.8
_CLOSED: Final = frozenset({"NOT_STARTED", "PENDING", "WON", "LOST", "NO_BIDS_SUBMITTED"})


class Product(NamedTuple):
    """What can be bid for on one delivery day.

    Attributes:
        code: The product date code, `2025-01-01_POS_00_04`.
        market: FCR, aFRR capacity or aFRR energy.
        direction: `NEGPOS`, `POS` or `NEG`.
        delivery: When it is delivered, in UTC; the first block of a day lasts 3, 4 or 5 hours.
    """

    code: str
    market: Market
    direction: str
    delivery: Interval


def product(name: str, day: date) -> Product:
    """Give the product of this name on a delivery day of Europe/Berlin.

    Raises:
        ValueError: The day has no such product. A quarter-hour beyond the 92, 96 or 100 of the day
            is none.
    """
    code = f"{day}_{name}"
    if found := _BLOCK.fullmatch(name):
        market: Market = "FCR" if found[1] == "NEGPOS" else "AFRRCapacity"
        return Product(code, market, found[1], blocks(day, BERLIN)[int(found[2][:2]) // 4])
    quarters = quarter_hours(day, BERLIN)
    found = _QUARTER.fullmatch(name)
    if found and 1 <= int(found[2]) <= len(quarters):
        return Product(code, "AFRREnergy", found[1], quarters[int(found[2]) - 1])
    raise ValueError(
        f"{day} has no product {name!r}: FCR is NEGPOS_00_04 to NEGPOS_20_24, aFRR capacity"
        f" POS_00_04 to NEG_20_24, aFRR energy POS_001 to NEG_{len(quarters):03}"
    )


def fcr_gate_closure(day: date) -> datetime:
    """Give the end of bidding for FCR of a delivery day: 07:30 CET/CEST of the day before."""
    return datetime.combine(day - timedelta(days=1), _FCR_GATE, ZoneInfo(BERLIN))


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

    Upstream documents gates for FCR alone; for aFRR only the start of delivery counts. What
    capacity is available is not checked: operational data tells.

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
        return [], [Finding("nothing", "there are no bids", advice)]
    findings: list[Finding] = []
    known: list[Product] = []
    for bid in bids:
        if unreadable := [*_unreadable(bid)]:
            findings += unreadable
            continue
        what = None
        try:
            what = product(bid.product, bid.delivery_day)
        except ValueError as error:
            findings.append(_about(bid, "product", str(error), "take one of these"))
        findings += [*_capacity(bid), *_prices(bid, what)]
        if what is not None:
            known.append(what)
            findings += [
                *_cost(bid, what),
                *_beyond_rated(bid, what, asset),
                *_gate(bid, what, now),
            ]
    for code, count in Counter(bid.code for bid in bids).items():
        if count > 1:
            advice = "give one: upstream takes one for each product, and a newer one replaces it"
            message = f"there are {count} bids for the product"
            findings.append(Finding("duplicate", message, advice, product=code))
    if len({one.market == "FCR" for one in known}) > 1:
        advice = "submit them apart: upstream takes them in separate requests"
        findings.append(Finding("mixed_markets", "there are bids for FCR and for aFRR", advice))
    return known, findings


def _about(
    bid: Bid,
    kind: Kind,
    message: str,
    advice: str,
    value: float | Decimal | None = None,
    severity: Severity = "error",
) -> Finding:
    number = None if value is None else float(value)
    return Finding(kind, message, advice, severity, value=number, product=bid.code)


def _unreadable(bid: Bid) -> Iterator[Finding]:
    name: object = bid.product
    day: object = bid.delivery_day
    if not isinstance(name, str):
        message = f"{name!r} is no name of a product"
        yield _about(bid, "product", message, "give one such as POS_00_04")
    if not isinstance(day, date) or isinstance(day, datetime):
        yield _about(bid, "product", f"{day!r} is no delivery day", "give a datetime.date")
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
        yield _about(bid, "capacity", message, advice, offered)
    elif offered != int(offered):
        message, advice = f"{offered:,} kW: upstream cuts the fraction off", f"offer {int(offered)}"
        yield _about(bid, "capacity", message, advice, offered, "warning")


def _prices(bid: Bid, what: Product | None) -> Iterator[Finding]:
    for name, without in (("capacity_price", "AFRREnergy"), ("energy_price", "FCR")):
        price = getattr(bid, name)
        if price is not None and abs(price) > _HIGHEST_PRICE:
            message = f"{name} {price:,g} is not between -15,000 and 15,000 EUR"
            yield _about(bid, "price", message, "upstream refuses it", price)
        if what is not None and (price is None) != (what.market == without):
            state, advice = ("needs", "add it") if price is None else ("has no", "leave it out")
            yield _about(bid, "price", f"{what.market} {state} {name}", advice, price)


def _cost(bid: Bid, what: Product) -> Iterator[Finding]:
    if bid.capacity_price is not None and bid.capacity_price < 0:
        hours = what.delivery.duration.total_seconds() / 3600
        cost = -float(bid.capacity_price) * float(bid.offered_capacity) / _MEGAWATT * hours
        message = f"the capacity price is negative: the bidder pays up to {cost:,.2f} EUR for it"
        advice = "check the sign; `Limits(min_price=0)` refuses such bids"
        yield _about(bid, "price", message, advice, bid.capacity_price, "warning")


def _beyond_rated(bid: Bid, what: Product, asset: VirtualAsset | None) -> Iterator[Finding]:
    """Compare the capacity with what rated power can make of the product, where it is known."""
    if asset is None or asset.units_power not in {"kW", None}:
        return
    powers = [
        power
        for direction, power in (
            ("POS", asset.rated_discharge_power),
            ("NEG", asset.rated_charge_power),
        )
        if direction in what.direction
    ]
    known = [power for power in powers if power is not None]
    share, law = (_MARKETABLE_FCR, " (80%, by law)") if what.market == "FCR" else (1, "")
    limit = min(known, default=0.0) * share
    if len(known) == len(powers) and float(bid.offered_capacity) > limit:
        message = f"{bid.offered_capacity:,g} kW is more than the {limit:,g} kW that the rated"
        message += f" power allows{law}"
        advice = "upstream compares it with what is available, which is no more; offer less"
        yield _about(bid, "capacity", message, advice, bid.offered_capacity, "warning")


def _gate(bid: Bid, what: Product, now: datetime | None) -> Iterator[Finding]:
    if now is None:
        return
    closes_at, what_ended = what.delivery.start, "its delivery began"
    if what.market == "FCR":
        closes_at, what_ended = fcr_gate_closure(bid.delivery_day), "its gate closed"
        opening = bid.delivery_day - _OPEN_FOR  # the time of day is not documented
        if delivery_day_of(require_aware(now, "now"), BERLIN) < opening:
            message = f"bids are taken from {opening} on"
            yield _about(bid, "gate_closure", message, "come back then")
    if require_aware(now, "now") >= closes_at:
        message = f"{what_ended} at {closes_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        yield _about(bid, "gate_closure", message, "leave it out")


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
    found = [] if auction is None else [*_auction(auction, moment)]
    try:
        value = Decimal(str(exact(price)))
    except ValueError as error:
        advice = "give a price in EUR, in whole cents"
        return (Finding("no_number", f"the price: {error}", advice), *found)
    return (*_auction_price(value), *found, *(_replaced(value, auction) if auction else ()))


def _auction_price(price: Decimal) -> Iterator[Finding]:
    if price > _HIGHEST_AUCTION_PRICE:
        message, advice = f"{price} is not a price up to 10,000,000 EUR", "upstream refuses it"
        yield Finding("price", message, advice, value=float(price))
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
        yield Finding("auction", message, "bid while it is RUNNING")
    early = auction.start is not None and now is not None and now < auction.start
    late = auction.end is not None and now is not None and now >= auction.end
    if early or late:
        message = f"auction {auction.id} is open from {auction.start} to {auction.end}"
        at = auction.start if early else auction.end
        yield Finding("auction", message, "bid in that time", time=at)


def _replaced(price: Decimal, auction: Auction) -> Iterator[Finding]:
    """Look at the bid that this one replaces: of several, the latest counts."""
    try:
        standing = Decimal((auction.current_bid and auction.current_bid.price) or "")
    except InvalidOperation:
        return
    if standing.is_finite() and standing >= price:
        message = f"the organisation's bid of {standing:,} EUR stands, and the latest counts"
        same = "it is the same price, and of equal prices the earliest wins"
        advice = same if standing == price else "leave it, unless a lower bid is meant"
        yield Finding("price", message, advice, "warning", value=float(price))
