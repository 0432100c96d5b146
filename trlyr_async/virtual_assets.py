"""Virtual assets: the virtual batteries of an organisation and their energy capacity over time.

Power is in kW and energy in kWh.
"""

from trlyr_async._generated.virtual_assets import (
    OPERATIONS,
    get_energy_capacity,
    get_virtual_asset,
    get_virtual_assets,
)

__all__ = ["OPERATIONS", "get_energy_capacity", "get_virtual_asset", "get_virtual_assets"]
