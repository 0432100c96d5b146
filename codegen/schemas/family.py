"""Inheritance: a schema with a discriminator stands for itself and for all that extend it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from codegen.documents.document import Json, reach
from codegen.schemas.shapes import Named, Shape, component_of


class Family(NamedTuple):
    """A base (first) and what extends it, by their names in the document."""

    members: tuple[str, ...]
    discriminator: Json


def families(schemas: Mapping[str, object]) -> dict[str, Family]:
    """The family of each schema that others extend and that a property distinguishes from them.

    The discriminator is its own or that of what it extends. A base that lists its members itself,
    as `oneOf`, is a union and no family.
    """
    parents = {name: list(_parents(schema)) for name, schema in schemas.items()}
    children: dict[str, list[str]] = {}
    for name, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(name)
    found = {}
    for name, schema in schemas.items():
        mapped = _mapped(schemas, schema)
        is_union = isinstance(schema, dict) and bool({"oneOf", "anyOf"} & schema.keys())
        if is_union or not (name in children or mapped):
            continue
        above = reach([name], lambda one: parents.get(one, ()))
        given = next(filter(None, (_discriminator(schemas.get(one)) for one in above)), None)
        below = reach([name], lambda one: children.get(one, ()))
        members = tuple(dict.fromkeys([*below, *mapped]))
        if given and len(members) > 1:
            found[name] = Family(members, given)
    return found


def union_of_family(family: Family, name: str, members: list[Shape]) -> Named:
    """The alias that stands for any member."""
    base = family.members[0]
    about = f"`{base}`, or what extends it."
    union = {"union": members, "hint": name, "discriminator": family.discriminator, "family": True}
    return Named(name, {"description": about}, union)


def _parents(schema: object) -> Iterator[str]:
    for part in schema.get("allOf", ()) if isinstance(schema, dict) else ():
        if isinstance(part, dict) and (name := component_of(part.get("$ref"))):
            yield name


def _discriminator(schema: object) -> Json | None:
    given: Json = schema.get("discriminator", {}) if isinstance(schema, dict) else {}
    return given if "propertyName" in given else None


def _mapped(schemas: Mapping[str, object], base: object) -> list[str]:
    """What the base's own mapping names besides."""
    targets = (_discriminator(base) or {}).get("mapping", {}).values()
    names = [component_of(one) or one for one in targets]
    return [one for one in names if isinstance(schemas.get(one), dict)]
