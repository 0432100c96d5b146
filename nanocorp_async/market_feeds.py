"""The French electricity market feeds: day-ahead prices, reserve capacity and balancing energy.

The feeds take no dates: each gives the window that upstream keeps.
"""

from nanocorp_async._generated.market_feeds import (
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
