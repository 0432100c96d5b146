"""How what came differs from what the installed structs expect. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import inspect as kinds

from energy_async.contact.scales import flattened, is_another_scale, unit_of
from energy_async.contact.shapes import Shape, all_merged

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NOTES", "Finding", "differences"]

NOTES: Final = frozenset({"null"})
"""Findings that cost nothing: the client reads them as they are."""
_ALIKE: Final = 0.35
_NUMBERS: Final = frozenset({"integer", "number"})
_TEXT: Final = frozenset({"text"})
_KINDS: Final[dict[type, frozenset[str]]] = {
    kinds.BoolType: frozenset({"boolean"}),
    kinds.IntType: frozenset({"integer"}),
    kinds.FloatType: _NUMBERS,
    kinds.DecimalType: _NUMBERS | _TEXT,
    kinds.ListType: frozenset({"list"}),
    kinds.VarTupleType: frozenset({"list"}),
    kinds.DictType: frozenset({"object"}),
    kinds.StructType: frozenset({"object"}),
}
_TIMES: Final[dict[type, dict[str, str]]] = {
    kinds.DateTimeType: {"date": "date", "date-time without zone": "zone"},
    kinds.DateType: {"date-time": "type", "date-time without zone": "type"},
}
_SAYS: Final = {
    "missing": "is missing",
    "unknown": "is not known",
    "renamed": "is called {0} now",
    "null": "is null",
    "date": "is a bare date, and a time is expected",
    "zone": "has no time zone",
    "word": "says {0}, which is not known",
    "type": "is {0}, and {1} is expected",
    "unit": "is in {0}, and {1} is expected",
    "scale": "looks a factor of 1000 off: it can hardly be in {0}",
    "range": "takes a range otherwise: {0}; both ends included is assumed",
    "parameter": "{0} is a required parameter, which the client does not send",
    "request": "the server refuses what the client sends",
    "decode": "the client cannot read the answer",
}
_OURS: Final = frozenset({"type", "date", "zone", "unit", "scale", "range"})


class Finding(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """One way in which an answer is not as expected.

    Attributes:
        kind: `missing`, `unknown`, `renamed`, `type`, `null`, `date`, `zone`, `word`, `unit`,
            `scale`, `range`, `parameter`, `request`, `decode`.
        where: The place in the answer, such as `$[].startTs`.
        names: What came in place of what was expected: names, words or units.
        owner: The struct that has the member.
        text: What the server or the decoder says; never in a record.
    """

    kind: str
    where: str = "$"
    names: tuple[str, ...] = ()
    owner: str = ""
    text: str = ""

    @property
    def is_note(self) -> bool:
        """Whether the client reads it as it is."""
        return self.kind in NOTES

    @property
    def is_ours(self) -> bool:
        """Whether its names are words of this package, and not of the answer."""
        return self.kind in _OURS

    def said(self, where: str) -> str:
        """What is otherwise, at a place that is called `where`."""
        text = f": {self.text}" if self.text else ""
        return f"{where} {_SAYS[self.kind].format(*self.names)}{text}".strip()

    def __str__(self) -> str:
        return self.said(self.where.removeprefix("$").lstrip("."))


def differences(
    expected: kinds.Type, shape: Shape, where: str = "$", owner: str = ""
) -> Iterator[Finding]:
    """Every way in which values of that shape are not what the type expects."""
    options = flattened(expected)
    if not options or any(isinstance(one, kinds.AnyType | kinds.RawType) for one in options):
        return
    if "null" in shape.kinds:
        yield Finding("null", where, owner=owner)
    came = shape.kinds - {"null"}
    wanted = frozenset[str]().union(*(_KINDS.get(type(one), _TEXT) for one in options))
    if wrong := sorted(came - wanted - (_NUMBERS if wanted & _NUMBERS == _NUMBERS else set())):
        yield Finding("type", where, ("/".join(wrong), "/".join(sorted(wanted))), owner)
    structs = [one for one in options if isinstance(one, kinds.StructType)]
    if len(structs) == 1 and "object" in came:
        yield from _of_struct(structs[0], shape, where)
    words = {word for one in options if isinstance(one, kinds.LiteralType) for word in one.values}
    if words and (fresh := sorted(shape.words - words)):
        yield Finding("word", where, (", ".join(fresh),), owner)
    for one in options:
        if isinstance(one, kinds.ListType | kinds.VarTupleType) and shape.items is not None:
            yield from differences(one.item_type, shape.items, f"{where}[]", owner)
        elif isinstance(one, kinds.DictType) and shape.members:
            inside = all_merged(shape.members.values())
            yield from differences(one.value_type, inside, f"{where}{{}}", owner)
        elif type(one) in _TIMES:
            yield from _of_time(type(one), shape, where, owner)


def _of_time(kind: type, shape: Shape, where: str, owner: str) -> Iterator[Finding]:
    for came in sorted(shape.formats - {"date-time" if kind is kinds.DateTimeType else "date"}):
        found = _TIMES[kind].get(came, "type")
        yield Finding(found, where, (came, "date" if kind is kinds.DateType else "time"), owner)


def _of_struct(struct: kinds.StructType, shape: Shape, where: str) -> Iterator[Finding]:
    fields = {field.encode_name: field for field in struct.fields}
    owner = struct.cls.__name__
    missing = [name for name in fields if name not in shape.members]
    unknown = [name for name in shape.members if name not in fields]
    for old, new in _renamed(fields, missing, unknown, shape):
        yield Finding("renamed", f"{where}.{old}", (new,), owner)
        missing.remove(old)
        unknown.remove(new)
    yield from (Finding("missing", f"{where}.{name}", owner=owner) for name in missing)
    yield from (Finding("unknown", f"{where}.{name}", owner=owner) for name in unknown)
    units = {unit for one in struct.fields for unit in [unit_of(one.type)] if unit}
    for name, inside in shape.members.items():
        if name in fields:
            yield from differences(fields[name].type, inside, f"{where}.{name}", owner)
        for said in sorted(inside.words) if name.lower().startswith("unit") else ():
            if said not in units and (other := next(is_another_scale(said, units), None)):
                yield Finding("unit", f"{where}.{name}", (said, other), owner)


def _renamed(
    fields: dict[str, kinds.Field], missing: list[str], unknown: list[str], shape: Shape
) -> list[tuple[str, str]]:
    """Pairs of a member that is gone and one that is new, of one kind and most alike in name."""
    pairs = sorted(
        (-SequenceMatcher(None, old.lower(), new.lower()).ratio(), old, new)
        for old in missing
        for new in unknown
        if not any(one.kind == "type" for one in differences(fields[old].type, shape.members[new]))
    )
    found: dict[str, str] = {}
    for score, old, new in pairs:
        if old not in found and new not in found.values() and -score >= _ALIKE:
            found[old] = new
    return list(found.items())
