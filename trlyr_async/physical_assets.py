"""Physical assets: the batteries themselves, their unavailabilities, schedules and bids."""

from trlyr_async._generated import physical_assets as generated
from trlyr_async._generated.physical_assets import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
