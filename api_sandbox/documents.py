"""The OpenAPI documents, read for one purpose: to know which requests exist and what they allow.

This is the sandbox's own reading. It shares nothing with the generator that writes the clients, so
that the two can disagree.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from api_sandbox.problems import SandboxError

JsonObject = Mapping[str, Any]

DOCUMENTS: Final = Path(__file__).parent / "_generated"
_METHODS = ("get", "put", "post", "delete", "patch", "options", "head")
_NOT_PARAMETERS = frozenset(("accept", "authorization", "content-type"))
"""Headers that OpenAPI describes by other means, even where a document lists them."""


@dataclass(frozen=True, slots=True)
class Document:
    """One OpenAPI document and the URI under which its schemas can be referred to."""

    api: str
    area: str
    content: JsonObject

    @property
    def uri(self) -> str:
        """Base URI of the document, only used to resolve references."""
        return f"urn:openapi:{self.api}:{self.area}"

    def follow(self, node: JsonObject, pointer: str) -> tuple[JsonObject, str]:
        """Give what a node stands for, and where: the node itself unless it is a `$ref`."""
        while "$ref" in node:
            pointer = node["$ref"].removeprefix("#")
            node = self.at(pointer)
        return node, pointer

    def at(self, pointer: str) -> JsonObject:
        """Give the object that a JSON pointer names."""
        found: Any = self.content
        for part in pointer.split("/")[1:]:
            found = found[part.replace("~1", "/").replace("~0", "~")]
        if not isinstance(found, Mapping):
            raise SandboxError(f"{self.uri}: expected an object at {pointer}")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter; `type` is the JSON type that its text is read as."""

    name: str
    place: str
    required: bool
    type: str
    item_type: str
    explode: bool
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. Schemas are URIs; `name` is `<area>.<operationId>`."""

    name: str
    api: str
    method: str
    path: str
    public: bool
    parameters: tuple[Parameter, ...]
    body: str | None
    body_required: bool
    status: int
    """Status of a success."""
    answer: str | None

    @property
    def route(self) -> str:
        """Method and path template, `GET /auctions/{auctionID}`."""
        return f"{self.method} {self.path}"


@lru_cache(maxsize=16)
def load_documents(folder: Path, api: str) -> tuple[Document, ...]:
    """Read every document of an API from `folder/<api>/<area>.json`.

    Raises:
        SandboxError: There is none.
    """
    documents = tuple(
        Document(api, file.stem.replace("-", "_"), json.loads(file.read_text("utf-8")))
        for file in sorted((folder / api).glob("*.json"))
    )
    if not documents:
        raise SandboxError(f"no OpenAPI document in {folder / api}; the installation is incomplete")
    return documents


def operations(document: Document) -> Iterator[Operation]:
    """Give every operation of a document."""
    for path, item in document.content["paths"].items():
        for method in _METHODS:
            if method in item:
                yield _operation(document, path, item, method)


def _operation(document: Document, path: str, item: JsonObject, method: str) -> Operation:
    node = item[method]
    pointer = _pointer("/paths", path, method)
    status, answer = _answer(document, node, pointer)
    body, body_at = document.follow(node.get("requestBody", {}), f"{pointer}/requestBody")
    return Operation(
        name=f"{document.area}.{node.get('operationId') or f'{method} {path}'}",
        api=document.api,
        method=method.upper(),
        path=path,
        public=_is_public(document, node, item),
        parameters=tuple(_parameters(document, path, method)),
        body=_json_schema(document, body, body_at),
        body_required=bool(body.get("required")),
        status=status,
        answer=answer,
    )


def _is_public(document: Document, node: JsonObject, item: JsonObject) -> bool:
    """Tell whether no token is needed: no security asked for and no Authorization header listed."""
    listed = [*item.get("parameters", ()), *node.get("parameters", ())]
    headers = (document.follow(parameter, "")[0] for parameter in listed)
    if any(header.get("name", "").lower() == "authorization" for header in headers):
        return False
    return not node.get("security", document.content.get("security"))


def _parameters(document: Document, path: str, method: str) -> Iterator[Parameter]:
    """Give the parameters of an operation; one of its own replaces the path's of the same name."""
    found: dict[tuple[str, str], Parameter] = {}
    for place in (_pointer("/paths", path), _pointer("/paths", path, method)):
        for index, listed in enumerate(document.at(place).get("parameters", ())):
            node, pointer = document.follow(listed, f"{place}/parameters/{index}")
            if node["in"] == "header" and node["name"].lower() in _NOT_PARAMETERS:
                continue
            found[node["in"], node["name"]] = _parameter(document, node, pointer)
    yield from found.values()


def _parameter(document: Document, node: JsonObject, pointer: str) -> Parameter:
    schema, _ = document.follow(node.get("schema", {}), pointer)
    items, _ = document.follow(schema.get("items", {}), pointer)
    style = node.get("style", "form" if node["in"] in ("query", "cookie") else "simple")
    return Parameter(
        name=node["name"],
        place=node["in"],
        required=bool(node.get("required")),
        type=_type(schema),
        item_type=_type(items),
        explode=bool(node.get("explode", style == "form")),
        schema=_uri(document, f"{pointer}/schema"),
    )


def _type(schema: JsonObject) -> str:
    declared = schema.get("type", "string")
    names = [declared] if isinstance(declared, str) else declared
    return next((name for name in names if name != "null"), "string")


def _answer(document: Document, node: JsonObject, pointer: str) -> tuple[int, str | None]:
    """Give the status of a success and the schema of its JSON answer, if there is one."""
    for status, listed in node.get("responses", {}).items():
        if status.isdecimal() and status.startswith("2"):
            at = f"{pointer}/responses/{status}"
            return int(status), _json_schema(document, *document.follow(listed, at))
    return 200, None


def _json_schema(document: Document, node: JsonObject, pointer: str) -> str | None:
    for media, content in node.get("content", {}).items():
        if media.split(";")[0] == "application/json" and "schema" in content:
            return _uri(document, _pointer(f"{pointer}/content", media, "schema"))
    return None


def _pointer(base: str, *parts: str) -> str:
    return "/".join((base, *(part.replace("~", "~0").replace("/", "~1") for part in parts)))


def _uri(document: Document, pointer: str) -> str:
    return f"{document.uri}#{quote(pointer, safe='/~')}"
