"""Names, and what upstream's documents get wrong everywhere."""

from typing import Any

import pytest

from codegen.documents.document import OperationAt
from codegen.documents.mends import MENDS
from codegen.documents.normalise import normalise
from codegen.functions.names import operation_names
from codegen.naming import class_name, constant_name, snake_name, unique


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("startTs", "start_ts"),
        ("virtualAssetID", "virtual_asset_id"),
        ("blockIDs", "block_ids"),
        ("capacityKWh", "capacity_kwh"),
        ("priceEurPerMWh", "price_eur_per_mwh"),
        ("MWhite", "m_white"),
        ("eicCode", "eic_code"),
        ("HTTPServer", "http_server"),
        ("period_start_utc", "period_start_utc"),
        ("15-minute", "value_15_minute"),
        ("class", "class_"),
        ("datetime", "datetime_"),
        ("Größe", "grosse"),
        ("价格", "jia_ge"),
        ("__init__", "init"),
        ("", "value"),
    ],
)
def test_snake_names(name: str, snake: str) -> None:
    """Python names are plain identifiers, never keywords, whatever the document calls them."""
    assert snake_name(name) == snake
    assert snake.isidentifier()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TollingRevenue", "TollingRevenue"),
        ("tolling_revenue", "TollingRevenue"),
        ("pkg.models-X", "PkgModelsX"),
        ("3D", "Schema3D"),
        ("None", "None"),
        ("é!", "E"),
        ("", "Schema"),
    ],
)
def test_class_names(name: str, expected: str) -> None:
    """A class name is made of the words of the name; `None` is made safe where it is used."""
    assert class_name(name) == expected or (name == "None" and class_name(name) != "none")


def test_constants_spell_units_out() -> None:
    """Signs become words."""
    assert constant_name("EUR/MWh") == "EUR_PER_MWH"
    assert constant_name("%") == "PERCENT"
    assert constant_name("€") == "EUR"
    assert constant_name("°") == "DEGREES"
    assert constant_name("15 min", fallback="UNIT") == "UNIT_15_MIN"


def test_unique_takes_the_first_free_number() -> None:
    """Collisions are solved in one way only."""
    assert unique("a", set()) == "a"
    assert unique("a", {"a", "a2"}) == "a3"
    assert unique("v1", {"v1"}) == "v1_2"
    assert unique("V1", {"V1"}) == "V12"


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param(
            {"GET /a/{b}": None, "GET /a/b": None}, ["get_a_by_b", "get_a_b"], id="placeholder"
        ),
        pytest.param(
            {"GET /x": "getFoo", "GET /y": "get_foo", "GET /z": "foo"},
            ["get_x", "get_y", "foo"],
            id="same-id",
        ),
        pytest.param(
            {"POST /forms": None, "PUT /forms": "post forms"},
            ["post_forms", "put_forms"],
            id="an-id-like-the-path-of-another",
        ),
        pytest.param({"GET /{x}": None, "GET /{X}": None}, ["get_by_x2", "get_by_x"], id="numbers"),
    ],
)
def test_operations_that_want_one_name_are_told_apart_by_their_paths(
    calls: dict[str, str | None], expected: list[str]
) -> None:
    """So that no name passes from one to another when the document grows."""
    found = [
        OperationAt(path, method.lower(), {"operationId": given} if given else {}, [])
        for (method, path), given in ((call.split(), given) for call, given in calls.items())
    ]
    names = operation_names(found, distinct=True)
    assert [names[one.where] for one in found] == expected


def document(operation: dict[str, Any], **rest: Any) -> dict[str, Any]:
    operation = {"responses": {"200": {"description": "OK"}}, **operation}
    return {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {"/a": {"get": operation}},
        **rest,
    }


