"""The documents and the server agree: every operation is played, every answer is valid."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api_sandbox import Sandbox, SandboxError
from api_sandbox.counters import Counters
from api_sandbox.documents import DOCUMENTS, Document, load_documents, operations
from api_sandbox.faults import FaultBook
from api_sandbox.french_feeds import FrenchFeeds
from api_sandbox.problems import Refusal
from api_sandbox.routing import Router
from api_sandbox.server import ApiServer
from api_sandbox.validation import Call, Schemas, check_body, check_parameters
from api_sandbox.world.categories import CATEGORIES
from api_sandbox.world.noise import Noise
from tests.sandbox.conftest import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api_sandbox.handling import Handler
    from tests.sandbox.conftest import Visitor


def test_the_documents_hold_the_operations_that_are_promised() -> None:
    assert len(ALL) == 80
    assert [name for name, operation in ALL.items() if operation.public] == [
        "auth.authenticate",
        "auth.refresh",
        "physical_assets.get_health",
        "revenue_reporting.get_health",
    ]


async def test_every_field_of_a_document_is_sent(visitor: Visitor, sandbox: Sandbox) -> None:
    """The schemas require little, so a valid answer could still be an empty one."""
    documents = {
        d.area: d.content["components"]["schemas"] for d in load_documents(DOCUMENTS, "trlyr")
    }
    path = f"/organisations/{sandbox.organisation_id}/virtual-assets"
    _, assets = await visitor.get(path)
    assert set(assets[0]) == set(documents["virtual_assets"]["VirtualAsset"]["properties"])
    [row] = await visitor.rows(
        "wholesale", sandbox.virtual_asset_ids[0], *["2026-01-01T00:00:00Z"] * 2
    )
    assert set(row) == set(documents["revenue_reporting"]["WholesaleRevenue"]["properties"])
    [row] = await visitor.rows(
        "tolling", sandbox.virtual_asset_ids[0], *["2026-01-01T23:00:00Z"] * 2
    )
    tolling = documents["revenue_reporting"]["TollingRevenue"]
    assert set(row) == set(tolling["properties"])
    known = documents["revenue_reporting"]["DataPointCategory"]["enum"]
    assert sorted(CATEGORIES) == sorted(known)


FEED_SCHEMAS = {
    "day-ahead-prices": "DayAheadPrices",
    "fcr-capacity": "FcrCapacity",
    "afrr-capacity": "AfrrCapacity",
    "mfrr-capacity": "MfrrCapacity",
    "afrr-energy": "AfrrEnergy",
    "mfrr-energy": "MfrrEnergy",
    "balancing-capacity": "BalancingCapacity",
    "balancing-energy": "BalancingEnergy",
}


@pytest.mark.parametrize("feed", FEED_SCHEMAS)
async def test_every_field_of_a_feed_is_sent(visitor: Visitor, feed: str) -> None:
    """Down to the rows."""
    [document] = load_documents(DOCUMENTS, "nanocorp")
    _, answer = await visitor.feed(feed)
    compare(document, document.at(f"/components/schemas/{FEED_SCHEMAS[feed]}"), answer)


def compare(document: Document, schema: Mapping[str, Any], value: Any) -> None:
    """Hold every object's keys against its schema's properties, all the way down."""
    schema, _ = document.follow(schema, "")
    if isinstance(value, dict):
        assert set(value) == set(schema["properties"])
        for key, item in value.items():
            compare(document, schema["properties"][key], item)
    elif isinstance(value, list):
        assert value
        for item in value:
            compare(document, schema["items"], item)


class Silent:
    """An API without any handler."""

    def __init__(self, handlers: dict[str, Handler] | None = None) -> None:
        self._handlers = handlers or {}

    def handlers(self) -> dict[str, Handler]:
        return self._handlers

    def authorise(self, authorization: str | None) -> None:
        if authorization is None:
            raise Refusal(401, "no")


def test_an_operation_without_a_handler_stops_the_start() -> None:
    with pytest.raises(SandboxError, match="no handler for GET /things"):
        ApiServer(Silent(), [TINY], faults=FaultBook(Noise(1)), counters=Counters(), limiter=None)


def test_no_handler_outlives_its_operation() -> None:
    described = {operation.route for operation in ALL.values()}
    sandbox = Sandbox(assets=1)
    routes = {*sandbox._terralayr._handlers, *sandbox._feeds._handlers}
    assert routes == described


def test_a_folder_without_documents_is_told(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="no OpenAPI document"):
        load_documents(tmp_path, "trlyr")


# A document with what the real ones do not use.
TINY = Document(
    "tiny", "things", json.loads((Path(__file__).parent / "tiny.json").read_text("utf-8"))
)
TINY_OPERATIONS = {operation.name: operation for operation in operations(TINY)}
GET, POST, BEST = (
    TINY_OPERATIONS["things." + name]
    for name in ("get_things", "post /things/{size}", "get_best_thing")
)


def call(size: str, *query: tuple[str, str], **headers: str) -> Call:
    return check_parameters(Schemas([TINY]), GET, {"size": size}, query, headers)


def test_parameters_take_the_types_of_the_document() -> None:
    """Lists by repetition or by commas, booleans, integers, and headers in any case."""
    seen = call("3", ("tags", "1"), ("tags", "2"), ("colours", "red,green"), ("deep", "true"))
    assert seen.path == {"size": 3}
    assert seen.query == {"tags": [1, 2], "colours": ["red", "green"], "deep": True}
    assert call("3").query == {}
    assert call("3", **{"x-mode": "fast"}).query == {}


@pytest.mark.parametrize(
    ("size", "query", "headers", "culprit"),
    [
        ("0", (), {}, "size"),
        ("many", (), {}, "size"),
        ("3", (("tags", "a"),), {}, "tags"),
        ("3", (("colours", "red,blue"),), {}, "colours"),
        ("3", (("colours", "red,red,red"),), {}, "colours"),
        ("3", (("colours", "red"), ("colours", "green")), {}, "colours"),
        ("3", (("deep", "yes"),), {}, "deep"),
        ("3", (("depth", "1"),), {}, "depth"),
        ("3", (), {"X-MODE": "warp"}, "X-Mode"),
    ],
)
def test_a_refusal_names_the_parameter(
    size: str, query: tuple[tuple[str, str], ...], headers: dict[str, str], culprit: str
) -> None:
    with pytest.raises(Refusal, match=f"'{culprit}'") as caught:
        call(size, *query, **headers)
    assert caught.value.status == 400


def test_a_missing_parameter_is_named() -> None:
    needed = tuple(replace(parameter, required=True) for parameter in GET.parameters)
    operation = replace(GET, parameters=needed)
    with pytest.raises(Refusal, match="missing query parameter 'tags'"):
        check_parameters(Schemas([TINY]), operation, {"size": "3"}, (), {})


def test_references_media_types_and_security_are_followed() -> None:
    assert (GET.public, POST.public, POST.status, POST.body_required) == (False, True, 201, True)
    schemas = Schemas([TINY])
    assert check_body(schemas, POST, "application/json", b'{"colour": "red"}') == {"colour": "red"}
    with pytest.raises(Refusal, match=r"'blue' .* at \$\.colour"):
        check_body(schemas, POST, "application/json", b'{"colour": "blue"}')
    optional = replace(POST, body_required=False)
    assert check_body(schemas, optional, "application/json", b"") is None


def test_fixed_text_wins_over_a_parameter() -> None:
    """And an encoded slash stays within its segment."""
    router = Router([GET, POST, BEST])
    assert router.find("GET", "/things/best") == (BEST, {})
    assert router.find("GET", "/things/a%2Fb%20c") == (GET, {"size": "a/b c"})
    with pytest.raises(Refusal, match="GET, POST") as caught:
        router.find("PUT", "/things/1")
    assert (caught.value.status, caught.value.headers) == (405, {"Allow": "GET, POST"})


def test_long_enumerations_are_not_spelled_out() -> None:
    schemas = Schemas(load_documents(DOCUMENTS, "trlyr"))
    complaint = schemas.complaint(
        "urn:openapi:trlyr:revenue_reporting#/components/schemas/DataPointCategory", "x"
    )
    assert complaint == "'x' is not one of the 46 known"


def test_feeds_have_no_handler_beyond_their_document() -> None:
    feeds = FrenchFeeds(Noise(1), "token", lambda: pytest.fail("no clock needed"))
    assert len(feeds.handlers()) == 8


def test_documents_are_plain_json() -> None:
    """Nothing in them was lost on reading."""
    for file in DOCUMENTS.glob("*/*.json"):
        content = json.loads(file.read_text("utf-8"))
        assert content in [d.content for d in load_documents(DOCUMENTS, file.parent.name)]
