"""Upstream publishes whole what we had put together from its pages: pull, build, read a page."""

import copy
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from codegen.areas import Area, load
from codegen.documents.document import operations
from codegen.documents.reading import read
from codegen.overlays import overlay
from energy_async.units import units_of
from tests.codegen.conftest import Project

ROOT = Path(__file__).resolve().parents[2]
OURS = [area for area in load() if (ROOT / area.overlay).exists()]
REVENUE = next(area for area in OURS if area.name == "revenue-reporting")
_NAMES = frozenset({"content", "paths", "properties", "responses", "schemas"})
_GO = "pkg_models_service."


def published(area: Area) -> Any:
    """The facts that we know, as a generator of documents for Go would publish them.

    No name, unit or word of ours, no formats of times, Go packages in front of schemas, and the
    token among the parameters.
    """
    stored = read(ROOT / area.document, area.document)
    actions = overlay.read(ROOT / area.overlay, area.overlay)
    known = overlay.apply(stored, actions, area.overlay).document
    known["components"].pop("securitySchemes", None)
    known.pop("security", None)
    facts = _without_ours(known)
    for name in [key for key in facts["components"]["schemas"] if "." not in key]:
        facts["components"]["schemas"][_GO + name] = facts["components"]["schemas"].pop(name)
        text = json.dumps(facts).replace(
            f'#/components/schemas/{name}"', f'#/components/schemas/{_GO}{name}"'
        )
        facts = json.loads(text)
    token = {
        "in": "header",
        "name": "Authorization",
        "required": True,
        "schema": {"type": "string"},
    }
    for one in operations(facts):
        one.body["responses"]["403"] = {"description": "Forbidden"}
        if one.body.pop("security", None) != []:
            parameters = one.body.setdefault("parameters", [])
            if token["name"] not in {p["name"] for p in parameters}:
                parameters.insert(0, token)
    return facts


def _without_ours(node: Any, *, are_names: bool = False) -> Any:
    if isinstance(node, list):
        return [_without_ours(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: "Upstream's words." if key == "description" and not are_names
        else _without_ours(value, are_names=not are_names and key in _NAMES)
        for key, value in node.items()
        if are_names or not (key == "operationId" or key.startswith("x-") or value == "date-time")
    }  # fmt: skip


def pull(project: Project, document: Any) -> tuple[int, str]:
    """Pull a document; the second value is the report in Markdown."""
    report = project.root / "report.md"
    status, _ = project.pull(document, "--report", str(report))
    return status, report.read_text("utf-8")


@pytest.mark.parametrize("area", [pytest.param(one, id=one.module) for one in OURS])
def test_two_commands_and_nothing_breaks(area: Area, project: Callable[[Area], Project]) -> None:
    """Every function, struct, field and unit stays; the report names the actions to look at."""
    made = project(area)
    status, report = pull(made, published(area))
    assert status == 0
    assert "0 breaking" in report
    assert "cannot be built" not in report.lower()
    assert f"{area.overlay}#/actions/" in report
    assert "do they exist?" not in report
    assert made.run("build")[0] == 0
    module = made.built()
    ours = importlib.import_module(f"{area.package}._generated.{area.module}")
    assert sorted(module.OPERATIONS) == sorted(ours.OPERATIONS)
    assert {one.provenance for one in module.OPERATIONS.values()} == {"published"}
    models = importlib.import_module(f"{module.__name__}.models")
    for name in importlib.import_module(f"{ours.__name__}.models").__all__:
        old, new = getattr(ours.models, name), getattr(models, name)
        if isinstance(old, type) and issubclass(old, msgspec.Struct):
            assert new.__struct_fields__ == old.__struct_fields__
            assert units_of(new) == units_of(old)


def test_every_clash_is_an_error_of_check_until_the_overlay_is_edited(
    project: Callable[[Area], Project],
) -> None:
    """A build goes on and says why somebody has to look; then corrections take over."""
    made = project(REVENUE)
    made.pull(published(REVENUE))
    status, told = made.run("build")
    assert status == 0
    assert "action 4, target $.paths: upstream defines itself now: GET /revenue-reporting/" in told
    assert "action 8, target $.components.schemas: upstream defines itself now: schema" in told
    status, told = made.run("check")
    assert status == 1
    assert told.count(f"{REVENUE.overlay}#/actions/") == 5
    path = made.root / REVENUE.overlay
    actions = yaml.safe_load(path.read_text("utf-8"))
    actions["actions"] = [
        one
        for one in actions["actions"]
        if one["target"] not in {"$.paths", "$.components.schemas"}
    ]
    path.write_text(json.dumps(actions, default=str), "utf-8")
    assert made.run("build")[0] == 0
    assert made.run("check") == (0, "")


def test_what_upstream_says_otherwise_is_drift(project: Callable[[Area], Project]) -> None:
    """Differences between what we had guessed and what is so, under the names that people use."""
    document = published(REVENUE)
    schemas = document["components"]["schemas"]
    schemas[f"{_GO}GetWholesaleRevenue"] = schemas.pop(f"{_GO}WholesaleRevenue")
    text = json.dumps(document).replace(f"{_GO}WholesaleRevenue", f"{_GO}GetWholesaleRevenue")
    document = json.loads(text.replace("{virtualAssetID}/wholesale", "{virtualAssetId}/wholesale"))
    paths = document["paths"]
    wholesale = paths["/revenue-reporting/{virtualAssetId}/wholesale"]["get"]
    for one in wholesale["parameters"]:
        one["name"] = one["name"].replace("virtualAssetID", "virtualAssetId")
    fields = document["components"]["schemas"][f"{_GO}GetWholesaleRevenue"]["properties"]
    fields["revenue"]["type"] = "string"
    fields["volume"] = {"type": "number"}
    paths["/revenue-reporting/status"] = paths.pop("/revenue-reporting/health")
    made = project(REVENUE)
    status, report = pull(made, document)
    assert status == 0
    model = "**`revenue_reporting.models.WholesaleRevenue.{}`**"
    assert f"{model.format('revenue')} float -\\> str" in report
    assert f"{model.format('volume')} new, float" in report
    assert "1 breaking" in report
    assert "upstream's pkg_models_service.GetWholesaleRevenue is called so now" in report
    assert "do they exist?\n\n- `" + REVENUE.overlay in report
    assert "GET /revenue-reporting/health`" in report
    assert made.run("build")[0] == 0
    get = made.built().OPERATIONS["get_wholesale_revenue"]
    assert get.path == "/revenue-reporting/{virtualAssetId}/wholesale"


def test_a_second_pull_is_quiet(project: Callable[[Area], Project]) -> None:
    """The same document again changes no file."""
    made = project(REVENUE)
    document = published(REVENUE)
    made.pull(copy.deepcopy(document))
    before = {path: path.read_bytes() for path in (made.root / "specs").rglob("*.*")}
    status, report = pull(made, document)
    assert status == 0
    assert "Nothing changes for those who use the client.\n" in report
    assert {path: path.read_bytes() for path in (made.root / "specs").rglob("*.*")} == before
