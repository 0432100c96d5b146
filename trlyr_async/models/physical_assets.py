"""Structs of `trlyr_async.physical_assets`."""

from trlyr_async._generated.physical_assets.models import *  # noqa: F403
from trlyr_async._generated.physical_assets.models import __all__  # noqa: F401
