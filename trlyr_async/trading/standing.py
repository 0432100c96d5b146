"""What a submission says, and what stands at upstream, in the same terms: keys and values.

Keys are quarter-hours (`2026-10-25T00:00:00Z`), product date codes, or the id of an auction.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, Unpack
from urllib.parse import unquote

import msgspec

from energy_async.delivery import BERLIN, delivery_day
from energy_async.transport.urls import PathTemplate
from trlyr_async.models.virtual_assets import (
    AfrrBid,
    Block,
    BlockUpdate,
    CreateAfrrBids,
    CreateFcrBids,
    FcrBid,
    SubmitAncillaryBids,
)
from trlyr_async.trading.deadlines import operation_of, read

if TYPE_CHECKING:
    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions
    from trlyr_async.models.auctions import Auction

__all__ = ["Evidence", "StandingBid", "StandingPrice", "StandingValue"]

_KW: Final = 1e-3
_EUR: Final = 1e-6


class StandingBid(msgspec.Struct, frozen=True, kw_only=True):
    """A bid for FCR or aFRR.

    Attributes:
        offered_capacity: kW.
        capacity_price: EUR/MW/h; for FCR the pages disagree, EUR/MW or EUR/MW/h.
        energy_price: EUR/MWh.
        bid_id: Where upstream gives one, which the functions of both markets together do.
    """

    offered_capacity: float
    capacity_price: float | None = None
    energy_price: float | None = None
    bid_id: str | None = None


class StandingPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation's latest bid in an auction, as upstream writes it.

    Attributes:
        price: EUR, as text.
        timestamp: When it was placed, as text; the format is not documented.
    """

    price: str | None = None
    timestamp: str | None = None


