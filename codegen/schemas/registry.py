"""The names of schemas in Python, and what kinds of values the named ones stand for."""

from codegen import naming
from codegen.documents.document import Json
from codegen.problems import pointer
from codegen.schemas.flatten import Flattener
from codegen.schemas.shapes import PREFIX, Shape, ref_name

__all__ = ["Registry", "is_open"]

_TAKEN = frozenset({
    "Annotated", "Any", "ApiClient", "AwareDatetime", "CallOptions", "False", "Final", "Literal",
    "Mapping", "Meta", "Model", "None", "OPERATIONS", "Operation", "Request", "Sequence", "True",
    "TypeAlias", "UNSET", "UUID", "Unpack", "UnsetType",
})  # fmt: skip
_KINDS = frozenset({"array", "boolean", "number", "object", "string"})


class Registry:
    """Which schema has which name; inline ones get theirs on demand.

    Attributes:
        schemas: The schemas of the document by the names that it gives them.
        class_names: Their names in Python.
        waiting: Name, schema and place of what has got a name but no definition yet.
    """

    def __init__(self, document: Json, flat: Flattener) -> None:
        """Give every schema of the document its name; those that are good already keep theirs."""
        self._flat = flat
        self.schemas: Json = document.get("components", {}).get("schemas", {})
        self.class_names: dict[str, str] = {}
        self.waiting: list[tuple[str, Json, str]] = []
        self._owners: dict[str, object] = {}
        for name in sorted(self.schemas, key=lambda key: (naming.class_name(key) != key, key)):
            free = naming.unique(_safe(naming.class_name(name)), self._owners)
            self.class_names[name] = free
            self._owners[free] = self.schemas[name]

    def owns(self, name: str, schema: object) -> bool:
        """Whether a name stands for this very schema."""
        return self._owners.get(name) is schema

    def hoist(self, schema: Json, where: str, hint: str) -> Shape:
        """Give an inline schema a name of its own; equal ones of one name share it."""
        name = _safe(naming.class_name(hint))
        if self._owners.get(name) != schema or name in self.class_names.values():
            name = naming.unique(name, self._owners)
        self._owners[name] = schema
        self.waiting.append((name, schema, where))
        return {"$ref": PREFIX + name}

    def struct_source(self, name: str) -> Json | None:
        """The schema of a struct, one level flattened; None for maps, unions and the like."""
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            schema = self._owners.get(name)
            if not isinstance(schema, dict) or "anyOf" in schema or "oneOf" in schema:
                return None
            flat = self._flat.flatten(schema, pointer("components", "schemas", name))
            if "$ref" not in flat:
                is_struct = bool(flat.get("properties")) and not is_open(flat)
                is_struct = is_struct and flat.get("type", "object") == "object"
                return flat if is_struct and not {"anyOf", "oneOf", "enum"} & flat.keys() else None
            name = self.class_names.get(str(flat["$ref"]).removeprefix(PREFIX), "")
        return None

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
        source = self.struct_source(name) if name else None
        kinds = set()
        for schema in (source or {}).get("properties", {}).values():
            kind = schema.get("type", "value") if isinstance(schema, dict) else "value"
            kinds.add(kind if isinstance(kind, str) else "value")
        return sorted(kinds)

    def _named(self, schema: Json) -> Shape:
        """A schema of the document with its reference, if it is one, by the name in Python."""
        if not isinstance(schema.get("$ref"), str):
            return {"type": "object"} if "properties" in schema else schema
        name = schema["$ref"].removeprefix(PREFIX)
        return {"$ref": PREFIX + self.class_names.get(name, "")}

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
            return self._kind(self._named(schema), (*seen, name))
        if "properties" in schema or "allOf" in schema:
            return "object"
        if members := _members(schema):
            kinds = {self._kind(self._named(one), (*seen, name)) for one in members}
            return kinds.pop() if len(kinds) == 1 else "value"
        return self._kind({"type": schema.get("type", "value")}, seen)


def _members(union: Json) -> list[Json]:
    """What a union is made of besides null."""
    every = [*(union.get("anyOf") or ()), *(union.get("oneOf") or ())]
    return [one for one in every if isinstance(one, dict) and one.get("type") != "null"]


def _safe(name: str) -> str:
    """A class name that does not hide anything that generated modules import."""
    return name + "Value" if name in _TAKEN else name


def is_open(schema: Json) -> bool:
    """Whether an object has properties and takes others too, of a kind that the document gives."""
    extra = schema.get("additionalProperties")
    return bool(schema.get("properties")) and isinstance(extra, dict) and bool(extra)
