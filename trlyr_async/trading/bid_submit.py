"""Bids to upstream: checked, sent once, and with a memory of what stood there before."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, Unpack

from energy_async.transport.errors import EnergyApiError
from energy_async.transport.request import Request
from trlyr_async.models.virtual_assets import (
    AfrrBid,
    AncillaryBid,
    CreateAfrrBids,
    CreateFcrBids,
    FcrBid,
    SubmitAncillaryBids,
)
from trlyr_async.trading.bids import Bid, check_auction_bid, fcr_gate_closure, inspect_bids
from trlyr_async.trading.deadlines import (
    clock_findings,
    earliest,
    gate_by,
    gate_time,
    moment_of,
    operation_of,
    read,
    reading_time,
)
from trlyr_async.trading.findings import Finding, require
from trlyr_async.trading.numbers import exact
from trlyr_async.trading.standing import standing_price
from trlyr_async.trading.submission import Receipt, Submission, SubmissionOptions, read_before

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from uuid import UUID

    from energy_async.transport.client import ApiClient
    from trlyr_async.models.auctions import Auction
    from trlyr_async.models.virtual_assets import VirtualAsset

__all__ = ["Route", "prepare_auction_bid", "prepare_bids", "submit_auction_bid", "submit_bids"]

Route: TypeAlias = Literal["ancillary", "create", "update"]
"""Which of upstream's operations takes the bids.

