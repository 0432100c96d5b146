"""Virtual assets: virtual batteries, their blocks and schedules, their bids and results.

Power is in kW, positive when discharging, and energy in kWh.
"""

from trlyr_async._generated.virtual_assets import *  # noqa: F403
from trlyr_async._generated.virtual_assets import __all__  # noqa: F401
