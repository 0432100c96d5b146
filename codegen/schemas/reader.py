"""Schemas -> shapes: every schema that an operation reaches, in the vocabulary of `shapes.py`.

What comes out takes more than the document says, because an answer that differs a little must not
stop a running service: enums are open and limits on length or value are left to the server. Ids
stay text, so that they compare equal across areas. Unions are listed, not yet put together: that
takes all definitions, and `unions.py` has them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from codegen import naming
from codegen.documents.document import Json, reach
from codegen.problems import Problem, Problems, ProblemsError, pointer
from codegen.schemas.family import families, union_of_family
from codegen.schemas.flatten import Flattener
from codegen.schemas.shapes import (
    Field,
    Named,
    Shape,
    component_of,
    named_apart,
    nullable_if,
    ref_name,
    ref_to,
)

_TIMES = frozenset({"date-time", "date"})
_PRIMITIVES: dict[str, Any] = {
    "string": str, "number": (int, float), "integer": (int, float), "boolean": bool,
}  # fmt: skip
_UNENCODABLE = frozenset({*map(chr, range(0x20)), '"', "\\"})
_CONDITIONS = frozenset({"required", "title", "description", "not"})
_LONGEST_NAME = 60
_MOST_LEVELS = 50
_MOST_STEPS = 200  # a document has 100 levels; more of them are references followed in circles
_ANYTHING: Shape = {"type": "object", "additionalProperties": {}}


class _Names:
    """The names of schemas inside others, beside those that the document has."""

    def __init__(self, schemas: Json) -> None:
        self._owners: dict[str, object] = dict(schemas)
        self._fixed = frozenset(schemas)

    def for_inline(self, schema: object, hints: Sequence[str]) -> str:
        """A name for an inline schema: the first hint that is free; equal schemas share it."""
        wanted = [naming.safe_name(naming.class_name(hint)[:_LONGEST_NAME]) for hint in hints]
        for name in wanted:
            if name not in self._owners:
                self._owners[name] = schema
            if name not in self._fixed and self._owners[name] == schema:
                return name
        name = naming.unique(wanted[-1], self._owners)
        self._owners[name] = schema
        return name


class Reader:
    """Reads schemas on demand and collects the definitions of those that have a name."""

    def __init__(self, document: Json, problems: Problems, decimals: str = "") -> None:
        """`decimals`: which numbers become `Decimal`, those of that `format`, or `all`."""
        self._problems = problems
        self._decimals = decimals
        self._schemas: Json = document.get("components", {}).get("schemas", {})
        self._flat = Flattener(self._schemas, problems)
        self._names = _Names(self._schemas)
        self._families = families(self._schemas)
        self._named: dict[str, Named] = {}
        self._waiting: list[tuple[str, Json, str, str | None]] = []
        self._in_parts: set[str] = set()
        self._begun: set[str] = set()
        self._nullable = _nullable(self._schemas)
        self._depth = 0

    def finish(self) -> dict[str, Named]:
        """The definitions of all names in the shapes that were asked for, and of all theirs."""
        while self._waiting:
            name, schema, where, original = self._waiting.pop()
            self._named[name] = self._definition(name, schema, where, original)
        return self._named

    def shape(self, schema: object, where: str, hint: str) -> Shape:
        """The shape of a schema at `where`. `hint` names it if it needs a name of its own."""
        if self._depth >= _MOST_LEVELS or where.count("/") > _MOST_STEPS:
            message = f"more than {_MOST_LEVELS} schemas inside each other, or one inside itself"
            self._stop(where, message)
        self._depth += 1
        try:
            return self._shape(schema, where, hint)
        finally:
            self._depth -= 1

    def parts(self, schema: object, where: str, hint: str) -> Shape:
        """The shape of a body in parts: a struct whose fields may be files."""
        whole = self._flat.whole(schema, where) if isinstance(schema, dict) else {}
        if not whole.get("properties") or not _can_be_struct(whole):
            return _ANYTHING
        shape = self._hoisted(whole, where, hint)
        self._in_parts.add(str(ref_name(shape)))
        return shape

    def _stop(self, where: str, message: str) -> None:
        problem = Problem(self._problems.document, where, message)
        raise ProblemsError([*self._problems.found, problem])

    def _shape(self, schema: object, where: str, hint: str) -> Shape:
        if not isinstance(schema, dict):  # true or false
            return {}
        return self._of_flat(self._flat.flatten(schema, where), where, hint)

    def _of_flat(self, schema: Json, where: str, hint: str) -> Shape:
        if "$ref" in schema:
            return self._reference(schema, where)
        if "anyOf" in schema or "oneOf" in schema:
            return self._union(schema, where, hint)
        if "enum" in schema:
            return self._enum(schema, where, hint)
        if isinstance(schema.get("type"), list):
            choices = [{**schema, "type": one} for one in schema["type"]]
            nullable = bool(schema.get("nullable"))
            return self._union({"anyOf": choices, "nullable": nullable}, where, hint)
        return nullable_if(self._plain(schema, where, hint), nullable=bool(schema.get("nullable")))

    def _plain(self, schema: Json, where: str, hint: str) -> Shape:
        kind = schema.get("type")
        if kind == "array":
            items = self.shape(schema.get("items", {}), where + "/items", hint + "Item")
            return {"type": "array", "items": items}
        if kind == "object" or "properties" in schema:
            return self._object(schema, where, hint)
        if kind in _PRIMITIVES:
            return self._primitive(str(kind), schema.get("format"))
        if kind not in {None, "null"}:
            self._problems.add(where + "/type", f"unknown type {kind!r}")
        return {}

    def _primitive(self, kind: str, given: object) -> Shape:
        is_decimal = self._decimals and given == "decimal" and kind in {"string", "number"}
        if is_decimal or (self._decimals == "all" and kind == "number"):
            return {"type": kind, "format": "decimal"}
        is_time = kind == "string" and given in _TIMES
        return {"type": kind, **({"format": given} if is_time else {})}

    def _reference(self, schema: Json, where: str) -> Shape:
        name = component_of(schema["$ref"])
        if name not in self._schemas:
            self._problems.add(where + "/$ref", f"`{schema['$ref']}` points to nothing")
            return {}
        target = self._schemas[name]
        nullable = bool(schema.get("nullable")) or name in self._nullable
        return nullable_if(self._component(name, target), nullable=nullable)

    def _component(self, name: str, schema: object) -> Shape:
        own = self._begin(name, schema)
        if name not in self._families:
            return own
        alias = self._names.for_inline(self._families[name], [f"Any{name}"])
        if alias not in self._begun:
            self._begun.add(alias)
            members = [self._begin(one, self._schemas[one]) for one in self._families[name].members]
            self._named[alias] = union_of_family(self._families[name], alias, members)
        return ref_to(alias)

    def _begin(self, name: str, schema: object) -> Shape:
        where = pointer("components", "schemas", name)
        if name not in self._begun:
            self._begun.add(name)
            if isinstance(schema, dict):
                self._waiting.append((name, schema, where, name))
            else:
                self._named[name] = Named(name, {}, original=name)
        return ref_to(name)

    def _hoisted(self, schema: Json, where: str, *hints: object) -> Shape:
        """A reference to an inline schema under a name of its own."""
        own = {key: value for key, value in schema.items() if key != "nullable"}
        usable = [hint for hint in hints if isinstance(hint, str) and naming.words(hint)]
        name = self._names.for_inline(own, usable)
        if name not in self._begun:
            self._begun.add(name)
            self._waiting.append((name, own, where, None))
        return ref_to(name)

    def _enum(self, schema: Json, where: str, hint: str) -> Shape:
        values = self._listed(schema, where)
        nullable = bool(schema.get("nullable")) or None in schema["enum"]
        kinds = {type(value) for value in values}
        if _are_listable(values):
            shape = self._hoisted(schema | {"enum": values}, where, schema.get("title"), hint)
            return nullable_if(shape, nullable=nullable)
        names = {str: "string", int: "integer", float: "number", bool: "boolean"}
        if len(kinds) == 1 and (kind := names.get(kinds.pop())):
            return nullable_if({"type": kind}, nullable=nullable)
        return {}

    def _listed(self, schema: Json, where: str) -> list[Any]:
        """The values of an enum besides null, all of which are of its type."""
        values = [value for value in schema.get("enum") or () if value is not None]
        known: Any = _PRIMITIVES.get(str(schema.get("type")))
        for value in values if known else ():
            if not isinstance(value, known) or (isinstance(value, bool) and known is not bool):
                message = f"{value!r} is listed, which is no {schema['type']}; quoted, it is text"
                self._problems.add(where + "/enum", message)
        return values

    def _object(self, schema: Json, where: str, hint: str) -> Shape:
        extra = schema.get("additionalProperties")
        if schema.get("properties") and _can_be_struct(schema):
            return self._hoisted(schema, where, schema.get("title"), hint)
        if not schema.get("properties") and isinstance(extra, dict) and extra:
            at = where + "/additionalProperties"
            return {"type": "object", "additionalProperties": self.shape(extra, at, hint + "Value")}
        return _ANYTHING

    def _union(self, schema: Json, where: str, hint: str) -> Shape:
        key = "anyOf" if "anyOf" in schema else "oneOf"
        if not schema[key]:
            self._problems.add(where + f"/{key}", "expected at least one schema")
        nullable = bool(schema.get("nullable"))
        shapes: list[Shape] = []
        if schema.get("properties"):
            own = {name: value for name, value in schema.items() if name not in {"anyOf", "oneOf"}}
            shapes.append(self._object(own, where, hint + "Base"))
        for number, member in enumerate(schema[key]):
            if isinstance(member, dict) and member.get("type") == "null":
                nullable = True
                continue
            is_condition = isinstance(member, dict) and member.keys() <= _CONDITIONS
            if is_condition and schema.get("properties"):
                continue
            shape = self.shape(member, where + pointer(key, number), f"{hint}Option{number + 1}")
            nullable |= bool(shape.get("nullable"))
            shape = {name: value for name, value in shape.items() if name != "nullable"}
            if shape not in shapes:
                shapes.append(shape)
        union: Shape = {"union": shapes, "hint": hint}
        if "propertyName" in schema.get("discriminator", {}):
            union["discriminator"] = schema["discriminator"]
        return nullable_if(union, nullable=nullable)

    def _definition(self, name: str, schema: Json, where: str, original: str | None) -> Named:
        flat = self._flat.flatten(schema, where)
        listed = self._listed(flat, where)
        if _are_listable(listed):
            return Named(name, flat, values=tuple(dict.fromkeys(listed)), original=original)
        is_one = not {"anyOf", "oneOf", "$ref", "enum"} & flat.keys()
        is_one = is_one and not isinstance(flat.get("type"), list)
        is_empty = flat.get("type") == "object" and flat.get("additionalProperties") is False
        if is_one and flat.get("properties") and not _can_be_struct(flat):
            return Named(name, flat, _ANYTHING, original=original)
        if is_one and (flat.get("properties") or is_empty):
            fields = self._fields(name, flat, where)
            return Named(name, flat, fields=named_apart(fields), original=original)
        shape = self._of_flat(flat, where, name)
        own = {key: value for key, value in shape.items() if key != "nullable"}
        return Named(name, flat, own, original=original)

    def _fields(self, owner: str, schema: Json, where: str) -> list[Field]:
        required = set(schema.get("required", []))
        return [
            self._field(owner, wire, source, where + pointer("properties", wire), wire in required)
            for wire, source in schema.get("properties", {}).items()
        ]

    def _field(self, owner: str, wire: str, source: Any, where: str, required: bool) -> Field:  # noqa: ANN401, FBT001
        hint = naming.class_name(wire[:1].upper() + wire[1:])
        is_listed = isinstance(source, dict) and ("enum" in source or "const" in source)
        shape = self.shape(source, where, hint if is_listed else owner + hint)
        if owner in self._in_parts:
            shape = _with_files(shape, source)
        source = source if isinstance(source, dict) else {}
        wanted = source.get("x-trlyr-python-name")
        python = naming.snake_name(wanted if isinstance(wanted, str) else wire)
        return Field(
            wire,
            python,
            shape,
            required,
            source,
            read_only=self._flat.is_noted(source, "readOnly"),
            write_only=self._flat.is_noted(source, "writeOnly"),
        )


def _nullable(schemas: Json) -> set[str]:
    """The schemas that may be null by themselves, which their uses take over."""
    flat = Flattener(schemas, Problems(""))
    users: dict[str, list[str]] = {}
    found = []
    for name, schema in schemas.items():
        for one in _alternatives(flat, schema):
            if target := component_of(one.get("$ref")):
                users.setdefault(target, []).append(name)
            if one.get("nullable") or one.get("type") == "null" or None in (one.get("enum") or ()):
                found.append(name)
    return set(reach(found, lambda name: users.get(name, ())))


def _alternatives(flat: Flattener, schema: object) -> Iterator[Json]:
    """A schema and the members of its unions, references not followed."""
    try:
        one = flat.flatten(schema, "") if isinstance(schema, dict) else {}
    except ProblemsError:
        return  # reported where it is read
    yield one
    for member in (*(one.get("anyOf") or ()), *(one.get("oneOf") or ())):
        yield from _alternatives(flat, member)


def _with_files(shape: Shape, source: object) -> Shape:
    """The shape of a part, which is a file where it is binary."""
    if shape.get("type") == "array" and isinstance(source, dict):
        return {**shape, "items": _with_files(shape["items"], source.get("items"))}
    match source:
        case {"format": "binary"} | {"contentMediaType": _} | {"type": "file"}:
            return {**shape, "type": "string", "format": "binary"}
    return shape


def _are_listable(values: Sequence[object]) -> bool:
    """Whether msgspec has literals for all: texts, or integers of 64 bits."""
    if {type(value) for value in values} == {int}:
        return all(isinstance(one, int) and abs(one) < 2**63 for one in values)
    return {type(value) for value in values} == {str}


def _can_be_struct(schema: Json) -> bool:
    """Whether msgspec has fields for all that an object may hold; else it is a map.

    Not where a schema describes the keys that have no name, nor where it cannot write a name.
    """
    extra = schema.get("additionalProperties")
    is_open = isinstance(extra, dict) and bool(extra)
    return not is_open and not any(_UNENCODABLE & set(wire) for wire in schema["properties"])