StandingValue: TypeAlias = float | tuple[StandingBid, ...] | StandingPrice | None
"""The power (kW) of a quarter-hour, the bids for a product, or the bid in an auction."""
Standing: TypeAlias = Mapping[str, StandingValue]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was sent, and what was found in its place.

    Attributes:
        key: A quarter-hour (`2026-10-25T00:00:00Z`), a product date code, or an auction's id.
        sent: What the request says.
        before: What stood there before the request, where `Outcome.before_known`.
        found: What stands there now; None also where it could not be read.
    """

    key: str
    sent: StandingValue
    before: StandingValue
    found: StandingValue


class Inquiry(NamedTuple):
    """A submission to look for: its operation, the values in its path, and what it says."""

    operation: str
    path: Mapping[str, str]
    sent: Standing


_WAYS: Final[Mapping[str, tuple[Any, str]]] = {
    "auctions.submit_bid": (dict[str, Any], "auctions.get_auction"),
    "virtual_assets.create_afrr_bids": (list[CreateAfrrBids], "virtual_assets.get_afrr_bids"),
    "virtual_assets.create_fcr_bids": (list[CreateFcrBids], "virtual_assets.get_fcr_bids"),
    "virtual_assets.submit_ancillary_bids": (
        list[SubmitAncillaryBids],
        "virtual_assets.get_ancillary_bids",
    ),
    "virtual_assets.update_afrr_bids": (list[AfrrBid], "virtual_assets.get_afrr_bids"),
    "virtual_assets.update_block_schedule": (BlockUpdate, "virtual_assets.get_block"),
    "virtual_assets.update_fcr_bids": (list[FcrBid], "virtual_assets.get_fcr_bids"),
}
"""The body of each operation that can be looked up, and the operation that reads what stands."""


def inquire(operation: str, path: str, body: bytes) -> Inquiry:
    """Take a request apart: its path as requested, percent-encoded, and its body as sent.

    Raises:
        ValueError: There is no way to look this operation up, or its path or body is not one.
    """
    if operation not in _WAYS:
        known = ", ".join(sorted(_WAYS))
        raise ValueError(f"{operation!r} cannot be looked up; what can: {known}")
    values = path_values(operation_of(operation).path, path)
    try:
        content = msgspec.json.decode(body, type=_WAYS[operation][0])
    except msgspec.MsgspecError as exc:
        raise ValueError(f"not a body of {operation}: {exc}") from exc
    sent: Mapping[str, StandingValue]
    if isinstance(content, BlockUpdate):
        sent = standing_powers(content)
    elif isinstance(content, dict):
        sent = {values["auctionID"]: StandingPrice(price=str(content.get("price")))}
    elif code := values.get("productDateCode"):
        sent = {code: _standing_bids(content)}
    else:
        sent = _by_code(content)
    return Inquiry(operation, values, sent)


async def read_standing(
    client: ApiClient, inquiry: Inquiry, **options: Unpack[CallOptions]
) -> dict[str, StandingValue]:
    """Read what stands for the keys of an inquiry, in the lane `urgent`.

    Raises:
        EnergyApiError: It cannot be read.
    """
    options.setdefault("lane", "urgent")
    name, keys = _WAYS[inquiry.operation][1], sorted(inquiry.sent)
    path = {key: inquiry.path[key] for key in PathTemplate(operation_of(name).path).names}
    found: dict[str, StandingValue] = {}
    for query in _queries(name, keys):
        answer = await read(client, name, path, query, **options)
        if isinstance(answer, Block):
            found |= standing_powers(answer)
        elif name == "auctions.get_auction":
            found |= standing_price(keys[0], answer)
        else:
            found |= _by_code(answer or ())
    return {
        key: found.get(key, () if isinstance(value, tuple) else None)
        for key, value in inquiry.sent.items()
    }


def _queries(name: str, keys: list[str]) -> list[dict[str, Any]]:
    """Give the queries that cover the keys: one range, or one delivery day each."""
    if name == "auctions.get_auction":
        return [{}]
    if name == "virtual_assets.get_block":
        times = [datetime.fromisoformat(key) for key in (keys[0], keys[-1])]
        return [{"start": times[0], "end": times[1]}]
    days = sorted({date.fromisoformat(code.partition("_")[0]) for code in keys})
    if name == "virtual_assets.get_ancillary_bids":
        first, last = (delivery_day(day, BERLIN) for day in (days[0], days[-1]))
        return [{"start": first.start, "end": last.end}]
    return [{"deliveryDay": day} for day in days]


def path_values(template: str, path: str) -> dict[str, str]:
    """Read the values of a path template out of a path, which may begin with a base path.

    Raises:
        ValueError: The path does not fit.
    """
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
    found = re.search(f"{pattern}$", path)
    if found is None:
        raise ValueError(f"{path!r} is not a path such as {template!r}")
    return {name: unquote(value) for name, value in found.groupdict().items()}


def is_same(one: StandingValue, other: StandingValue) -> bool:
    """Whether two values say the same, as closely as upstream stores them."""
    match one, other:
        case (tuple(), tuple()):
            return sorted(map(_terms, one)) == sorted(map(_terms, other))
        case (StandingPrice(), StandingPrice()):
            return _price(one.price) == _price(other.price)
        case (int() | float(), int() | float()):
            return math.isclose(one, other, rel_tol=0.0, abs_tol=_KW)
        case _:
            return one is None and other is None


def _terms(bid: StandingBid) -> tuple[int, float, float]:
    """Capacity and prices, comparable: upstream cuts a fraction of a kW off."""
    prices = bid.capacity_price, bid.energy_price
    capacity, energy = (-math.inf if one is None else round(one / _EUR) for one in prices)
    return int(bid.offered_capacity), capacity, energy


def _price(text: str | None) -> Decimal | str | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return text


def standing_powers(block: Block | BlockUpdate) -> dict[str, StandingValue]:
    """Give the powers (kW) of a schedule."""
    return {
        f"{point.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}": point.power
        for point in block.schedule or ()
    }


def standing_price(auction_id: str, auction: Auction) -> dict[str, StandingValue]:
    """Give the organisation's bid in an auction."""
    current = auction.current_bid
    if current is None:
        return {auction_id: None}
    return {auction_id: StandingPrice(price=current.price, timestamp=current.timestamp)}


def _standing_bids(bids: Iterable[Any]) -> tuple[StandingBid, ...]:
    return tuple(
        StandingBid(
            offered_capacity=bid.offered_capacity,
            capacity_price=bid.capacity_price,
            energy_price=getattr(bid, "energy_price", None),
            bid_id=getattr(bid, "bid_id", None),
        )
        for bid in bids
    )


def _by_code(groups: Iterable[Any]) -> dict[str, StandingValue]:
    found: dict[str, tuple[StandingBid, ...]] = {}
    for group in groups:
        code = f"{group.delivery_day}_{group.product}"
        found[code] = (*found.get(code, ()), *_standing_bids(group.bids or ()))
    return {**found}
