"""Structs of `trlyr_async.auctions`."""

from trlyr_async._generated.auctions.models import (
    Auction,
    AuctionItem,
    AuctionStatus,
    CurrentBid,
    KnownAuctionStatus,
)

__all__ = [
    "Auction",
    "AuctionItem",
    "AuctionStatus",
    "CurrentBid",
    "KnownAuctionStatus",
]
