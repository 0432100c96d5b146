"""Reading documents as others write them: references, YAML 1.2, Swagger 2.0, OpenAPI 3.2."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from codegen.areas import Area
from codegen.documents.document import operations
from codegen.documents.fetch import Fetcher
from codegen.documents.reading import load_file, parse, parsed, read
from codegen.documents.sources import from_network
from codegen.documents.yaml12 import load_yaml
from codegen.interface import interface_of
from codegen.problems import ProblemsError
from energy_async.transport.client import ApiClient
from energy_async.transport.request import Operation, Request, WireReply

HEAD = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
ANSWER = "/paths/~1x/get/responses/200/content/application~1json/schema"


def answering(schema: str, components: str = "{}", head: str = HEAD) -> Any:
    """The parsed document of one operation that answers with `schema`."""
    text = (
        f"{head}paths: {{/x: {{get: {{operationId: x, responses: {{200: {{description: x,"
        f" content: {{application/json: {{schema: {schema}}}}}}}}}}}}}}}\n"
        f"components: {components}\n"
    )
    return parse(text.encode(), "d.yaml")


def schema_of(document: Any) -> Any:
    """The schema of the answer, its reference followed."""
    response = document["paths"]["/x"]["get"]["responses"]["200"]
    schema = response["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    return document["components"]["schemas"][name] if name else schema


@pytest.mark.parametrize(
    ("reference", "components"),
    [
        pytest.param("#/components/schemas/Foo%20Bar", "{schemas: {Foo Bar: HERE}}", id="percent"),
        pytest.param("#/components/schemas/a%20b", "{schemas: {a%20b: HERE}}", id="literal"),
        pytest.param("#/components/schemas/A/properties/b",
                     "{schemas: {A: {properties: {b: HERE}}}}", id="in-the-middle"),
        pytest.param("#/components/schemas/A/properties/b",
                     "{schemas: {A: {$ref: '#/components/schemas/B'}, B: {properties: {b: HERE}}}}",
                     id="through-a-reference"),
        pytest.param("#/components/schemas/A/$defs/D", "{schemas: {A: {$defs: {D: HERE}}}}",
                     id="defs"),
        pytest.param("http://t.test/a#/$defs/D",
                     "{schemas: {A: {$id: 'http://t.test/a', $defs: {D: HERE}}}}", id="id"),
        pytest.param("#name", "{schemas: {A: {$defs: {D: {$anchor: name, type: integer}}}}}",
                     id="anchor"),
    ],
)  # fmt: skip
def test_references_are_followed_however_they_are_spelt(reference: str, components: str) -> None:
    """Whatever a reference names becomes a component that the answer leads to."""
    document = answering(f"{{$ref: '{reference}'}}", components.replace("HERE", "{type: integer}"))
    assert schema_of(document)["type"] == "integer"


@pytest.mark.parametrize("kind", ["parameters", "responses", "requestBodies", "securitySchemes"])
def test_chains_end_and_circles_are_located(kind: str) -> None:
    """A reference to a reference leads to its end; one to itself is an error with a place."""
    chain = {"A": {"$ref": f"#/components/{kind}/B"}, "B": {"$ref": f"#/components/{kind}/C"}}
    whole = {"name": "c", "in": "query", "schema": {}, "description": "end"}
    document = {"openapi": "3.1.0", "info": {}, "components": {kind: {**chain, "C": whole}}}
    made = parse(json.dumps(document).encode(), "d")
    assert made["components"][kind]["A"] == {"$ref": f"#/components/{kind}/C"}
    chain["B"] = {"$ref": f"#/components/{kind}/A"}
    circle = {**document, "components": {kind: chain}}
    circle["paths"] = {"/x": {"get": {"responses": {"200": {"$ref": f"#/components/{kind}/A"}}}}}
    if kind == "responses":
        with pytest.raises(ProblemsError, match="leads back to itself"):
            parse(json.dumps(circle).encode(), "d")


def test_operations_behind_references_are_there() -> None:
    """Path items behind references, and with operations beside them, lose nothing."""
    text = HEAD + (
        "paths:\n"
        "  /a: {$ref: '#/components/pathItems/A', post: {responses: {'204': {description: x}}}}\n"
        "  /b: {$ref: '#/paths/~1a'}\n"
        "components: {pathItems: {A: {get: {responses: {'204': {description: x}}}}}}\n"
    )
    document = parse(text.encode(), "d.yaml")
    assert [one.label for one in operations(document)] == ["GET /a", "POST /a", "GET /b", "POST /b"]


@pytest.mark.parametrize(
    ("item", "where"),
    [
        ("{$ref: '#/components/pathItems/No'}", "/paths/~1a/$ref"),
        ("{$ref: 'other.yaml#/a'}", "/paths/~1a/$ref"),
        ("{GET: {responses: {}}}", "/paths/~1a/GET"),
        ("{query: {responses: {}}}", "/paths/~1a/query"),
    ],
)
def test_no_operation_vanishes(item: str, where: str) -> None:
    """What cannot be an operation is refused where it stands."""
    with pytest.raises(ProblemsError) as caught:
        parse(f"{HEAD}paths: {{/a: {item}}}\n".encode(), "d.yaml")
    assert [problem.where for problem in caught.value.problems] == [where]


def test_other_files_are_read_and_their_own_references_too(tmp_path: Path) -> None:
    """Relative to the file that they stand in; the same schema is one component."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "main.yaml").write_text(
        HEAD + "paths:\n  /a: {$ref: 'parts/paths.yaml#/a'}\n  /b: {$ref: 'parts/paths.yaml#/b'}\n"
    )
    (tmp_path / "parts/paths.yaml").write_text(
        "a: {get: {responses: {'200': {$ref: '#/ok'}}}}\n"
        "b: {put: {responses: {'200': {$ref: '#/ok'}}}}\n"
        "ok: {description: x, content: {application/json: {schema: {$ref: 'pet.json'}}}}\n"
    )
    (tmp_path / "parts/pet.json").write_text(
        '{"type": "object", "properties": {"mate": {"$ref": "#"}, "tag": {"$ref": "tag.yaml#/T"}}}'
    )
    (tmp_path / "parts/tag.yaml").write_text("T: {type: string}\n")
    document = read(tmp_path / "main.yaml", "main.yaml")
    assert [one.label for one in operations(document)] == ["GET /a", "PUT /b"]
    assert sorted(document["components"]["schemas"]) == ["Pet", "T"]
    pet = document["components"]["schemas"]["Pet"]["properties"]
    assert pet["mate"] == {"$ref": "#/components/schemas/Pet"}


