"""Every operation of the documents answers, and every answer is what its document promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from energy_sandbox.documents import DOCUMENTS, load_documents
from energy_sandbox.validation import Schemas
from tests.sandbox.conftest import ALL
from tests.valid_requests import AFRR_BID, BODIES, FCR_BID, OUTAGE, for_product

if TYPE_CHECKING:
    from energy_sandbox.documents import Operation
    from tests.clock import SetClock
    from tests.sandbox.conftest import Visitor

QUERY = {
    "start": "2026-03-28T23:00:00Z",  # over a clock change
    "end": "2026-03-30T22:00:00Z",
    "deliveryDay": "2026-03-30",
}


async def fill_up(player: Visitor) -> None:
    """Leave something to find behind every list."""
    asset, physical = player.asset_path(), player.physical_path()
    await player.done("POST", f"{asset}/afrr/bids", for_product("POS_00_04", AFRR_BID))
    await player.done("POST", f"{asset}/fcr/bids", for_product("NEGPOS_00_04", FCR_BID))
    await player.done("POST", f"{physical}/ancillary/bids", for_product("NEGPOS_00_04", FCR_BID))
    await player.done("POST", f"{physical}/unavailability", OUTAGE)
    await player.done("POST", f"{physical}/logbook", {"text": "Fan replaced"})
    await player.done("POST", f"{physical}/eex-notifications", {"text": "Outage"})
    await player.done("PUT", f"{physical}/metadata/site", {"city": "Leipzig"})


async def path_values(player: Visitor, operation: Operation) -> dict[str, str]:
    """A value for each path parameter."""
    sandbox = player.sandbox
    values = {
        "organisationID": sandbox.organisation_id,
        "virtualAssetID": sandbox.virtual_asset_ids["/revenue-" not in operation.path],
        "physicalAssetID": sandbox.physical_asset_ids[1],
        "portfolioID": sandbox.portfolio_ids[0],
        "fleetID": sandbox.fleet_ids[0],
        "resolution": "daily",
        "category": "site",
        "productDateCode": (
            "2026-03-30_NEGPOS_00_04" if "/fcr/" in operation.path else "2026-03-30_POS_00_04"
        ),
    }
    if "{blockID}" in operation.path:
        [block] = await player.done("GET", f"{player.asset_path()}/blocks")
        values["blockID"] = block["id"]
    if "{auctionID}" in operation.path:
        auctions = await player.done("GET", "/auctions")
        values["auctionID"] = next(a["id"] for a in auctions if a["status"] == "RUNNING")
    if "{unavailabilityID}" in operation.path:
        made = await player.done("POST", f"{player.physical_path()}/unavailability", OUTAGE)
        values["unavailabilityID"] = made["id"]
    return values


def required(operation: Operation) -> dict[str, str]:
    """A value for each query parameter that must be there."""
    places = (p for p in operation.parameters if p.place == "query" and p.required)
    return {parameter.name: QUERY[parameter.name] for parameter in places}


async def send(player: Visitor, operation: Operation) -> tuple[int, Any]:
    """Send one operation with valid arguments."""
    if operation.api == "nanocorp":
        return await player.feed(operation.path.removeprefix("/api/"))
    if operation.name == "auth.authenticate":
        return await player.log_in()
    body = BODIES.get(operation.name)
    if operation.name == "auth.refresh":
        body = {"refresh_token": (await player.log_in())[1]["refresh_token"]}
    path = operation.path
    for name, value in (await path_values(player, operation)).items():
        path = path.replace(f"{{{name}}}", value)
    options = {} if body is None else {"json": body}
    return await player.ask(operation.method, path, params=required(operation), **options)


@pytest.mark.parametrize("name", ALL)
async def test_an_operation_answers_as_its_document_promises(
    player: Visitor, clock: SetClock, name: str
) -> None:
    operation = ALL[name]
    await fill_up(player)
    if "results" in operation.path:
        clock.set("2026-03-29T12:00:00Z")
    if name.startswith("revenue_reporting."):
        clock.set("2026-04-01T12:00:00Z")
    status, answer = await send(player, operation)
    assert status == operation.status, answer
    if operation.answer is not None:
        schemas = Schemas(load_documents(DOCUMENTS, operation.api))
        assert schemas.complaint(operation.answer, answer) is None
        assert answer
    assert player.sandbox.counters.count(name, operation.status) > 0


OF_AN_ASSET = [
    name
    for name, operation in ALL.items()
    if operation.method == "GET"
    and any(key in operation.path for key in ("{virtualAssetID}", "{resolution}"))
]


@pytest.mark.parametrize("name", OF_AN_ASSET)
async def test_every_asset_and_resolution_answers(player: Visitor, name: str) -> None:
    """Assets that sell nothing on the markets, too, before anything was sent."""
    operation = ALL[name]
    schemas = Schemas(load_documents(DOCUMENTS, operation.api))
    values = await path_values(player, operation)
    for asset_id in player.sandbox.virtual_asset_ids[:4]:
        for resolution in ("raw", "15-minute", "hourly", "daily"):
            path = operation.path
            changes = {"virtualAssetID": asset_id, "resolution": resolution}
            for key, value in (values | changes).items():
                path = path.replace(f"{{{key}}}", value)
            status, answer = await player.get(path, **required(operation))
            if "{blockID}" in operation.path and asset_id != player.sandbox.virtual_asset_ids[1]:
                assert status == 404  # another asset's block
                continue
            assert status == 200, answer
            assert operation.answer is not None
            assert schemas.complaint(operation.answer, answer) is None
            if "{resolution}" not in operation.path:
                break


def test_every_operation_that_needs_a_body_has_one_here() -> None:
    needing = {name for name, operation in ALL.items() if operation.body_required}
    assert needing == set(BODIES) | {"auth.authenticate", "auth.refresh"}
