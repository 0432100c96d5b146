"""Requests held against the documents: what these forbid is refused, naming the parameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from api_sandbox.problems import Refusal, require_jsonschema

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from api_sandbox.documents import Document, Operation, Parameter

_SHOWN = 8
"""Enumerations longer than this are not spelled out in messages."""
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed: its values, converted to the types that the document gives them."""

    operation: Operation
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None


class Schemas:
    """The schemas of some documents, ready to validate values against."""

    def __init__(self, documents: Iterable[Document]) -> None:
        require_jsonschema()
        from referencing import Registry, Resource  # noqa: PLC0415
        from referencing.jsonschema import DRAFT202012  # noqa: PLC0415

        resources = [
            (document.uri, Resource.from_contents(document.content, DRAFT202012))
            for document in documents
        ]
        self._registry: Registry[Any] = Registry().with_resources(resources)
        self._validator = lru_cache(maxsize=None)(self._build)

    def _build(self, schema: str) -> Draft202012Validator:
        from jsonschema import Draft202012Validator  # noqa: PLC0415

        return Draft202012Validator(
            {"$ref": schema},
            registry=self._registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )

    def complaint(self, schema: str, value: object) -> str | None:
        """Say what is wrong with a value, None if nothing is."""
        error = next(self._validator(schema).iter_errors(value), None)
        if error is None:
            return None
        where = "" if error.json_path == "$" else f" at {error.json_path}"
        if error.validator == "enum" and len(error.validator_value) > _SHOWN:
            return f"{error.instance!r} is not one of the {len(error.validator_value)} known{where}"
        return f"{error.message}{where}"


def check_parameters(
    schemas: Schemas,
    operation: Operation,
    path: Mapping[str, str],
    query: Pairs,
    headers: Mapping[str, str],
) -> Call:
    """Convert and validate the parameters of a request.

    Raises:
        Refusal: 400, and the message names the first parameter that is unknown, missing or wrong.
    """
    known = {parameter.name for parameter in operation.parameters if parameter.place == "query"}
    for name, _ in query:
        if name not in known:
            raise Refusal(400, f"unknown query parameter {name!r}")
    sources: dict[str, Pairs] = {
        "path": list(path.items()), "query": query, "header": list(headers.items()),
    }  # fmt: skip
    values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation.parameters:
        if parameter.place in sources:
            texts = _texts(parameter, sources[parameter.place])
            if texts:
                values[parameter.place][parameter.name] = _value(schemas, parameter, texts)
    return Call(operation, values["path"], values["query"])


def _texts(parameter: Parameter, source: Pairs) -> list[str]:
    """Give the texts that a request holds for a parameter."""
    name = parameter.name.lower() if parameter.place == "header" else parameter.name
    found = [
        text
        for key, text in source
        if (key.lower() if parameter.place == "header" else key) == name
    ]
    if not found and parameter.required:
        raise Refusal(400, f"missing {parameter.place} parameter {parameter.name!r}")
    if len(found) > 1 and not (parameter.type == "array" and parameter.explode):
        raise Refusal(
            400, f"{parameter.place} parameter {parameter.name!r} is given {len(found)} times"
        )
    return found


def _value(schemas: Schemas, parameter: Parameter, texts: list[str]) -> object:
    value: object
    if parameter.type == "array":
        items = texts if parameter.explode and parameter.place == "query" else texts[0].split(",")
        value = [_convert(parameter.item_type, item) for item in items]
    else:
        value = _convert(parameter.type, texts[0])
    problem = schemas.complaint(parameter.schema, value)
    if problem is not None:
        raise Refusal(400, f"{parameter.place} parameter {parameter.name!r}: {problem}")
    return value


def _convert(kind: str, text: str) -> object:
    """Read text as a JSON type; what cannot be read stays text, and the schema then refuses it."""
    try:
        match kind:
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                return {"true": True, "false": False}.get(text, text)
            case _:
                return text
    except ValueError:
        return text


def check_body(schemas: Schemas, operation: Operation, media: str, data: bytes) -> object:
    """Decode and validate the body of a request, None if there is none.

    Raises:
        Refusal: 400 or 415.
    """
    if not data:
        if operation.body_required:
            raise Refusal(400, "missing request body")
        return None
    if operation.body is None:
        raise Refusal(400, f"{operation.route} takes no request body")
    if media != "application/json":
        raise Refusal(
            415, f"the request body is {media or 'of no declared type'}, not application/json"
        )
    try:
        body = msgspec.json.decode(data)
    except msgspec.DecodeError as exc:
        raise Refusal(400, f"the request body is not JSON: {exc}") from exc
    problem = schemas.complaint(operation.body, body)
    if problem is not None:
        raise Refusal(400, f"request body: {problem}")
    return body
