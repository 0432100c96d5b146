"""The French electricity market feeds: day-ahead prices, reserve capacity and balancing energy.

The feeds take no dates: each gives the window that upstream keeps.
"""

from nanocorp_async._generated.market_feeds import *  # noqa: F403
from nanocorp_async._generated.market_feeds import __all__  # noqa: F401
