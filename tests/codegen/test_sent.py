"""What is sent is what the document says: parameters, bodies, credentials; and streams."""

import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web
from msgspec import UNSET

from codegen.documents.normalise import normalise
from codegen.documents.reading import check_frame
from codegen.package import made_of
from codegen.render import formatted
from energy_async import (
    AiohttpBackend,
    ConnectionBroken,
    HttpxBackend,
    ServerSentEvent,
    StatusError,
)
from energy_async.transport.request import WireReply

ROOT = Path(__file__).resolve().parents[2]
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
PAIR = {"type": "object", "properties": {"a": {"type": "integer"}, "b": TEXT}}
NONE = {"204": {"description": ""}}

Made = tuple[ModuleType, Any]


def content(media: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {media: {"schema": schema, **more}}


def answers(**media: Any) -> dict[str, Any]:
    return {"200": {"description": "", "content": media}}


def parameter(place: str, name: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"in": place, "name": name, "schema": schema, "required": place == "path", **more}


class Wire:
    """A backend that keeps what is sent and answers nothing."""

    def __init__(self, status: int = 204, body: bytes = b"") -> None:
        self.sent: list[Any] = []
        self._status, self._body = status, body

    async def send(self, request: Any) -> WireReply:
        self.sent.append(request)
        return WireReply(self._status, {"content-type": JSON}, self._body)

    async def aclose(self) -> None:
        """Nothing is open."""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Made]]:
    """Makes a package with the operations given, each at a path of its name: module and client."""
    names: list[str] = []

    def make(*, schemes: Any = None, schemas: Any = None, **operations: Any) -> Made:
        paths = {
            one.pop("path", f"/{name}"): {one.pop("method", "get"): {"operationId": name, **one}}
            for name, one in operations.items()
        }
        document = {
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1"},
            "servers": [{"url": "https://t.example"}],
            "paths": paths,
            "components": {"securitySchemes": schemes or {}, "schemas": schemas or {}},
        }
        name = f"sent_{abs(hash(tmp_path))}_{len(names)}"
        names.append(name)
        files = made_of(normalise(check_frame(document, "t")), "t", "0" * 64, name).files
        for path, text in formatted(files, ROOT, [name]).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, "utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()
        package = importlib.import_module(name)
        (client,) = [one for one in package.__all__ if one[0].isupper()]
        return importlib.import_module(f"{name}.api"), getattr(package, client)

    yield make
    for module in [one for one in sys.modules if one.partition(".")[0] in names]:
        del sys.modules[module]


async def sent(
    made: Made, name: str, *arguments: Any, auth: Any = None, keys: Any = None, **given: Any
) -> Any:
    api, client = made
    wire = Wire()
    async with client(auth, backend=wire, **(keys or {})) as open_client:
        await getattr(api, name)(open_client, *arguments, **given)
    return wire.sent[-1]


PARAMETERS = {
    "commas": (parameter("query", "p", TEXTS, explode=False), ["a,b", "c"], "?p=a%2Cb,c"),
    "commas-object": (
        parameter("query", "p", PAIR, explode=False),
        {"a": 1, "b": "x,y"},
        "?p=a,1,b,x%2Cy",
    ),
    "nested-deep": (
        parameter("query", "p", {"type": "object"}, style="deepObject"),
        {"a": {"b": 1}, "c": [1, 2]},
        "?p%5Ba%5D%5Bb%5D=1&p%5Bc%5D=1&p%5Bc%5D=2",
    ),
    "deep-list": (
        parameter("query", "p", TEXTS, style="deepObject"),
        ["a", "b"],
        "?p%5B0%5D=a&p%5B1%5D=b",
    ),
    "path-list": (parameter("path", "p", TEXTS), ["a,b", "c"], "/op/a%2Cb,c"),
    "path-object": (parameter("path", "p", PAIR, explode=True), {"a": 1, "b": "x"}, "/op/a=1,b=x"),
    "path-label": (parameter("path", "p", TEXTS, style="label"), ["a", "b"], "/op/.a,b"),
    "path-matrix": (
        parameter("path", "p", TEXTS, style="matrix", explode=True),
        ["a", "b"],
        "/op/;p=a;p=b",
    ),
}


@pytest.mark.parametrize(("declared", "value", "end"), PARAMETERS.values(), ids=PARAMETERS)
async def test_parameters_of_a_url_travel_in_their_style(
    made: Any, declared: Any, value: Any, end: str
) -> None:
    """A separator inside a value is never taken for one between values."""
    path = "/op/{p}" if declared["in"] == "path" else "/op"
    package = made(op={"parameters": [declared], "responses": NONE, "path": path})
    place = [value] if declared["in"] == "path" else []
    request = await sent(package, "op", *place, **({} if place else {"p": value}))
    assert request.url.endswith(end)


