"""Part of a document: what is left out is named, and what is written has been proved."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codegen.areas import Area
from codegen.cli import main
from codegen.documents.reading import parse
from codegen.interface import interface_of
from codegen.problems import ProblemsError
from codegen.proof.completeness import lost
from codegen.proof.running import Trial, prove
from codegen.proof.samples import Sampler
from codegen.writing import Choice, write_package

ROOT = Path(__file__).resolve().parents[2]

DOCUMENT = """
openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /ok: {get: {operationId: ok, tags: [good], responses: &none {'204': {description: x}}}}
  /m/{p}:
    get:
      operationId: m
      tags: [bad]
      parameters: [{name: p, in: path, required: true, style: deepObject, schema: {type: string}}]
      responses: *none
  /g: {GET: {operationId: g, responses: *none}, put: {operationId: put, responses: *none}}
  /s:
    post: {operationId: s, tags: [bad], responses: {'200': {$ref: '#/components/responses/R'}}}
components:
  responses: {R: {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}}
  schemas: {S: {type: object, properties: {a: {$ref: '#/components/schemas/No'}}}}
"""  # noqa: E501


def build(tmp_path: Path, *options: str, text: str = DOCUMENT) -> int:
    """The exit status of a build of the document."""
    (tmp_path / "d.yaml").write_text(text)
    command = ["build", "--spec", str(tmp_path / "d.yaml"), "--package", "part"]
    return main([*command, "--out", str(tmp_path / "out"), *options])


def functions(tmp_path: Path) -> set[str]:
    """Names of all functions of the package."""
    texts = [path.read_text() for path in (tmp_path / "out/part/_generated").glob("*.py")]
    return {line[10:].partition("(")[0] for text in texts for line in text.splitlines()
            if line.startswith("async def ")}  # fmt: skip


def test_one_bad_operation_refuses_all_and_says_what_would_help(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is left out unless somebody says so."""
    assert build(tmp_path) == 1
    told = capsys.readouterr().err
    assert "/paths/~1g/GET: 'GET' is no method of OpenAPI 3.0; 'get' is" in told
    assert not (tmp_path / "out").exists()


def test_what_is_broken_is_left_out_and_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operation is the unit: those that share a path or nothing with it are built."""
    assert build(tmp_path, "--skip-broken") == 0
    told = capsys.readouterr().err.splitlines()
    assert functions(tmp_path) == {"ok", "put"}
    assert [line.split(": ")[1] for line in told[:-1]] == [
        "/paths/~1g/GET",
        "GET /m/{p}",
        "POST /s",
    ]
    assert told[-1] == "2 operations built, 3 left out"


@pytest.mark.parametrize(
    ("options", "expected"),
    [(["--only", "good"], {"ok"}), (["--only", "good", "--only", "bad", "--skip-broken"], {"ok"})],
)
def test_only_some_tags(tmp_path: Path, options: list[str], expected: set[str]) -> None:
    """What is wrong elsewhere does not matter."""
    assert build(tmp_path, *options) == 0
    assert functions(tmp_path) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--only", "none"], "no operation has the tag 'none'"),
        (["--only", "bad", "--skip-broken"], "cannot send a parameter in style 'deepObject'"),
    ],
)
def test_nothing_left_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    """A package without any operation is no package."""
    assert build(tmp_path, *options) == 1
    assert message in capsys.readouterr().err


def test_options_of_packages_need_a_document(tmp_path: Path) -> None:
    """The stored documents are always built whole."""
    with pytest.raises(SystemExit) as caught:
        main(["--root", str(tmp_path), "build", "--skip-broken"])
    assert caught.value.code == 2


def test_a_shared_fault_leaves_out_all_who_share_it(tmp_path: Path) -> None:
    """Parameters of a path, and components, concern every operation that uses them."""
    text = DOCUMENT.replace("  /g: {", "  /g: {parameters: [{name: 5, in: query}], ").replace(
        "GET:", "get:"
    )
    (tmp_path / "d.yaml").write_text(text)
    written = write_package(
        tmp_path / "d.yaml", "part", tmp_path / "out", ROOT, Choice(skip_broken=True)
    )
    assert set(written.left_out) == {"GET /g", "PUT /g", "GET /m/{p}", "POST /s"}
    assert written.built == 1


def test_what_does_not_work_is_not_written() -> None:
    """Modules are imported, decoders built and answers decoded before anything is replaced."""
    good = (
        "from energy_async.transport.request import Operation\n"
        "OPERATIONS = {'a': Operation(name='x.a', method='GET', path='/a', returns=RETURNS,"
        " repeatable=True)}\n"
    )
    trial = Trial("made.api", "d.yaml", {"a": "/paths/~1a/get"}, {"a": [{"x": 1}, {}]})
    texts = {"made/__init__.py": "", "made/api.py": good.replace("RETURNS", "dict[str, int]")}
    assert prove(texts, [trial]) == []
    texts["made/api.py"] = good.replace("RETURNS", "dict[str, str]")
    (problem,) = prove(texts, [trial])
    assert problem.where == "/paths/~1a/get/responses"
    assert "an answer that the document allows is not decoded" in problem.message
    assert '{"x": 1}' in problem.message
    texts["made/api.py"] = good.replace("RETURNS", "dict | list | int | bytearray | bytes")
    (problem,) = prove(texts, [trial])
    assert "cannot be decoded at all" in problem.message
    texts["made/api.py"] = "import nothing_of_this_name\n"
    (problem,) = prove(texts, [trial])
    assert "ModuleNotFoundError" in problem.message


@pytest.mark.parametrize(
    ("schema", "full", "bare"),
    [
        ({"type": "array", "items": {"type": "string", "format": "date"}}, ["2026-01-31"], []),
        ({"$ref": "#/components/schemas/Node"}, None, {"id": 1}),
        ({"allOf": [{"required": ["b"]}, {"properties": {"a": {}, "b": {"enum": [7]}}}]},
         {"a": {}, "b": 7}, {"b": 7}),
        ({"required": ["n"], "properties": {"n": {"type": ["string", "null"]}}},
         {"n": "text"}, {"n": None}),
        ({"properties": {"p": {"type": "integer", "writeOnly": True}}}, {}, {}),
        ({"$ref": "#/components/schemas/Cat"}, {"kind": "cat", "lives": 1}, {"kind": "cat"}),
        ({"additionalProperties": {"type": "boolean"}}, {"key": True}, {}),
    ],
)  # fmt: skip
def test_answers_are_made_up_as_the_document_allows(schema: Any, full: Any, bare: Any) -> None:
    """Everything that may be there, and only what must."""
    schemas = {
        "Node": {"required": ["id"], "properties": {
            "id": {"type": "integer"}, "next": {"$ref": "#/components/schemas/Node"}}},
        "Pet": {"required": ["kind"], "properties": {"kind": {"type": "string"}},
                "discriminator": {"propertyName": "kind",
                                  "mapping": {"cat": "#/components/schemas/Cat"}}},
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"},
                          {"properties": {"lives": {"type": "integer"}}}]},
    }  # fmt: skip
    document = {"components": {"schemas": schemas}}
    made = [Sampler(document, is_full=one).value(schema) for one in (True, False)]
    assert made[1] == bare
    assert made[0] == full or (full is None and made[0]["next"]["next"]["id"] == 1)


def test_losses_are_found(area: Area) -> None:
    """Whatever is taken away from what was made is missed."""
    text = """
openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a:
    post:
      operationId: a
      parameters: [{name: q, in: query, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {type: integer}}}}
      responses:
        '200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}
  /b: {get: {operationId: b, responses: {'204': {description: x}}}}
components:
  schemas: {S: {type: object, properties: {x: {type: integer}, y: {type: string}}}}
"""  # noqa: E501
    document = parse(text.encode(), "d")
    made = interface_of(document, area)
    both = list(made.functions.values())
    assert lost(document, both, made.named, "d") == []
    assert [one.where for one in lost(document, both[:1], made.named, "d")] == ["/paths/~1b/get"]
    for name in ("q", "body"):
        rest = tuple(one for one in both[0].parameters if one.wire != name)
        (problem,) = lost(document, [replace(both[0], parameters=rest), both[1]], made.named, "d")
        assert problem.where.startswith("/paths/~1a/post/")
    silent = replace(both[0], success=both[1].success)
    (problem,) = lost(document, [silent, both[1]], made.named, "d")
    assert problem.where == "/paths/~1a/post/responses/200"
    fields = made.named["S"].fields
    assert fields is not None
    shorter = {"S": replace(made.named["S"], fields=fields[1:])}
    (problem,) = lost(document, both, shorter, "d")
    assert problem.where == "/components/schemas/S/properties/x"


def test_errors_carry_their_advice() -> None:
    """It stands beside the problems."""
    assert ProblemsError([], "do this").advice == "do this"


def test_fields_of_one_direction_are_no_loss(tmp_path: Path) -> None:
    """`readOnly` may stand beside a reference, behind it or in a part of it."""
    text = """
openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /a:
    put:
      operationId: a
      requestBody: {content: &json {application/json: {schema: {$ref: '#/components/schemas/S'}}}}
      responses: {'200': {description: x, content: *json}}
components:
  schemas:
    S:
      type: object
      properties:
        beside: {$ref: '#/components/schemas/H', readOnly: true}
        behind: {$ref: '#/components/schemas/R'}
        part: {allOf: [{$ref: '#/components/schemas/R'}]}
        both: {type: string}
    H: {type: object, properties: {x: {type: integer}}}
    R: {type: string, readOnly: true}
"""
    assert build(tmp_path, text=text) == 0
    models = (tmp_path / "out/part/_generated/models.py").read_text()
    assert models.count("beside:") == 1
    assert models.count("both:") == 2


def test_a_long_chain_of_schemas_is_decoded(tmp_path: Path) -> None:
    """However deep a type is, its parts are prepared one by one."""
    schemas = "\n".join(
        f"    S{n}: {{properties: {{next: {{$ref: '#/components/schemas/S{n + 1}'}}}}}}"
        for n in range(1000)
    )
    text = f"""
openapi: 3.0.3
info: {{title: T, version: '1'}}
paths:
  /a:
    get:
      operationId: a
      responses:
        '200':
          description: x
          content: {{application/json: {{schema: {{$ref: '#/components/schemas/S0'}}}}}}
components:
  schemas:
{schemas}
    S1000: {{type: string}}
"""
    assert build(tmp_path, text=text) == 0


def test_a_document_of_schemas_alone_goes_without_its_broken_ones(tmp_path: Path) -> None:
    """And without those that lead to them."""
    schemas = {
        "Good": {"type": "object", "properties": {"a": {"type": "string"}}},
        "Bad": {"$ref": "#/components/schemas/Nothing"},
        "User": {"type": "object", "properties": {"bad": {"$ref": "#/components/schemas/Bad"}}},
    }
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps({**document, "components": {"schemas": schemas}}), "utf-8")
    written = write_package(spec, "made_of_schemas", tmp_path, ROOT, Choice(skip_broken=True))
    assert {one.rpartition("/")[2] for one in written.left_out} == {"Bad", "User"}
    assert "class Good(" in (tmp_path / "made_of_schemas/_generated/models.py").read_text("utf-8")
