"""The lenient pass: every schema that an operation reaches, brought to the shapes of `schemas.py`.

Lenient, because an answer that differs a little from the document must not stop a running service:
enums are open, whatever is not required may be null, arrays may be null, and limits on length or
value are left to the server. Ids stay text, so that they compare equal across areas. What cannot
be decoded by msgspec, or would lose data silently, is refused and located.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from codegen import naming
from codegen.documents.document import Json, resolve
from codegen.problems import Problem, Problems, ProblemsError, pointer
from codegen.schemas.flatten import Flattener
from codegen.schemas.registry import Registry, is_open
from codegen.schemas.shapes import (
    PREFIX,
    Field,
    Named,
    Shape,
    nullable_if,
    ref_name,
    refs_in,
    wrapped,
)
from codegen.schemas.unions import Unions

__all__ = ["Lenient"]

_KEPT_FORMATS = frozenset({"date-time", "date"})
_PRIMITIVES = frozenset({"string", "number", "integer", "boolean"})
_REFUSED = (
    "$dynamicRef", "$recursiveRef", "dependentSchemas", "else", "if", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_UNENCODABLE = re.compile(r"[\x00-\x1f\"\\]")
_CONDITIONS = frozenset({"required", "title", "description", "not"})
_MOST_SCHEMAS = 100_000
_MOST_LEVELS = 50
_MOST_STEPS = 200  # a document has 100 levels; more of them are references followed in circles
_HARMLESS: tuple[object, ...] = (None, False, True, {})


class Lenient:
    """Simplifies schemas on demand and remembers those that have a name.

    Attributes:
        names: Which schema has which name.
        unions: Puts the members of unions together.
        named: The named schemas reached so far. `finish` completes them.
    """

    def __init__(self, document: Json, problems: Problems) -> None:
        """Work on an effective document and note what is wrong with it in `problems`."""
        self._document = document
        self._problems = problems
        self._flat = Flattener(document, problems)
        self._roots: set[str] = set()
        self._seen = 0
        self._depth = 0
        self.names = Registry(document, self._flat)
        self.unions = Unions(document, self.names, self._flat, problems)
        self.named: dict[str, Named] = {}

    def finish(self) -> dict[str, Named]:
        """Complete every named schema that was reached, with all that they reach in turn."""
        while self.names.waiting:
            name, schema, where = self.names.waiting.pop()
            if name not in self.named:
                self.named[name] = self._define(name, schema, where)
        self._open_endless_aliases()
        self._add_tags()
        return {name: self.named[name] for name in sorted(self._reached()) if name in self.named}

    def _reached(self) -> set[str]:
        """Names that operations lead to; the type of a tag, for one, is not needed in the end."""
        reached: set[str] = set()
        ahead = set(self._roots)
        while ahead:
            name = ahead.pop()
            reached.add(name)
            ahead |= set(refs_in(self.named[name].working if name in self.named else {})) - reached
        return reached

    def of_operation(self, schema: object, where: str, hint: str) -> Shape:
        """The shape of a parameter, a body or an answer; see `shape`."""
        return self.as_root(self.shape(schema, where, hint))

    def as_root(self, shape: Shape) -> Shape:
        """The shape, noted as one that an operation uses."""
        self._roots.update(refs_in(shape))
        return shape

    def shape(self, schema: object, where: str, hint: str) -> Shape:
        """The shape of a schema at `where`. `hint` names it if it needs a name of its own."""
        if self._depth >= _MOST_LEVELS or where.count("/") > _MOST_STEPS:
            message = f"more than {_MOST_LEVELS} schemas inside each other, or one inside itself"
            raise ProblemsError(
                [*self._problems.found, Problem(self._problems.document, where, message)]
            )
        self._depth += 1
        try:
            return self._shape(schema, where, hint)
        finally:
            self._depth -= 1

    def _shape(self, schema: object, where: str, hint: str) -> Shape:
        self._seen += 1
        if self._seen > _MOST_SCHEMAS:
            message = f"more than {_MOST_SCHEMAS} schemas, references followed"
            raise ProblemsError(
                [*self._problems.found, Problem(self._problems.document, "", message)]
            )
        if schema is True:
            return {}
        if not isinstance(schema, dict):
            self._problems.add(where, f"expected a schema object, got {schema!r}")
            return {}
        if refused := [key for key in _REFUSED if schema.get(key) not in _HARMLESS]:
            self._problems.add(where, f"cannot be expressed: {', '.join(refused)}")
            return {}
        return self._dispatch(self._flat.flatten(schema, where), where, hint)

    def _dispatch(self, schema: Json, where: str, hint: str) -> Shape:
        if "$ref" in schema:
            return self._reference(schema, where, hint)
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
        """The shape of a schema of one type."""
        kind = schema.get("type")
        if kind == "array":
            items = self.shape(schema.get("items", {}), where + "/items", hint + "Item")
            return {"type": "array", "items": items}
        if kind == "object" or "properties" in schema:
            return self._object(schema, where, hint)
        if kind in _PRIMITIVES:
            keep = kind == "string" and schema.get("format") in _KEPT_FORMATS
            return {"type": kind, **({"format": schema["format"]} if keep else {})}
        if kind not in {None, "null"}:
            self._problems.add(where + "/type", f"unknown type {kind!r}")
        return {}

    def _reference(self, schema: Json, where: str, hint: str) -> Shape:
        reference = schema["$ref"]
        nullable = bool(schema.get("nullable"))
        try:
            target = resolve(self._document, reference)
        except LookupError as exc:
            self._problems.add(where + "/$ref", str(exc))
            return {}
        name = reference.removeprefix(PREFIX).replace("~1", "/").replace("~0", "~")
        if not reference.startswith(PREFIX) or name not in self.names.class_names:
            if self._flat.is_endless(reference):
                self._problems.add(where + "/$ref", f"`{reference}` leads back to itself")
                return {}
            with self._flat.entered(reference):
                return self.shape(target, where, hint) | ({"nullable": True} if nullable else {})
        self._reach(self.names.class_names[name], target, pointer("components", "schemas", name))
        return nullable_if({"$ref": PREFIX + self.names.class_names[name]}, nullable=nullable)

    def _reach(self, name: str, schema: Any, where: str) -> None:  # noqa: ANN401 - unchecked input
        if isinstance(schema, dict):
            self.names.waiting.append((name, schema, where))
        elif schema is True:
            self.names.waiting.append((name, {}, where))
        else:
            self._problems.add(where, f"expected a schema object, got {schema!r}")

    def _enum(self, schema: Json, where: str, hint: str) -> Shape:
        values = [value for value in schema["enum"] if value is not None]
        nullable = bool(schema.get("nullable")) or len(values) < len(schema["enum"])
        kinds = {type(value) for value in values}
        if kinds in ({str}, {int}):
            own = {key: value for key, value in schema.items() if key != "nullable"}
            return nullable_if(
                self.names.hoist(own | {"enum": values}, where, hint), nullable=nullable
            )
        names = {str: "string", int: "integer", float: "number", bool: "boolean"}
        if len(kinds) == 1 and (kind := names.get(kinds.pop())):
            return {"type": kind, **({"nullable": True} if nullable else {})}
        return {}

    def _object(self, schema: Json, where: str, hint: str) -> Shape:
        extra = schema.get("additionalProperties")
        if schema.get("properties") and not is_open(schema):
            own = {key: value for key, value in schema.items() if key != "nullable"}
            return self.names.hoist(own, where, hint)
        if is_open(schema):
            return {"type": "object", "additionalProperties": {}}
        if isinstance(extra, dict) and extra:
            at = where + "/additionalProperties"
            return {"type": "object", "additionalProperties": self.shape(extra, at, hint + "Value")}
        return {"type": "object", "additionalProperties": {}}

    def _union(self, schema: Json, where: str, hint: str) -> Shape:
        key = "anyOf" if "anyOf" in schema else "oneOf"
        if not isinstance(schema[key], list) or not schema[key]:
            self._problems.add(where + f"/{key}", "expected an array of schemas")
            return {}
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
            at = where + pointer(key, number)
            shape = self.shape(member, at, f"{hint}Option{number + 1}")
            nullable |= bool(shape.pop("nullable", False))
            if shape not in shapes:
                shapes.append(shape)
        if shapes and isinstance(schema.get("discriminator"), dict):
            tagged = self.unions.tagged(schema, shapes, where)
            if tagged is not None:
                return nullable_if(tagged, nullable=nullable)
        return nullable_if(self.unions.combined(shapes, where, hint), nullable=nullable)

    def _define(self, name: str, schema: Json, where: str) -> Named:
        if refused := [key for key in _REFUSED if schema.get(key) not in _HARMLESS]:
            self._problems.add(where, f"cannot be expressed: {', '.join(refused)}")
            return Named(name, schema, {})
        flat = self._flat.flatten(schema, where)
        if isinstance(flat.get("enum"), list):
            return self._define_enum(name, flat, where)
        is_one = not {"anyOf", "oneOf", "$ref"} & flat.keys()
        is_one = is_one and not isinstance(flat.get("type"), list)
        if is_one and is_open(flat):
            return Named(name, _with_keys(flat), {"type": "object", "additionalProperties": {}})
        is_empty = flat.get("type") == "object" and _is_closed(flat)
        if is_one and (flat.get("properties") or is_empty):
            return self._define_struct(name, flat, where)
        shape = self._dispatch(flat, where, name + "Value")
        return Named(name, flat, shape)

    def _define_enum(self, name: str, schema: Json, where: str) -> Named:
        listed = [value for value in schema["enum"] if value is not None]
        if {type(value) for value in listed} not in ({str}, {int}):
            return Named(name, schema, self._enum(schema, where, name))
        values = tuple(dict.fromkeys(listed))
        kind = "string" if isinstance(values[0], str) else "integer"
        working = {"anyOf": [{"type": kind, "enum": list(values)}, {"type": kind}]}
        return Named(name, schema, working, values=values)

    def _define_struct(self, name: str, schema: Json, where: str) -> Named:
        required = set(schema.get("required", []))
        made = []
        for wire, source in sorted(schema.get("properties", {}).items()):
            at = where + pointer("properties", wire)
            made.append(self._field(name, wire, source, at, is_required=wire in required))
        fields = _told_apart(made)
        return Named(name, schema, _struct_of(fields), fields=tuple(fields))

    def _field(self, owner: str, wire: str, source: Any, where: str, *, is_required: bool) -> Field:  # noqa: ANN401
        if _UNENCODABLE.search(wire):
            self._problems.add(where, f"msgspec cannot encode a field of the name {wire!r}")
        hint = owner + naming.class_name(wire[:1].upper() + wire[1:])
        if isinstance(source, dict) and ("enum" in source or "const" in source):
            hint = naming.class_name(wire[:1].upper() + wire[1:])
        shape = self.shape(source, where, hint)
        source = source if isinstance(source, dict) else {}
        if shape and (not is_required or shape.get("type") == "array"):
            shape = nullable_if(shape, nullable=True)
        wanted = source.get("x-python-name")
        python = naming.snake_name(wanted if isinstance(wanted, str) else wire)
        return Field(wire, python, shape, is_required, source)

    def _open_endless_aliases(self) -> None:
        """An alias that reaches itself through aliases only cannot be written for Python 3.11.

        It takes anything where it would begin anew.
        """
        aliases = {
            name: set(refs_in(one.working))
            for name, one in self.named.items()
            if one.fields is None
        }
        for name in sorted(aliases):
            seen: set[str] = set()
            ahead = set(aliases[name])
            while ahead:
                current = ahead.pop()
                seen.add(current)
                ahead |= aliases.get(current, set()) - seen
            if name in seen:
                one = self.named[name]
                working = _without_refs(one.working, {name} | {r for r in seen if r in aliases})
                self.named[name] = replace(one, working=working)
                aliases[name] = set(refs_in(working))

    def _add_tags(self) -> None:
        """The tag is a property of the union, not of its members: move it there."""
        for name, (prop, tag) in sorted(self.unions.tags.items()):
            one = self.named.get(name)
            if one is None or one.fields is None:
                where = pointer("components", "schemas", name)
                self._problems.add(where, "member of a union with a discriminator, but no object")
                continue
            kept = tuple(field for field in one.fields if field.wire != prop)
            working = _struct_of(kept)
            self.named[name] = replace(one, fields=kept, working=working, tag=(prop, tag))


def _told_apart(fields: Sequence[Field]) -> list[Field]:
    """Give each field a Python name of its own.

    Where two want one name, `revenue` keeps it and `Revenue` gets the number: most documents begin
    their names with a small letter, and the field that was there first should keep its name.
    """
    names: dict[str, str] = {}
    for one in sorted(fields, key=lambda one: one.wire.swapcase()):
        names[one.wire] = naming.unique(one.python, names.values())
    return [Field(one.wire, names[one.wire], one.shape, one.required, one.source) for one in fields]


def _struct_of(fields: Sequence[Field]) -> Json:
    return {
        "type": "object",
        "properties": {one.wire: wrapped(one.shape) for one in fields},
        "required": [one.wire for one in fields if one.required],
    }


def _is_closed(schema: Json) -> bool:
    """Whether an object without properties is meant to be empty, rather than a map."""
    return schema.get("additionalProperties") is False


def _with_keys(schema: Json) -> Json:
    """The schema with its properties in words: as a map, it has no fields to tell them."""
    keys = ", ".join(f"`{key}`" for key in sorted(schema["properties"]))
    told = [schema.get("description"), f"A map, since it may have any keys. Known: {keys}."]
    return schema | {"description": "\n\n".join(one for one in told if isinstance(one, str))}


def _without_refs(node: Any, names: set[str]) -> Any:  # noqa: ANN401 - any part of a shape
    """The shape with anything in place of references to `names`."""
    if isinstance(node, dict):
        if ref_name(node) in names:
            return {}
        return {key: _without_refs(value, names) for key, value in node.items()}
    return [_without_refs(item, names) for item in node] if isinstance(node, list) else node