def test_files_of_other_places_are_not_fetched(tmp_path: Path) -> None:
    """A build reads what lies on this machine and nothing else."""
    (tmp_path / "d.yaml").write_text(HEAD + "paths: {/a: {$ref: 'https://evil.test/a.yaml'}}\n")
    with pytest.raises(ProblemsError, match="not on this machine"):
        read(tmp_path / "d.yaml", "d.yaml")
    with pytest.raises(LookupError):
        load_file("https://evil.test/a.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[on, off, yes, no, y, n]", ["on", "off", "yes", "no", "y", "n"]),
        ("[12:30, 08:00, 0123, 0o17]", ["12:30", "08:00", "0123", "0o17"]),
        ("[0x1F, 1_000]", ["0x1F", "1_000"]),
        ("[1, -2, 1.5, 1e3, .5]", [1, -2, 1.5, 1000.0, 0.5]),
        ("[true, False, ~, null, ]", [True, False, None, None]),
        ("{on: 1, 0123: 2, null: 3, 1.10: 4}", {"on": 1, "0123": 2, "null": 3, "1.10": 4}),
        ("2024-01-01", "2024-01-01"),
        ("{a: &a {x: 1, y: 1}, b: {<<: *a, y: 2}}", {"a": {"x": 1, "y": 1}, "b": {"x": 1, "y": 2}}),
        ("!!str 5", "5"),
    ],
)  # fmt: skip
def test_yaml_is_yaml_1_2(text: str, value: object) -> None:
    """Only what JSON spells as a number, a truth value or null is one; keys are texts."""
    assert load_yaml(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: .inf", "line 1, column 4: `.inf` is not JSON"),
        ("a: *b", "undefined alias"),
        ("a: &a [*a]", "an alias stands for what it stands in"),
        ("a: 1\n---\nb: 2", "expected a single document"),
        ("a: !!python/object/apply:os.system [x]", "none of JSON's"),
        ("? [1]\n: 2", "a key is text"),
        ("[" * 201 + "]" * 201, "nested too deeply"),
        ("a: {b: 1, b: 2}", "stands twice: /a/b"),
    ],
)
def test_yaml_that_json_cannot_hold_is_refused(text: str, message: str) -> None:
    """With the line, where there is one."""
    with pytest.raises(ValueError, match=message.replace("[", r"\[").replace(".inf", r"\.inf")):
        load_yaml(text)


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_keys_that_stand_twice_are_located(suffix: str) -> None:
    """Neither of them is dropped without a word."""
    text = '{"openapi": "3.0.3", "info": {}, "paths": {"/a": {}, "/a": {"get": {"x": 1, "x": 2}}}}'
    content = text if suffix == "json" else "# yaml\n" + text
    _, problems = parsed(content.encode(), "d")
    where = [one.where for one in problems.found if "twice" in one.message]
    assert {"/paths/~1a", "/paths/~1a/get/x"} == set(where)