def mended(operation: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return normalise(document(operation, **rest), MENDS)


AUTHORIZATION = {"in": "header", "name": "authorization", "schema": {"type": "string"}}


def test_authorization_header_becomes_security() -> None:
    """The token is the transport's affair, not an argument."""
    result = mended({"parameters": [AUTHORIZATION]}, security=[])
    operation = result["paths"]["/a"]["get"]
    assert operation["parameters"] == []
    assert operation["security"] == [{"bearer": []}]
    assert result["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_authorization_of_a_path_item_counts_for_its_operations() -> None:
    """Parameters may stand beside the methods."""
    raw = document({})
    raw["paths"]["/a"]["parameters"] = [AUTHORIZATION]
    item = normalise(raw, MENDS)["paths"]["/a"]
    assert item["parameters"] == []
    assert item["get"]["security"] == [{"bearer": []}]


def test_declared_security_is_kept() -> None:
    """A document that says more is not overruled."""
    result = mended({"parameters": [AUTHORIZATION]}, security=[{"key": []}])
    assert "security" not in result["paths"]["/a"]["get"]


@pytest.mark.parametrize(
    ("schema", "is_kept"),
    [({"type": "object"}, False), ({}, False), ({"type": "object", "properties": {"a": {}}}, True)],
)
def test_bare_body_of_a_get_goes(schema: dict[str, Any], *, is_kept: bool) -> None:
    """A body that says something is kept."""
    result = mended({"requestBody": {"content": {"application/json": {"schema": schema}}}})
    assert ("requestBody" in result["paths"]["/a"]["get"]) is is_kept


def test_times_and_formats() -> None:
    """`dateTime`, `number` of format `string`, bare `start` and `end`."""
    parameters = [
        {"in": "query", "name": "start", "schema": {"type": "string"}},
        {"in": "query", "name": "end", "schema": {"type": "string", "format": "date"}},
        {"in": "query", "name": "from", "schema": {"type": "string", "format": "dateTime"}},
        {"in": "query", "name": "size", "schema": {"type": "number", "format": "string"}},
    ]
    made = mended({"parameters": parameters})["paths"]["/a"]["get"]["parameters"]
    assert [one["schema"].get("format") for one in made] == ["date-time", "date", "date-time", None]


def test_go_packages_in_schema_names_go_and_references_follow() -> None:
    """`pkg_models.X` is X; a name that two want is spelt out for both; ours wins over both."""
    schemas: dict[str, Any] = {
        "pkg_models.Parcel": {"type": "object"},
        "a.Depot": {"type": "object"},
        "b.Depot": {"type": "object"},
        "svc.GetThing": {"type": "object", "x-trlyr-python-name": "Thing"},
        "Pet": {
            "oneOf": [{"$ref": "#/components/schemas/a.Depot"}],
            "discriminator": {
                "propertyName": "k",
                "mapping": {"d": "#/components/schemas/a.Depot"},
            },
        },
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/pkg_models.Parcel"}}}
    responses = {"200": {"description": "OK", "content": content}}
    result = mended({"responses": responses}, components={"schemas": schemas})
    assert sorted(result["components"]["schemas"]) == ["ADepot", "BDepot", "Parcel", "Pet", "Thing"]
    pet = result["components"]["schemas"]["Pet"]
    assert pet["oneOf"][0]["$ref"] == "#/components/schemas/ADepot"
    assert pet["discriminator"]["mapping"]["d"] == "#/components/schemas/ADepot"
    media = result["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]
    assert media["schema"]["$ref"] == "#/components/schemas/Parcel"
    assert "x-trlyr-python-name" not in result["components"]["schemas"]["Thing"]


def test_documents_of_others_are_not_mended() -> None:
    """A cursor called `start`, a header of one's own and a body of a GET stay what they are."""
    operation = {
        "parameters": [
            {"in": "query", "name": "start", "schema": {"type": "string"}},
            {"in": "header", "name": "Authorization", "schema": {"type": "string"}},
        ],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {},
    }
    raw = {"openapi": "3.0.3", "info": {}, "paths": {"/a": {"get": operation}}}
    assert normalise(raw) == raw
