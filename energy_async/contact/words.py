"""What may stand in a record: names and words that cannot say whose they are.

A text is let through if every word in it is one of the installed interface or of `words.txt`.
Nothing is let through for its form alone.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import inspect as kinds

from energy_async.contact.scales import flattened, unit_of
from energy_async.contact.shapes import Shape, all_merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from energy_async.contact.differences import Finding

__all__ = ["ELSE", "Vocabulary", "vocabulary_of"]

ELSE: Final = "*"
"""Stands for every name that is not in the vocabulary."""
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^A-Za-z_/-]+|[A-Z]")
_MOST_PARTS: Final = 6
_CHOICES: Final = frozenset({
    "category", "currency", "direction", "kind", "market", "mode", "product", "reason",
    "resolution", "role", "state", "status", "type", "unit", "units",
})  # fmt: skip
"""Last words of the names of members whose values are a choice."""


class Vocabulary(msgspec.Struct, frozen=True):
    """Texts that are known whole, words that others may be made of, members with enum values."""

    whole: frozenset[str]
    parts: frozenset[str]
    choices: frozenset[str] = frozenset()

    def allows(self, text: str) -> bool:
        """Whether a name says nothing of whose it is."""
        parts = _parts(text)
        return text in self.whole or (
            0 < len(parts) <= _MOST_PARTS
            and all({part, part.removesuffix("s")} & self.parts for part in parts)
        )

    def name(self, text: str) -> str:
        """The name, or a star in its place."""
        return text if not text or self.allows(text) else ELSE

    def path(self, text: str) -> str:
        """A path template with what is not in the vocabulary as stars; placeholders stay."""
        return "/".join(
            f"{{{self.name(part.strip('{}'))}}}" if part[:1] == "{" else self.name(part)
            for part in text.split("/")
        )

    def shape(self, shape: Shape, name: str = "") -> Shape:
        """The shape without names and words that might be somebody's.

        Words stay if the interface has them as values, or if the member is a choice by its name.
        """
        is_choice = name in self.choices or (_parts(name) or [""])[-1] in _CHOICES
        words = {
            one for one in shape.words if one in self.whole or (is_choice and self.allows(one))
        }
        inside: dict[str, list[Shape]] = {}
        for key, one in shape.members.items():
            known = self.name(key)
            inside.setdefault(known, []).append(self.shape(one, known))
        return Shape(
            shape.kinds,
            shape.formats,
            frozenset(words),
            {key: all_merged(parts) for key, parts in sorted(inside.items())},
            frozenset(map(self.name, shape.sometimes)),
            None if shape.items is None else self.shape(shape.items, name),
        )

    def finding(self, one: Finding) -> Finding:
        """The finding without names and words that might be somebody's, and without its text."""
        parts = re.split(r"([$.\[\]{}]+)", one.where)  # names, and what stands between them
        where = "".join(self.name(part) if n % 2 == 0 else part for n, part in enumerate(parts))
        names = tuple(self.name(part) for name in one.names for part in name.split(", "))
        kept = one.names if one.is_ours else names
        return msgspec.structs.replace(one, where=where, names=kept, text="")


def _parts(text: str) -> list[str]:
    return [part.lower() for part in _PARTS.findall(text)]


@cache
def _listed() -> frozenset[str]:
    lines = files("energy_async.contact").joinpath("words.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def vocabulary_of(types: Iterable[kinds.Type], texts: Iterable[str]) -> Vocabulary:
    """The words of types: members, enum values, units; and further texts, such as paths."""
    whole, choices = set(texts), set[str]()
    for kind in types:
        for name, text in _texts(kind, set()):
            whole.add(text)
            choices.update({name} if name and name != text else ())
    parts = {part for text in whole for part in _parts(text) if part.isalpha() and len(part) > 1}
    return Vocabulary(frozenset(whole), frozenset(parts) | _listed(), frozenset(choices))


def _texts(expected: kinds.Type, seen: set[type], name: str = "") -> Iterator[tuple[str, str]]:
    """Each name of a member twice, each value of an enum with the member that has it."""
    yield from ((unit, unit) for unit in [unit_of(expected)] if unit)
    for one in flattened(expected):
        match one:
            case kinds.LiteralType():
                yield from ((name, value) for value in one.values if isinstance(value, str))
            case kinds.ListType() | kinds.VarTupleType():
                yield from _texts(one.item_type, seen, name)
            case kinds.DictType():
                yield from _texts(one.value_type, seen, name)
            case kinds.StructType() if one.cls not in seen:
                seen.add(one.cls)
                for field in one.fields:
                    yield field.encode_name, field.encode_name
                    yield from _texts(field.type, seen, field.encode_name)
            case _:
                pass
