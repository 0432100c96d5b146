"""A client package from any document: it works, or nothing is written."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.cli import main
from energy_async import DecodeFailed

ROOT = Path(__file__).resolve().parents[2]

PETS = """
openapi: 3.0.3
info: {title: Pet shop, version: '1'}
servers: [{url: 'https://{env}.pets.example/v1', variables: {env: {default: api}}}]
paths:
  /pets/{petId}:
    parameters: [{in: path, name: petId, required: true, schema: {type: integer}}]
    get:
      tags: [Pets & more]
      deprecated: true
      parameters:
        - {in: query, name: filter, style: deepObject, schema: {$ref: '#/components/schemas/F'}}
        - {in: query, name: ids, style: pipeDelimited, explode: false,
           schema: {type: array, items: {type: integer}}}
        - {in: query, name: tags, explode: true, schema: {type: array, items: {type: string}}}
        - {in: query, name: flat, schema: {$ref: '#/components/schemas/F'}}
        - {in: query, name: since date, schema: {type: string, format: date-time}}
        - {in: query, name: raw, content: {application/json: {schema: {type: object}}}}
        - {in: cookie, name: session, schema: {type: string}}
        - {in: header, name: X-Trace, schema: {type: array, items: {type: integer}}}
        - {in: header, name: Accept, schema: {type: string}}
      responses:
        '200':
          description: ok
          content: &json {application/json: {schema: {$ref: '#/components/schemas/F'}}}
    put:
      tags: [Pets & more]
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema: {type: object, properties: {photo: {type: string, format: binary}}}
      responses: {'204': {description: ok}}
  /forms:
    post:
      requestBody:
        content:
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/F'}}
      responses: {'200': {description: ok, content: {text/csv: {schema: {type: string}}}}}
    put:
      operationId: post forms
      responses: {'204': {description: ok}}
  /forms?beta=true&form=x:
    get:
      parameters:
        - {in: query, name: form, schema: {type: string}}
        - {in: query, name: map, schema: {$ref: '#/components/schemas/M'}}
        - {in: query, name: by, schema: {type: array, items: {type: object}}}
      responses: {'200': {description: ok, content: *json}}
  /forms#all:
    get: {operationId: all forms, responses: {'204': {description: ok}}}
  /keys:
    get:
      security: [{mail key: [], cookie: [], token: [], basic: [], plain: []}]
      responses: {'204': {description: ok}}
