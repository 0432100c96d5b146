"""The vocabulary that every schema is brought down to before code is made of it.

A document may say the same thing in many ways (`allOf` of one, `type: [x, "null"]`, `const`,
inline objects). `lenient.py` brings all of them to the few shapes below; the two stages behind it
know nothing else. Working copies are written in the words of OpenAPI 3.0.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codegen.documents.document import Json

__all__ = [
    "PREFIX",
    "Field",
    "Named",
    "Shape",
    "names_in",
    "nullable_if",
    "ref_name",
    "refs_in",
    "type_of",
    "wrapped",
]

PREFIX = "#/components/schemas/"

Shape = dict[str, Any]
"""`{"$ref"}`, `{"type", "format"?}`, array with `items`, map with `additionalProperties`, `anyOf`
or `{}`, each with an optional `nullable`."""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_TYPES = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"}
_FORMATS = {"date-time": "AwareDatetime", "date": "date"}


@dataclass(frozen=True)
class Field:
    """One property of a struct; `source` is the property as the effective document has it."""

    wire: str
    python: str
    shape: Shape
    required: bool
    source: Json = field(repr=False)

    @property
    def unit(self) -> str | None:
        """Unit of the values, such as `EUR/MWh`."""
        unit = self.source.get("x-unit")
        return unit if isinstance(unit, str) else None

    @property
    def is_secret(self) -> bool:
        """Whether the value must not be shown."""
        return self.source.get("x-secret") is True


@dataclass(frozen=True)
class Named:
    """A schema with a name of its own: a struct (`fields`), an open enum (`values`) or an alias.

    Attributes:
        name: The Python name.
        source: The schema as the effective document has it, one level flattened.
        working: The same in the shapes above.
        fields: The properties of a struct, by their names on the wire.
        values: The values of an enum that are known.
        tag: Property and value that tell a struct apart in a union.
    """

    name: str
    source: Json = field(repr=False)
    working: Json = field(repr=False)
    fields: tuple[Field, ...] | None = None
    values: tuple[str | int, ...] | None = None
    tag: tuple[str, str] | None = None


def ref_name(shape: Mapping[str, Any]) -> str | None:
    """The schema that a shape is a reference to."""
    reference = shape.get("$ref")
    return reference.removeprefix(PREFIX) if isinstance(reference, str) else None


def type_of(shape: Shape) -> str:
    """The Python type of a value of this shape."""
    plain = _plain_type(shape)
    return f"{plain} | None" if shape.get("nullable") and plain != "Any" else plain


def _plain_type(shape: Shape) -> str:
    if name := ref_name(shape):
        return name
    if "anyOf" in shape:
        return " | ".join(dict.fromkeys(map(_plain_type, shape["anyOf"])))
    kind = shape.get("type")
    if kind == "array":
        return f"list[{type_of(shape['items'])}]"
    if kind == "object":
        return f"dict[str, {type_of(shape.get('additionalProperties') or {})}]"
    return _FORMATS.get(shape.get("format", ""), _TYPES[kind]) if kind else "Any"


def nullable_if(shape: Shape, *, nullable: bool) -> Shape:
    """The shape, with null allowed if `nullable` says so."""
    return {**shape, "nullable": True} if nullable and shape else shape


def wrapped(shape: Shape) -> Json:
    """OpenAPI 3.0 ignores what stands beside a `$ref`, so a nullable one is wrapped."""
    if "$ref" in shape and shape.get("nullable"):
        return {"allOf": [{"$ref": shape["$ref"]}], "nullable": True}
    return {key: _wrapped_below(value) for key, value in shape.items()} or {"nullable": True}


def _wrapped_below(value: Any) -> Any:  # noqa: ANN401 - any part of a shape
    if isinstance(value, dict):
        return wrapped(value) if value else {}
    return [wrapped(item) for item in value] if isinstance(value, list) else value


def refs_in(node: object) -> list[str]:
    """Names of all schemas that a shape or working copy refers to."""
    if isinstance(node, dict):
        own = [name] if (name := ref_name(node)) else []
        return own + [name for value in node.values() for name in refs_in(value)]
    return [name for value in node for name in refs_in(value)] if isinstance(node, list) else []


def names_in(expression: str) -> set[str]:
    """Every name in the text of a type."""
    return set(_IDENTIFIER.findall(expression))
