# Do not edit: `python -m codegen build`, specs/nanocorp/market-feeds.json sha256:da9507870749
"""Endpoint functions of the French electricity market feeds."""

from nanocorp_async._generated.market_feeds.operations import (
    OPERATIONS,
    get_afrr_capacity,
    get_afrr_energy,
    get_balancing_capacity,
    get_balancing_energy,
    get_day_ahead_prices,
    get_fcr_capacity,
    get_mfrr_capacity,
    get_mfrr_energy,
)

__all__ = [
    "OPERATIONS",
    "get_afrr_capacity",
    "get_afrr_energy",
    "get_balancing_capacity",
    "get_balancing_energy",
    "get_day_ahead_prices",
    "get_fcr_capacity",
    "get_mfrr_capacity",
    "get_mfrr_energy",
]
