"""What a submission says and what upstream holds, in the same terms, so that both can be compared.

Each submission comes down to keys and values: quarter-hours and powers, products and bids, an
auction and a price.
"""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, Unpack
from urllib.parse import unquote

import msgspec

from energy_async.delivery import BERLIN, delivery_day
from energy_async.transport.errors import EnergyApiError
from energy_async.transport.headers import http_date
from energy_async.transport.request import Request
from trlyr_async import auctions, virtual_assets
from trlyr_async.models.virtual_assets import (
    AfrrBid,
    AncillaryBid,
    BlockUpdate,
    CreateAfrrBids,
    CreateFcrBids,
    FcrBid,
    SubmitAncillaryBids,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions

__all__ = [
    "Evidence",
    "Held",
    "HeldBid",
    "HeldPrice",
    "HeldValue",
    "Inquiry",
    "clock_ahead",
    "inquire",
    "is_same",
    "path_values",
    "power_key",
    "read_held",
]


_AUCTION_BID: Final = "auctions.submit_bid"
_LEAST_TIME: Final = 5.0
_KW: Final = 1e-3
_EUR: Final = 1e-6


class HeldBid(msgspec.Struct, frozen=True, kw_only=True):
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


class HeldPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation's latest bid in an auction, as upstream writes it.

    Attributes:
        price: EUR, as text.
        timestamp: When it was placed, as text; the format is not documented.
    """

    price: str | None = None
    timestamp: str | None = None


HeldValue: TypeAlias = float | tuple[HeldBid, ...] | HeldPrice | None
"""The power (kW) of a quarter-hour, the bids for a product, or the bid in an auction."""
Held: TypeAlias = Mapping[str, HeldValue]
"""Values by quarter-hour (`2026-10-25T00:00:00Z`), product date code, or id of the auction."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was sent, and what was found in its place.

    Attributes:
        key: A quarter-hour (`2026-10-25T00:00:00Z`), a product date code, or an auction's id.
        sent: What the request says.
        before: What stood there before the request, where `Outcome.before_known`.
        found: What upstream holds now; None also where it could not be read.
    """

    key: str
    sent: HeldValue
    before: HeldValue
    found: HeldValue


class Inquiry(NamedTuple):
    """A submission to look for: its operation, the values in its path, and what it says."""

    operation: str
    path: Mapping[str, str]
    sent: Held


class _Way(NamedTuple):
    """How submissions of one operation are taken apart and looked for."""

    template: str
    sent: Callable[[Mapping[str, str], bytes], dict[str, HeldValue]]
    read: Callable[..., Awaitable[dict[str, HeldValue]]]


def inquire(operation: str, path: str, body: bytes) -> Inquiry:
    """Take a request apart.

    Args:
        operation: Such as `virtual_assets.submit_ancillary_bids`.
        path: As it was requested, percent-encoded.
        body: As it was sent.

    Raises:
        ValueError: There is no way to look this operation up, or its path or body is not one.
    """
    way = _WAYS.get(operation)
    if way is None:
        known = ", ".join(sorted(_WAYS))
        raise ValueError(f"{operation!r} cannot be looked up; what can: {known}")
    values = path_values(way.template, path)
    return Inquiry(operation, values, way.sent(values, body))


async def read_held(
    client: ApiClient, inquiry: Inquiry, **options: Unpack[CallOptions]
) -> dict[str, HeldValue]:
    """Give what upstream holds for the keys of an inquiry; asked for in the lane `urgent`.

    Raises:
        EnergyApiError: It cannot be read.
    """
    options.setdefault("lane", "urgent")
    found = await _WAYS[inquiry.operation].read(client, inquiry, **options)
    return {key: found.get(key, _nothing(value)) for key, value in inquiry.sent.items()}


async def clock_ahead(client: ApiClient, inquiry: Inquiry) -> timedelta | None:
    """How far upstream's clock is before this client's, at least, by the `Date` of an answer.

    None where no times are compared, or upstream says none: only auctions stamp their bids.
    """
    if inquiry.operation != _AUCTION_BID:
        return None
    request = Request(auctions.OPERATIONS["get_auction"], path=inquiry.path)
    try:
        reply = await client.send_raw(request, lane="urgent", retries=0, timeout=_LEAST_TIME)
    except EnergyApiError:
        return None
    moment = http_date(reply.headers.get("date", ""))
    return None if moment is None else moment - client.now()


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


def is_same(one: HeldValue, other: HeldValue) -> bool:
    """Whether two values say the same, as closely as upstream keeps them."""
    match one, other:
        case (tuple(), tuple()):
            return sorted(map(_terms, one)) == sorted(map(_terms, other))
        case (HeldPrice(), HeldPrice()):
            return _price(one.price) == _price(other.price)
        case (int() | float(), int() | float()):
            return math.isclose(one, other, rel_tol=0.0, abs_tol=_KW)
        case _:
            return one is None and other is None


def _terms(bid: HeldBid) -> tuple[int, float, float]:
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


def _nothing(value: HeldValue) -> HeldValue:
    """Give what stands for nothing beside such a value."""
    return () if isinstance(value, tuple) else None


def _bid(bid: AncillaryBid | FcrBid | AfrrBid) -> HeldBid:
    return HeldBid(
        offered_capacity=bid.offered_capacity,
        capacity_price=bid.capacity_price,
        energy_price=getattr(bid, "energy_price", None),
        bid_id=getattr(bid, "bid_id", None),
    )


def _by_code(groups: Iterable[Any]) -> dict[str, HeldValue]:
    found: dict[str, tuple[HeldBid, ...]] = {}
    for group in groups:
        code = f"{group.delivery_day}_{group.product}"
        found[code] = (*found.get(code, ()), *map(_bid, group.bids or ()))
    return {**found}


def _days(held: Held) -> list[date]:
    return sorted({date.fromisoformat(code.partition("_")[0]) for code in held})


# What was sent


def _sent_groups(kind: Any) -> Callable[[Mapping[str, str], bytes], dict[str, HeldValue]]:  # noqa: ANN401
    def sent(_: Mapping[str, str], body: bytes) -> dict[str, HeldValue]:
        return _by_code(msgspec.json.decode(body, type=list[kind]))

    return sent


def _sent_product(kind: Any) -> Callable[[Mapping[str, str], bytes], dict[str, HeldValue]]:  # noqa: ANN401
    def sent(path: Mapping[str, str], body: bytes) -> dict[str, HeldValue]:
        bids = msgspec.json.decode(body, type=list[kind])
        return {path["productDateCode"]: tuple(map(_bid, bids))}

    return sent


def _sent_schedule(_: Mapping[str, str], body: bytes) -> dict[str, HeldValue]:
    update = msgspec.json.decode(body, type=BlockUpdate)
    return {power_key(point.time): point.power for point in update.schedule or ()}


def _sent_price(path: Mapping[str, str], body: bytes) -> dict[str, HeldValue]:
    said = msgspec.json.decode(body, type=dict[str, Any])
    return {path["auctionID"]: HeldPrice(price=str(said.get("price")))}


# What upstream holds


async def _read_ancillary(
    client: ApiClient, inquiry: Inquiry, **options: Unpack[CallOptions]
) -> dict[str, HeldValue]:
    days = _days(inquiry.sent)
    return _by_code(
        await virtual_assets.get_ancillary_bids(
            client,
            *_asset(inquiry),
            start=delivery_day(days[0], BERLIN).start,
            end=delivery_day(days[-1], BERLIN).end,
            **options,
        )
    )


async def _read_days(
    ask: Callable[..., Awaitable[Iterable[Any]]],
    client: ApiClient,
    inquiry: Inquiry,
    **options: Unpack[CallOptions],
) -> dict[str, HeldValue]:
    found: dict[str, HeldValue] = {}
    for day in _days(inquiry.sent):
        found |= _by_code(await ask(client, *_asset(inquiry), delivery_day=day, **options))
    return found


async def _read_schedule(
    client: ApiClient, inquiry: Inquiry, **options: Unpack[CallOptions]
) -> dict[str, HeldValue]:
    times = [datetime.fromisoformat(key) for key in inquiry.sent]
    block = await virtual_assets.get_block(
        client,
        *_asset(inquiry),
        inquiry.path["blockID"],
        start=min(times),
        end=max(times),
        **options,
    )
    return {power_key(point.time): point.power for point in block.schedule or ()}


async def _read_price(
    client: ApiClient, inquiry: Inquiry, **options: Unpack[CallOptions]
) -> dict[str, HeldValue]:
    auction_id = inquiry.path["auctionID"]
    auction = await auctions.get_auction(client, auction_id, **options)
    current = auction.current_bid
    if current is None:
        return {}
    return {auction_id: HeldPrice(price=current.price, timestamp=current.timestamp)}


def _asset(inquiry: Inquiry) -> tuple[str, str]:
    return inquiry.path["organisationID"], inquiry.path["virtualAssetID"]


def _template(name: str) -> str:
    area = {"auctions": auctions, "virtual_assets": virtual_assets}[name.partition(".")[0]]
    path: str = area.OPERATIONS[name.partition(".")[2]].path
    return path


_READ_AFRR: Final = partial(_read_days, virtual_assets.get_afrr_bids)
_READ_FCR: Final = partial(_read_days, virtual_assets.get_fcr_bids)
_WAYS: Final[Mapping[str, _Way]] = {
    name: _Way(_template(name), sent, read)
    for name, sent, read in (
        ("auctions.submit_bid", _sent_price, _read_price),
        ("virtual_assets.create_afrr_bids", _sent_groups(CreateAfrrBids), _READ_AFRR),
        ("virtual_assets.create_fcr_bids", _sent_groups(CreateFcrBids), _READ_FCR),
        (
            "virtual_assets.submit_ancillary_bids",
            _sent_groups(SubmitAncillaryBids),
            _read_ancillary,
        ),
        ("virtual_assets.update_afrr_bids", _sent_product(AfrrBid), _READ_AFRR),
        ("virtual_assets.update_block_schedule", _sent_schedule, _read_schedule),
        ("virtual_assets.update_fcr_bids", _sent_product(FcrBid), _READ_FCR),
    )
}
