"""Requests held against the documents: what these forbid is refused, naming the parameter."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from energy_sandbox.problems import Refusal, require_jsonschema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jsonschema import Draft202012Validator

    from energy_sandbox.documents import Document, Operation, Parameter

_SHOWN = 8
"""Enumerations longer than this are not spelled out in messages."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed: the values of its query have the types that the document gives."""

    path: Mapping[str, str] = field(default_factory=dict)
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

    def check(self, what: str, schema: str, value: object) -> None:
        """Raise `Refusal` (400) if something is wrong with a value."""
        problem = self.complaint(schema, value)
        if problem is not None:
            raise Refusal(400, f"{what}: {problem}")


def check_query(
    schemas: Schemas,
    operation: Operation,
    path: Mapping[str, str],
    query: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """Validate the parameters of a request and give the values of its query."""
    known = {parameter.name for parameter in operation.parameters if parameter.place == "query"}
    for name, _ in query:
        if name not in known:
            raise Refusal(400, f"unknown query parameter {name!r}")
    values: dict[str, Any] = {}
    for parameter in operation.parameters:
        source = query if parameter.place == "query" else path.items()
        found = [text for name, text in source if name == parameter.name]
        where = f"{parameter.place} parameter {parameter.name!r}"
        if not found and parameter.required:
            raise Refusal(400, f"missing {where}")
        if len(found) > 1:
            raise Refusal(400, f"{where} is given {len(found)} times")
        if found:
            value = _convert(parameter, found[0])
            schemas.check(where, parameter.schema, value)
            if parameter.place == "query":
                values[parameter.name] = value
    return values


def _convert(parameter: Parameter, text: str) -> object:
    """Read text as its JSON type; what cannot be read stays text, which the schema refuses."""
    if parameter.type == "array":
        return text.split(",")
    try:
        return text if parameter.type == "string" else msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def check_body(schemas: Schemas, operation: Operation, media: str, data: bytes) -> object:
    """Decode and validate the body of a request, None if there is none."""
    if not data:
        if operation.body_required:
            raise Refusal(400, "missing request body")
        return None
    if operation.body is None:
        raise Refusal(400, f"{operation.method} {operation.path} takes no request body")
    if media != "application/json":
        raise Refusal(
            415, f"the request body is {media or 'of no declared type'}, not application/json"
        )
    try:
        body = msgspec.json.decode(data)
    except msgspec.DecodeError as exc:
        raise Refusal(400, f"the request body is not JSON: {exc}") from exc
    schemas.check("request body", operation.body, body)
    return body
