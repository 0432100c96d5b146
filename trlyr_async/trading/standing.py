"""What a submission says, and what stands at upstream, in the same terms: keys and values.

Keys are quarter-hours (`2026-10-25T00:00:00Z`), product date codes, or the id of an auction.
"""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, Unpack
from urllib.parse import unquote

import msgspec

from energy_async.delivery import BERLIN, delivery_day
from energy_async.transport.urls import PathTemplate
from trlyr_async.models.virtual_assets import (
    AfrrBid,
    BlockUpdate,
    CreateAfrrBids,
    CreateFcrBids,
    FcrBid,
    SubmitAncillaryBids,
)
from trlyr_async.trading.deadlines import operation_of, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions
    from trlyr_async.models.auctions import Auction
    from trlyr_async.models.virtual_assets import Block

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


_Sent: TypeAlias = Callable[[Mapping[str, str], bytes], dict[str, StandingValue]]
_Read: TypeAlias = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


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

    @property
    def days(self) -> list[date]:
        """The delivery days of its products, in order."""
        return sorted({date.fromisoformat(code.partition("_")[0]) for code in self.sent})


def inquire(operation: str, path: str, body: bytes) -> Inquiry:
    """Take a request apart.

    Args:
        operation: Such as `virtual_assets.submit_ancillary_bids`.
        path: As it was requested, percent-encoded.
        body: As it was sent.

    Raises:
        ValueError: There is no way to look this operation up, or its path or body is not one.
    """
    if operation not in _WAYS:
        known = ", ".join(sorted(_WAYS))
        raise ValueError(f"{operation!r} cannot be looked up; what can: {known}")
    values = path_values(operation_of(operation).path, path)
    return Inquiry(operation, values, _WAYS[operation].sent(values, body))


async def read_standing(
    client: ApiClient, inquiry: Inquiry, **options: Unpack[CallOptions]
) -> dict[str, StandingValue]:
    """Give what stands for the keys of an inquiry; asked for in the lane `urgent`.

    Raises:
        EnergyApiError: It cannot be read.
    """
    options.setdefault("lane", "urgent")

    async def ask(name: str, query: Mapping[str, Any]) -> Any:  # noqa: ANN401
        names = PathTemplate(operation_of(name).path).names
        path = {key: inquiry.path[key] for key in names}
        return await read(client, name, path, query, **options)

    found = await _WAYS[inquiry.operation].find(ask, inquiry)
    nothing = {key: () if isinstance(value, tuple) else None for key, value in inquiry.sent.items()}
    return {key: found.get(key, none) for key, none in nothing.items()}


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
    """Whether two values say the same, as closely as upstream keeps them."""
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
    """What a bid says, comparable: upstream cuts a fraction of a kW off."""
    return int(bid.offered_capacity), _rounded(bid.capacity_price), _rounded(bid.energy_price)


def _rounded(price: float | None) -> float:
    return -math.inf if price is None else round(price / _EUR)


def _price(text: str | None) -> Decimal | str | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return text


def power_key(time: datetime) -> str:
    """Write a quarter-hour as the key that it has here."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def standing_powers(block: Block | BlockUpdate) -> dict[str, StandingValue]:
    """Give the powers (kW) of a schedule."""
    return {power_key(point.time): point.power for point in block.schedule or ()}


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


# What a request says, by the values in its path and its body


def _sent_groups(kind: Any) -> _Sent:  # noqa: ANN401
    return lambda _, body: _by_code(msgspec.json.decode(body, type=list[kind]))


def _sent_product(kind: Any) -> _Sent:  # noqa: ANN401
    def sent(path: Mapping[str, str], body: bytes) -> dict[str, StandingValue]:
        bids = msgspec.json.decode(body, type=list[kind])
        return {path["productDateCode"]: _standing_bids(bids)}

    return sent


def _sent_schedule(_: Mapping[str, str], body: bytes) -> dict[str, StandingValue]:
    return standing_powers(msgspec.json.decode(body, type=BlockUpdate))


def _sent_price(path: Mapping[str, str], body: bytes) -> dict[str, StandingValue]:
    price = msgspec.json.decode(body, type=dict[str, Any]).get("price")
    return {path["auctionID"]: StandingPrice(price=str(price))}


# What upstream holds


async def _read_ancillary(read: _Read, inquiry: Inquiry) -> dict[str, StandingValue]:
    first, last = (delivery_day(day, BERLIN) for day in (inquiry.days[0], inquiry.days[-1]))
    query = {"start": first.start, "end": last.end}
    return _by_code(await read("virtual_assets.get_ancillary_bids", query) or ())


def _read_days(name: str) -> _Find:
    async def find(read: _Read, inquiry: Inquiry) -> dict[str, StandingValue]:
        found: dict[str, StandingValue] = {}
        for day in inquiry.days:
            found |= _by_code(await read(f"virtual_assets.{name}", {"deliveryDay": day}) or ())
        return found

    return find


async def _read_schedule(read: _Read, inquiry: Inquiry) -> dict[str, StandingValue]:
    times = sorted(map(datetime.fromisoformat, inquiry.sent))
    query = {"start": times[0], "end": times[-1]}
    return standing_powers(await read("virtual_assets.get_block", query))


async def _read_price(read: _Read, inquiry: Inquiry) -> dict[str, StandingValue]:
    return standing_price(inquiry.path["auctionID"], await read("auctions.get_auction", {}))


_Find: TypeAlias = Callable[[_Read, Inquiry], Awaitable[dict[str, StandingValue]]]


class _Way(NamedTuple):
    """How submissions of one operation are taken apart and looked for."""

    sent: _Sent
    find: _Find


_WAYS: Final[Mapping[str, _Way]] = {
    "auctions.submit_bid": _Way(_sent_price, _read_price),
    "virtual_assets.create_afrr_bids": _Way(
        _sent_groups(CreateAfrrBids), _read_days("get_afrr_bids")
    ),
    "virtual_assets.create_fcr_bids": _Way(_sent_groups(CreateFcrBids), _read_days("get_fcr_bids")),
    "virtual_assets.submit_ancillary_bids": _Way(
        _sent_groups(SubmitAncillaryBids), _read_ancillary
    ),
    "virtual_assets.update_afrr_bids": _Way(_sent_product(AfrrBid), _read_days("get_afrr_bids")),
    "virtual_assets.update_block_schedule": _Way(_sent_schedule, _read_schedule),
    "virtual_assets.update_fcr_bids": _Way(_sent_product(FcrBid), _read_days("get_fcr_bids")),
}
