"""The vocabulary that every schema is brought down to before code is made of it.

A document may say the same thing in many ways (`allOf` of one, `type: [x, "null"]`, `const`,
inline objects). `reader.py` brings all of them to the few shapes below; the stages behind it know
nothing else.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from codegen import naming
from codegen.documents.document import Json, reach

PREFIX = "#/components/schemas/"

Shape = dict[str, Any]
"""`{"$ref"}`, `{"type", "format"?}`, array with `items`, map with `additionalProperties`, `anyOf`
or `{}`, each with an optional `nullable`.

Until `unions.py` has gone over it, a union is `{"union": [...], "hint", "discriminator"?}`, and one
that a tag distinguishes is an `anyOf` with `tag` (the property) and `hint`.
"""

_LIMITS = {"pattern": "pattern", "minItems": "min_length"}
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_TYPES = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"}
FORMATS = {
    "date-time": "AwareDatetime", "date": "date", "decimal": "Decimal", "binary": "bytes | File"
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One property of a struct.

    `source` is the property in the document. `clears`: None is sent as null, `UNSET` leaves it out.
    """

    wire: str
    python: str
    shape: Shape
    required: bool
    source: Json = field(repr=False)
    read_only: bool = False
    write_only: bool = False
    clears: bool = False

    @property
    def unit(self) -> str | None:
        """Unit of the values, such as `EUR/MWh`."""
        unit = self.source.get("x-trlyr-unit")
        return unit if isinstance(unit, str) else None

    @property
    def is_secret(self) -> bool:
        """Whether the value must not be shown."""
        return self.source.get("x-trlyr-secret") is True


@dataclass(frozen=True)
class Named:
    """A schema with a name of its own: a struct (`fields`), an open enum (`values`) or an alias.

    Attributes:
        source: The schema as the effective document has it, one level flattened.
        tag: Property and value that distinguish a struct in a union.
        kind: The property of the tag, which is no field of a struct that has a tag.
        base: The struct that this one is a variant of: it has its fields and another tag.
        original: The name in the document, if it has one.
        is_unknown: Whether it takes what a union may hold besides the structs that are known.
    """

    name: str
    source: Json = field(repr=False)
    shape: Shape = field(default_factory=dict)
    fields: tuple[Field, ...] | None = None
    values: tuple[str | int, ...] | None = None
    tag: tuple[str, str] | None = None
    kind: Field | None = None
    base: str | None = None
    original: str | None = None
    is_unknown: bool = False

    def refs(self) -> list[str]:
        """Names of all schemas that this one is made of."""
        shapes = [one.shape for one in self.fields or ()]
        return ([self.base] if self.base else []) + refs_in([self.shape, *shapes])

    def mapped(self, change: Callable[[Shape], Shape]) -> "Named":
        """The same with every shape in it changed."""
        fields = self.fields and tuple(replace(one, shape=change(one.shape)) for one in self.fields)
        return replace(self, shape=change(self.shape), fields=fields)


def component_of(reference: object) -> str | None:
    """The name in the document of the schema that a reference leads to."""
    if not isinstance(reference, str) or not reference.startswith(PREFIX):
        return None
    return reference.removeprefix(PREFIX).replace("~1", "/").replace("~0", "~")


def ref_name(shape: Mapping[str, Any]) -> str | None:
    """The schema that a shape is a reference to."""
    reference = shape.get("$ref")
    return reference.removeprefix(PREFIX) if isinstance(reference, str) else None


def leaves(shape: Shape, named: Mapping[str, "Named"]) -> Iterator[Shape]:
    """What a value of this shape may be, aliases and unions opened, in order."""
    seen: set[str] = set()
    ahead = [shape]
    while ahead:
        one = ahead.pop()
        name = ref_name(one)
        target = named.get(name) if name else None
        if members := one.get("union") or one.get("anyOf"):
            ahead += reversed(members)
        elif target is None or target.fields is not None or target.values is not None:
            yield one
        elif target.name not in seen:
            seen.add(target.name)
            ahead.append(target.shape)


