"""Revenue reporting: what virtual assets earned, by revenue stream, and aggregated data points.

One call is one request. For many assets, long ranges and resuming, use `trlyr_async.bulk`.
"""

from trlyr_async._generated.revenue_reporting import (
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
