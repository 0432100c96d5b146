"""Auctions of virtual assets: what is on offer, the own bid, and how it ended.

Prices are in EUR.
"""

from trlyr_async._generated import auctions as generated
from trlyr_async._generated.auctions import *  # noqa: F403

__all__: list[str] = []
__all__ += generated.__all__
