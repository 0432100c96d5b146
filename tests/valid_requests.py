"""Bodies that the documents accept, for every operation that needs one."""

from __future__ import annotations

from typing import Any

__all__ = ["AFRR_BID", "BODIES", "FCR_BID", "OUTAGE", "SCHEDULE", "for_product"]

OUTAGE = {
    "description": "Annual maintenance",
    "start": "2026-03-30T00:00:00Z",
    "end": "2026-03-30T06:00:00Z",
    "type": "MAINTENANCE",
    "volume": {"energyCapacity": 100, "powerCapacity": {"charge": 100, "discharge": 50}},
}
FCR_BID = {"offeredCapacity": 1000, "capacityPrice": 5}
AFRR_BID = {"offeredCapacity": 1000, "capacityPrice": 5, "energyPrice": 70}
SCHEDULE = {"schedule": [{"time": "2026-03-29T00:00:00Z", "power": 10}]}


def for_product(product: str, bid: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"product": product, "deliveryDay": "2026-03-30", "bids": [bid]}]


BODIES: dict[str, Any] = {
    "auctions.submit_bid": {"price": "1500.50"},
    "physical_assets.create_physical_asset": {"name": "New"},
    "physical_assets.update_physical_asset": {"name": "Other"},
    "physical_assets.create_unavailability": OUTAGE,
    "physical_assets.update_unavailability": OUTAGE,
    "physical_assets.update_metadata": {"colour": "green"},
    "physical_assets.update_schedule": SCHEDULE,
    "physical_assets.create_logbook_entry": {"text": "Fan replaced"},
    "physical_assets.create_eex_notification": {"text": "Outage"},
    "physical_assets.submit_ancillary_bids": for_product("NEGPOS_00_04", AFRR_BID),
    "virtual_assets.update_block_schedule": SCHEDULE,
    "virtual_assets.create_afrr_bids": for_product("POS_00_04", AFRR_BID),
    "virtual_assets.update_afrr_bids": [AFRR_BID],
    "virtual_assets.create_fcr_bids": for_product("NEGPOS_00_04", FCR_BID),
    "virtual_assets.update_fcr_bids": [FCR_BID],
    "virtual_assets.submit_ancillary_bids": for_product("NEGPOS_00_04", FCR_BID),
}
