"""Structs of `trlyr_async.auctions`."""

from trlyr_async._generated.auctions import models as generated
from trlyr_async._generated.auctions.models import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
