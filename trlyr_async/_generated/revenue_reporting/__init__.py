# Do not edit: `python -m codegen build`, specs/trlyr/revenue-reporting.json sha256:eda75cf73bae
"""Endpoint functions of terralayr revenue reporting."""

from trlyr_async._generated.revenue_reporting.operations import (
    OPERATIONS,
    get_ancillary_revenue,
    get_fleet_data_points,
    get_health,
    get_physical_asset_data_points,
    get_portfolio_data_points,
    get_tolling_revenue,
    get_virtual_asset_data_points,
    get_virtual_battery_auction_revenue,
    get_wholesale_revenue,
)

__all__ = [
    "OPERATIONS",
    "get_ancillary_revenue",
    "get_fleet_data_points",
    "get_health",
    "get_physical_asset_data_points",
    "get_portfolio_data_points",
    "get_tolling_revenue",
    "get_virtual_asset_data_points",
    "get_virtual_battery_auction_revenue",
    "get_wholesale_revenue",
]