async def test_headers_and_cookies_explode_as_they_are_told(made: Any) -> None:
    """And a header that cannot carry a comma refuses it before anything is sent."""
    package = made(
        op={
            "responses": NONE,
            "parameters": [
                parameter("header", "X-O", PAIR, explode=True),
                parameter("header", "X-L", TEXTS),
                parameter("cookie", "many", TEXTS),
                parameter("cookie", "one", TEXTS, explode=False),
            ],
        }
    )
    request = await sent(
        package, "op", x_o={"a": 1, "b": "2"}, x_l=["a", "b"], many=["p", "q"], one=["r,", "s"]
    )
    assert (request.headers["X-O"], request.headers["X-L"]) == ("a=1,b=2", "a,b")
    assert request.headers["Cookie"] == "many=p; many=q; one=r%2C,s"
    with pytest.raises(ValueError, match="holds ','"):
        await sent(package, "op", x_l=["a,b"])


STRIPE = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer"},
        "metadata": {"type": "object", "additionalProperties": TEXT},
        "items": {"type": "array", "items": PAIR},
        "tags": TEXTS,
        "flat": TEXTS,
        "as_json": PAIR,
        "deep": TEXTS,
    },
}


async def test_forms_nest_and_heed_their_encoding(made: Any) -> None:
    """Objects go by `name[key]`, lists repeat their name, unless the document says otherwise."""
    encoding = {
        "flat": {"explode": False},
        "as_json": {"contentType": JSON},
        "deep": {"style": "deepObject"},
    }
    body = {"required": True, "content": content(FORM, STRIPE, encoding=encoding)}
    package = made(op={"method": "post", "requestBody": body, "responses": NONE})
    models = importlib.import_module(package[0].__name__.replace(".api", ".models"))
    request = await sent(
        package,
        "op",
        body=models.OpBody(
            amount=1,
            metadata={"k 1": "v"},
            items=[models.OpBodyItemsItem(a=1), models.OpBodyItemsItem(a=2)],
            tags=["x", "y"],
            flat=["a,b", "c"],
            as_json=models.OpBodyAsJson(a=1),
            deep=["d"],
        ),
    )
    assert request.body.decode() == (
        "amount=1&metadata%5Bk+1%5D=v&items%5B0%5D%5Ba%5D=1&items%5B1%5D%5Ba%5D=2"
        "&tags=x&tags=y&flat=a%2Cb,c&as_json=%7B%22a%22%3A1%7D&deep%5B0%5D=d"
    )


async def test_parts_have_the_types_of_the_document(made: Any) -> None:
    """A struct says which parts there are; a mapping does as well."""
    schema = {
        "type": "object",
        "required": ["img"],
        "properties": {"img": {"type": "string", "format": "binary"}, "meta": PAIR},
    }
    body = {
        "required": True,
        "content": content(
            "multipart/form-data", schema, encoding={"img": {"contentType": "image/png"}}
        ),
    }
    package = made(op={"method": "post", "requestBody": body, "responses": NONE})
    models = importlib.import_module(package[0].__name__.replace(".api", ".models"))
    for given in (
        models.OpBody(img=b"P", meta=models.OpBodyMeta(a=1)),
        {"img": b"P", "meta": {"a": 1}},
    ):
        request = await sent(package, "op", body=given)
        assert b'name="img"; filename="img"\r\nContent-Type: image/png\r\n\r\nP\r\n' in request.body
        assert b'name="meta"\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n' in request.body


async def test_a_body_may_have_one_of_several_types(made: Any) -> None:
    """The first is the usual one; text is text, and what is neither text nor bytes is refused."""
    media = content(JSON, TEXTS) | content("text/csv", TEXT) | content(FORM, PAIR)
    package = made(
        op={
            "method": "post",
            "requestBody": {"required": True, "content": media},
            "responses": NONE,
        },
        plain={
            "method": "post",
            "requestBody": {"content": content("text/plain", TEXT)},
            "responses": NONE,
        },
    )
    expected = {JSON: (["a"], b'["a"]'), "text/csv": ("a;b", b"a;b"), FORM: ({"a": 1}, b"a=1")}
    for kind, (given, raw) in expected.items():
        request = await sent(package, "op", body=given, content_type=kind)
        assert (request.body, request.headers["Content-Type"]) == (raw, kind)
    assert (await sent(package, "op", body=["a"])).headers["Content-Type"] == JSON
    request = await sent(package, "plain", body="häl")
    assert (request.body, request.headers["Content-Type"]) == ("häl".encode(), "text/plain")
    with pytest.raises(TypeError, match="must be bytes or text"):
        await sent(package, "plain", body=5)


@pytest.mark.parametrize("media", ["text/csv", "application/vnd.api+json", JSON, "application/pdf"])
async def test_what_is_accepted_is_what_the_operation_offers(made: Any, media: str) -> None:
    """Not JSON from everybody."""
    package = made(op={"method": "delete", "responses": {**answers(**content(media, {})), **NONE}})
    assert (await sent(package, "op")).headers["Accept"] == media


