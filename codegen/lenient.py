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
from codegen.document import Json, resolve
from codegen.flatten import Flattener
from codegen.problems import Problem, Problems, ProblemsError, pointer
from codegen.schemas import PREFIX, Field, Named, Shape, nullable_if, ref_name, refs_in, wrapped

__all__ = ["Lenient"]

_KEPT_FORMATS = frozenset({"date-time", "date"})
_PRIMITIVES = frozenset({"string", "number", "integer", "boolean"})
_REFUSED = (
    "$dynamicRef", "$recursiveRef", "dependentSchemas", "else", "if", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_UNENCODABLE = re.compile(r"[\x00-\x1f\"\\]")
_CONDITIONS = frozenset({"required", "title", "description", "not"})
_KINDS = frozenset({"array", "boolean", "number", "object", "string"})
_MOST_SCHEMAS = 100_000
_MOST_LEVELS = 50
_HARMLESS: tuple[object, ...] = (None, False, True, {})


class Lenient:
    """Simplifies schemas on demand and remembers those that have a name.

    Attributes:
        named: The named schemas reached so far. `finish` completes them.
    """

    def __init__(self, document: Json, problems: Problems) -> None:
        """Work on an effective document and note what is wrong with it in `problems`."""
        self._document = document
        self._problems = problems
        self._flat = Flattener(document, problems)
        self._schemas: Json = document.get("components", {}).get("schemas", {})
        self._waiting: list[tuple[str, Json, str]] = []
        self._class_names: dict[str, str] = {}
        self._owners: dict[str, object] = {}
        self._tags: dict[str, tuple[str, str]] = {}
        self._roots: set[str] = set()
        self._blends: dict[frozenset[str], str] = {}
        self._blend_members: dict[str, frozenset[str]] = {}
        self._seen = 0
        self._depth = 0
        self.named: dict[str, Named] = {}
        for name in sorted(self._schemas, key=lambda key: (naming.class_name(key) != key, key)):
            free = naming.unique(_safe(naming.class_name(name)), self._owners)
            self._class_names[name] = free
            self._owners[free] = self._schemas[name]

    def finish(self) -> dict[str, Named]:
        """Complete every named schema that was reached, with all that they reach in turn."""
        while self._waiting:
            name, schema, where = self._waiting.pop()
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
        if self._depth >= _MOST_LEVELS:
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
        if not reference.startswith(PREFIX) or name not in self._class_names:
            if self._flat.is_endless(reference):
                self._problems.add(where + "/$ref", f"`{reference}` leads back to itself")
                return {}
            with self._flat.entered(reference):
                return self.shape(target, where, hint) | ({"nullable": True} if nullable else {})
        self._reach(self._class_names[name], target, pointer("components", "schemas", name))
        return nullable_if({"$ref": PREFIX + self._class_names[name]}, nullable=nullable)

    def _reach(self, name: str, schema: Any, where: str) -> None:  # noqa: ANN401 - unchecked input
        if isinstance(schema, dict):
            self._waiting.append((name, schema, where))
        elif schema is True:
            self._waiting.append((name, {}, where))
        else:
            self._problems.add(where, f"expected a schema object, got {schema!r}")

    def _hoist(self, schema: Json, where: str, hint: str) -> Shape:
        """Give an inline schema a name of its own; equal ones of one name share it."""
        name = _safe(naming.class_name(hint))
        if self._owners.get(name) != schema or name in self._class_names.values():
            name = naming.unique(name, self._owners)
        self._owners[name] = schema
        self._waiting.append((name, schema, where))
        return {"$ref": PREFIX + name}

    def _enum(self, schema: Json, where: str, hint: str) -> Shape:
        values = [value for value in schema["enum"] if value is not None]
        nullable = bool(schema.get("nullable")) or len(values) < len(schema["enum"])
        kinds = {type(value) for value in values}
        if kinds in ({str}, {int}):
            own = {key: value for key, value in schema.items() if key != "nullable"}
            return nullable_if(self._hoist(own | {"enum": values}, where, hint), nullable=nullable)
        names = {str: "string", int: "integer", float: "number", bool: "boolean"}
        if len(kinds) == 1 and (kind := names.get(kinds.pop())):
            return {"type": kind, **({"nullable": True} if nullable else {})}
        return {}

    def _object(self, schema: Json, where: str, hint: str) -> Shape:
        extra = schema.get("additionalProperties")
        if schema.get("properties") and not _is_open(schema):
            own = {key: value for key, value in schema.items() if key != "nullable"}
            return self._hoist(own, where, hint)
        if _is_open(schema):
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
            tagged = self._tagged(schema, shapes, where)
            if tagged is not None:
                return nullable_if(tagged, nullable=nullable)
        return nullable_if(self.combined(shapes, where, hint), nullable=nullable)

    def combined(self, shapes: Sequence[Shape], where: str, hint: str) -> Shape:
        """One shape that takes what any of the shapes takes, and that msgspec can decode.

        JSON says of a value only whether it is text, a number, an object, ...; members that are
        alike in this become one: objects a struct with the fields of all.
        """
        nullable = any(shape.get("nullable") for shape in shapes)
        plain: list[Shape] = []
        for shape in shapes:
            for one in shape.get("anyOf", [shape]):
                bare = {key: value for key, value in one.items() if key != "nullable"}
                if bare not in plain:
                    plain.append(bare)
        if not plain or {} in plain:
            return {}
        if len(plain) > 1:
            groups: dict[str, list[Shape]] = {}
            for one in plain:
                groups.setdefault(self.kind_of(one), []).append(one)
            if "value" in groups:
                return {}
            plain = [self._blend(kind, group, where, hint) for kind, group in groups.items()]
        if len(plain) == 1:
            return nullable_if(plain[0], nullable=nullable)
        return {"anyOf": plain, **({"nullable": True} if nullable else {})}

    def _blend(self, kind: str, group: list[Shape], where: str, hint: str) -> Shape:
        """One shape for several of the same kind of JSON value."""
        if len(group) == 1:
            return group[0]
        if kind == "array":
            items = [shape.get("items", {}) for shape in group]
            return {"type": "array", "items": self.combined(items, where, hint + "Item")}
        if kind != "object":
            return {"type": kind}
        names = [ref_name(shape) for shape in group]
        sources = [self._struct_source(name) if name else None for name in names]
        if None in sources:
            return {"type": "object", "additionalProperties": {}}
        return self._blended([name for name in names if name], where, hint)

    def _blended(self, names: list[str], where: str, hint: str) -> Shape:
        """A struct with the fields of all the structs named; the same for the same names."""
        every = frozenset(
            base for name in names for base in self._blend_members.get(name, frozenset({name}))
        )
        if every not in self._blends:
            sources = {name: self._struct_source(name) or {} for name in sorted(every)}
            shape = self._hoist(_blend_of(sources), where, hint)
            self._blends[every] = name = str(ref_name(shape))
            self._blend_members[name] = every
        return {"$ref": PREFIX + self._blends[every]}

    def _struct_source(self, name: str) -> Json | None:
        """The schema of a struct, one level flattened; None for maps, unions and the like."""
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            schema = self._owners.get(name)
            if not isinstance(schema, dict) or "anyOf" in schema or "oneOf" in schema:
                return None
            flat = self._flat.flatten(schema, pointer("components", "schemas", name))
            if "$ref" not in flat:
                is_struct = bool(flat.get("properties")) and not _is_open(flat)
                is_struct = is_struct and flat.get("type", "object") == "object"
                return flat if is_struct and not {"anyOf", "oneOf", "enum"} & flat.keys() else None
            name = self._class_names.get(str(flat["$ref"]).removeprefix(PREFIX), "")
        return None

    def _tagged(self, schema: Json, shapes: list[Shape], where: str) -> Shape | None:
        """A union that a property tells apart: note the tag of each member.

        None where msgspec cannot do so: a member is no struct or has several tags.
        """
        prop = schema["discriminator"].get("propertyName")
        if not isinstance(prop, str):
            self._problems.add(where + "/discriminator", "expected references and propertyName")
            return {}
        tags = self._tags_of(schema["discriminator"].get("mapping", {}), prop, shapes)
        if tags is None:
            return None
        self._tags.update(tags)
        return {"anyOf": shapes}

    def _tags_of(
        self, mapping: Json, prop: str, shapes: list[Shape]
    ) -> dict[str, tuple[str, str]] | None:
        targets = [
            (self._class_names.get(target.removeprefix(PREFIX), self._class_names.get(target)), tag)
            for tag, target in mapping.items()
        ]
        by_name = dict(targets)
        originals = {new: old for old, new in self._class_names.items()}
        tags: dict[str, tuple[str, str]] = {}
        for shape in shapes:
            name = ref_name(shape)
            if (
                name not in originals
                or self._owners.get(name) is not self._schemas[originals[name]]
            ):
                return None
            source = self._struct_source(name)
            tag = self._tag_of(source, prop, str(by_name.get(name, originals[name])))
            if source is None or tag is None or self._tags.get(name, (prop, tag)) != (prop, tag):
                return None
            if "$ref" in self._flat.flatten(self._schemas[originals[name]], ""):
                return None
            tags[name] = (prop, tag)
        is_unique = len({tag for _, tag in tags.values()}) == len(shapes)
        return tags if is_unique and len(by_name) == len(targets) else None

    def _tag_of(self, source: Json | None, prop: str, mapped: str) -> str | None:
        """The value of a property in one struct, the only one it may have or else `mapped`.

        None where it may have several and `mapped` is none of them.
        """
        schema = (source or {}).get("properties", {}).get(prop)
        values = self._values_of(schema) if isinstance(schema, dict) else []
        if len(values) == 1:
            return values[0]
        return mapped if not values or mapped in values else None

    def _values_of(self, schema: Json) -> list[str]:
        """The texts that a schema lists; empty where it takes any."""
        flat = self._flat.flatten(schema, "")
        seen: set[str] = set()
        while (reference := flat.get("$ref")) is not None and reference not in seen:
            seen.add(reference)
            try:
                target = resolve(self._document, reference)
            except LookupError:
                return []
            flat = self._flat.flatten(target, "") if isinstance(target, dict) else {}
        return [value for value in flat.get("enum", []) if isinstance(value, str)]

    def kind_of(self, shape: Shape) -> str:
        """The kind of JSON value that a shape is: `object`, `array`, `string`, ..., or `value`."""
        return self._kind(shape, ())

    def parts_of(self, shape: Shape) -> list[str]:
        """The kinds of what an array or an object holds, each once."""
        name = ref_name(shape)
        if shape.get("type") == "array":
            return [self.kind_of(shape.get("items", {}))]
        if shape.get("type") == "object":
            return [self.kind_of(shape.get("additionalProperties") or {})]
        source = self._struct_source(name) if name else None
        kinds = set()
        for schema in (source or {}).get("properties", {}).values():
            kind = schema.get("type", "value") if isinstance(schema, dict) else "value"
            kinds.add(kind if isinstance(kind, str) else "value")
        return sorted(kinds)

    def _kind(self, shape: Shape, seen: tuple[str, ...]) -> str:
        """Which kind of JSON value a shape is: `object`, `array`, `string`, `number`, ..."""
        name = ref_name(shape)
        schema = self._owners.get(name) if name else None
        if name is None or not isinstance(schema, dict) or name in seen:
            kind = shape.get("type")
            kind = "number" if kind == "integer" else kind
            return kind if isinstance(kind, str) and kind in _KINDS else "value"
        if isinstance(schema.get("enum"), list):
            return "string" if isinstance(schema["enum"][0], str) else "number"
        if "$ref" in schema:
            target = self._class_names.get(schema["$ref"].removeprefix(PREFIX), "")
            return self._kind({"$ref": PREFIX + target}, (*seen, name))
        is_object = "properties" in schema or "allOf" in schema
        return "object" if is_object else self._kind({"type": schema.get("type", "value")}, seen)

    def _define(self, name: str, schema: Json, where: str) -> Named:
        if refused := [key for key in _REFUSED if schema.get(key) not in _HARMLESS]:
            self._problems.add(where, f"cannot be expressed: {', '.join(refused)}")
            return Named(name, schema, {})
        flat = self._flat.flatten(schema, where)
        if isinstance(flat.get("enum"), list):
            return self._define_enum(name, flat, where)
        is_one = not {"anyOf", "oneOf", "$ref"} & flat.keys()
        is_one = is_one and not isinstance(flat.get("type"), list)
        if is_one and _is_open(flat):
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
        fields: list[Field] = []
        taken: set[str] = set()
        for wire, source in sorted(schema.get("properties", {}).items()):
            at = where + pointer("properties", wire)
            made = self._field(name, wire, source, at, is_required=wire in required)
            python = naming.unique(made.python, taken)
            taken.add(python)
            fields.append(Field(wire, python, made.shape, made.required, made.source))
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
        for name, (prop, tag) in sorted(self._tags.items()):
            one = self.named.get(name)
            if one is None or one.fields is None:
                where = pointer("components", "schemas", name)
                self._problems.add(where, "member of a union with a discriminator, but no object")
                continue
            kept = tuple(field for field in one.fields if field.wire != prop)
            working = _struct_of(kept)
            self.named[name] = replace(one, fields=kept, working=working, tag=(prop, tag))


def _struct_of(fields: Sequence[Field]) -> Json:
    return {
        "type": "object",
        "properties": {one.wire: wrapped(one.shape) for one in fields},
        "required": [one.wire for one in fields if one.required],
    }


def _safe(name: str) -> str:
    """A class name that does not hide anything that generated modules import."""
    taken = {"Annotated", "Any", "AwareDatetime", "Final", "Literal", "Mapping", "Meta", "Model",
             "None", "Operation", "Request", "True", "False", "TypeAlias", "UUID", "Unpack",
             "ApiClient", "CallOptions", "Sequence", "UNSET", "UnsetType"}  # fmt: skip
    return name + "Value" if name in taken else name


def _is_closed(schema: Json) -> bool:
    """Whether an object without properties is meant to be empty, rather than a map."""
    return schema.get("additionalProperties") is False


def _is_open(schema: Json) -> bool:
    """Whether an object has properties and takes others too, of a kind that the document gives."""
    extra = schema.get("additionalProperties")
    return bool(schema.get("properties")) and isinstance(extra, dict) and bool(extra)


def _with_keys(schema: Json) -> Json:
    """The schema with its properties in words: as a map, it has no fields to tell them."""
    keys = ", ".join(f"`{key}`" for key in sorted(schema["properties"]))
    told = [schema.get("description"), f"A map, since it may have any keys. Known: {keys}."]
    return schema | {"description": "\n\n".join(one for one in told if isinstance(one, str))}


def _blend_of(sources: dict[str, Json]) -> Json:
    """A schema with the properties of all; required is what all require."""
    properties: dict[str, list[Any]] = {}
    for source in sources.values():
        for wire, schema in source["properties"].items():
            known = properties.setdefault(wire, [])
            if schema not in known:
                known.append(schema)
    required = set.intersection(*(set(source.get("required", [])) for source in sources.values()))
    about = f"One of {', '.join(sources)}. What the one at hand does not have is None."
    return {
        "type": "object",
        "description": about,
        "required": sorted(required),
        "properties": {
            wire: known[0] if len(known) == 1 else {"anyOf": known}
            for wire, known in properties.items()
        },
    }


def _without_refs(node: Any, names: set[str]) -> Any:  # noqa: ANN401 - any part of a shape
    """The shape with anything in place of references to `names`."""
    if isinstance(node, dict):
        if ref_name(node) in names:
            return {}
        return {key: _without_refs(value, names) for key, value in node.items()}
    return [_without_refs(item, names) for item in node] if isinstance(node, list) else node