`ancillary`: `submit_ancillary_bids`, whose path upstream's changelog names. `create`:
`create_fcr_bids` or `create_afrr_bids`. `update`: `update_fcr_bids` or `update_afrr_bids`, for one
product alone. The paths of the last two are provisional.
"""

_FORMS: Final[dict[tuple[Route, bool], tuple[str, Any, Any]]] = {
    ("create", True): ("create_fcr_bids", CreateFcrBids, FcrBid),
    ("create", False): ("create_afrr_bids", CreateAfrrBids, AfrrBid),
    ("update", True): ("update_fcr_bids", None, FcrBid),
    ("update", False): ("update_afrr_bids", None, AfrrBid),
}
"""By route and whether it is FCR: the operation, what groups its bids by product, and a bid."""
_ANCILLARY: Final = ("submit_ancillary_bids", SubmitAncillaryBids, AncillaryBid)


async def prepare_bids(
    client: ApiClient,
    organisation_id: str,
    virtual_asset_id: UUID | str,
    bids: Sequence[Bid],
    *,
    route: Route = "ancillary",
    asset: VirtualAsset | None = None,
    **options: Unpack[SubmissionOptions],
) -> Submission[None]:
    """Check bids for FCR or aFRR and read what stands there; `send` of the result places them.

    Args:
        client: Sends everything, in the lane `urgent`.
        organisation_id: Id of the organisation.
        virtual_asset_id: Id of the virtual asset.
        bids: One for each product, all of FCR or all of aFRR; each replaces the one that stands.
        route: Which operation takes them.
        asset: See `check_bids`.
        **options: See `SubmissionOptions`. The gates of aFRR are not documented.

    Raises:
        CheckFailed: The bids have errors, all of which it carries.
    """
    due = moment_of(options.get("deadline"), client.now())
    products, found = inspect_bids(bids, asset, gate_time(client))
    if route == "update" and len(bids) > 1:
        message = f"there are {len(bids)} bids, and an update is for one product"
        found.append(Finding("one_product", message, "submit them one by one, or by another route"))
    findings = require((*found, *clock_findings(client)))
    is_fcr = products[0].market == "FCR"
    path = {"organisationID": organisation_id, "virtualAssetID": virtual_asset_id}
    request = _request(bids, path, route, is_fcr=is_fcr)
    gates = [fcr_gate_closure(bid.delivery_day) for bid in bids] if is_fcr else []
    gate = gate_by(client, min(gates, default=None))
    before = await read_before(client, request, earliest(due, gate))
    subject = f"{virtual_asset_id}: {', '.join(bid.code for bid in bids)}"
    return Submission(
        client, request, subject, options, before=before, findings=findings, gate=gate
    )


async def submit_bids(
    client: ApiClient,
    organisation_id: str,
    virtual_asset_id: UUID | str,
    bids: Sequence[Bid],
    *,
    route: Route = "ancillary",
    asset: VirtualAsset | None = None,
    **options: Unpack[SubmissionOptions],
) -> Receipt:
    """Check bids for FCR or aFRR and place them; each replaces the one for its product.

    What stands there is read first, for `look_up`; bids are sent even if it cannot be read. A POST
    is never sent twice. Arguments are those of `prepare_bids`. Whatever ends it, a cancellation
    too, carries the intent: see `intent_of`.

    Raises:
        CheckFailed: The bids have errors, all of which it carries; nothing was sent.
        LimitExceeded: They are beyond the client's limits; nothing was sent.
        BadRequest: Upstream refuses the bids.
        DeadlineExceeded: They cannot be sent in time; they were not sent.
        SubmissionUnknown: They may have arrived: `look_up` the error.
        OSError: The journal cannot be written; nothing was sent.
    """
    submission = await prepare_bids(
        client, organisation_id, virtual_asset_id, bids, route=route, asset=asset, **options
    )
    return await submission.send()


async def prepare_auction_bid(
    client: ApiClient,
    auction_id: UUID | str,
    price: float | Decimal,
    **options: Unpack[SubmissionOptions],
) -> Submission[None]:
    """Check a bid in an auction and read the auction; `send` of the result places the bid.

    Reading takes five seconds at most, and a quarter of the time until the deadline; the bid can be
    sent even if the auction cannot be read.

    Args:
        client: Sends everything, in the lane `urgent`.
        auction_id: Id of the auction.
        price: EUR, at most 10,000,000. The organisation's latest bid counts.
        **options: See `SubmissionOptions`.

    Raises:
        CheckFailed: The bid has errors, all of which it carries.
    """
    due = moment_of(options.get("deadline"), client.now())
    require(check_auction_bid(price))
    auction: Auction | None = None
    path = {"auctionID": auction_id}
    if (seconds := reading_time(due, client.now())) > 0:
        with suppress(EnergyApiError):
            auction = await read(
                client, "auctions.get_auction", path, lane="urgent", timeout=seconds
            )
    found = check_auction_bid(price, auction=auction, now=gate_time(client))
    request: Request[None] = Request(
        operation_of("auctions.submit_bid"), path=path, body={"price": exact(price)}
    )
    return Submission(
        client,
        request,
        f"auction {auction_id}",
        options,
        before=None if auction is None else standing_price(str(auction_id), auction),
        findings=require((*found, *clock_findings(client))),
        gate=gate_by(client, None if auction is None else auction.end),
    )


async def submit_auction_bid(
    client: ApiClient,
    auction_id: UUID | str,
    price: float | Decimal,
    **options: Unpack[SubmissionOptions],
) -> Receipt:
    """Check a bid in an auction and place it. The organisation's latest bid counts.

    Arguments are those of `prepare_auction_bid`, errors those of `submit_bids`. The bid is never
    sent twice.

    Partly known: the page of the operation was cut off before the name of the body's field; it is
    sent as `price`, a number, as an auction calls it.
    """
    return await (await prepare_auction_bid(client, auction_id, price, **options)).send()


def _request(
    bids: Sequence[Bid], path: dict[str, Any], route: Route, *, is_fcr: bool
) -> Request[None]:
    """Build the request that places bids which the check has passed: all of one market."""
    name, group, kind = _ANCILLARY if route == "ancillary" else _FORMS[route, is_fcr]
    body = [_terms(bid, kind) for bid in bids]
    if group is None:
        path = {**path, "productDateCode": bids[0].code}
    else:
        body = [
            group(product=bid.product, delivery_day=bid.delivery_day, bids=[terms])
            for bid, terms in zip(bids, body, strict=True)
        ]
    return Request(operation_of(f"virtual_assets.{name}"), path=path, body=body)


def _terms(bid: Bid, kind: Any) -> Any:  # noqa: ANN401 - one of the three structs of a bid
    given = {name: getattr(bid, name, None) for name in kind.__struct_fields__}
    return kind(**{name: exact(value) for name, value in given.items() if value is not None})
