# Do not edit: `python -m codegen build`, specs/trlyr/auctions.json sha256:5630c4050655
"""Endpoint functions of terralayr auctions."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Unpack
from uuid import UUID

from energy_async.transport.client import ApiClient
from energy_async.transport.request import CallOptions, Operation, Request
from trlyr_async._generated.auctions.models import Auction

__all__ = ["OPERATIONS", "get_auction", "get_auctions", "submit_bid"]

_GET_AUCTION: Final = Operation[Auction](
    name="auctions.get_auction",
    method="GET",
    path="/auctions/{auctionID}",
    returns=Auction,
    repeatable=True,
    provenance="partial",
    client="Trlyr",
)
_GET_AUCTIONS: Final = Operation[list[Auction]](
    name="auctions.get_auctions",
    method="GET",
    path="/auctions",
    returns=list[Auction] | None,
    repeatable=True,
    provenance="documented",
    client="Trlyr",
)
_SUBMIT_BID: Final = Operation[None](
    name="auctions.submit_bid",
    method="POST",
    path="/auctions/{auctionID}/bids",
    returns=None,
    repeatable=False,
    lane="urgent",
    provenance="partial",
    wants_json=False,
    client="Trlyr",
)

OPERATIONS: Final[Mapping[str, Operation[Any]]] = {
    "get_auction": _GET_AUCTION,
    "get_auctions": _GET_AUCTIONS,
    "submit_bid": _SUBMIT_BID,
}
"""Every operation of the area by the name of its function, for `send_raw` and for tools."""


async def get_auction(
    client: ApiClient[Literal["Trlyr"]], auction_id: UUID | str, **options: Unpack[CallOptions]
) -> Auction:
    """Fetch one auction.

    The page tells of the asset's parameters, the organisation's latest bid and a status; that they
    are laid out as in `get_auctions` is taken from there.

    Partly known: the path was read on a page, the shape of the answer was not.

    Source: https://docs.trlyr.com/auctions-api-reference/auctions/get-an-auction-by-id
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(_GET_AUCTION, path={"auctionID": auction_id})
    return await client.send(request, **options)


async def get_auctions(
    client: ApiClient[Literal["Trlyr"]], **options: Unpack[CallOptions]
) -> list[Auction]:
    """Fetch the auctions that the organisation takes part in.

    Prices are in EUR. It needs the permission `Read:auctions`.

    Known from its documentation page: path, parameters and answer were read there.

    Source: https://docs.trlyr.com/auctions-api-reference/auctions/list-auctions
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(_GET_AUCTIONS)
    return await client.send(request, **options) or []


async def submit_bid(
    client: ApiClient[Literal["Trlyr"]],
    auction_id: UUID | str,
    *,
    body: dict[str, Any],
    **options: Unpack[CallOptions],
) -> None:
    """Bid in an auction that is open.

    The latest bid of an organisation counts. The highest price wins and, where prices are equal,
    the earliest bid. It needs the permission `Create:bids`. What the answer holds is not
    documented; `send_raw` gives it as it came.

    Partly known: the path was read on a page, the shape of the answer was not.

    Args:
        client: The client that sends the request.
        auction_id: Id of the auction.
        body: A price in EUR, at most 10,000,000. The name and type of its field were not visible;
            an auction gives the latest bid as `price`, in text.
        **options: What this one call sets; see `CallOptions`.

    Source: https://docs.trlyr.com/auctions-api-reference/bids/submit-a-bid
    (read 2026-11-21; page modified 2026-06-30)
    """
    request = Request(_SUBMIT_BID, path={"auctionID": auction_id}, body=body)
    await client.send(request, **options)