def test_members_without_a_value_are_as_if_not_there() -> None:
    """`parameters:` with nothing behind it, as editors leave it."""
    text = HEAD + "paths:\n  /a:\n    parameters:\n    get:\n      responses:\n        '204':\n"
    document = parse((text + "components:\n").encode(), "d.yaml")
    assert document["paths"] == {"/a": {"get": {"responses": {"204": {}}}}}


def test_what_documents_often_misspell_is_read_as_it_is_meant(area: Area) -> None:
    """Notes in a callback, null without quotes, no answers, parameters that are not JSON."""
    text = """
openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a:
    get:
      operationId: a
      parameters:
        - {name: x, in: header, content: {text/csv: {schema: {type: array, items: {}}}}}
        - {name: y, in: query, content: {a/b: {}, application/json: {schema: {type: integer}}}}
        - {name: z, in: query, schema: {type: [string, null]}}
        - {name: w, in: query}
      callbacks:
        done: {x-note: hello, '{$request.body#/url}': {post: {}}}
"""
    document = parse(text.encode(), "d.yaml")
    (made,) = interface_of(document, area).functions.values()
    assert made.signature[2:-1] == [
        "x: str | None = None",
        "y: int | None = None",
        "z: str | None = None",
        "w: str | None = None",
    ]
    assert made.success.type == "None"


@pytest.mark.parametrize("components", [7, {"schemas": True}])
def test_components_of_another_kind_are_a_problem_and_no_traceback(components: Any) -> None:
    """Though references and the names of a mapping are looked for in them."""
    schema = {
        "$defs": {"D": {}}, "items": {"$ref": f"#{ANSWER}/$defs/D"},
        "discriminator": {"propertyName": "t", "mapping": {"a": "A.json"}},
    }  # fmt: skip
    document = answering(json.dumps(schema))
    document["components"] = components
    with pytest.raises(ProblemsError, match=r"/components.*: expected an object"):
        parse(json.dumps(document).encode(), "d")


def test_a_long_row_of_references_takes_time_as_it_is_long() -> None:
    """Each schema refers to the next: 6,000 of them would take minutes if each were walked."""
    row = {f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}"} for n in range(6_000)}
    document = {"openapi": "3.1.0", "info": {}, "components": {"schemas": {**row, "S6000": {}}}}
    assert parse(json.dumps(document).encode(), "d")["components"]["schemas"]["S0"] == row["S0"]


