"""Bids to upstream: checked, sent once, and with a memory of what stood there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from energy_async.transport.errors import EnergyApiError
from energy_async.transport.provisional import warn_once
from energy_async.transport.request import Operation, Request
from trlyr_async import auctions, virtual_assets
from trlyr_async.models.virtual_assets import (
    AfrrBid,
    AncillaryBid,
    CreateAfrrBids,
    CreateFcrBids,
    FcrBid,
    SubmitAncillaryBids,
)
from trlyr_async.trading.bids import Bid, check_auction_bid, check_bids
from trlyr_async.trading.deadlines import (
    clock_findings,
    moment_of,
    note_date,
    reading_time,
    upstream_ahead,
)
from trlyr_async.trading.findings import Finding, require
from trlyr_async.trading.held import Held, HeldPrice
from trlyr_async.trading.numbers import exact
from trlyr_async.trading.products import fcr_gate_closure, product
from trlyr_async.trading.sending import Dossier, Receipt, Submission, read_before, sends

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta
    from decimal import Decimal
    from uuid import UUID

    from energy_async.transport.client import ApiClient
    from trlyr_async.models.auctions import Auction
    from trlyr_async.models.virtual_assets import VirtualAsset
    from trlyr_async.trading.journal import Journal

__all__ = ["Route", "prepare_auction_bid", "prepare_bids", "submit_auction_bid", "submit_bids"]

Route: TypeAlias = Literal["ancillary", "create", "update"]
"""Which of upstream's operations takes the bids.

