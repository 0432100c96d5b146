"""Corrections either do something or are an error."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from codegen.documents.normalise import python_name
from codegen.overlays import overlay
from codegen.overlays.actions import Applied
from codegen.overlays.places import find
from codegen.problems import ProblemsError

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Acme", "version": "1"},
    "security": [],
    "paths": {
        "/parcels/{id}": {
            "get": {
                "parameters": [
                    {"in": "path", "name": "id", "schema": {"type": "string"}},
                    {"in": "query", "name": "start", "schema": {"type": "string"}},
                ],
                "responses": {"200": {"description": "OK"}},
            }
        }
    },
}


def acting(*actions: dict[str, Any]) -> dict[str, Any]:
    with_reason = [{"x-reason": "Because.", **action} for action in actions]
    return {"overlay": "1.0.0", "info": {}, "actions": with_reason}


def applied(*actions: dict[str, Any], to: dict[str, Any] = DOCUMENT) -> Applied:
    return overlay.apply(to, acting(*actions), "o.yaml")


@pytest.mark.parametrize(
    ("path", "places"),
    [
        pytest.param("$", [()], id="root"),
        pytest.param("$.info.title", [("info", "title")], id="names"),
        pytest.param("$['info']['title']", [("info", "title")], id="quoted"),
        pytest.param(
            "$.paths.*.get.responses", [("paths", "/parcels/{id}", "get", "responses")], id="star"
        ),
        pytest.param(
            "$.paths[*][*].parameters[1].name",
            [("paths", "/parcels/{id}", "get", "parameters", 1, "name")],
            id="index",
        ),
        pytest.param(
            "$..parameters[?(@.name == 'start')].in",
            [("paths", "/parcels/{id}", "get", "parameters", 1, "in")],
            id="deep-filter",
        ),
        pytest.param(
            "$..parameters[?@.in=='path']",
            [("paths", "/parcels/{id}", "get", "parameters", 0)],
            id="filter",
        ),
        pytest.param("$.nothing.here", [], id="no-match"),
    ],
)
def test_paths_find_places(path: str, places: list[tuple[str | int, ...]]) -> None:
    """The part of JSONPath that overlays need."""
    assert find(DOCUMENT, path) == places


@pytest.mark.parametrize("path", ["info", "$.", "$[", "$.a[?@.x >> 1]", "$.a b", "$[?(@.a == b)]"])
def test_path_that_cannot_be_read_is_an_error(path: str) -> None:
    """A path is never half understood."""
    with pytest.raises(ValueError, match="cannot read"):
        find({"a": [1], "b": {"a": "b"}}, path)


def test_update_merges_replaces_and_appends() -> None:
    """Objects merge at any depth, values are replaced, arrays grow."""
    result = applied(
        {"target": "$.info", "update": {"version": "2", "contact": {"name": "A"}}},
        {"target": "$.security", "update": {"bearer": []}},
    ).document
    assert result["info"] == {"title": "Acme", "version": "2", "contact": {"name": "A"}}
    assert result["security"] == [{"bearer": []}]


def test_remove_takes_every_match_of_an_array() -> None:
    """Indices do not slip while items go."""
    result = applied({"target": "$..parameters[*]", "remove": True}).document
    assert result["paths"]["/parcels/{id}"]["get"]["parameters"] == []


def test_document_given_is_left_alone() -> None:
    """Stages are functions from data to data."""
    before = copy.deepcopy(DOCUMENT)
    applied({"target": "$..parameters[*]", "remove": True})
    assert before == DOCUMENT


@pytest.mark.parametrize(
    ("action", "message"),
    [
        pytest.param(
            {"target": "$.paths.nothing", "update": {"a": 1}}, "matches nothing", id="no-match"
        ),
        pytest.param(
            {"target": "$.info", "update": {"version": "1"}},
            "changes nothing at /info",
            id="no-change",
        ),
        pytest.param(
            {"target": "$", "update": {"info": {"title": "Acme"}}},
            "changes nothing at /",
            id="no-change-below",
        ),
        pytest.param(
            {"target": "$..parameters[*]", "update": {"in": "query"}},
            "changes nothing at /paths/~1parcels~1{id}/get/parameters/1",
            id="one-of-two-unchanged",
        ),
    ],
)
def test_action_that_does_nothing_is_noted_with_number_target_and_reason(
    action: dict[str, Any], message: str
) -> None:
    """That is how we learn that upstream has mended something; the others are carried out."""
    good = {"target": "$.info", "update": {"x": 1}}
    result = applied(good, action)
    (note,) = result.overtaken
    assert (note.document, note.where) == ("o.yaml", "/actions/1")
    assert f"action 2, target {action['target']}: " in note.message
    assert message in note.message
    assert "(reason: Because.)" in note.message
    assert result.document["info"]["x"] == 1


GET = {"operationId": "get_it", "responses": {"200": {"description": "OK"}}}


@pytest.mark.parametrize(
    ("action", "message"),
    [
        pytest.param(
            {"target": "$.info.title", "update": {"a": 1}},
            "cannot update str with dict",
            id="not-an-object",
        ),
        pytest.param(
            {"target": "$", "remove": True}, "cannot remove the whole document", id="remove-all"
        ),
        pytest.param({"target": "$.info[", "update": {}}, "cannot read", id="bad-path"),
        pytest.param(
            {"target": "$.paths", "update": {"/new": {"get": GET}}},
            "GET /new is there already: an earlier action adds it",
            id="added-twice",
        ),
    ],
)
def test_action_that_cannot_be_carried_out_is_an_error(
    action: dict[str, Any], message: str
) -> None:
    """Whatever upstream says, it can never have been meant so."""
    good = {"target": "$.paths", "update": {"/new": {"get": GET}}}
    with pytest.raises(ProblemsError) as caught:
        applied(good, action)
    (problem,) = caught.value.problems
    assert (problem.document, problem.where) == ("o.yaml", "/actions/1")
    assert message in problem.message


@pytest.mark.parametrize(
    ("change", "where"),
    [
        pytest.param({"overlay": "2.0.0"}, "/overlay", id="version"),
        pytest.param({"info": None}, "/info", id="no-info"),
        pytest.param({"actions": []}, "/actions", id="no-actions"),
        pytest.param({"actions": [1]}, "/actions/0", id="no-action"),
        pytest.param({"actions": [{"target": "$", "update": {}}]}, "/actions/0/x-reason", id="why"),
        pytest.param({"actions": [{"target": "$", "x-reason": "r"}]}, "/actions/0", id="no-verb"),
        pytest.param(acting({"target": "$", "remove": True, "update": 1}), "/actions/0", id="both"),
        pytest.param(acting({"target": "$", "updat": 1, "remove": True}), "/actions/0", id="typo"),
    ],
)
def test_bad_overlay_is_located(tmp_path: Path, change: dict[str, Any], where: str) -> None:
    """File and place are in the error."""
    path = tmp_path / "o.yaml"
    path.write_text(json.dumps({"overlay": "1.0.0", "info": {}, "actions": []} | change))
    with pytest.raises(ProblemsError) as caught:
        overlay.read(path, "o.yaml")
    assert where in {one.where for one in caught.value.problems}
    assert {one.document for one in caught.value.problems} == {"o.yaml"}


@pytest.mark.parametrize("text", ["a: [", "[]", "", "- !!python/name:os.system"])
def test_file_that_is_no_overlay_is_named(tmp_path: Path, text: str) -> None:
    """Neither broken YAML nor a YAML tag gets through."""
    path = tmp_path / "o.yaml"
    path.write_text(text)
    with pytest.raises(ProblemsError, match=r"o\.yaml"):
        overlay.read(path, "o.yaml")


def test_dates_in_an_overlay_stay_text(tmp_path: Path) -> None:
    """YAML would make dates of them, which JSON does not have."""
    path = tmp_path / "o.yaml"
    path.write_text(
        "{overlay: 1.0.0, info: {}, actions: [{target: $, update: {x: 2026-06-30}, x-reason: r}]}"
    )
    assert (overlay.read(path, "o.yaml") or {})["actions"][0]["update"] == {"x": "2026-06-30"}


PARCEL = "acme_models.Parcel"
UPSTREAM: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Acme", "version": "2"},
    "paths": {
        "/parcels/{parcelId}": {
            "get": {
                "parameters": [
                    {
                        "in": "path",
                        "name": "parcelId",
                        "required": True,
                        "schema": {"type": "string"},
                    },
                    {"in": "query", "name": "since", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {
                        "description": "OK",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": f"#/components/schemas/{PARCEL}"}
                            }
                        },
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            PARCEL: {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "sentAt": {"type": "string"},
                    "size": {"type": "string", "enum": ["S", "L"]},
                    "weight": {"type": "integer"},
                },
            }
        }
    },
}


def answer(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}


def our_operation(schema: str = "Parcel", **more: Any) -> dict[str, Any]:
    return {
        "operationId": "get_parcel",
        "description": "Fetch a parcel.",
        "x-trlyr-provenance": "provisional",
        "x-trlyr-lane": "bulk",
        "parameters": [
            {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}},
            {"in": "query", "name": "since", "required": True, "description": "From when on.",
             "schema": {"type": "string", "format": "date-time"}},
            {"in": "query", "name": "guess", "schema": {"type": "string"}},
        ],
        "responses": answer(schema),
        **more,
    }  # fmt: skip


OUR_PARCEL: dict[str, Any] = {
    "type": "object",
    "description": "One parcel.",
    "properties": {
        "guess": {"type": "string", "x-trlyr-unit": "kg"},
        "sentAt": {"type": "string", "format": "date-time"},
        "size": {"type": "string", "x-trlyr-enum-units": {"S": "cm", "XXL": "km"}},
        "weight": {"type": "number", "x-trlyr-unit": "kg", "description": "Weight."},
    },
}


def adding(path: str = "/parcels/{id}", name: str = "Parcel", **more: Any) -> list[dict[str, Any]]:
    return [
        {"target": "$.paths", "update": {path: {"get": our_operation(name, **more)}}},
        {"target": "$.components.schemas", "update": {name: OUR_PARCEL}},
    ]


@pytest.mark.parametrize(
    "actions",
    [
        pytest.param(adding(), id="other-placeholder-and-go-package"),
        pytest.param(adding("/parcels/{parcelId}", PARCEL), id="the-very-same-names"),
        pytest.param(adding(name="Package"), id="another-name-in-the-same-place"),
    ],
)
def test_what_upstream_defines_itself_is_used_with_our_names_words_and_units(
    actions: list[dict[str, Any]],
) -> None:
    """Facts are upstream's, whole: no guessed parameter or field, no type of ours is left."""
    before = copy.deepcopy(UPSTREAM)
    result = applied(*actions, to=UPSTREAM)
    assert before == UPSTREAM
    assert list(result.document["paths"]) == ["/parcels/{parcelId}"]
    get = result.document["paths"]["/parcels/{parcelId}"]["get"]
    assert [one["name"] for one in get["parameters"]] == ["parcelId", "since"]
    since = get["parameters"][1]
    assert since["schema"] == {"type": "string", "format": "date-time"}
    assert since["description"] == "From when on."
    assert "required" not in since
    assert get["operationId"] == "get_parcel"
    assert (get["x-trlyr-provenance"], get["x-trlyr-lane"]) == ("published", "bulk")
    ((name, parcel),) = result.document["components"]["schemas"].items()
    assert (name, parcel["required"]) == (PARCEL, ["id"])
    wanted = next(iter(actions[1]["update"]))
    assert python_name(name, parcel) == wanted.removeprefix("acme_models.")
    assert parcel["description"] == "One parcel."
    fields = parcel["properties"]
    assert fields["weight"] == {"type": "integer", "x-trlyr-unit": "kg", "description": "Weight."}
    assert fields["sentAt"] == {"type": "string", "format": "date-time"}
    assert fields["size"]["x-trlyr-enum-units"] == {"S": "cm"}
    assert "guess" not in fields
    told = "\n".join(map(str, result.overtaken))
    assert "o.yaml#/actions/0: action 1, target $.paths: upstream defines itself now: GET " in told
    assert "o.yaml#/actions/1: action 2, target $.components.schemas: " in told
    assert not result.ours