SWAGGER = """
swagger: '2.0'
info: {title: T, version: '1'}
host: t.test
basePath: /v1
schemes: [http, https]
consumes: [application/json]
securityDefinitions:
  b: {type: basic}
  o: {type: oauth2, flow: accessCode, tokenUrl: u, scopes: {}}
definitions:
  P: {type: object, discriminator: kind, properties: {n: {type: string, x-nullable: true}}}
parameters: {Body: {in: body, name: b, required: true, schema: {$ref: '#/definitions/P'}}}
responses: {R: {description: x, schema: {$ref: '#/definitions/P'}}}
paths:
  /a:
    parameters: [{in: query, name: ids, type: array, items: {type: integer}}]
    post:
      parameters: [{$ref: '#/parameters/Body'}]
      responses: {200: {$ref: '#/responses/R'}}
    put:
      consumes: [multipart/form-data]
      parameters: [{in: formData, name: f, type: file, required: true}]
      produces: [application/pdf]
      responses: {200: {description: x, schema: {type: file}}}
"""


def test_swagger_2_becomes_openapi_3() -> None:
    """Bodies, forms, files, styles, servers, credentials and references have their new places."""
    document = parse(SWAGGER.encode(), "d.yaml")
    assert document["servers"] == [{"url": "https://t.test/v1"}, {"url": "http://t.test/v1"}]
    item = document["paths"]["/a"]
    (ids,) = item["parameters"]
    assert (ids["schema"]["type"], ids["explode"]) == ("array", False)
    body = item["post"]["requestBody"]
    assert body["required"] is True
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/P"}
    assert item["post"]["responses"]["200"] == {"$ref": "#/components/responses/R"}
    (form,) = item["put"]["requestBody"]["content"].items()
    assert form[0] == "multipart/form-data"
    assert form[1]["schema"]["properties"]["f"] == {"type": "string", "format": "binary"}
    assert "application/pdf" in item["put"]["responses"]["200"]["content"]
    schema = document["components"]["schemas"]["P"]
    assert schema["properties"]["n"]["nullable"] is True
    assert schema["discriminator"] == {"propertyName": "kind"}
    schemes = document["components"]["securitySchemes"]
    assert schemes["b"] == {"type": "http", "scheme": "basic"}


def test_openapi_3_2_is_read(area: Area) -> None:
    """New methods are operations, and a form as the whole query becomes parameters."""
    text = """
openapi: 3.2.0
info: {title: T, version: '1'}
paths:
  /a:
    query: {responses: {'204': {description: x}}}
    additionalOperations: {COPY: {responses: {'204': {description: x}}}}
    get:
      parameters:
        - in: querystring
          name: q
          content: {application/x-www-form-urlencoded: {schema: {type: object}}}
      responses: {'204': {description: x}}
"""
    document = parse(text.encode(), "d.yaml")
    assert [one.label for one in operations(document)] == ["GET /a", "QUERY /a", "COPY /a"]
    (parameter,) = interface_of(document, area).functions["get_a"].parameters
    assert (parameter.place, parameter.entry) == ("query", "**exploded('q', q)")


SERVERS = """
openapi: 3.0.3
info: {title: T, version: '1'}
servers: [{url: 'https://api.one.test/v1'}]
paths:
  /up:
    post: {operationId: up, servers: [{url: 'https://uploads.two.test'}], responses: &r {'204': {description: x}}}
  /path: {servers: [{url: /v2}], get: {operationId: path, responses: *r}}
  /here: {get: {operationId: here, responses: *r}}
  /same: {get: {operationId: same, servers: [{url: 'https://api.one.test/v1'}], responses: *r}}
"""  # noqa: E501


def test_servers_of_paths_and_operations_are_kept(area: Area) -> None:
    """What has a server of its own goes there; a variable without a value is refused."""
    made = interface_of(parse(SERVERS.encode(), "d"), area).functions
    assert {name: one.server for name, one in made.items()} == {
        "up": "https://uploads.two.test", "path": "/v2", "here": "", "same": "",
    }  # fmt: skip
    text = SERVERS.replace("url: /v2", "url: 'https://{tenant}.test'")
    with pytest.raises(ProblemsError, match="not an address that requests can go to"):
        interface_of(parse(text.encode(), "d"), area)


