# Do not edit: `python -m codegen build`, specs/trlyr/monitoring.json sha256:61e6a246a1ad
"""Endpoint functions of terralayr monitoring."""

from trlyr_async._generated.monitoring.operations import (
    OPERATIONS,
    get_data_point_names,
    get_data_points,
    get_detailed_sums,
    get_sums,
)

__all__ = ["OPERATIONS", "get_data_point_names", "get_data_points", "get_detailed_sums", "get_sums"]
