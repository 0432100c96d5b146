"""Things that may happen upstream, one at a time, as a maintainer meets them."""

import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codegen.areas import Area, load
from codegen.build import area_code
from codegen.cli import main
from codegen.documents.document import canonical
from codegen.documents.normalise import normalise
from codegen.documents.prose import without_prose
from codegen.documents.reading import parse, read
from codegen.drift.functions import compare
from codegen.drift.report import Report, next_version
from codegen.drift.revisions import drift, state_of, version_of
from codegen.drift.values import is_within
from codegen.drift.verdicts import Subject
from codegen.functions.security import credentials, requirements
from codegen.interface import interface_of
from codegen.overlays import overlay
from codegen.proof.running import Trial, prove, trial_of
from codegen.render import write_files
from tests.codegen.conftest import Project

ROOT = Path(__file__).resolve().parents[2]
AREA = next(area for area in load() if area.name == "revenue-reporting")
TOLLING = "/revenue-reporting/{virtualAssetID}/tolling"

ACTIONS = overlay.read(ROOT / AREA.overlay, AREA.overlay)
STORED = read(ROOT / AREA.document, AREA.document)
DOCUMENT = overlay.apply(STORED, ACTIONS, AREA.overlay).document
"""The document with our overlay: what upstream would publish if it said all that we know."""


def get(document: Any) -> Any:
    return document["paths"][TOLLING]["get"]


def rows(document: Any) -> Any:
    (name,) = [key for key in document["components"]["schemas"] if key.endswith("TollingRevenue")]
    return document["components"]["schemas"][name]


def query(document: Any, name: str) -> Any:
    return next(one for one in get(document)["parameters"] if one["name"] == name)


def renamed(mapping: dict[str, Any], old: str, new: str) -> None:
    mapping[new] = mapping.pop(old)


def category(document: Any) -> Any:
    (name,) = [key for key in document["components"]["schemas"] if "DataPointCategory" in key]
    return document["components"]["schemas"][name]


def respelled(document: Any, old: str, new: str) -> None:
    """Another word, wherever it stands."""
    text = json.dumps(document).replace(old, new)
    document.clear()
    document.update(json.loads(text))


def path_argument_respelled(document: Any) -> None:
    """The property of the same name stays as it is."""
    respelled(document, "{virtualAssetID}", "{virtualAssetId}")
    respelled(document, '"name": "virtualAssetID"', '"name": "virtualAssetId"')


def paged(document: Any) -> None:
    """The list moves into an envelope."""
    media = get(document)["responses"]["200"]["content"]["application/json"]
    members = {"data": media["schema"], "nextPage": {"type": "string"}}
    media["schema"] = {"type": "object", "properties": members}


def asks_for_api_key(document: Any) -> None:
    scheme = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    document["components"]["securitySchemes"] = {"key": scheme}
    document["security"] = [{"key": []}]
    get(document)["parameters"] = [p for p in get(document)["parameters"] if p["in"] != "header"]


def told_apart(document: Any) -> None:
    """Rows become one of two kinds, told apart by a property."""
    schemas = document["components"]["schemas"]
    (name,) = [key for key in schemas if key.endswith("TollingRevenue")]
    kind = {"properties": {"kind": {"type": "string"}}, "required": ["kind"], "type": "object"}
    schemas["Fixed"] = {**copy.deepcopy(schemas[name]), **copy.deepcopy(kind)}
    schemas["Indexed"] = copy.deepcopy(kind)
    media = get(document)["responses"]["200"]["content"]["application/json"]
    media["schema"]["items"] = {
        "oneOf": [{"$ref": "#/components/schemas/Fixed"}, {"$ref": "#/components/schemas/Indexed"}],
        "discriminator": {"propertyName": "kind"},
    }


def swagger_2(document: Any) -> None:
    document["swagger"] = "1.2"
    del document["openapi"]


def with_header(document: Any) -> None:
    header = {"in": "header", "name": "X-Organisation", "schema": {"type": "string"}}
    get(document)["parameters"].append(header)


