"""Structs of `trlyr_async.virtual_assets`."""

from trlyr_async._generated.virtual_assets import models as generated
from trlyr_async._generated.virtual_assets.models import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
