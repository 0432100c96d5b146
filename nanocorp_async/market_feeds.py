"""The French electricity market feeds: day-ahead prices, reserve capacity and balancing energy.

The feeds take no dates: each gives the window that upstream keeps.
"""

from nanocorp_async._generated import market_feeds as generated
from nanocorp_async._generated.market_feeds import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
