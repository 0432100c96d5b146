"""Structs of `nanocorp_async.market_feeds`."""

from nanocorp_async._generated.market_feeds.models import *  # noqa: F403
from nanocorp_async._generated.market_feeds.models import __all__  # noqa: F401