@dataclass(frozen=True)
class Event:
    """A change of upstream's document, and what a maintainer sees.

    Attributes:
        change: What happens to the document.
        grade: The class of the drift; None if nothing changes for Python.
        words: What the report must contain.
        base: `stored`: the document that we have, with our overlay in place. `whole`: upstream says
            all that we know, and the overlay is gone.
        before: What the document had to look like before.
        overtaken: What is said of the overlay, if it is overtaken.
        refused: The command that refuses the change, and what it says.
        accept: Whether `--accept` is given.
    """

    change: Callable[[Any], object]
    grade: str | None
    words: str = ""
    base: str = "stored"
    before: Callable[[Any], object] = lambda _: None
    overtaken: str = ""
    refused: tuple[str, str] | None = None
    accept: bool = False

    def documents(self) -> tuple[Any, Any]:
        """Upstream's document before and after."""
        old = copy.deepcopy(STORED if self.base == "stored" else DOCUMENT)
        self.before(old)
        new = copy.deepcopy(old)
        self.change(new)
        return old, new


TOLLING_NAME = "revenue_reporting.get_tolling_revenue()"
MODEL = "revenue_reporting.models.TollingRevenue"

EVENTS = {
    "field-gone": Event(
        lambda d: rows(d)["properties"].pop("revenue"),
        "breaking",
        f"{MODEL}.revenue: gone",
        overtaken="#/actions/2/update/properties/revenue: action 3",
    ),
    "field-renamed": Event(
        lambda d: renamed(rows(d)["properties"], "revenue", "revenueEur"),
        "breaking",
        f"{MODEL}.revenue: renamed to revenue_eur",
        overtaken="#/actions/2/update/properties/revenue: action 3",
    ),
    "field-number-to-text": Event(
        lambda d: rows(d)["properties"]["revenue"].update(type="string"),
        "breaking",
        f"{MODEL}.revenue: float -> str",
    ),
    "field-number-to-integer": Event(
        lambda d: rows(d)["properties"]["revenue"].update(type="integer"),
        "compatible",
        f"{MODEL}.revenue: float -> int",
    ),
    "field-time-to-text": Event(
        lambda d: rows(d)["properties"]["startTs"].pop("format"),
        "breaking",
        "start_ts: AwareDatetime -> str",
        base="whole",
    ),
    "field-new": Event(
        lambda d: rows(d)["properties"].update(market={"type": "string"}),
        "compatible",
        f"{MODEL}.market: new, str",
    ),
    "field-unit": Event(
        lambda d: rows(d)["properties"]["revenue"].update({"x-trlyr-unit": "ct"}),
        "breaking",
        f"{MODEL}.revenue: unit EUR -> ct",
        base="whole",
    ),
    "field-example": Event(
        lambda d: rows(d)["properties"]["revenue"].update(example=1.5),
        "cosmetic",
        f"{MODEL}.revenue: another example",
    ),
    "field-now-required": Event(
        lambda d: rows(d).update(required=["revenue"]), "compatible", "now always there"
    ),
    "answer-becomes-object": Event(
        lambda d: get(d)["responses"]["200"]["content"]["application/json"].update(
            schema={"type": "object", "properties": {"items": {"type": "array", "items": {}}}}
        ),
        "breaking",
        f"{TOLLING_NAME}: gives GetTollingRevenueResponse, was list[TollingRevenue]",
    ),
    "answer-has-no-body": Event(
        lambda d: get(d)["responses"]["200"].pop("content"), "breaking", "gives None"
    ),
    "keyword-gone": Event(
        lambda d: get(d)["parameters"].remove(query(d, "end")),
        "breaking",
        f"{TOLLING_NAME}: keyword 'end' gone",
    ),
    "keyword-renamed": Event(
        lambda d: query(d, "start").update(name="from", schema=query(d, "start")["schema"]),
        "breaking",
        f"{TOLLING_NAME}: keyword 'start'",
    ),
    "keyword-new-and-required": Event(
        lambda d: get(d)["parameters"].append(
            {"in": "query", "name": "currency", "required": True, "schema": {"type": "string"}}
        ),
        "breaking",
        "keyword 'currency' is new and required",
    ),
    "keyword-new-and-optional": Event(
        lambda d: get(d)["parameters"].append(
            {"in": "query", "name": "currency", "schema": {"type": "string"}}
        ),
        "compatible",
        "keyword 'currency' is new and optional",
    ),
    "keyword-now-optional": Event(
        lambda d: query(d, "start").update(required=False), "compatible", "'start' is now optional"
    ),
    "keyword-type": Event(
        lambda d: query(d, "start").update(name="begin", schema={"type": "integer"}),
        "breaking",
        "keyword 'start' gone",
    ),
    "operation-gone": Event(
        lambda d: d["paths"].pop(TOLLING), "breaking", f"{TOLLING_NAME}: gone", base="whole"
    ),
    "operation-moved": Event(
        lambda d: renamed(d["paths"], TOLLING, TOLLING.replace("/tolling", "/v2/tolling")),
        "compatible",
        f"{TOLLING_NAME}: moved",
        base="whole",
    ),
    "operation-renamed": Event(
        lambda d: get(d).update(operationId="getTolling"),
        "breaking",
        "renamed to get_tolling()",
        base="whole",
    ),
    "operation-new": Event(
        lambda d: d["paths"].update(
            {"/ping": {"get": {"operationId": "ping", "responses": {"204": {"description": ""}}}}}
        ),
        "compatible",
        "revenue_reporting.ping(): new",
    ),
    "operation-deprecated": Event(
        lambda d: get(d).update(deprecated=True), "compatible", "Deprecated by upstream"
    ),
    "provenance": Event(
        lambda d: get(d).update({"x-trlyr-provenance": "provisional"}),
        "compatible",
        "provenance published -> provisional",
        base="whole",
    ),
    "enum-value-new": Event(
        lambda d: category(d)["enum"].append("brand_new"),
        "compatible",
        "'brand_new' is new",
        base="whole",
    ),
    "enum-value-gone-from-requests": Event(
        lambda d: category(d)["enum"].pop(),
        "breaking",
        "gone (requests with it are refused)",
        base="whole",
    ),
    "keyword-default": Event(
        lambda d: query(d, "end")["schema"].update(default="now"),
        "breaking",
        "default None -> 'now' (calls and bodies that leave it out mean something else)",
    ),
    "keyword-limit": Event(
        lambda d: query(d, "end")["schema"].update(maxLength=5), "breaking", "maxLength none -> 5"
    ),
    "no-token-needed": Event(
        lambda d: get(d).update(
            security=[], parameters=[p for p in get(d)["parameters"] if p["in"] != "header"]
        ),
        "compatible",
        "needs no token any more",
    ),
    "nothing": Event(lambda _: None, None, "nothing changed"),
    "refused": Event(
        lambda d: rows(d)["properties"]["revenue"].update(type="x"),
        "breaking",
        "/properties/revenue/type: unknown type 'x'",
        refused=("build", "/properties/revenue/type: unknown type 'x'"),
    ),
    "unit-in-words-only": Event(
        lambda d: rows(d)["properties"]["revenue"].update(description="In MW, no longer in kW."),
        None,
        "descriptions changed upstream: read them, units may have moved",
    ),
    "enum-in-capitals": Event(
        lambda d: category(d).update(enum=[one.upper() for one in category(d)["enum"]]),
        "breaking",
        "value 'revenue_fcr' gone (requests with it are refused)",
        base="whole",
    ),
    "answer-paged": Event(
        paged, "breaking", "gives GetTollingRevenueResponse, was list[TollingRevenue]"
    ),
    "answer-204": Event(
        lambda d: get(d).update(responses={"204": {"description": ""}}),
        "breaking",
        f"{TOLLING_NAME}: gives None, was list[TollingRevenue]",
    ),
    "answer-one-of-two": Event(
        told_apart,
        "breaking",
        f"{TOLLING_NAME}: gives list[",
    ),
    "path-argument-renamed": Event(
        lambda d: respelled(d, "virtualAssetID", "assetID"),
        "breaking",
        f"{TOLLING_NAME}: argument 'virtual_asset_id' renamed to 'asset_id'",
        overtaken="carried out on $.paths['/revenue-reporting/{assetID}/tolling'].get",
    ),
    "path-argument-respelled": Event(
        path_argument_respelled,
        None,
        overtaken="carried out on $.paths['/revenue-reporting/{virtualAssetId}/tolling'].get",
    ),
    "header-renamed": Event(
        lambda d: respelled(d, "X-Organisation", "X-Tenant"),
        "breaking",
        f"{TOLLING_NAME}: keyword 'x_organisation' renamed to 'x_tenant'",
        before=with_header,
    ),
    "api-key-instead-of-token": Event(
        asks_for_api_key,
        "breaking",
        f"{TOLLING_NAME}: asks for API key 'X-API-Key' in the header, was bearer token",
        overtaken="action 1, target $: upstream defines itself now: security",
    ),
    "field-time-to-epoch": Event(
        lambda d: rows(d)["properties"]["startTs"].update(type="integer"),
        "breaking",
        f"{MODEL}.start_ts: AwareDatetime -> int",
    ),
    "field-now-null": Event(
        lambda d: rows(d)["properties"]["revenue"].update(type=["number", "null"]),
        "breaking",
        f"{MODEL}.revenue: now optional",
        before=lambda d: rows(d).update(required=["revenue"]),
    ),
    "field-of-the-same-python-name": Event(
        lambda d: rows(d)["properties"].update(Revenue={"type": "string"}),
        "compatible",
        f"{MODEL}.revenue2: new, str",
    ),
    "name-of-two-operations": Event(
        lambda d: d["paths"].update(
            {"/x": {"get": {**get(d), "operationId": "getTollingRevenue"}}}
        ),
        "breaking",
        "the name get_tolling_revenue is taken by",
        refused=("build", "the name get_tolling_revenue is taken by"),
    ),
    "swagger-1": Event(swagger_2, None, refused=("pull", "OpenAPI 3.0, 3.1 or 3.2, got")),
    "area-moved": Event(
        lambda d: respelled(d, "/revenue-reporting/", "/v2/revenue/"),
        None,
        refused=("pull", "lost 1 of 1 operations (GET"),
    ),
    "area-of-another-version": Event(
        lambda d: respelled(d, '"/revenue-reporting/', '"/v2/revenue-reporting/'),
        "compatible",
        f"{TOLLING_NAME}: moved: GET {TOLLING} -> GET /v2{TOLLING}",
        overtaken=f"carried out on $.paths['/v2{TOLLING}'].get: correct the target",
    ),
    "area-moved-and-accepted": Event(
        lambda d: respelled(d, "/revenue-reporting/", "/v2/revenue/"),
        "breaking",
        f"{TOLLING_NAME}: gone",
        overtaken="matches nothing; what it corrected may be elsewhere now",
        accept=True,
    ),
    "area-moved-with-names": Event(
        lambda d: respelled(d, "/revenue-reporting/", "/v2/revenue/"),
        "compatible",
        f"{TOLLING_NAME}: moved",
        base="whole",
        accept=True,
    ),
    "method-changed": Event(
        lambda d: renamed(d["paths"][TOLLING], "get", "put"),
        "compatible",
        f"{TOLLING_NAME}: moved",
        base="whole",
    ),
    "schema-in-another-package": Event(
        lambda d: respelled(d, "pkg_models_service.", "models."),
        None,
        overtaken="carried out on $.components.schemas['models.GetTollingRevenue']",
    ),
    "schema-renamed": Event(
        lambda d: respelled(d, "pkg_models_service.GetTollingRevenue", "Tolling"),
        "breaking",
        f"{MODEL}: gone",
        overtaken="matches nothing; what it corrected may be elsewhere now",
    ),
    "server-gone": Event(
        lambda d: d["servers"].pop(0),
        "breaking",
        "revenue_reporting: server https://api.trlyr.com gone",
    ),
    "server-new": Event(
        lambda d: d["servers"].append({"url": "https://api.eu.trlyr.com/"}),
        "compatible",
        "revenue_reporting: server https://api.eu.trlyr.com is new",
    ),
    "version-of-the-document": Event(
        lambda d: d["info"].update(version="1.0.1"), None, "published, changed\n"
    ),
    "time-to-date-under-our-overlay": Event(
        lambda d: rows(d)["properties"]["startTs"].update(format="date"),
        None,
        "/properties/startTs/format: upstream says 'date', said nothing;"
        " the overlay says 'date-time' all the same: compare",
    ),
    "time-of-a-keyword-under-our-overlay": Event(
        lambda d: query(d, "start")["schema"].update(format="date"),
        "breaking",
        "keyword 'start': datetime -> date",
    ),
    "added-by-us-too": Event(
        lambda d: d["paths"].update(
            {
                "/revenue-reporting/health": {
                    "get": {
                        "responses": {"200": {"description": "", "content": {"text/plain": {}}}}
                    }
                }
            }
        ),
        "compatible",
        "revenue_reporting.get_health(): provenance provisional -> published",
        overtaken="upstream defines itself now: GET /revenue-reporting/health",
    ),
}