def test_an_operation_of_the_same_name_at_another_path_is_the_same() -> None:
    """A path that we had to guess gives way to the true one."""
    upstream = copy.deepcopy(UPSTREAM)
    upstream["paths"]["/parcels/{parcelId}"]["get"]["operationId"] = "getParcel"
    result = applied(*adding("/parcel/{id}"), to=upstream)
    assert list(result.document["paths"]) == ["/parcels/{parcelId}"]
    assert "GET /parcel/{id} (as GET /parcels/{parcelId})" in str(result.overtaken[0])


def test_what_upstream_does_not_define_is_added_and_told_of() -> None:
    """Parts of one action are judged one by one."""
    (action, schemas) = adding()
    action["update"]["/depots"] = {"get": our_operation(operationId="get_depots")}
    result = applied(action, schemas, to=UPSTREAM)
    assert sorted(result.document["paths"]) == ["/depots", "/parcels/{parcelId}"]
    assert [(one.where, one.message) for one in result.ours] == [
        ("/actions/0/update/~1depots/get", "GET /depots")
    ]
    depots = result.document["paths"]["/depots"]["get"]
    assert depots["responses"] == answer(PARCEL)
    assert depots["x-trlyr-provenance"] == "provisional"


def test_one_schema_of_ours_for_two_of_upstream_gives_its_units_and_no_name() -> None:
    """Which of both is meant cannot be told; the units fit both."""
    upstream = copy.deepcopy(UPSTREAM)
    upstream["components"]["schemas"]["Box"] = copy.deepcopy(
        UPSTREAM["components"]["schemas"][PARCEL]
    )
    upstream["paths"]["/boxes"] = {"get": {"responses": answer("Box")}}
    actions = adding(name="Thing")
    actions[0]["update"]["/boxes"] = {"get": our_operation("Thing", operationId="get_boxes")}
    result = applied(*actions, to=upstream)
    schemas = result.document["components"]["schemas"]
    assert sorted(schemas) == ["Box", PARCEL]
    assert {one["properties"]["weight"]["x-trlyr-unit"] for one in schemas.values()} == {"kg"}
    assert not any("x-trlyr-python-name" in one for one in schemas.values())
    assert "nothing leads to schema Thing any more" in str(result.overtaken[-1])


