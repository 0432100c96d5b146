"""Client of the terralayr API: virtual batteries and what they earn.

Areas (`auctions`, `auth`, `monitoring`, `physical_assets`, `revenue_reporting`, `virtual_assets`),
`models`, `api`, `bulk` and `trading` are loaded when they are first used.
"""

from energy_async._lazy import attach

__getattr__, __dir__ = attach(__name__)
