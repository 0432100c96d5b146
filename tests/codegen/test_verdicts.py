"""A hundred changes of a document, each classed by hand, and what the drift report makes of it.

The class is for those who use the client: `breaking` if their code may fail or compute something
else on the next release, `compatible` if it goes on, `cosmetic` if it cannot notice. `hits` says
whether releases that are in use already feel it.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from codegen.areas import Area
from codegen.documents.reading import check_frame
from codegen.drift.revisions import drift, state_of

AREA = Area(api="api", package="api", name="api", title="the API")


def _json(schema: Any) -> Any:
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(name: str, schema: Any, **more: Any) -> Any:
    return {"in": "query", "name": name, "schema": schema, **more}


PLANT = {"in": "path", "name": "plantId", "required": True, "schema": {"type": "string"}}
LIMIT = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Plants", "version": "1"},
    "servers": [{"url": "https://api.acme.test"}, {"url": "https://sandbox.acme.test"}],
    "security": [{"bearer": []}],
    "paths": {
        "/v1/plants": {
            "get": {
                "operationId": "listPlants",
                "tags": ["plants"],
                "summary": "List plants.",
                "parameters": [
                    _query("limit", LIMIT),
                    _query("country", {"type": "string", "enum": ["DE", "FR"]}),
                    _query("since", {"type": "string", "format": "date-time"}),
                    _query("ids", {"type": "array", "items": {"type": "string"}}),
                    _query("power", {"type": "number"}, description="At least so many kW."),
                    _query("page", {"type": "string"}, required=True),
                ],
                "responses": {
                    "200": _json({"type": "array", "items": _ref("Plant")}),
                    "400": {"description": "Bad."},
                    "404": _json(_ref("Problem")),
                },
            },
            "post": {
                "operationId": "createPlant",
                "tags": ["plants"],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _ref("NewPlant")}},
                },
                "responses": {"201": _json(_ref("Plant"))},
            },
        },
        "/v1/plants/{plantId}": {
            "parameters": [PLANT],
            "get": {
                "operationId": "getPlant",
                "tags": ["plants"],
                "responses": {"200": _json(_ref("Plant"))},
            },
            "delete": {
                "operationId": "deletePlant",
                "tags": ["plants"],
                "deprecated": True,
                "security": [{"bearer": []}, {"key": []}],
                "responses": {"204": {"description": "Gone."}},
            },
        },
        "/v1/plants/{plantId}/events": {
            "parameters": [PLANT],
            "get": {
                "operationId": "listEvents",
                "tags": ["events"],
                "security": [],
                "responses": {"200": _json({"type": "array", "items": _ref("Event")})},
            },
        },
        "/v1/report": {
            "get": {
                "operationId": "getReport",
                "tags": ["events"],
                "security": [{"key": []}],
                "responses": {
                    "200": {
                        "description": "A table.",
                        "content": {"text/csv": {"schema": {"type": "string"}}},
                    }
                },
            },
        },
    },
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        },
        "schemas": {
            "Plant": {
                "type": "object",
                "required": ["id", "power", "kind"],
                "properties": {
                    "id": {"type": "string"},
                    "power": {"type": "number", "description": "Rated power in kW."},
                    "count": {"type": "integer"},
                    "kind": _ref("Kind"),
                    "name": {"type": "string", "nullable": True},
                    "note": {"type": "string", "description": "Free text.", "maxLength": 80},
                    "price": {"type": "number", "x-trlyr-unit": "EUR/MWh"},
                },
            },
            "NewPlant": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 80},
                    "power": {"type": "number", "description": "Rated power in kW."},
                    "colour": {"type": "string", "enum": ["red", "green"]},
                    "count": {"type": "integer", "default": 1},
                },
            },
            "Kind": {"type": "string", "enum": ["wind", "solar"]},
            "Problem": {"type": "object", "properties": {"detail": {"type": "string"}}},
            "Started": {
                "type": "object",
                "required": ["type"],
                "properties": {"type": {"enum": ["started"]}, "at": {"type": "string"}},
            },
            "Stopped": {
                "type": "object",
                "required": ["type"],
                "properties": {"type": {"enum": ["stopped"]}, "why": {"type": "string"}},
            },
            "Event": {
                "oneOf": [_ref("Started"), _ref("Stopped")],
                "discriminator": {"propertyName": "type"},
            },
        },
    },
}


class Doc:
    """The document, and short ways to places in it."""

    def __init__(self) -> None:
        self.whole: dict[str, Any] = copy.deepcopy(DOCUMENT)
        self.paths = self.whole["paths"]
        self.schemas = self.whole["components"]["schemas"]
        self.schemes = self.whole["components"]["securitySchemes"]
        self.list = self.paths["/v1/plants"]["get"]
        self.create = self.paths["/v1/plants"]["post"]
        self.one = self.paths["/v1/plants/{plantId}"]
        self.events = self.paths["/v1/plants/{plantId}/events"]["get"]
        self.report = self.paths["/v1/report"]["get"]
        self.body = self.create["requestBody"]
        self.plant = self.schemas["Plant"]["properties"]
        self.new = self.schemas["NewPlant"]["properties"]
        self.servers = self.whole["servers"]

    def query(self, name: str) -> Any:
        return next(one for one in self.list["parameters"] if one["name"] == name)

    def without(self, name: str) -> None:
        self.list["parameters"].remove(self.query(name))

    def answer(self, schema: Any) -> None:
        self.list["responses"]["200"] = _json(schema)

    def move(self, old: str, new: str) -> "Doc":
        self.paths[new] = self.paths.pop(old)
        return self

    def require(self, name: str, *fields: str) -> "Doc":
        self.schemas[name]["required"] = list(fields)
        return self

    def respell(self, old: str, new: str) -> None:
        for name in list(self.schemas):
            if name == old:
                self.schemas[new] = self.schemas.pop(old)
        self.create["responses"]["201"] = _json(_ref(new))
        self.one["get"]["responses"]["200"] = _json(_ref(new))
        self.answer({"type": "array", "items": _ref(new)})


def _renamed(mapping: dict[str, Any], old: str, new: str) -> None:
    mapping[new] = mapping.pop(old)


Change = Callable[[Doc], object]
BREAKS, GOES_ON, WORDS, NOTHING = "breaking", "compatible", "cosmetic", None
# name, change, class, hits releases in use, words of the line that says so
CHANGES: list[tuple[str, Change, str | None, bool, str]] = [
    # Operations
    ("operation gone", lambda d: d.one.pop("get"), BREAKS, True, "get_plant(): gone"),
    ("operation new", lambda d: d.one.update(put={**d.one["get"], "operationId": "putPlant"}),
     GOES_ON, False, "put_plant(): new"),
    ("id renamed", lambda d: d.one["get"].update(operationId="readPlant"), BREAKS, False,
     "get_plant(): renamed to read_plant()"),
    ("path moved", lambda d: d.move("/v1/report", "/v1/reports"), GOES_ON, True, "moved: "),
    ("path versioned", lambda d: d.move("/v1/report", "/v2/report"), GOES_ON, True, "moved: "),
    ("method changed", lambda d: _renamed(d.paths["/v1/report"], "get", "post"), GOES_ON, True,
     "moved: GET /v1/report -> POST"),
    ("first tag renamed", lambda d: d.report.update(tags=["tables"]), BREAKS, False,
     "is in the module 'tables' now"),
    ("second tag", lambda d: d.report.update(tags=["events", "more"]), NOTHING, False, ""),
    ("deprecated", lambda d: d.report.update(deprecated=True), GOES_ON, False, "Deprecated"),
    ("no longer deprecated", lambda d: d.one["delete"].pop("deprecated"), WORDS, False,
     "no longer deprecated"),
    ("summary reworded", lambda d: d.list.update(summary="All plants."), WORDS, False,
     "in other words"),
    ("placeholder renamed", lambda d: (
        d.move("/v1/plants/{plantId}/events", "/v1/plants/{id}/events"),
        d.paths["/v1/plants/{id}/events"].update(parameters=[{**PLANT, "name": "id"}])),
     BREAKS, False, "argument 'plant_id' renamed to 'id"),
    # Servers
    ("host renamed", lambda d: d.servers[0].update(url="https://api2.acme.test"), BREAKS, True,
     "server https://api.acme.test gone"),
    ("second server gone", lambda d: d.servers.pop(), BREAKS, True,
     "server https://sandbox.acme.test gone"),
    ("server added", lambda d: d.servers.append({"url": "https://c.test"}), GOES_ON, False,
     "server https://c.test is new"),
    ("sandbox first", lambda d: d.servers.reverse(), BREAKS, False,
     "the first server is https://sandbox.acme.test"),
    ("server of a path", lambda d: d.paths["/v1/report"].update(servers=[{"url": "https://r.test"}]),
     BREAKS, True, "goes to https://r.test"),
    ("server of an operation", lambda d: d.report.update(servers=[{"url": "https://r.test"}]),
     BREAKS, True, "goes to https://r.test"),
    # Credentials
    ("alternative added", lambda d: d.one["get"].update(security=[{"bearer": []}, {"key": []}]),
     GOES_ON, False, "the old way still works"),
    ("nothing as alternative", lambda d: d.one["get"].update(security=[{"bearer": []}, {}]),
     GOES_ON, False, "the old way still works"),
    ("alternative gone", lambda d: d.one["delete"].update(security=[{"key": []}]), BREAKS, True,
     "asks for API key 'X-Key'"),
    ("other scheme", lambda d: d.one["get"].update(security=[{"key": []}]), BREAKS, True,
     "asks for API key"),
    ("both instead of either",
     lambda d: d.one["delete"].update(security=[{"bearer": [], "key": []}]),
     BREAKS, True, "asks for API key 'X-Key' in the header and bearer token"),
    ("token needed", lambda d: d.events.update(security=[{"bearer": []}]), GOES_ON, True,
     "needs a token now"),
    ("key needed", lambda d: d.events.update(security=[{"key": []}]), BREAKS, True,
     "asks for API key"),
    ("token needed no more", lambda d: d.one["get"].update(security=[]), GOES_ON, False,
     "needs no token any more"),
    ("key in another header", lambda d: d.schemes["key"].update(name="X-Api-Key"), BREAKS, True,
     "asks for API key 'X-Api-Key'"),
    ("key in the query", lambda d: d.schemes["key"].update({"in": "query"}), BREAKS, True,
     "in the query"),
    # Parameters
    ("optional parameter", lambda d: d.list["parameters"].append(_query("q", {"type": "string"})),
     GOES_ON, False, "keyword 'q' is new and optional"),
    ("required parameter",
     lambda d: d.list["parameters"].append(_query("q", {"type": "string"}, required=True)),
     BREAKS, True, "keyword 'q' is new and required"),
    ("optional header", lambda d: d.list["parameters"].append(
        {"in": "header", "name": "X-Org", "schema": {"type": "string"}}),
     GOES_ON, False, "keyword 'x_org' is new and optional"),
    ("required header", lambda d: d.list["parameters"].append(
        {"in": "header", "name": "X-Org", "required": True, "schema": {"type": "string"}}),
     BREAKS, True, "keyword 'x_org' is new and required"),
    ("parameter gone", lambda d: d.without("country"), BREAKS, False, "keyword 'country' gone"),
    ("parameter renamed", lambda d: d.query("since").update(name="after"), BREAKS, False,
     "keyword 'since' renamed to 'after'"),
    ("parameter required", lambda d: d.query("limit").update(required=True), BREAKS, True,
     "keyword 'limit' is now required"),
    ("parameter optional", lambda d: d.query("page").pop("required"), GOES_ON, False,
     "keyword 'page' is now optional"),
    ("text for a number", lambda d: d.query("limit")["schema"].update(type="string"), BREAKS, True,
     "int -> str"),
    ("number for an integer", lambda d: d.query("limit")["schema"].update(type="number"),
     GOES_ON, False, "int -> float"),
    ("integer for a number", lambda d: d.query("power")["schema"].update(type="integer"),
     BREAKS, True, "float -> int"),
    ("day for a time", lambda d: d.query("since")["schema"].update(format="date"), BREAKS, True,
     "datetime -> date"),
    ("one id for a list", lambda d: d.query("ids").update(schema={"type": "string"}), BREAKS, True,
     "Sequence[str] -> str"),
    ("listed value new", lambda d: d.query("country")["schema"]["enum"].append("IT"), GOES_ON,
     False, "value 'IT' is new"),
    ("listed value gone", lambda d: d.query("country")["schema"]["enum"].remove("FR"), BREAKS, True,
     "value 'FR' gone"),
    ("limit tighter", lambda d: d.query("limit")["schema"].update(maximum=50), BREAKS, True,
     "maximum 100 -> 50"),
    ("limit looser", lambda d: d.query("limit")["schema"].update(maximum=500), GOES_ON, False,
     "maximum 100 -> 500"),
    ("limit gone", lambda d: d.query("limit")["schema"].pop("minimum"), GOES_ON, False,
     "minimum 1 -> none"),
    ("limit new", lambda d: d.query("page")["schema"].update(maxLength=9), BREAKS, True,
     "maxLength none -> 9"),
    ("pattern new", lambda d: d.query("page")["schema"].update(pattern="^a"), BREAKS, True,
     "pattern none -> '^a'"),
    ("default changed", lambda d: d.query("limit")["schema"].update(default=10), BREAKS, True,
     "default 20 -> 10"),
    ("default new", lambda d: d.query("country")["schema"].update(default="DE"), BREAKS, True,
     "default None -> 'DE'"),
    ("query to header", lambda d: d.query("page").update({"in": "header"}), GOES_ON, True,
     "travels as 'page' in the header"),
    ("explode flipped", lambda d: d.query("ids").update(explode=False), GOES_ON, True,
     "travels in another style"),
    ("pipes", lambda d: d.query("ids").update(explode=False, style="pipeDelimited"), GOES_ON, True,
     "travels in another style"),
    ("wire name respelled", lambda d: d.query("since").update(name="Since"), GOES_ON, True,
     "travels as 'Since'"),
    ("unit of a parameter", lambda d: d.query("power").update(description="At least so many MW."),
     BREAKS, True, "other units: MW, were kW"),
    ("parameter reworded", lambda d: d.query("power").update(description="Min. power in kW."),
     WORDS, False, "is described as"),
    ("parameter deprecated", lambda d: d.query("country").update(deprecated=True), GOES_ON, False,
     "'country' is deprecated"),
    # Bodies
    ("body new", lambda d: d.report.update(requestBody={"content": d.body["content"]}), GOES_ON,
     False, "body 'body' is new and optional"),
    ("body new and required", lambda d: d.report.update(requestBody=d.body), BREAKS, True,
     "body 'body' is new and required"),
    ("body gone", lambda d: d.create.pop("requestBody"), BREAKS, True, "body 'body' gone"),
    ("body optional", lambda d: d.body.pop("required"), GOES_ON, False, "'body' is now optional"),
    ("field new in a body", lambda d: d.new.update(x={"type": "string"}), GOES_ON, False,
     "NewPlant.x: new"),
    ("field new and required", lambda d: (d.new.update(x={"type": "string"}),
     d.require("NewPlant", "name", "x")), BREAKS, True, "NewPlant.x: new and required"),
    ("field of a body gone", lambda d: d.new.pop("power"), BREAKS, True, "NewPlant.power: gone"),
    ("field of a body required", lambda d: d.require("NewPlant", "name", "power"), BREAKS, True,
     "NewPlant.power: now required"),
    ("field of a body optional", lambda d: d.schemas["NewPlant"].pop("required"), GOES_ON, False,
     "NewPlant.name: may be left out now"),
    ("field of a body of another type", lambda d: d.new["power"].update(type="string"), BREAKS,
     True, "float -> str"),
    ("field of a body null", lambda d: d.new["power"].update(nullable=True), BREAKS, False,
     "None is sent as null, was left out"),
    ("read only", lambda d: d.new["power"].update(readOnly=True), BREAKS, True,
     "NewPlant.power: gone"),
    ("listed value of a body gone", lambda d: d.new["colour"]["enum"].remove("red"), BREAKS, True,
     "value 'red' gone"),
    ("listed value of a body new", lambda d: d.new["colour"]["enum"].append("blue"), GOES_ON, False,
     "value 'blue' is new"),
    ("shorter text in a body", lambda d: d.new["name"].update(maxLength=20), BREAKS, True,
     "maxLength 80 -> 20"),
    ("default of a body", lambda d: d.new["count"].update(default=2), BREAKS, True,
     "default 1 -> 2"),
    ("unit of a body", lambda d: d.new["power"].update(description="Rated power in MW."), BREAKS,
     True, "other units: MW, were kW"),
    ("form for JSON", lambda d: _renamed(d.body["content"], "application/json",
     "application/x-www-form-urlencoded"), GOES_ON, True, "body is sent as application/x-www-form"),
    ("merge patch for JSON", lambda d: _renamed(d.body["content"], "application/json",
     "application/merge-patch+json"), GOES_ON, True, "body is sent as application/merge-patch"),
    # Answers
    ("field new", lambda d: d.plant.update(x={"type": "string"}), GOES_ON, False, "Plant.x: new"),
    ("field gone", lambda d: d.plant.pop("note"), BREAKS, True, "Plant.note: gone"),
    ("field renamed", lambda d: _renamed(d.plant, "note", "notes"), BREAKS, True,
     "Plant.note: renamed to notes"),
    ("field optional", lambda d: d.require("Plant", "id", "kind"), BREAKS, True,
     "Plant.power: now optional"),
    ("field always there", lambda d: d.require("Plant", "id", "power", "kind", "count"), GOES_ON,
     False, "Plant.count: now always there"),
    ("null in a required field", lambda d: d.plant["power"].update(nullable=True), BREAKS, True,
     "Plant.power"),
    ("no null any more", lambda d: d.plant["name"].pop("nullable"), NOTHING, False, ""),
    ("text for a number in an answer", lambda d: d.plant["power"].update(type="string"), BREAKS,
     True, "float -> str"),
    ("number for an integer in an answer", lambda d: d.plant["count"].update(type="number"), BREAKS,
     True, "int -> float"),
    ("integer for a number in an answer", lambda d: d.plant["power"].update(type="integer"),
     GOES_ON, False, "float -> int"),
    ("kind new", lambda d: d.schemas["Kind"]["enum"].append("hydro"), GOES_ON, False,
     "value 'hydro' is new"),
    ("kind gone", lambda d: d.schemas["Kind"]["enum"].remove("solar"), GOES_ON, False,
     "value 'solar' gone"),
    ("envelope", lambda d: d.answer({"type": "object", "properties": {
        "data": {"type": "array", "items": _ref("Plant")}}}), BREAKS, True, "was list[Plant]"),
    ("no content", lambda d: d.one["get"].update(responses={"204": {"description": ""}}), BREAKS,
     True, "gives None, was Plant"),
    ("JSON for a table", lambda d: d.report.update(responses={"200": _json(_ref("Plant"))}), BREAKS,
     True, "gives Plant, was bytes"),
    ("rate limit", lambda d: d.list["responses"].update({"429": {"description": "Slow down."}}),
     GOES_ON, True, "may answer 429 now"),
    ("status gone", lambda d: d.list["responses"].pop("400"), GOES_ON, False,
     "answers 400 no longer"),
    ("field of an error gone", lambda d: d.schemas["Problem"]["properties"].pop("detail"), BREAKS,
     True, "Problem"),
    ("unit in words", lambda d: d.plant["power"].update(description="Rated power in MW."), BREAKS,
     True, "other units: MW, were kW"),
    ("unit", lambda d: d.plant["price"].update({"x-trlyr-unit": "EUR/kWh"}), BREAKS, True,
     "unit EUR/MWh -> EUR/kWh"),
    ("field reworded", lambda d: d.plant["note"].update(description="Remarks."), WORDS, False,
     "is described as 'Remarks.', was 'Free text.'"),
    ("field deprecated", lambda d: d.plant["note"].update(deprecated=True), WORDS, False,
     "deprecated"),
    ("limit of an answer", lambda d: d.plant["note"].update(maxLength=8), GOES_ON, False,
     "limits of answers are not checked"),
    ("default of an answer", lambda d: d.plant["note"].update(default="-"), WORDS, False,
     "defaults of answers are not filled in"),
    ("schema renamed", lambda d: d.respell("Plant", "Site"), BREAKS, False, "renamed to Site"),
    ("union grows", lambda d: (d.schemas.update(Moved={**d.schemas["Started"], "properties": {
        "type": {"enum": ["moved"]}}}), d.schemas["Event"]["oneOf"].append(_ref("Moved"))),
     BREAKS, True, "Event"),
    ("tag renamed", lambda d: d.schemas["Event"]["discriminator"].update(propertyName="kind"),
     BREAKS, True, "tag"),
    ("write only", lambda d: d.plant["note"].update(writeOnly=True), BREAKS, True,
     "Plant.note: gone"),
    # The document
    ("title and version", lambda d: d.whole["info"].update(title="P", version="2"), NOTHING, False,
     ""),
    ("foreign extension", lambda d: d.list.update({"x-lane": 1}), NOTHING, False, ""),
    ("unused schema", lambda d: d.schemas.update(Z={"type": "string"}), NOTHING, False, ""),
    ("reordered", lambda d: d.whole.update(paths=dict(reversed(d.paths.items()))), NOTHING, False,
     ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "grade", "hits", "words"),
    [pytest.param(*row[1:], id=row[0].replace(" ", "-")) for row in CHANGES],
)
def test_change_is_of_the_class_that_a_person_gives_it(
    change: Change, grade: str | None, hits: bool, words: str
) -> None:
    """The class of the whole report, whether releases in use are hit, and the line that says so."""
    new = Doc()
    change(new)
    states = [
        [state_of(AREA, check_frame(copy.deepcopy(one), "d"), None)]
        for one in (DOCUMENT, new.whole)
    ]
    report = drift(states[0], states[1], "1.0.0")
    assert not report.problems
    assert report.grade == grade, report.text()
    assert any(one.hits_released for one in report.changes) is hits, report.text()
    assert words in report.text()
    assert report.exit_status == (1 if grade == "breaking" else 3 if hits else 0)


def test_there_are_a_hundred() -> None:
    """Of other names, so that each can be found."""
    assert len({row[0] for row in CHANGES}) == len(CHANGES) >= 100