`ancillary`: `submit_ancillary_bids`, whose path upstream's changelog names. `create`:
`create_fcr_bids` or `create_afrr_bids`. `update`: `update_fcr_bids` or `update_afrr_bids`, for one
product alone. The paths of the last two are provisional.
"""


async def prepare_bids(
    client: ApiClient,
    organisation_id: str,
    virtual_asset_id: UUID | str,
    bids: Sequence[Bid],
    *,
    route: Route = "ancillary",
    asset: VirtualAsset | None = None,
    deadline: datetime | float | None = None,
    now: datetime | None = None,
    journal: Journal | None = None,
    reason: str = "",
    headers: Mapping[str, str] | None = None,
) -> Submission[None]:
    """Check bids for FCR or aFRR and read what stands there; `send` of the result places them.

    Args:
        client: Sends everything, in the lane `urgent`.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        bids: One for each product, all of FCR or all of aFRR; each replaces the one that stands.
        route: Which operation takes them.
        asset: See `check_bids`.
        deadline: Aware time, or seconds from now, by which upstream must have them. For FCR the
            gate, 07:30 of the day before delivery, holds in any case. The gates of aFRR are not
            documented.
        now: Aware; the time for which gates are checked. Default: the client's clock.
        journal: Where the bids are kept before they are sent, and what becomes of them.
        reason: Why, and who wants it, for the journal.
        headers: Further request headers.

    Raises:
        CheckFailed: The bids have errors, all of which it carries.
    """
    moment = client.now() + upstream_ahead(client) if now is None else now
    due = moment_of(deadline, client.now())
    found = (*check_bids(bids, asset=asset, now=moment), *clock_findings(client))
    if route == "update" and len(bids) > 1:
        found = (*found, _several(bids))
    findings = require(found)
    path = {"organisationID": organisation_id, "virtualAssetID": virtual_asset_id}
    request = _request(bids, route, path)
    if request.operation.provenance == "provisional":
        warn_once(request.operation, for_caller=True)
    last = _last_moment(bids, due, upstream_ahead(client))
    before = await read_before(client, request, last)
    codes = ", ".join(bid.code for bid in bids)
    dossier = Dossier(f"{virtual_asset_id}: {codes}", reason, journal, headers)
    return dossier.submission(client, request, before, findings, last)


@sends(prepare_bids)
async def submit_bids(submission: Submission[None]) -> Receipt:
    """Check bids for FCR or aFRR and place them; each replaces the one for its product.

    What stands there is read first, so that `look_up` can tell what became of a lost request; bids
    are sent even if it cannot be read. A POST is never sent twice. Arguments are those of
    `prepare_bids`. Whatever ends it, a cancellation too, carries the intent: see `intent_of`.

    Raises:
        CheckFailed: The bids have errors, all of which it carries; nothing was sent.
        LimitExceeded: They are beyond the client's limits; nothing was sent.
        BadRequest: Upstream refuses the bids.
        DeadlineExceeded: They cannot be sent in time; they were not sent.
        SubmissionUnknown: They may have arrived: `look_up` the error.
        OSError: The journal cannot be written; nothing was sent.
    """
    return await submission.send()


async def prepare_auction_bid(
    client: ApiClient,
    auction_id: UUID | str,
    price: float | Decimal,
    *,
    deadline: datetime | float | None = None,
    now: datetime | None = None,
    journal: Journal | None = None,
    reason: str = "",
    headers: Mapping[str, str] | None = None,
) -> Submission[None]:
    """Check a bid in an auction and read the auction; `send` of the result places the bid.

    Reading takes five seconds at most, and a quarter of the time until the deadline; the bid can be
    sent even if the auction cannot be read.

    Args:
        client: Sends everything, in the lane `urgent`.
        auction_id: Id of the auction.
        price: EUR, at most 10,000,000. The organisation's latest bid counts.
        deadline: Aware time, or seconds from now, by which upstream must have it; the auction's
            end in any case, where that is known.
        now: Aware; the time for which the auction is checked. Default: the client's clock.
        journal: Where the bid is kept before it is sent, and what becomes of it.
        reason: Why, and who wants it, for the journal.
        headers: Further request headers.

    Raises:
        CheckFailed: The bid has errors, all of which it carries.
    """
    due = moment_of(deadline, client.now())
    require(check_auction_bid(price))
    auction = await _read_auction(client, auction_id, due)
    ahead = upstream_ahead(client)
    moment = client.now() + ahead if now is None else now
    found = check_auction_bid(price, auction=auction, now=moment)
    findings = require((*found, *clock_findings(client)))
    end = None if auction is None or auction.end is None else auction.end - ahead
    last = min([one for one in (due, end) if one is not None], default=None)
    operation: Operation[None] = auctions.OPERATIONS["submit_bid"]
    request = Request(operation, path={"auctionID": auction_id}, body={"price": exact(price)})
    before = None if auction is None else _standing(str(auction_id), auction)
    dossier = Dossier(f"auction {auction_id}", reason, journal, headers)
    return dossier.submission(client, request, before, findings, last)


@sends(prepare_auction_bid)
async def submit_auction_bid(submission: Submission[None]) -> Receipt:
    """Check a bid in an auction and place it. The organisation's latest bid counts.

    The auction is read first, for the check and so that `look_up` can tell what became of a lost
    request. The bid is never sent twice. Arguments are those of `prepare_auction_bid`.

    Partly known: the page of the operation was cut off before the name of the body's field; it is
    sent as `price`, a number, as an auction calls it.

    Raises:
        CheckFailed: The bid has errors, all of which it carries; nothing was sent.
        LimitExceeded: It is beyond the client's limits; nothing was sent.
        BadRequest: Upstream refuses the bid.
        DeadlineExceeded: It cannot be sent in time; it was not sent.
        SubmissionUnknown: It may have arrived: `look_up` the error.
        OSError: The journal cannot be written; nothing was sent.
    """
    return await submission.send()


def _several(bids: Sequence[Bid]) -> Finding:
    return Finding(
        kind="one_product",
        message=f"there are {len(bids)} bids, and an update is for one product",
        advice="submit them one by one, or by another route",
    )


def _last_moment(
    bids: Sequence[Bid], deadline: datetime | None, ahead: timedelta
) -> datetime | None:
    gates = [
        fcr_gate_closure(bid.delivery_day) - ahead
        for bid in bids
        if product(bid.product, bid.delivery_day).market == "FCR"
    ]
    return min([*gates, *([] if deadline is None else [deadline])], default=None)


def _request(bids: Sequence[Bid], route: Route, path: dict[str, Any]) -> Request[None]:
    """Build the request that places bids which the check has passed: all of one market."""
    is_fcr = product(bids[0].product, bids[0].delivery_day).market == "FCR"
    if route == "ancillary":
        return _call("submit_ancillary_bids", path, [_ancillary(bid) for bid in bids])
    if route == "create" and is_fcr:
        return _call("create_fcr_bids", path, [_fcr_group(bid) for bid in bids])
    if route == "create":
        return _call("create_afrr_bids", path, [_afrr_group(bid) for bid in bids])
    path = {**path, "productDateCode": bids[0].code}
    if is_fcr:
        return _call("update_fcr_bids", path, [_fcr(bid) for bid in bids])
    return _call("update_afrr_bids", path, [_afrr(bid) for bid in bids])


def _call(name: str, path: dict[str, Any], body: list[Any]) -> Request[None]:
    operation: Operation[None] = virtual_assets.OPERATIONS[name]
    return Request(operation, path=path, body=body)


def _ancillary(bid: Bid) -> SubmitAncillaryBids:
    terms = AncillaryBid(
        offered_capacity=exact(bid.offered_capacity),
        capacity_price=_price(bid.capacity_price),
        energy_price=_price(bid.energy_price),
    )
    return SubmitAncillaryBids(product=bid.product, delivery_day=bid.delivery_day, bids=[terms])


def _fcr(bid: Bid) -> FcrBid:
    assert bid.capacity_price is not None  # noqa: S101 - the check has seen to it
    return FcrBid(
        offered_capacity=exact(bid.offered_capacity), capacity_price=exact(bid.capacity_price)
    )


def _fcr_group(bid: Bid) -> CreateFcrBids:
    return CreateFcrBids(product=bid.product, delivery_day=bid.delivery_day, bids=[_fcr(bid)])


def _afrr(bid: Bid) -> AfrrBid:
    return AfrrBid(
        offered_capacity=exact(bid.offered_capacity),
        capacity_price=_price(bid.capacity_price),
        energy_price=_price(bid.energy_price),
    )


def _price(price: float | Decimal | None) -> float | None:
    return None if price is None else exact(price)


def _afrr_group(bid: Bid) -> CreateAfrrBids:
    return CreateAfrrBids(product=bid.product, delivery_day=bid.delivery_day, bids=[_afrr(bid)])


async def _read_auction(
    client: ApiClient, auction_id: UUID | str, deadline: datetime | None
) -> Auction | None:
    """Fetch an auction; None if it cannot be read in time, which the bid need not suffer from."""
    seconds = reading_time(deadline, client.now())
    if seconds <= 0:
        return None
    try:
        request: Request[Auction] = Request(
            auctions.OPERATIONS["get_auction"], path={"auctionID": auction_id}
        )
        auction, reply = await client.exchange(request, lane="urgent", timeout=seconds)
    except EnergyApiError:
        return None
    note_date(client, reply)
    return auction


def _standing(auction_id: str, auction: Auction) -> Held:
    current = auction.current_bid
    if current is None:
        return {auction_id: None}
    return {auction_id: HeldPrice(price=current.price, timestamp=current.timestamp)}
