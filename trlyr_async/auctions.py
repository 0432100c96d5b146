"""Auctions of virtual assets: what is on offer, the own bid, and how it ended.

Prices are in EUR.
"""

from trlyr_async._generated.auctions import (
    OPERATIONS,
    get_auction,
    get_auctions,
    submit_bid,
)

__all__ = [
    "OPERATIONS",
    "get_auction",
    "get_auctions",
    "submit_bid",
]
