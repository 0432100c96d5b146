"""Auctions of virtual assets: what is on offer, the own bid, and how it ended.

Prices are in EUR.
"""

from trlyr_async._generated.auctions import *  # noqa: F403
from trlyr_async._generated.auctions import __all__  # noqa: F401
