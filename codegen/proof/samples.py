"""Made-up answers that a document allows: one with everything in it, one with what must be there.

Limits (`minLength`, `pattern`, ...) are not kept, since no decoder looks at them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from codegen.documents.document import Json, OperationAt, opened, resolve
from codegen.functions.encodings import is_json

__all__ = ["Sampler", "answers_of"]

_TEXTS = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "uuid": "5bb1d6a4-93a5-4a02-8ff4-8e5f7a2d7c11",
    "decimal": "1.5",
    "byte": "AAAA",
    "int64": "1",
}
_SIMPLE = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
_MOST_LEVELS = 8
_MOST_VALUES = 2_000


class _NoSampleError(Exception):
    """No value can be made up: the schema leads back to itself, or grows too large."""


def answers_of(document: Json, at: OperationAt) -> Iterator[Any]:
    """Made-up JSON answers of an operation: none where it gives something else."""
    for status, response in sorted(at.body.get("responses", {}).items()):
        content = opened(document, response).get("content")
        if not status.startswith("2") or not isinstance(content, dict):
            continue
        for media, held in content.items():
            if is_json(media) and isinstance(held, dict) and held.get("schema") is not None:
                yield from _both(document, held["schema"])
                return


def _both(document: Json, schema: Any) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    for is_full in (True, False):
        try:
            yield Sampler(document, is_full=is_full).value(schema)
        except (_NoSampleError, LookupError):
            continue


@dataclass
class Sampler:
    """Makes values up.

    Attributes:
        document: An effective document.
        is_full: Whether values have all that they may have, or only what they must.
    """

    document: Json
    is_full: bool
    _depth: int = 0
    _count: int = 0

    def value(self, schema: Any, name: str = "", required: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401
        """A value of a schema. `name` is that of its component, for the tag of a union."""
        self._count += 1
        if self._depth > _MOST_LEVELS or self._count > _MOST_VALUES:
            raise _NoSampleError
        self._depth += 1
        try:
            return self._value(schema, name, required)
        finally:
            self._depth -= 1

    def _value(self, schema: Any, name: str, required: frozenset[str]) -> Any:  # noqa: ANN401
        if not isinstance(schema, dict):
            return {}
        if "$ref" in schema:
            own = str(schema["$ref"]).rpartition("/")[2]
            target = resolve(self.document, schema["$ref"])
            required |= frozenset(schema.get("required") or ())
            return self._joined(self.value(target, name or own, required), schema, name, required)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list):
            return next((one for one in schema["enum"] if one is not None), None)
        for key in ("oneOf", "anyOf"):
            if members := [one for one in schema.get(key) or () if not _is_null(one)]:
                return self._member(schema, key, members, name, required)
        return self._plain(schema, name, required)

    def _joined(self, value: Any, schema: Json, name: str, required: frozenset[str]) -> Any:  # noqa: ANN401
        beside = {key: one for key, one in schema.items() if key not in {"$ref", "nullable"}}
        if isinstance(value, dict) and {"properties", "allOf"} & beside.keys():
            value |= self.value(beside, name, required)
        return value

    def _member(
        self, schema: Json, key: str, members: list[Any], name: str, required: frozenset[str]
    ) -> Any:  # noqa: ANN401
        rest = {one: value for one, value in schema.items() if one not in {key, "discriminator"}}
        value = self.value(members[0], "", required)
        if not isinstance(value, dict):
            return value
        if {"properties", "allOf"} & rest.keys():
            value |= self.value(rest, name, required)
        return self._tagged(value, schema, str(members[0].get("$ref", "")).rpartition("/")[2])

    def _plain(self, schema: Json, name: str, required: frozenset[str]) -> Any:  # noqa: ANN401
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), None)
        if kind is None:
            kind = next((k for key, k in _KINDS.items() if schema.get(key)), None)
        if kind == "object":
            return self._object(schema, name, required)
        if kind == "array":
            first = schema.get("prefixItems") or []
            is_filled = bool(first or self.is_full or schema.get("minItems"))
            items = first or [schema.get("items", {})]
            return [self.value(one) for one in items if is_filled]
        if kind == "string":
            return _TEXTS.get(str(schema.get("format")), "text")
        return _SIMPLE.get(str(kind), {})

    def _object(self, schema: Json, name: str, required: frozenset[str]) -> Json:
        required |= frozenset(one for one in schema.get("required") or () if isinstance(one, str))
        made: Json = {}
        for part in schema.get("allOf") or ():
            required |= frozenset(opened(self.document, part).get("required") or ())
        for part in schema.get("allOf") or ():
            value = self.value(part, name, required)
            if not isinstance(value, dict):
                if set(schema) - {"allOf", "nullable", "description", "title", "default"}:
                    raise _NoSampleError
                return value  # type: ignore[no-any-return]  # of a single part, in the end
            made |= value
        for key, one in (schema.get("properties") or {}).items():
            if isinstance(one, dict) and one.get("writeOnly") is True:
                continue
            if key in required or (self.is_full and self._depth < _MOST_LEVELS - 2):
                made[key] = self._property(one, is_required=key in required)
        extra = schema.get("additionalProperties")
        if self.is_full and isinstance(extra, dict) and not schema.get("properties"):
            made["key"] = self.value(extra)
        return self._tagged(made, schema, name)

    def _property(self, schema: Any, *, is_required: bool) -> Any:  # noqa: ANN401
        if not self.is_full and _may_be_null(self.document, schema):
            return None
        try:
            return self.value(schema)
        except _NoSampleError:
            if is_required:
                raise
            return None

    def _tagged(self, value: Json, schema: Json, name: str) -> Json:
        told = schema.get("discriminator")
        if isinstance(told, dict) and isinstance(told.get("propertyName"), str):
            mapping = told.get("mapping")
            tags = {
                str(target).rpartition("/")[2]: tag
                for tag, target in (mapping.items() if isinstance(mapping, dict) else ())
            }
            value[told["propertyName"]] = tags.get(name, name or "x")
        return value


_KINDS = {
    "allOf": "object",
    "properties": "object",
    "additionalProperties": "object",
    "items": "array",
}


def _is_null(schema: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(schema, dict) and schema.get("type") == "null"


def _may_be_null(document: Json, schema: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether a schema itself, or the component that it stands for, says that null is allowed."""
    if not isinstance(schema, dict):
        return False
    kinds = schema.get("type")
    if schema.get("nullable") is True or (isinstance(kinds, list) and "null" in kinds):
        return "enum" not in schema or None in schema["enum"]
    if set(schema) == {"$ref"}:
        target = resolve(document, schema["$ref"])
        return target != schema and _may_be_null(document, target)
    return False
