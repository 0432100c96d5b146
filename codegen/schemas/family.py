"""Inheritance: a schema with a discriminator stands for itself and for all that extend it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from codegen.documents.document import Json
from codegen.schemas.shapes import PREFIX, Named, Shape

__all__ = ["Family", "families", "union_of_family"]


class Family(NamedTuple):
    """A base (first) and what extends it, by their names in the document."""

    members: tuple[str, ...]
    discriminator: Json


def families(schemas: Mapping[str, object]) -> dict[str, Family]:
    """The family of each schema that others extend and that a property tells apart from them.

    A base that lists its members itself, as `oneOf`, is a union and no family.
    """
    parents = {name: list(_parents(schema)) for name, schema in schemas.items()}
    children: dict[str, list[str]] = {}
    for name, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(name)
    found = {}
    for name in schemas:
        told = _discriminator(name, schemas, parents)
        if told is not None and not _is_union(schemas[name]):
            members = _descendants(name, children) | dict.fromkeys(_mapped(schemas, name))
            if members:
                found[name] = Family((name, *members), told)
    return found


def union_of_family(family: Family, name: str, members: list[Shape]) -> Named:
    """The alias that stands for any member."""
    base = family.members[0]
    about = f"`{base}`, or what extends it."
    union = {"union": members, "hint": name, "discriminator": family.discriminator, "family": True}
    return Named(name, {"description": about}, union)


def _parents(schema: object) -> Iterator[str]:
    parts = schema.get("allOf") if isinstance(schema, dict) else None
    for part in parts if isinstance(parts, list) else ():
        reference = part.get("$ref") if isinstance(part, dict) else None
        if isinstance(reference, str) and reference.startswith(PREFIX):
            yield _name_of(reference)


def _name_of(reference: str) -> str:
    return reference.removeprefix(PREFIX).replace("~1", "/").replace("~0", "~")


def _discriminator(
    name: str, schemas: Mapping[str, object], parents: Mapping[str, list[str]]
) -> Json | None:
    """Its own, or that of what it extends."""
    ahead, seen = [name], set[str]()
    while ahead:
        current = ahead.pop(0)
        seen.add(current)
        schema = schemas.get(current)
        told = schema.get("discriminator") if isinstance(schema, dict) else None
        if isinstance(told, dict) and isinstance(told.get("propertyName"), str):
            return told
        ahead += [one for one in parents.get(current, ()) if one not in seen]
    return None


def _descendants(name: str, children: Mapping[str, list[str]]) -> dict[str, None]:
    found: dict[str, None] = {}
    ahead = [*children.get(name, ())]
    while ahead:
        current = ahead.pop(0)
        if current not in found and current != name:
            found[current] = None
            ahead += children.get(current, ())
    return found


def _mapped(schemas: Mapping[str, object], name: str) -> list[str]:
    """What the base's own mapping names besides."""
    match schemas[name]:
        case {"discriminator": {"mapping": dict(mapping)}}:
            targets = [_name_of(one) for one in mapping.values() if isinstance(one, str)]
            return [one for one in targets if one != name and isinstance(schemas.get(one), dict)]
    return []


def _is_union(schema: object) -> bool:
    return isinstance(schema, dict) and bool({"oneOf", "anyOf"} & schema.keys())