SCHEMES = {
    "b": {"type": "http", "scheme": "bearer"},
    "k": {"type": "apiKey", "in": "query", "name": "key"},
    "d": {"type": "http", "scheme": "digest"},
}
SECURITY = [
    pytest.param([{"b": []}], "T", "K", (True, False), id="token"),
    pytest.param([{"k": []}], "T", "K", (False, True), id="key"),
    pytest.param([{"b": []}, {"k": []}], "T", "K", (True, False), id="either-with-both"),
    pytest.param([{"b": []}, {"k": []}], None, "K", (False, True), id="either-with-the-second"),
    pytest.param([{"b": [], "k": []}], "T", "K", (True, True), id="both"),
    pytest.param([{}, {"b": []}], "T", None, (True, False), id="optional-given"),
    pytest.param([{}, {"b": []}], None, "K", (False, False), id="optional-not-given"),
    pytest.param([{"d": []}], "T", "K", (False, False), id="digest"),
    pytest.param([], "T", "K", (False, False), id="nothing"),
]


@pytest.mark.parametrize(("asked", "token", "key", "expected"), SECURITY)
async def test_only_what_an_operation_asks_for_goes_with_it(
    made: Any, asked: Any, token: Any, key: Any, expected: Any
) -> None:
    """A key in a URL ends in logs: it goes where it was asked for alone, and so does a token."""
    package = made(op={"security": asked, "responses": NONE}, schemes=SCHEMES)
    request = await sent(package, "op", auth=token, keys={"k": key})
    assert ("Authorization" in request.headers, "key=K" in request.url) == expected


async def test_the_body_of_an_error_has_the_type_of_the_document(made: Any) -> None:
    """By its status, its class of statuses, or the default; None where it is something else."""

    def error(name: str) -> Any:
        schema = {"type": "object", "required": [name], "properties": {name: {"type": "integer"}}}
        return {"description": "", "content": content(JSON, schema)}

    api, client = made(
        op={"responses": {**NONE, "409": error("a"), "5XX": error("b"), "default": error("c")}}
    )
    seen = {}
    for status, body in ((409, b'{"a":1}'), (503, b'{"b":1}'), (404, b'{"c":1}'), (400, b"[]")):
        async with client(backend=Wire(status, body), retries=0) as open_client:
            with pytest.raises(StatusError) as caught:
                await api.op(open_client)
        seen[status] = type(caught.value.content).__name__
    assert seen == {409: "Op409", 503: "Op5XX", 404: "OpError", 400: "NoneType"}


@pytest.fixture(params=[AiohttpBackend, HttpxBackend])
def backend(request: Any) -> Any:
    return request.param()


async def test_answers_are_read_as_they_come(made: Any, backend: Any) -> None:
    """The first item is there before the last was sent; the connection is free afterwards."""
    go_on = asyncio.Event()

    async def lines(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": request.query["kind"]})
        await answer.prepare(request)
        first, rest = json.loads(request.query["parts"])
        await answer.write(first.encode())
        await go_on.wait()
        if rest is None:
            assert request.transport is not None
            request.transport.abort()
            return answer
        await answer.write(rest.encode())
        return answer

    app = web.Application()
    app.router.add_get("/{name}", lines)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    query = [parameter("query", "kind", TEXT), parameter("query", "parts", TEXT)]
    api, client = made(
        rows={"parameters": query, "responses": answers(**content("application/x-ndjson", PAIR))},
        events={"parameters": query, "responses": answers(**content("text/event-stream", PAIR))},
        get_file={"parameters": query, "responses": answers(**content("application/pdf", {}))},
    )
    try:
        async with client(base_url=f"http://127.0.0.1:{port}", backend=backend) as open_client:
            cases = [
                (api.rows, "application/x-ndjson", '{"a":1}\n{"a":', '2}\n\n{"a":3}', [1, 2, 3]),
                (
                    api.events,
                    "text/event-stream",
                    'id: 7\ndata: {"a":1}\n\nda',
                    'ta: {"a"\rdata: :2}\r\n\r\ndata: [DONE]\n\n',
                    [1, 2],
                ),
                (api.iter_file, "application/pdf", "abc", "def", [b"abc", b"def"]),
            ]
            for function, kind, first, rest, expected in cases:
                go_on.clear()
                found = []
                async for item in function(open_client, kind=kind, parts=json.dumps([first, rest])):
                    data = item.data if isinstance(item, ServerSentEvent) else item
                    found.append(data if isinstance(data, bytes) else data.a)
                    go_on.set()
                assert found == expected
            go_on.set()
            with pytest.raises(ConnectionBroken):
                async for _ in api.rows(
                    open_client, kind="application/x-ndjson", parts='["{}\\n", null]'
                ):
                    pass
            async with api.rows(
                open_client, kind="application/x-ndjson", parts='["{}\\n", "{}"]'
            ) as stream:
                async for _ in stream:
                    break
    finally:
        await runner.cleanup()


def test_what_was_not_said_is_told_apart_from_null() -> None:
    """`UNSET` is left out of forms and parameters too."""
    from energy_async.parameters import deep_object, exploded  # noqa: PLC0415

    assert exploded("p", {"a": UNSET, "b": None, "c": 1}) == {"c": "1"}
    assert deep_object("p", {"a": UNSET}) == {}
