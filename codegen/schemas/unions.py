"""Unions -> shapes that msgspec can decode: tagged structs, or one shape that takes all members."""

from collections.abc import Sequence
from typing import Any

from codegen.documents.document import Json, resolve
from codegen.problems import Problems
from codegen.schemas.flatten import Flattener
from codegen.schemas.registry import Registry
from codegen.schemas.shapes import PREFIX, Shape, nullable_if, ref_name

__all__ = ["Unions"]


class Unions:
    """Puts the shapes of members together.

    Attributes:
        tags: For each struct that is told apart by a tag, the property and its value.
    """

    def __init__(
        self, document: Json, names: Registry, flat: Flattener, problems: Problems
    ) -> None:
        """Look members up in `names` and note what is wrong in `problems`."""
        self._document = document
        self._names = names
        self._flat = flat
        self._problems = problems
        self._blends: dict[frozenset[str], str] = {}
        self._blend_members: dict[str, frozenset[str]] = {}
        self.tags: dict[str, tuple[str, str]] = {}

    def tagged(self, schema: Json, shapes: list[Shape], where: str) -> Shape | None:
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
        self.tags.update(tags)
        return {"anyOf": shapes}

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
                groups.setdefault(self._names.kind_of(one), []).append(one)
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
        sources = [self._names.struct_source(name) if name else None for name in names]
        if None in sources:
            return {"type": "object", "additionalProperties": {}}
        return self._blended([name for name in names if name], where, hint)

    def _blended(self, names: list[str], where: str, hint: str) -> Shape:
        """A struct with the fields of all the structs named; the same for the same names."""
        every = frozenset(
            base for name in names for base in self._blend_members.get(name, frozenset({name}))
        )
        if every not in self._blends:
            sources = {name: self._names.struct_source(name) or {} for name in sorted(every)}
            shape = self._names.hoist(_blend_of(sources), where, hint)
            self._blends[every] = name = str(ref_name(shape))
            self._blend_members[name] = every
        return {"$ref": PREFIX + self._blends[every]}

    def _tags_of(
        self, mapping: Json, prop: str, shapes: list[Shape]
    ) -> dict[str, tuple[str, str]] | None:
        targets = [
            (
                self._names.class_names.get(
                    target.removeprefix(PREFIX), self._names.class_names.get(target)
                ),
                tag,
            )
            for tag, target in mapping.items()
        ]
        by_name = dict(targets)
        originals = {new: old for old, new in self._names.class_names.items()}
        tags: dict[str, tuple[str, str]] = {}
        for shape in shapes:
            name = ref_name(shape)
            if name not in originals or not self._names.owns(
                name, self._names.schemas[originals[name]]
            ):
                return None
            source = self._names.struct_source(name)
            tag = self._tag_of(source, prop, str(by_name.get(name, originals[name])))
            if source is None or tag is None or self.tags.get(name, (prop, tag)) != (prop, tag):
                return None
            if "$ref" in self._flat.flatten(self._names.schemas[originals[name]], ""):
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