def files(project: Project) -> dict[str, bytes]:
    """All that the commands write."""
    return {
        str(path.relative_to(project.root)): path.read_bytes()
        for path in project.root.rglob("*")
        if path.is_file() and path.name != "upstream.json" and "__pycache__" not in path.parts
    }


@pytest.fixture
def maintainer(project: Callable[[Area], Project]) -> Project:
    return project(AREA)


COMMANDS = (
    "added-by-us-too", "area-moved", "field-gone", "name-of-two-operations", "nothing", "refused",
    "swagger-1", "unit-in-words-only", "version-of-the-document",
)  # fmt: skip
"""Events that the commands are run for: one of each outcome. The others are compared alone."""


def cases(names: Iterable[str]) -> list[Any]:
    return [pytest.param(EVENTS[name], id=name) for name in names]


@pytest.mark.parametrize("event", cases(sorted(EVENTS.keys() - set(COMMANDS))))
def test_the_report_after_a_change(event: Event) -> None:
    """It says how bad it is and for whom, and which actions of the overlay are overtaken."""
    actions = None if event.base == "whole" else ACTIONS
    states = [
        state_of(AREA, parse(canonical(without_prose(one)[0]), "d"), actions, "published")
        for one in event.documents()
    ]
    report = drift(states[:1], states[1:], "0.1.0")
    assert not report.problems
    assert report.grade == event.grade, report.text()
    assert event.words in report.text()
    assert bool(report.overtaken) == bool(event.overtaken)
    assert event.overtaken in report.text()


