"""What JSON looks like, without what it says: kinds, formats, and which members are there.

The same `Shape` describes an answer that came, the schema of a document, and what a record holds.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "NOTHING",
    "Shape",
    "all_merged",
    "json_of",
    "merged",
    "read",
    "schema_shape",
    "shape_of",
    "written",
]

_FORMATS: Final = {
    "empty": r"",
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "date": r"\d{4}-\d\d-\d\d",
    "date-time without zone": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?",
    "date-time": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|z|[+-]\d\d:?\d\d)",
    "number": r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?",
    "text": r"(?s).*",
}
_COMPILED: Final = {name: re.compile(one) for name, one in _FORMATS.items()}
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_/%-]{0,59}")
_MOST_WORDS: Final = 200
_DEEPEST: Final = 40
_SPELLINGS: Final = {"dateTime": "date-time"}
_SCHEMA_KINDS: Final = {"string": "text", "array": "list"}


class Shape(msgspec.Struct, frozen=True):
    """What values at one place look like.

    Attributes:
        kinds: `null`, `boolean`, `integer`, `number`, `text`, `list`, `object`.
        formats: Of texts: `uuid`, `date`, `date-time`, `date-time without zone`, `number`,
            `empty`, `text`.
        words: Texts that may be values of an enum.
        members: Of objects, by name.
        sometimes: Members that were not in every object.
        items: Of lists; None if all were empty.
    """

    kinds: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    members: dict[str, Shape] = {}
    sometimes: frozenset[str] = frozenset()
    items: Shape | None = None


NOTHING: Final = Shape()


def shape_of(value: Any, depth: int = 0) -> Shape:  # noqa: ANN401, PLR0911 - any JSON
    """The shape of a decoded JSON value."""
    if depth > _DEEPEST:
        return NOTHING
    match value:
        case None:
            return Shape(frozenset({"null"}))
        case bool():
            return Shape(frozenset({"boolean"}))
        case int():
            return Shape(frozenset({"integer"}))
        case float():
            return Shape(frozenset({"number"}))
        case str():
            words = frozenset({value} if _WORD.fullmatch(value) else ())
            return Shape(frozenset({"text"}), frozenset({_format(value)}), words)
        case list():
            items = all_merged(shape_of(one, depth + 1) for one in value) if value else None
            return Shape(frozenset({"list"}), items=items)
        case _:
            members = {str(name): shape_of(one, depth + 1) for name, one in value.items()}
            return Shape(frozenset({"object"}), members=members)


def _format(text: str) -> str:
    return next(name for name, one in _COMPILED.items() if one.fullmatch(text))


def merged(one: Shape, other: Shape) -> Shape:
    """What is true of both; equal shapes cost nothing."""
    if one == other or other is NOTHING:
        return one
    if one is NOTHING:
        return other
    words = one.words | other.words
    apart: frozenset[str] = frozenset()
    if "object" in one.kinds & other.kinds:
        apart = frozenset(one.members.keys() ^ other.members.keys())
    members = {
        name: merged(one.members.get(name, NOTHING), other.members.get(name, NOTHING))
        for name in one.members | other.members
    }
    items = one.items if other.items is None else merged(one.items or NOTHING, other.items)
    return Shape(
        one.kinds | other.kinds,
        one.formats | other.formats,
        words if len(words) <= _MOST_WORDS else frozenset(),
        members,
        one.sometimes | other.sometimes | apart,
        items,
    )


def all_merged(shapes: Iterable[Shape]) -> Shape:
    """What is true of all of them."""
    return reduce(merged, shapes, NOTHING)


def json_of(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """The decoded body."""
    import json  # noqa: PLC0415 - forgiving where msgspec is strict: bare NaN, large numbers

    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        try:
            return json.loads(body)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def written(shape: Shape) -> Any:  # noqa: ANN401 - any JSON
    """The shape as JSON that a person can read: objects and lists as they are, the rest in words.

    `null|text date-time`, `text = FCR, WHOLESALE`, `{"feedback?": "text"}` where it is not always.
    """
    parts: list[Any] = []
    if "object" in shape.kinds:
        marked = ((name, "?" if name in shape.sometimes else "") for name in shape.members)
        parts.append({name + mark: written(shape.members[name]) for name, mark in sorted(marked)})
    if "list" in shape.kinds:
        parts.append([] if shape.items is None else [written(shape.items)])
    plain = sorted(shape.kinds - {"object", "list", "text"})
    plain += sorted(f"text {one}".removesuffix(" text") for one in shape.formats)
    if plain or not parts:
        words = f" = {', '.join(sorted(shape.words))}" if shape.words else ""
        parts.append("|".join(plain) + words)
    return parts[0] if len(parts) == 1 else {"|": parts}


def read(value: Any) -> Shape:  # noqa: ANN401 - any JSON
    """The shape that was written."""
    match value:
        case {"|": list(parts)}:
            return all_merged(map(read, parts))
        case dict():
            members = {name.removesuffix("?"): read(one) for name, one in value.items()}
            sometimes = frozenset(name[:-1] for name in value if name.endswith("?"))
            return Shape(frozenset({"object"}), members=members, sometimes=sometimes)
        case list():
            return Shape(frozenset({"list"}), items=read(value[0]) if value else None)
        case _:
            plain, _, words = str(value).partition(" = ")
            tokens = [one.partition(" ") for one in plain.split("|") if one]
            return Shape(
                frozenset(kind for kind, _, _ in tokens),
                frozenset(form or "text" for kind, _, form in tokens if kind == "text"),
                frozenset(words.split(", ") if words else ()),
            )


def schema_shape(schema: Any, document: Mapping[str, Any], depth: int = 0) -> Shape:  # noqa: ANN401
    """The shape that a schema of an OpenAPI document promises; empty where it says nothing."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return NOTHING
    if (name := str(schema.get("$ref", ""))).startswith("#/"):
        found: Any = document
        for part in name[2:].split("/"):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        return schema_shape(found, document, depth + 1)
    parts = [one for key in ("allOf", "oneOf", "anyOf") for one in schema.get(key, ())]
    types = schema.get("type", "object" if "properties" in schema else ())
    kinds = {types} if isinstance(types, str) else set(types)
    form = schema.get("format")
    own = Shape(
        frozenset(_SCHEMA_KINDS.get(one, one) for one in kinds),
        frozenset({_SPELLINGS.get(form, form)} & _FORMATS.keys())
        if isinstance(form, str)
        else frozenset(),
        frozenset(one for one in schema.get("enum", ()) if isinstance(one, str)),
        {
            key: schema_shape(one, document, depth + 1)
            for key, one in schema.get("properties", {}).items()
        },
        items=schema_shape(schema["items"], document, depth + 1) if "items" in schema else None,
    )
    return all_merged([own, *(schema_shape(one, document, depth + 1) for one in parts)])
