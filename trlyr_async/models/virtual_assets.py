"""Structs of `trlyr_async.virtual_assets`."""

from trlyr_async._generated.virtual_assets.models import *  # noqa: F403
from trlyr_async._generated.virtual_assets.models import __all__  # noqa: F401
