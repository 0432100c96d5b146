"""Corrections either do something or are an error."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from codegen import overlay
from codegen.jsonpath import find
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


def applied(*actions: dict[str, Any]) -> dict[str, Any]:
    return overlay.apply(DOCUMENT, acting(*actions), "o.yaml")


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


@pytest.mark.parametrize("path", ["info", "$.", "$[", "$.a[?(@.x > 1)]", "$.a b", "$[?(@.a == b)]"])
def test_path_that_cannot_be_read_is_an_error(path: str) -> None:
    """A path is never half understood."""
    with pytest.raises(ValueError, match=r"path starts|cannot"):
        find({"a": [1], "b": {"a": "b"}}, path)


def test_update_merges_replaces_and_appends() -> None:
    """Objects merge at any depth, values are replaced, arrays grow."""
    result = applied(
        {"target": "$.info", "update": {"version": "2", "contact": {"name": "A"}}},
        {"target": "$.security", "update": {"bearer": []}},
    )
    assert result["info"] == {"title": "Acme", "version": "2", "contact": {"name": "A"}}
    assert result["security"] == [{"bearer": []}]


def test_remove_takes_every_match_of_an_array() -> None:
    """Indices do not slip while items go."""
    result = applied({"target": "$..parameters[*]", "remove": True})
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
        pytest.param(
            {"target": "$.info.title", "update": {"a": 1}},
            "cannot update str with dict",
            id="not-an-object",
        ),
        pytest.param(
            {"target": "$", "remove": True}, "cannot remove the whole document", id="remove-all"
        ),
        pytest.param({"target": "$.info[", "update": {}}, "cannot read", id="bad-path"),
    ],
)
def test_idle_action_names_its_number_target_and_reason(
    action: dict[str, Any], message: str
) -> None:
    """That is how we learn that upstream has mended something."""
    good = {"target": "$.info", "update": {"x": 1}}
    with pytest.raises(ProblemsError) as caught:
        applied(good, action)
    (problem,) = caught.value.problems
    assert (problem.document, problem.where) == ("o.yaml", "/actions/1")
    assert f"action 2, target {action['target']}: " in problem.message
    assert message in problem.message
    assert "(reason: Because.)" in problem.message


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
    assert overlay.read(path, "o.yaml")["actions"][0]["update"] == {"x": "2026-06-30"}
