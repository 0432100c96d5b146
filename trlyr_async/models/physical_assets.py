"""Structs of `trlyr_async.physical_assets`."""

from trlyr_async._generated.physical_assets import models as generated
from trlyr_async._generated.physical_assets.models import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
