"""Monitoring: measured data points of physical assets and their sums."""

from trlyr_async._generated.monitoring import (
    OPERATIONS,
    get_data_point_names,
    get_data_points,
    get_detailed_sums,
    get_sums,
)

__all__ = [
    "OPERATIONS",
    "get_data_point_names",
    "get_data_points",
    "get_detailed_sums",
    "get_sums",
]