async def test_requests_go_to_the_server_of_their_operation() -> None:
    """And to another address for it where the client has been given one."""
    sent: list[str] = []

    class Backend:
        async def send(self, request: Any) -> WireReply:
            sent.append(request.url)
            return WireReply(204, {}, b"")

        async def aclose(self) -> None:
            pass

    def operation(server: str) -> Operation[None]:
        return Operation(
            name="a.b", method="GET", path="/b", returns=None, repeatable=True, base_url=server
        )

    servers = {"https://other.test/": "http://localhost:1/x"}
    base = "https://api.test/v1"
    async with ApiClient(base, auth=None, backend=Backend(), servers=servers) as client:
        for server in ("", "https://up.test", "/v2", "https://other.test"):
            await client.send(Request(operation(server)))
    assert sent == [
        "https://api.test/v1/b", "https://up.test/b", "https://api.test/v2/b",
        "http://localhost:1/x/b",
    ]  # fmt: skip


def test_a_pull_fetches_what_stands_on_the_same_host(area: Area) -> None:
    """And nothing else; what may change unseen has no ETag."""
    files = {
        "/parcels/doc.json": HEAD + "paths: {/a: {$ref: 'paths.yaml#/a'}}\n",
        "/parcels/paths.yaml": "a: {get: {responses: {'204': {description: x}}}}\n",
    }

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "api.acme.example"
        return httpx.Response(200, text=files[request.url.path], headers={"ETag": "1"})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        obtained = from_network(area, Fetcher(client), None, None)
        assert obtained is not None
        assert [one.label for one in operations(obtained.document)] == ["GET /a"]
        assert obtained.etag is None
        files["/parcels/doc.json"] = HEAD + "paths: {/a: {$ref: 'https://evil.test/a'}}\n"
        with pytest.raises(ProblemsError, match="another host"):
            from_network(area, Fetcher(client), None, None)


def test_chains_through_other_files_end_where_they_lead(tmp_path: Path) -> None:
    """A file may refer to itself, and to a file that refers on."""
    (tmp_path / "a.yaml").write_text("A: {$ref: 'b.yaml#/A'}\nUser: {$ref: '#/A'}\n", "utf-8")
    (tmp_path / "b.yaml").write_text("A: {$ref: '#/B'}\nB: {type: string}\n", "utf-8")
    text = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\ncomponents:\n  schemas:\n"
    text += (
        "    X: {$ref: 'a.yaml#/User'}\n    Y: {$ref: 'a.yaml#/A'}\n    Z: {$ref: 'b.yaml#/A'}\n"
    )
    (tmp_path / "d.yaml").write_text(text, "utf-8")
    schemas = read(tmp_path / "d.yaml", "d")["components"]["schemas"]
    for name in "XYZ":
        schema = schemas[name]
        while "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        assert schema == {"type": "string"}


def test_what_two_references_share_in_another_file_is_one_schema(tmp_path: Path) -> None:
    """Also where the second comes when it has become a component already."""
    (tmp_path / "a.yaml").write_text("A: {allOf: [{$ref: '#/B'}]}\nB: {type: string}\n", "utf-8")
    (tmp_path / "b.yaml").write_text("A: {$ref: 'a.yaml#/A'}\nB: {$ref: 'a.yaml#/B'}\n", "utf-8")
    text = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\ncomponents:\n  schemas:\n"
    text += "".join(f"    {n}: {{$ref: '{n[0]}.yaml#/{n[1]}'}}\n" for n in ("aA", "bA", "bB", "aB"))
    (tmp_path / "d.yaml").write_text(text, "utf-8")
    schemas = read(tmp_path / "d.yaml", "d")["components"]["schemas"]
    assert sum("type" in one for one in schemas.values()) == 1
    references = [one["$ref"] for one in schemas.values() if "$ref" in one]
    assert {one.rpartition("/")[2] for one in references} <= schemas.keys()
