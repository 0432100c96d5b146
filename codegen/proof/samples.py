"""Made-up answers that a document allows: one with everything in it, one with what must be there.

Limits (`minLength`, `pattern`, ...) are ignored, since no decoder looks at them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from codegen.documents.document import Json, OperationAt, opened, resolve
from codegen.functions.encodings import is_json

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
_MOST_STEPS = 20
_MOST_VALUES = 2_000


class _NoSampleError(Exception):
    """No value can be made up: the schema leads back to itself, or grows too large."""


def answers_of(document: Json, at: OperationAt) -> Iterator[Any]:
    """Made-up JSON answers of an operation: none where it gives something else."""
    for status, response in sorted(at.body.get("responses", {}).items()):
        content = opened(document, response).get("content")
        if not status.startswith("2") or not isinstance(content, dict):
            continue
        for media, given in content.items():
            if is_json(media) and isinstance(given, dict) and given.get("schema") is not None:
                yield from _both(document, given["schema"])
                return


def _both(document: Json, schema: Any) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    for is_full in (True, False):
        try:
            yield Sampler(document, is_full=is_full).value(schema)
        except (_NoSampleError, LookupError):
            continue


@dataclass
class Sampler:
    """Makes values up, with all that they may have if `is_full`, else with what they must."""

    document: Json
    is_full: bool
    _depth: int = 0
    _count: int = 0

    def value(self, schema: Any, name: str = "") -> Any:  # noqa: ANN401 - any JSON
        """A value of a schema. `name` is that of its component, for the tag of a union."""
        self._count += 1
        if self._depth > _MOST_LEVELS or self._count > _MOST_VALUES:
            raise _NoSampleError
        self._depth += 1
        try:
            whole = self._whole(schema)
            own = schema.get("$ref", "") if isinstance(schema, dict) else ""
            return self._of_whole(whole, name or own.rpartition("/")[2])
        finally:
            self._depth -= 1

    def _whole(self, schema: Any, steps: int = 0) -> Json:  # noqa: ANN401 - any JSON
        """A schema together with what it refers to and the parts of its `allOf`."""
        if not isinstance(schema, dict):
            return {}
        if steps > _MOST_STEPS:
            raise _NoSampleError
        own = {key: value for key, value in schema.items() if key not in {"$ref", "allOf"}}
        target = [resolve(self.document, schema["$ref"])] if "$ref" in schema else []
        parts = [self._whole(one, steps + 1) for one in (*target, *schema.get("allOf", ()))]
        merged: Json = {}
        for part in (*parts, own):
            base = part is not own and "discriminator" in part
            for key, value in part.items():
                if key == "required":
                    merged[key] = [*merged.get(key, ()), *value]
                elif key == "properties":
                    merged[key] = _joined(merged.get(key, {}), value)
                elif not (base and parts != [part] and key in {"oneOf", "anyOf"}):
                    merged[key] = value
        return merged

    def _of_whole(self, schema: Json, name: str) -> Any:  # noqa: ANN401 - any JSON
        if listed := [schema["const"]] if "const" in schema else schema.get("enum"):
            return next((one for one in listed if one is not None), None)
        for key in ("oneOf", "anyOf"):
            if members := [one for one in schema.get(key) or () if one != {"type": "null"}]:
                return self._member(schema, members[0])
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), None)
        if kind is None:
            kind = next((k for key, k in _KINDS.items() if schema.get(key)), None)
        if kind == "object":
            return _tagged(self._object(schema), schema, name)
        if kind == "array":
            first = schema.get("prefixItems") or []
            is_filled = bool(first or self.is_full or schema.get("minItems"))
            items = first or [schema.get("items", {})]
            return [self.value(one) for one in items if is_filled]
        text = _TEXTS.get(str(schema.get("format")), "text")
        return text if kind == "string" else _SIMPLE.get(str(kind), {})

    def _member(self, schema: Json, member: Any) -> Any:  # noqa: ANN401 - any JSON
        """A value of a member of a union, with what all members have in common."""
        name = member.get("$ref", "").rpartition("/")[2] if isinstance(member, dict) else ""
        value = self.value({"allOf": [member, {"required": schema.get("required", [])}]}, name)
        if not isinstance(value, dict):
            return value
        return _tagged({**self._object(schema), **value}, schema, name)

    def _object(self, schema: Json) -> Json:
        made: Json = {}
        for key, one in (schema.get("properties") or {}).items():
            if isinstance(one, dict) and one.get("writeOnly") is True:
                continue
            is_required = key in schema.get("required", ())
            if is_required or (self.is_full and self._depth < _MOST_LEVELS - 2):
                made[key] = self._property(one, is_required=is_required)
        extra = schema.get("additionalProperties")
        if self.is_full and isinstance(extra, dict) and not schema.get("properties"):
            made["key"] = self.value(extra)
        return made

    def _property(self, schema: Any, *, is_required: bool) -> Any:  # noqa: ANN401
        if not self.is_full and _may_be_null(self.document, schema):
            return None
        try:
            return self.value(schema)
        except _NoSampleError:
            if is_required:
                raise
            return None


def _joined(some: Json, more: Json) -> Json:
    """The properties of both; one that both have is of both kinds."""
    both = {key: {"allOf": [some[key], one]} for key, one in more.items() if key in some}
    return {**some, **more, **both}


def _tagged(value: Json, schema: Json, name: str) -> Json:
    """The value with the tag that says what it is."""
    given = schema.get("discriminator")
    if isinstance(given, dict) and isinstance(given.get("propertyName"), str):
        mapping = given.get("mapping")
        pairs = mapping.items() if isinstance(mapping, dict) else ()
        tags = {str(target).rpartition("/")[2]: tag for tag, target in pairs}
        value[given["propertyName"]] = tags.get(name, name or "x")
    return value


_KINDS = {"properties": "object", "additionalProperties": "object", "items": "array"}


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
