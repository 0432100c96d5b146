"""The OpenAPI documents, read for one purpose: to know which requests exist and what they allow.

This is the sandbox's own reading. It shares nothing with the generator that writes the clients, so
that the two can disagree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from energy_sandbox.problems import Refusal, SandboxError

JsonObject = Mapping[str, Any]

DOCUMENTS: Final = Path(__file__).parent / "_generated"


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

    def schema(self, node: JsonObject) -> JsonObject:
        """Give the schema that a node is or refers to."""
        while "$ref" in node:
            node = self.content["components"]["schemas"][node["$ref"].rpartition("/")[2]]
        return node


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of the path or the query; `type` is the JSON type that its text is read as."""

    name: str
    place: str
    required: bool
    type: str
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


@lru_cache(maxsize=16)
def load_documents(folder: Path, api: str) -> tuple[Document, ...]:
    """Read every document of an API from `folder/<api>/<area>.json`.

    Raises:
        SandboxError: There is none.
    """
    documents = tuple(
        Document(api, file.stem, json.loads(file.read_text("utf-8")))
        for file in sorted((folder / api).glob("*.json"))
    )
    if not documents:
        raise SandboxError(f"no OpenAPI document in {folder / api}; the installation is incomplete")
    return documents


def operations(document: Document) -> Iterator[Operation]:
    """Give every operation of a document."""
    for path, item in document.content["paths"].items():
        for method, node in item.items():
            yield _operation(document, path, method, node)


def _operation(document: Document, path: str, method: str, node: JsonObject) -> Operation:
    at = _pointer("/paths", path, method)
    success = next(status for status in node["responses"] if status.startswith("2"))
    body, answer = node.get("requestBody", {}), node["responses"][success]
    return Operation(
        name=f"{document.area}.{node['operationId']}",
        api=document.api,
        method=method.upper(),
        path=path,
        public=not node.get("security", document.content.get("security")),
        parameters=tuple(
            _parameter(document, each, f"{at}/parameters/{index}")
            for index, each in enumerate(node.get("parameters", ()))
        ),
        body=_json_schema(document, body, f"{at}/requestBody"),
        body_required=bool(body.get("required")),
        status=int(success),
        answer=_json_schema(document, answer, f"{at}/responses/{success}"),
    )


def _parameter(document: Document, node: JsonObject, pointer: str) -> Parameter:
    return Parameter(
        name=node["name"],
        place=node["in"],
        required=bool(node.get("required")),
        type=document.schema(node["schema"]).get("type", "string"),
        schema=_uri(document, f"{pointer}/schema"),
    )


def _json_schema(document: Document, node: JsonObject, pointer: str) -> str | None:
    if "application/json" not in node.get("content", {}):
        return None
    return _uri(document, _pointer(f"{pointer}/content", "application/json", "schema"))


def _pointer(base: str, *parts: str) -> str:
    return "/".join((base, *(part.replace("~", "~0").replace("/", "~1") for part in parts)))


def _uri(document: Document, pointer: str) -> str:
    return f"{document.uri}#{quote(pointer, safe='/~')}"


class Router:
    """From method and path to an operation; where several paths fit, more fixed text wins."""

    def __init__(self, described: Iterable[Operation]) -> None:
        routes: dict[str, dict[str, Operation]] = {}
        for operation in described:
            routes.setdefault(operation.path, {})[operation.method] = operation
        self._routes = [
            (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))), routes[path])
            for path in sorted(routes, key=lambda path: path.count("{"))
        ]

    def find(self, method: str, raw_path: str) -> tuple[Operation, dict[str, str]]:
        """Give the operation that answers, and the texts of its path parameters.

        `raw_path` is still percent-encoded, so an encoded slash stays inside its segment.
        """
        for pattern, methods in self._routes:
            if match := pattern.fullmatch(raw_path):
                if method in methods:
                    values = {name: unquote(text) for name, text in match.groupdict().items()}
                    return methods[method], values
                allowed = ", ".join(sorted(methods))
                path = next(iter(methods.values())).path
                raise Refusal(405, f"{path} answers {allowed}, not {method}", {"Allow": allowed})
        raise Refusal(404, f"no such path: {unquote(raw_path)}")
