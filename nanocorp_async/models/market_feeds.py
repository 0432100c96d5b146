"""Structs of `nanocorp_async.market_feeds`."""

from nanocorp_async._generated.market_feeds import models as generated
from nanocorp_async._generated.market_feeds.models import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