@pytest.mark.parametrize("event", cases(COMMANDS))
def test_pull_and_build_after_a_change(
    event: Event, maintainer: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The report says how bad it is and for whom; the build gives a package or says why not."""
    old, new = event.documents()
    if event.base == "whole":
        (maintainer.root / AREA.overlay).unlink()
    maintainer.pull(old)
    before = files(maintainer)
    then = shutil.copytree(maintainer.root, tmp_path_factory.mktemp("then"), dirs_exist_ok=True)
    status, told = maintainer.pull(new, *(["--accept"] if event.accept else []))
    if event.refused and event.refused[0] == "pull":
        assert (status, files(maintainer)) == (1, before)
        assert event.refused[1] in told
        return
    assert status == 0
    assert event.words in told
    assert event.overtaken in told
    status, report = maintainer.run("diff", str(then), "--format", "json")
    assert (json.loads(report)["grade"], status == 1) == (event.grade, event.grade == "breaking"), (
        told
    )
    assert bool(json.loads(report)["overtaken"]) == bool(event.overtaken), report
    if event.refused:
        pulled = files(maintainer)
        status, told = maintainer.run("build")
        assert (status, files(maintainer)) == (1, pulled)
        assert f"{AREA.document}#/" in told
        assert event.refused[1] in told
        return
    status, told = maintainer.run("build")
    assert status == 0
    assert (f"overlay: {AREA.overlay}#/actions/" in told) == bool(event.overtaken)
    assert maintainer.built().OPERATIONS
    if event.overtaken:
        status, told = maintainer.run("check")
        assert status == 1
        assert event.overtaken in told


def test_words_that_an_overlay_replaces_overrule_nothing() -> None:
    """Our summary stays when upstream's changes, and so do notes on what upstream leaves alone."""
    new = copy.deepcopy(STORED)
    get(new).update(summary="Other words", operationId="other")
    rows(new)["properties"]["startTs"].update(format="date-time")
    states = [state_of(AREA, one, ACTIONS) for one in (STORED, new)]
    assert not drift(states[:1], states[1:], "0.1.0").masked


@pytest.mark.parametrize(
    "odd",
    [
        {"servers": None},
        {"servers": ["https://api.trlyr.com", {"description": "no address"}]},
        {"x-own": {"parameters": ["plain", 1, None], "1": {1: 2}}},
    ],
)
def test_odd_parts_of_a_document_do_not_stop_a_report(odd: dict[str, Any]) -> None:
    """What no code is made of may look like anything."""
    states = [state_of(AREA, one, ACTIONS) for one in (STORED, {**STORED, **odd})]
    for before, after in (states, states[::-1]):
        assert not drift([before], [after], "0.1.0").problems


def test_every_package_after_a_change_works_and_type_checks(tmp_path: Path) -> None:
    """Strictly, all of them side by side; those that are alike but for their words once."""
    texts: dict[str, str] = {}
    trials: dict[str, Trial] = {}
    for number, event in enumerate(EVENTS.values()):
        if event.refused:
            continue
        _, document = event.documents()
        if event.base == "stored":
            document = overlay.apply(document, ACTIONS, AREA.overlay).document
        document = normalise(document)
        area = msgspec.structs.replace(AREA, package=f"after_{number}")
        made = area_code(document, "0" * 64, area)
        code = re.sub(r'""".*?"""', "", "".join(made.values()), flags=re.DOTALL)
        code = code.replace(area.package, "")
        if code not in trials:
            module = f"{area.package}._generated.{area.module}.operations"
            functions = [*interface_of(document, area).functions.values()]
            trials[code] = trial_of(module, "d", document, functions)
            texts |= made
    assert len(trials) > 40
    assert prove(texts, [*trials.values()]) == []
    write_files(texts, tmp_path)
    for folder in [*tmp_path.glob("after_*"), *tmp_path.glob("after_*/_generated")]:
        (folder / "__init__.py").write_text("")
    strictly = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"]
    done = subprocess.run(
        [*strictly, *sorted(tmp_path.iterdir())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schemes", "security", "told"),
    [
        ({}, None, "nothing"),
        ({}, [], "nothing"),
        ({"b": {"type": "http", "scheme": "Bearer"}}, [{"b": []}], "bearer token"),
        ({"o": {"type": "oauth2"}}, [{"o": ["read"]}], "bearer token"),
        (
            {"k": {"type": "apiKey", "in": "header", "name": "Authorization"}},
            [{"k": []}],
            "bearer token",
        ),
        ({"b": {"type": "http", "scheme": "basic"}}, [{"b": []}], "basic credentials"),
        (
            {"k": {"type": "apiKey", "in": "query", "name": "key"}, "o": {"type": "oauth2"}},
            [{"k": [], "o": []}, {}],
            "API key 'key' in the query and bearer token or nothing",
        ),
        ({}, [{"undeclared": []}], "undeclared"),
    ],
)
def test_credentials_are_told_alike_however_a_document_declares_them(
    schemes: Any, security: Any, told: str
) -> None:
    """A scheme that is only called or written in another way is no change."""
    document = {"components": {"securitySchemes": schemes}}
    operation = {} if security is None else {"security": security}
    assert credentials(document, requirements(document, operation)) == told


def test_a_placeholder_that_is_renamed_hits_no_release() -> None:
    """Code that names the argument breaks; a server sees the value only."""
    old, new = EVENTS["path-argument-renamed"].documents()
    states = [state_of(AREA, one, ACTIONS) for one in (old, new)]
    changes = drift(states[:1], states[1:], "0.1.0").of("breaking")
    renames = [one for one in changes if one.subject == TOLLING_NAME]
    assert [one.what for one in renames] == ["argument 'virtual_asset_id' renamed to 'asset_id'"]
    assert not any(one.hits_released for one in renames)


def test_operations_of_ours_are_doubted_only_beside_a_whole_document() -> None:
    """A document that pages were put together to lacks most of what there is."""
    assert not state_of(AREA, STORED, ACTIONS, "pages").applied.ours
    assert "GET /revenue-reporting/health" in str(
        state_of(AREA, STORED, ACTIONS, "published").applied.ours
    )


def test_an_enum_that_is_only_received_may_lose_values() -> None:
    """What no longer comes breaks nobody; the same loss in a request does."""

    def document(values: list[str], *, is_sent: bool) -> Any:
        schema = {"type": "string", "enum": values}
        body = {"content": {"application/json": {"schema": schema}}}
        operation = {"operationId": "go", "responses": {"200": {"description": "", **body}}}
        if is_sent:
            operation = {
                "operationId": "go", "requestBody": body, "responses": {"204": {"description": ""}}
            }  # fmt: skip
        return {"openapi": "3.1.0", "info": {}, "paths": {"/go": {"post": operation}}}

    for is_sent, grade in ((False, "compatible"), (True, "breaking")):
        old, new = (
            interface_of(document(values, is_sent=is_sent), AREA) for values in (["a", "b"], ["a"])
        )
        assert {one.grade for one in compare(old, new, "x")} == {grade}


def test_an_answer_that_may_lack_a_field_breaks_those_who_calculate_with_it() -> None:
    """The annotation grows a None that old code does not look for."""
    old = copy.deepcopy(DOCUMENT)
    rows(old)["required"] = ["revenue"]
    report = drift([state_of(AREA, old, None)], [state_of(AREA, DOCUMENT, None)], "1.4.2")
    (change,) = report.changes
    assert (change.grade, change.what) == ("breaking", "now optional")
    assert "reads as None" in change.why
    assert report.next_version == "2.0.0"


def test_overlay_actions_that_became_obsolete_are_named() -> None:
    """When upstream says itself what an action corrected, the report says to remove the action."""
    state = state_of(AREA, DOCUMENT, ACTIONS)
    assert state.applied.overtaken
    report = drift([], [state], "0.1.0")
    assert "`check` fails until they are edited" in report.markdown()
    assert "changes nothing" in report.text()


@pytest.mark.parametrize(
    ("version", "grade", "expected"),
    [
        ("0.1.0", "breaking", "0.2.0"),
        ("0.1.0", "compatible", "0.1.1"),
        ("0.1.0", "cosmetic", "0.1.1"),
        ("1.2.3", "breaking", "2.0.0"),
        ("1.2.3", "compatible", "1.3.0"),
        ("1.2.3", "cosmetic", "1.2.4"),
        ("1.2.3", None, "1.2.3"),
    ],
)
def test_next_version(version: str, grade: Any, expected: str) -> None:
    """Before 1.0.0 everything moves one place to the right."""
    assert next_version(version, grade) == expected


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        ("int", "float", True),
        ("float", "int", False),
        ("str", "str | None", True),
        ("str | None", "str", False),
        ("list[int]", "list[float] | None", True),
        ("dict[str, A]", "dict[str, B]", False),
        ("A", "Any", True),
        ("Any", "A", False),
        ("list[A]", "dict[str, A]", False),
    ],
)
def test_is_within(inner: str, outer: str, *, expected: bool) -> None:
    """Types are compared as sets of values."""
    assert is_within(inner, outer) is expected


