"""Structs of `trlyr_async.auctions`."""

from trlyr_async._generated.auctions.models import *  # noqa: F403
from trlyr_async._generated.auctions.models import __all__  # noqa: F401