def limits_of(schema: object) -> str:
    """What a closed schema says that is checked before a request is sent, as arguments of `Meta`.

    A `$` at the end of a pattern is the end of the text, before which Python allows a line break.
    """
    if not isinstance(schema, dict) or schema.get("x-trlyr-closed") is not True:
        return ""
    known = {name: schema[key] for key, name in _LIMITS.items() if key in schema}
    if isinstance(known.get("pattern"), str):
        known["pattern"] = re.sub(r"\$$", r"\\Z", known["pattern"])
    return ", ".join(f"{name}={value!r}" for name, value in known.items())


def ref_to(name: str) -> Shape:
    """A reference to a named schema."""
    return {"$ref": PREFIX + name}


def bare(shape: Shape) -> Shape:
    """The shape without null."""
    return {key: value for key, value in shape.items() if key != "nullable"}


def within(shape: Shape, change: Callable[[Shape], Shape]) -> Shape:
    """The shape with `change` made to each shape directly inside it."""
    changed = dict(shape)
    for key in ("items", "additionalProperties"):
        if isinstance(shape.get(key), dict):
            changed[key] = change(shape[key])
    for key in ("anyOf", "union"):
        if key in shape:
            changed[key] = [change(one) for one in shape[key]]
    return changed


def with_names(shape: Shape, names: Mapping[str, str]) -> Shape:
    """The shape with other names for some of the schemas that it refers to."""
    if name := ref_name(shape):
        return {**shape, **ref_to(names.get(name, name))}
    return within(shape, lambda one: with_names(one, names))


def unions_in(shape: Shape) -> Iterator[Shape]:
    """Every union in a shape that has not been gone over, the inner ones first."""
    for key in ("items", "additionalProperties"):
        if isinstance(shape.get(key), dict):
            yield from unions_in(shape[key])
    for one in (*shape.get("anyOf", ()), *shape.get("union", ())):
        yield from unions_in(one)
    if "union" in shape:
        yield shape


def type_of(shape: Shape) -> str:
    """The Python type of a value of this shape."""
    plain = _plain_type(shape)
    return f"{plain} | None" if shape.get("nullable") and plain != "Any" else plain


def _plain_type(shape: Shape) -> str:
    if name := ref_name(shape):
        return name
    if "anyOf" in shape:
        return " | ".join(dict.fromkeys(map(_plain_type, shape["anyOf"]))) or "Any"
    kind = shape.get("type")
    if kind == "array":
        return f"list[{type_of(shape['items'])}]"
    if kind == "object":
        return f"dict[str, {type_of(shape.get('additionalProperties') or {})}]"
    return FORMATS.get(shape.get("format", ""), _TYPES[kind]) if kind else "Any"


def nullable_if(shape: Shape, *, nullable: bool) -> Shape:
    """The shape, with null allowed if `nullable` says so."""
    return {**shape, "nullable": True} if nullable and shape else shape


def refs_in(node: object) -> list[str]:
    """Names of all schemas that a shape or working copy refers to."""
    if isinstance(node, dict):
        own = [name] if (name := ref_name(node)) else []
        return own + [name for value in node.values() for name in refs_in(value)]
    return [name for value in node for name in refs_in(value)] if isinstance(node, list) else []


def reached_from(names: Iterable[str], named: Mapping[str, Named]) -> set[str]:
    """The names, and all that they lead to, of those that there are."""
    known = [name for name in names if name in named]
    return set(reach(known, lambda name: [one for one in named[name].refs() if one in named]))


def named_apart(fields: Iterable[Field]) -> tuple[Field, ...]:
    """The fields, each with a Python name of its own.

    Where two want one name, `revenue` keeps it and `Revenue` gets the number: most documents begin
    their names with a small letter, and the field that was there first should keep its name.
    """
    every = list(fields)
    names: dict[str, str] = {}
    for one in sorted(every, key=lambda one: one.wire.swapcase()):
        names[one.wire] = naming.unique(one.python, names.values())
    return tuple(replace(one, python=names[one.wire]) for one in every)


def names_in(expression: str) -> set[str]:
    """Every name in the text of a type."""
    return set(_IDENTIFIER.findall(expression))