def test_markdown_shows_words_of_documents_as_text() -> None:
    """Nothing in a document can mention people, close a block or add markup to a pull request."""
    change = Subject("a.b()", "GET /`x`").breaking("value '<img src=x> @team `x` | y' gone")
    text = Report((change,), "0.1.0").markdown()
    assert "<img" not in text.replace("\\<img", "")
    assert "@team" not in text
    assert "GET /'x'" in text


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files, folders and a wrong call; text, Markdown and JSON; the exit status tells."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    document = copy.deepcopy(DOCUMENT)
    rows(document)["properties"].pop("revenue")
    old.write_text(json.dumps(DOCUMENT), "utf-8")
    new.write_text(json.dumps(document), "utf-8")
    assert main(["diff", str(old), str(old)]) == 0
    assert main(["diff", str(old), str(new)]) == 1
    assert "models.TollingRevenue.revenue: gone" in capsys.readouterr().out
    assert main(["diff", str(old), str(new), "--format", "markdown"]) == 1
    assert "**`api.models.TollingRevenue.revenue`** gone" in capsys.readouterr().out
    assert main(["diff", str(old), str(new), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    following = next_version(version_of(ROOT), "breaking")
    assert (told["grade"], told["next_version"]) == ("breaking", following)
    assert told["changes"][0]["subject"] == "api.models.TollingRevenue.revenue"
    folder = tmp_path / "copy"
    shutil.copytree(ROOT / "specs", folder / "specs")
    assert main(["diff", str(folder), str(folder)]) == 0
    with pytest.raises(SystemExit, match="2"):
        main(["diff", "no-such-thing", str(new)])