components:
  securitySchemes:
    mail key: {type: apiKey, in: header, name: X-Mail}
    plain: {type: apiKey, in: query, name: key}
    cookie: {type: apiKey, in: cookie, name: sid}
    token: {type: apiKey, in: cookie, name: tok}
    timeout: {type: apiKey, in: query, name: "'''"}
    basic: {type: http, scheme: Basic}
  schemas:
    M: {anyOf: [{type: object, additionalProperties: {type: string}}, {type: 'null'}]}
    F: {type: object, properties: {a: {type: string}, b: {type: array, items: {type: string}}}}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package made of `PETS`, ready for import."""
    name = f"pets_{tmp_path.name}".lower().replace("-", "_")
    (tmp_path / "pets.yaml").write_text(PETS, "utf-8")
    out = tmp_path / "out"
    arguments = ["--spec", str(tmp_path / "pets.yaml"), "--package", name, "--out", str(out)]
    assert main(["build", *arguments]) == 0
    assert main(["build", *arguments]) == 0  # over itself
    monkeypatch.syspath_prepend(str(out))
    importlib.invalidate_caches()
    yield name
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


class Backend:
    """Keeps what is sent."""

    def __init__(self, body: bytes = b"{}") -> None:
        self.sent: list[Any] = []
        self.body = body

    async def send(self, request: Any) -> Any:
        from energy_async.transport.request import WireReply  # noqa: PLC0415

        self.sent.append(request)
        if request.method == "PUT" or "/keys" in request.url:
            return WireReply(204, {}, b"")
        return WireReply(200, {"content-type": "application/json"}, self.body)

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_every_style_of_parameter_and_body_travels(shop: str) -> None:
    """Called through the client, each value arrives as the document wants it."""
    from datetime import UTC, datetime  # noqa: PLC0415

    package = importlib.import_module(shop)
    (client_name,) = [name for name in package.__all__ if name[0].isupper()]
    backend = Backend()
    client = getattr(package, client_name)(backend=backend, headers={"X-Key": "k"})
    assert client.base_url == "https://api.pets.example/v1"
    form = package.models.F(a="x y", b=["1", "2"])
    async with client:
        with pytest.warns(DeprecationWarning, match="Deprecated by upstream"):
            await package.pets_more.get_pets_pet_id(
                client, 7, filter_=form, ids=[1, 2], tags=["a", "b"], flat=form, raw={"x": [1]},
                since_date=datetime(2026, 1, 1, tzinfo=UTC), session="s;1", x_trace=[3, 4],
            )  # fmt: skip
        await package.pets_more.put_pets_pet_id(client, 7, body={"photo": b"\x00", "note": 'a"'})
        await package.api.put_forms(client)  # both want to be called post_forms
        assert await package.api.post_forms(client, body=form) == b"{}"
        await package.api.get_forms_beta_true_form_x(
            client, form="y", map_={"k": "v"}, by='[{"a": 1}]'
        )
        await package.api.all_forms(client)
    get, put, _, post, beta, every = backend.sent
    assert beta.url.endswith("/forms?beta=true&form=y&k=v&by=%5B%7B%22a%22:%201%7D%5D")
    assert every.url.endswith("/forms")
    assert get.url == (
        "https://api.pets.example/v1/pets/7?filter%5Ba%5D=x%20y&filter%5Bb%5D=1&filter%5Bb%5D=2"
        "&ids=1%7C2&tags=a&tags=b&a=x%20y&b=1&b=2&since%20date=2026-01-01T00:00:00Z"
        "&raw=%7B%22x%22:%5B1%5D%7D"
    )
    assert get.headers["Cookie"] == "session=s%3B1"
    assert (get.headers["X-Trace"], get.headers["X-Key"]) == ("3,4", "k")
    kind = put.headers["Content-Type"]
    mark = kind.partition("boundary=")[2]
    assert kind.startswith("multipart/form-data; ")
    assert (
        put.body
        == (
            f'--{mark}\r\nContent-Disposition: form-data; name="photo"; filename="photo"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n\x00\r\n"
            f'--{mark}\r\nContent-Disposition: form-data; name="note"\r\n\r\na"\r\n--{mark}--\r\n'
        ).encode()
    )
    assert post.body == b"a=x+y&b=1&b=2"
    assert post.headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_keys_and_passwords_travel_where_the_document_puts_them(shop: str) -> None:
    """With the requests that ask for credentials only, and never into a message."""
    package = importlib.import_module(shop)
    (client_name,) = [name for name in package.__all__ if name[0].isupper()]
    backend = Backend(b"secret-one secret-two pass-word")
    client = getattr(package, client_name)(
        ("me", "pass-word"), mail_key="secret-one", plain="secret-two", cookie="s", token="t",
        timeout_=None, backend=backend,
    )  # fmt: skip
    async with client:
        await package.api.get_keys(client)
        with pytest.raises(DecodeFailed) as caught:
            await package.api.get_forms_beta_true_form_x(client)
    with_keys, without, *_ = backend.sent
    assert with_keys.url.endswith("/keys?key=secret-two")
    assert (with_keys.headers["X-Mail"], with_keys.headers["Cookie"]) == (
        "secret-one",
        "sid=s; tok=t",
    )
    assert with_keys.headers["Authorization"] == "Basic bWU6cGFzcy13b3Jk"
    assert "key=" not in without.url
    assert not {"X-Mail", "Cookie", "Authorization"} & set(without.headers)
    assert not {"secret-one", "secret-two", "pass-word"} & set(str(caught.value).split())


def test_package_type_checks_strictly(shop: str, tmp_path: Path) -> None:
    """As strictly as our own code."""
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", f"out/{shop}"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT), "MYPYPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["import", "json", "../evil", "A", "energy_async", "a.b", ""])
def test_names_that_are_no_new_package_are_refused(tmp_path: Path, name: str) -> None:
    """Nothing is written outside the folder, nor over something else."""
    spec = tmp_path / "pets.yaml"
    spec.write_text(PETS, "utf-8")
    assert main(["build", "--spec", str(spec), "--package", name, "--out", str(tmp_path / "o")])
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &a [x]\nb: [*a, *a]\n", id="yaml-aliases-alone"),
        pytest.param("a: &a [*a]\n", id="yaml-alias-of-itself"),
        pytest.param("[" * 5000, id="nesting"),
        pytest.param("a: !!python/object/apply:os.system ['true']\n", id="yaml-tag"),
        pytest.param(PETS.replace("#/components/schemas/F", "file:///etc/passwd"), id="remote"),
        pytest.param(PETS.replace("/forms", "/../forms"), id="path"),
        pytest.param("swagger: '2.0'\n", id="swagger-2"),
        pytest.param("\x00\xff", id="binary"),
    ],
)
def test_bad_documents_are_refused_before_anything_is_written(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason on standard error, and no folder."""
    spec = tmp_path / "bad.yaml"
    spec.write_text(text, "utf-8")
    out = tmp_path / "out"
    assert main(["build", "--spec", str(spec), "--package", "bad_one", "--out", str(out)]) == 1
    assert "bad.yaml#" in capsys.readouterr().err
    assert not out.exists()


def test_files_written_by_hand_are_not_overwritten(tmp_path: Path) -> None:
    """A package of somebody's own stays."""
    mine = tmp_path / "out/mine/__init__.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("# mine\n")
    spec = tmp_path / "pets.yaml"
    spec.write_text(PETS, "utf-8")
    assert main(["build", "--spec", str(spec), "--package", "mine", "--out", str(tmp_path / "out")])
    assert [path.name for path in mine.parent.iterdir()] == ["__init__.py"]