def test_security_of_upstream_counts_whole() -> None:
    """An empty list is as good as none; another scheme is not joined with ours."""
    action = {
        "target": "$",
        "update": {
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    }
    for document in (UPSTREAM, {**UPSTREAM, "security": []}):
        result = applied(action, to=document)
        assert result.document["security"] == [{"bearer": []}]
        assert not result.overtaken
    result = applied(action, to={**UPSTREAM, "security": [{"key": []}]})
    assert result.document["security"] == [{"key": []}]
    assert "upstream defines itself now: security" in str(result.overtaken[0])


def test_ours_is_used_where_the_overlay_removes_upstreams_first() -> None:
    """Deliberate, with a reason, and nothing of upstream's shines through."""
    remove = {"target": "$.paths['/parcels/{parcelId}'].get", "remove": True}
    add = {"target": "$.paths['/parcels/{parcelId}']", "update": {"get": our_operation(PARCEL)}}
    result = applied(remove, add, to=UPSTREAM)
    assert result.document["paths"]["/parcels/{parcelId}"]["get"] == our_operation(PARCEL)
    assert not result.overtaken


@pytest.mark.parametrize(
    ("target", "update", "where", "message"),
    [
        pytest.param(
            f"$.components.schemas['{PARCEL}']",
            {"properties": {"mass": {"x-trlyr-unit": "kg"}}},
            "/actions/0/update/properties/mass",
            f"corrects /components/schemas/{PARCEL}/properties/mass, which upstream does not have",
            id="field",
        ),
        pytest.param(
            "$.components.schemas",
            {"Box": {"x-trlyr-python-name": "Carton"}},
            "/actions/0/update/Box",
            "corrects /components/schemas/Box, which upstream does not have",
            id="schema",
        ),
        pytest.param(
            "$.paths['/parcels/{parcelId}'].get",
            {"parameters": [{"in": "query", "name": "since", "required": True}]},
            "/actions/0/update/parameters",
            "upstream declares 'since' at /paths/~1parcels~1{parcelId}/get/parameters itself",
            id="parameter",
        ),
    ],
)
def test_part_that_has_lost_its_object_is_noted_and_leaves_no_trace(
    target: str, update: dict[str, Any], where: str, message: str
) -> None:
    """A correction of something that is gone does not become something new."""
    result = applied({"target": target, "update": update}, to=UPSTREAM)
    assert result.document == UPSTREAM
    (note,) = result.overtaken
    assert note.where == where
    assert message in note.message


def test_struct_that_became_a_union_gets_no_fields_of_ours() -> None:
    """Units of fields that moved into its members do not make fields of unknown type."""
    one_of = {"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}
    upstream = {**UPSTREAM, "components": {"schemas": {PARCEL: one_of, "A": {}, "B": {}}}}
    target = f"$.components.schemas['{PARCEL}']"
    result = applied(
        {"target": target, "update": {"properties": {"mass": {"x-trlyr-unit": "kg"}}}}, to=upstream
    )
    assert result.document == upstream
    assert "/properties/mass, which upstream does not have" in str(result.overtaken[0])


def test_list_takes_nothing_twice() -> None:
    """What upstream lists by now is not listed again."""
    target = f"$.components.schemas['{PARCEL}']"
    result = applied({"target": target, "update": {"required": ["id", "weight"]}}, to=UPSTREAM)
    assert result.document["components"]["schemas"][PARCEL]["required"] == ["id", "weight"]
    result = applied({"target": target, "update": {"required": ["id"]}}, to=UPSTREAM)
    assert "changes nothing" in str(result.overtaken[0])


@pytest.mark.parametrize(
    ("target", "instead"),
    [
        ("$.components.schemas.Parcel", f"$.components.schemas['{PARCEL}']"),
        ("$.components.schemas['models.Parcel']", f"$.components.schemas['{PARCEL}']"),
        ("$.paths['/parcels/{id}'].get", "$.paths['/parcels/{parcelId}'].get"),
        ("$.paths['/v1/parcels/{id}'].get", "$.paths['/parcels/{parcelId}'].get"),
    ],
)
def test_correction_follows_what_is_only_spelled_in_another_way(target: str, instead: str) -> None:
    """A Go package, a placeholder or a version; it is carried out, and the target is to mend."""
    result = applied({"target": target, "update": {"x-note": "ours"}}, to=UPSTREAM)
    expected = applied({"target": instead, "update": {"x-note": "ours"}}, to=UPSTREAM)
    assert result.document == expected.document
    assert not expected.overtaken
    assert f"carried out on {instead}: correct the target" in str(result.overtaken[0])


@pytest.mark.parametrize("schemas", [{}, {PARCEL: True}], ids=["to-nothing", "to-anything"])
def test_reference_of_upstream_that_leads_nowhere_is_left_to_the_build(
    schemas: dict[str, Any],
) -> None:
    """It has its own message there; there is nothing that could take over a name."""
    upstream = {**UPSTREAM, "components": {"schemas": schemas}}
    result = applied(*adding(name="Thing"), to=upstream)
    get = result.document["paths"]["/parcels/{parcelId}"]["get"]
    assert get["responses"] == answer(PARCEL)
    assert result.document["components"]["schemas"] == schemas
