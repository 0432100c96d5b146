# Do not edit: `python -m codegen build`, specs/trlyr/virtual-assets.json sha256:49e9844ae3b9
"""Endpoint functions of terralayr virtual assets."""

from trlyr_async._generated.virtual_assets.operations import (
    OPERATIONS,
    get_energy_capacity,
    get_virtual_asset,
    get_virtual_assets,
)

__all__ = ["OPERATIONS", "get_energy_capacity", "get_virtual_asset", "get_virtual_assets"]
