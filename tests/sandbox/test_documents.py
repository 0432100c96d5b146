"""The documents and the server agree: every operation is played, every answer is valid."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from energy_sandbox import Sandbox, SandboxError
from energy_sandbox.counters import Counters
from energy_sandbox.documents import DOCUMENTS, Document, Router, load_documents, operations
from energy_sandbox.faults import FaultBook
from energy_sandbox.french_feeds import FrenchFeeds
from energy_sandbox.problems import Refusal
from energy_sandbox.server import ApiServer
from energy_sandbox.validation import Schemas, check_body, check_query
from energy_sandbox.world.categories import CATEGORIES
from energy_sandbox.world.noise import Noise
from tests.sandbox.conftest import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    compare(document, document.content["components"]["schemas"][FEED_SCHEMAS[feed]], answer)


def compare(document: Document, schema: Mapping[str, Any], value: Any) -> None:
    """Hold every object's keys against its schema's properties, all the way down."""
    schema = document.schema(schema)
    if isinstance(value, dict):
        assert set(value) == set(schema["properties"])
        for key, item in value.items():
            compare(document, schema["properties"][key], item)
    elif isinstance(value, list):
        assert value
        for item in value:
            compare(document, schema["items"], item)


def test_an_operation_without_a_handler_stops_the_start() -> None:
    with pytest.raises(SandboxError, match=r"no handler for things\.get_thing"):
        ApiServer(
            {}, [TINY], authorise=lambda _: None, faults=FaultBook(Noise(1)), counters=Counters(),
            limiter=None,
        )  # fmt: skip


def test_no_handler_outlives_its_operation() -> None:
    sandbox = Sandbox(assets=1)
    assert {*sandbox._terralayr.handlers, *sandbox._feeds.handlers} == set(ALL)


def test_a_folder_without_documents_is_told(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="no OpenAPI document"):
        load_documents(tmp_path, "trlyr")


def test_documents_use_nothing_that_would_be_overlooked() -> None:
    """Parameters of the path or the query, each given once; JSON bodies; one success."""
    for api in ("trlyr", "nanocorp"):
        for document in load_documents(DOCUMENTS, api):
            for item in document.content["paths"].values():
                assert set(item) <= {"get", "put", "post", "patch", "delete"}
                for node in item.values():
                    assert {parameter["in"] for parameter in node.get("parameters", ())} <= {
                        "path",
                        "query",
                    }
                    assert not any(one.get("explode") for one in node.get("parameters", ()))
                    contents = [node.get("requestBody", {}), *node["responses"].values()]
                    assert {media for one in contents for media in one.get("content", {})} <= {
                        "application/json"
                    }
                    assert len([status for status in node["responses"] if status < "3"]) == 1


COLOUR = {"type": "string", "enum": ["red", "green"]}
BODY = {"properties": {"colour": {"$ref": "#/components/schemas/Colour"}}}
TINY = Document(
    "tiny",
    "things",
    {
        "openapi": "3.1.0",
        "security": [{"bearer": []}],
        "components": {"schemas": {"Colour": COLOUR}},
        "paths": {
            "/things/{size}": {
                "get": {
                    "operationId": "get_thing",
                    "parameters": [
                        {"name": "size", "in": "path", "schema": {"type": "integer", "minimum": 1}},
                        {
                            "name": "colours",
                            "in": "query",
                            "schema": {
                                "type": "array",
                                "maxItems": 2,
                                "items": {"$ref": "#/components/schemas/Colour"},
                            },
                        },
                        {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
                        {"name": "name", "in": "query", "schema": {"type": "string"}},
                    ],
                    "responses": {"200": {}},
                },
                "post": {
                    "operationId": "make_thing",
                    "security": [],
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": BODY}},
                    },
                    "responses": {"400": {}, "201": {}},
                },
            },
            "/things/best": {"get": {"operationId": "get_best", "responses": {"200": {}}}},
        },
    },
)
GET, POST, BEST = operations(TINY)


def query(size: str, *given: tuple[str, str]) -> dict[str, Any]:
    return check_query(Schemas([TINY]), GET, {"size": size}, given)


def test_parameters_take_the_types_of_the_document() -> None:
    """A number that is wanted as text stays text."""
    seen = query("3", ("colours", "red,green"), ("deep", "true"), ("name", "7"))
    assert seen == {"colours": ["red", "green"], "deep": True, "name": "7"}
    assert query("3") == {}


@pytest.mark.parametrize(
    ("size", "given", "culprit"),
    [
        ("0", (), "size"),
        ("many", (), "size"),
        ("3", (("colours", "red,blue"),), "colours"),
        ("3", (("colours", "red,red,red"),), "colours"),
        ("3", (("colours", "red"), ("colours", "green")), "colours"),
        ("3", (("deep", "yes"),), "deep"),
        ("3", (("depth", "1"),), "depth"),
    ],
)
def test_a_refusal_names_the_parameter(
    size: str, given: tuple[tuple[str, str], ...], culprit: str
) -> None:
    with pytest.raises(Refusal, match=f"'{culprit}'") as caught:
        query(size, *given)
    assert caught.value.status == 400


def test_a_missing_parameter_is_named() -> None:
    needed = tuple(replace(parameter, required=True) for parameter in GET.parameters)
    with pytest.raises(Refusal, match="missing query parameter 'colours'"):
        check_query(Schemas([TINY]), replace(GET, parameters=needed), {"size": "3"}, ())


def test_references_and_security_are_followed() -> None:
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
    for path in ("/things/", "/things/1/2", "/thing"):
        with pytest.raises(Refusal, match="no such path"):
            router.find("GET", path)
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
