# Do not edit: `python -m codegen build`, specs/trlyr/auctions.json sha256:5630c4050655
"""Endpoint functions of terralayr auctions."""

from trlyr_async._generated.auctions.operations import (
    OPERATIONS,
    get_auction,
    get_auctions,
    submit_bid,
)

__all__ = ["OPERATIONS", "get_auction", "get_auctions", "submit_bid"]
