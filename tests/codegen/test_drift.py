"""Things that may happen upstream, one at a time: their class, and what a build gives."""

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from codegen import overlay
from codegen.areas import Area, load
from codegen.build import area_code
from codegen.cli import main
from codegen.document import read
from codegen.drift import compare
from codegen.interface import interface_of
from codegen.normalise import normalise
from codegen.problems import ProblemsError
from codegen.report import Report, next_version
from codegen.revisions import drift, state_of
from codegen.subtypes import is_within
from codegen.verdicts import breaking

ROOT = Path(__file__).resolve().parents[2]
AREA = next(area for area in load() if area.name == "revenue-reporting")
TOLLING = "/revenue-reporting/{virtualAssetID}/tolling"

ACTIONS = overlay.read(ROOT / AREA.overlay, AREA.overlay)
DOCUMENT = overlay.apply(read(ROOT / AREA.document, AREA.document), ACTIONS, AREA.overlay)
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


@dataclass
class Event:
    """A change of the document, the class it has, and words that its report must contain."""

    change: Callable[[Any], object]
    grade: str | None
    words: str = ""
    builds: bool = True


TOLLING_NAME = "revenue_reporting.get_tolling_revenue()"
MODEL = "revenue_reporting.models.TollingRevenue"

EVENTS = {
    "field-gone": Event(
        lambda d: rows(d)["properties"].pop("revenue"), "breaking", f"{MODEL}.revenue: gone"
    ),
    "field-renamed": Event(
        lambda d: renamed(rows(d)["properties"], "revenue", "revenueEur"),
        "breaking",
        f"{MODEL}.revenue: renamed to revenue_eur",
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
    ),
    "field-new": Event(
        lambda d: rows(d)["properties"].update(market={"type": "string"}),
        "compatible",
        f"{MODEL}.market: new, str",
    ),
    "field-unit": Event(
        lambda d: rows(d)["properties"]["revenue"].update({"x-unit": "ct"}),
        "breaking",
        f"{MODEL}.revenue: unit EUR -> ct",
    ),
    "field-described-anew": Event(
        lambda d: rows(d)["properties"]["revenue"].update(description="What it brought."),
        "cosmetic",
        f"{MODEL}.revenue: described in other words",
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
    "operation-gone": Event(lambda d: d["paths"].pop(TOLLING), "breaking", f"{TOLLING_NAME}: gone"),
    "operation-moved": Event(
        lambda d: renamed(d["paths"], TOLLING, TOLLING.replace("/tolling", "/v2/tolling")),
        "compatible",
        f"{TOLLING_NAME}: moved",
    ),
    "operation-renamed": Event(
        lambda d: get(d).update(operationId="getTolling"), "breaking", "renamed to get_tolling()"
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
        lambda d: get(d).update({"x-provenance": "provisional"}),
        "compatible",
        "provenance published -> provisional",
    ),
    "enum-value-new": Event(
        lambda d: category(d)["enum"].append("brand_new"), "compatible", "'brand_new' is new"
    ),
    "enum-value-gone-from-requests": Event(
        lambda d: category(d)["enum"].pop(), "breaking", "gone (requests with it are refused)"
    ),
    "keyword-default": Event(
        lambda d: query(d, "end")["schema"].update(default="now"),
        "breaking",
        "default None -> 'now' (calls that leave it out mean something else)",
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
    "refused": Event(
        lambda d: rows(d)["properties"]["revenue"].update({"if": {"type": "null"}, "type": "x"}),
        "breaking",
        "/properties/revenue: cannot be expressed: if",
        builds=False,
    ),
    "nothing": Event(lambda _: None, None, "Nothing changed."),
}


@pytest.mark.parametrize("event", [pytest.param(e, id=name) for name, e in EVENTS.items()])
def test_each_change_has_its_class_and_names_python(event: Event) -> None:
    """The report says how bad it is and for whom; the build gives code or says why not."""
    document = copy.deepcopy(DOCUMENT)
    event.change(document)
    report = drift([state_of(AREA, DOCUMENT, None)], [state_of(AREA, document, None)], "0.1.0")
    assert report.grade == event.grade, report.text()
    assert event.words in report.text()
    if event.builds:
        for path, text in area_code(normalise(document), "0" * 64, AREA).items():
            compile(text, path, "exec")
    else:
        with pytest.raises(ProblemsError):
            area_code(normalise(document), "0" * 64, AREA)


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
    assert state.obsolete
    report = drift([], [state], "0.1.0")
    assert "obsolete: remove them" in report.markdown()
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
    change = breaking("a.b()", "value '<img src=x> @team `x` | y' gone", operation="GET /`x`")
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
    assert (told["grade"], told["next_version"]) == ("breaking", "0.2.0")
    assert told["changes"][0]["subject"] == "api.models.TollingRevenue.revenue"
    folder = tmp_path / "copy"
    shutil.copytree(ROOT / "specs", folder / "specs")
    assert main(["diff", str(folder), str(folder)]) == 0
    with pytest.raises(SystemExit, match="2"):
        main(["diff", "no-such-thing", str(new)])


def test_git_revisions_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A revision stands for its `specs/`."""
    for folder in ("specs", "codegen"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True)
    path = tmp_path / "specs/trlyr/revenue-reporting.json"
    document = json.loads(path.read_text("utf-8"))
    rows(document)["properties"]["brandNew"] = {"type": "string"}
    path.write_text(json.dumps(document), "utf-8")
    assert main(["--root", str(tmp_path), "diff", "HEAD", str(tmp_path)]) == 0
    assert f"{MODEL}.brand_new: new, str" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["field-renamed", "keyword-new-and-required", "operation-gone"])
def test_built_package_imports_after_a_change(
    name: str, root: Path, store: Callable[[dict[str, Any]], Path], area: Area, generate: Any
) -> None:
    """What is built after a change is a package like any other."""
    document = copy.deepcopy(DOCUMENT)
    EVENTS[name].change(document)
    module = generate(document)
    assert module.OPERATIONS
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", module.__path__[0]],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
