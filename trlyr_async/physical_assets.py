"""Physical assets: the batteries themselves, their unavailabilities, schedules and bids."""

from trlyr_async._generated.physical_assets import *  # noqa: F403
from trlyr_async._generated.physical_assets import __all__  # noqa: F401
