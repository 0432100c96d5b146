"""Unions -> shapes that msgspec can decode: tagged structs, or one shape that takes all members.

JSON says of a value only whether it is text, a number, an object, ...; members that are alike in
this become one: objects a struct with the fields of all. An answer may
have a tag that the document does not list; a tagged union has a further member for that there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from codegen.naming import free_name
from codegen.schemas.shapes import (
    Field,
    Named,
    Shape,
    bare,
    leaves,
    named_apart,
    nullable_if,
    ref_name,
    ref_to,
    within,
)

_KINDS = frozenset({"array", "boolean", "number", "object", "string"})
_MAP: Shape = {"type": "object", "additionalProperties": {}}
_UNKNOWN = "__unknown__"


class Unions:
    """Puts unions together; the structs that blend several are added to `named`."""

    def __init__(self, named: Mapping[str, Named], received: set[str]) -> None:
        """Work on definitions, of which `received` occur in answers."""
        self.named = dict(named)
        self._given = named
        self._received = received
        self._blends: dict[frozenset[str], str] = {}
        self._members: dict[str, frozenset[str]] = {}
        self._unknown: dict[tuple[str, str], str] = {}

    def close_definitions(self) -> None:
        """Put together every union in the definitions."""
        for name in sorted(self.named):
            one = self.named[name]
            if "union" in one.shape and not one.shape.get("nullable"):
                self.named[name] = self._closed_alias(one)
            else:
                self.named[name] = one.mapped(
                    lambda shape, name=name: self.closed(shape, open_ended=name in self._received)  # type: ignore[misc]
                )

    def closed(self, shape: Shape, *, open_ended: bool) -> Shape:
        """The shape with its unions put together; `open_ended` says that answers have it."""
        if "union" in shape:
            members = [self.closed(one, open_ended=open_ended) for one in shape["union"]]
            joined = self.combined(members, shape["hint"])
            return nullable_if(joined, nullable=bool(shape.get("nullable")))
        if "tag" in shape:
            return self._tagged(shape, open_ended=open_ended)
        return within(shape, lambda one: self.closed(one, open_ended=open_ended))

    def choices(self, shape: Shape) -> Shape:
        """The shape of a body, its union as a choice: what is only sent need not be decoded."""
        name = ref_name(shape)
        one = self._given.get(name) if name else None
        union = one.shape if one is not None else shape
        if "union" not in union:
            return self.closed(shape, open_ended=False)
        closed = [self.closed(one, open_ended=False) for one in union["union"]]
        members = [bare(one) for one in leaves({"anyOf": closed}, self.named)]
        if not members or any(not one for one in members):
            return {}
        return {"anyOf": [one for n, one in enumerate(members) if one not in members[:n]]}

    def _closed_alias(self, one: Named) -> Named:
        is_open = one.name in self._received
        members = [self.closed(member, open_ended=is_open) for member in one.shape["union"]]
        shape = self.combined(members, one.name, own=one)
        made = self.named[one.name]
        return made if made.fields is not None else replace(one, shape=shape)

    def _tagged(self, shape: Shape, *, open_ended: bool) -> Shape:
        members = list(shape["anyOf"])
        if open_ended:
            members.append(ref_to(self._unknown_of(shape)))
        return nullable_if({"anyOf": members}, nullable=bool(shape.get("nullable")))

    def _unknown_of(self, shape: Shape) -> str:
        key = (shape["hint"], shape["tag"])
        if key not in self._unknown:
            name = free_name(f"Unknown{shape['hint'].removeprefix('Any')}", self.named)
            known = [self.named[str(ref_name(one))].kind for one in shape["anyOf"]]
            self.named[name] = Named(
                name,
                {},
                fields=(),
                tag=(shape["tag"], _UNKNOWN),
                kind=next(filter(None, known), None),
                is_unknown=True,
            )
            self._unknown[key] = name
        return self._unknown[key]

    def combined(self, shapes: Sequence[Shape], hint: str, own: Named | None = None) -> Shape:
        """One shape that takes what any of the shapes takes, and that msgspec can decode.

        A struct that comes of it is called `hint`, or is the definition `own`.
        """
        nullable = any(shape.get("nullable") for shape in shapes)
        plain: list[Shape] = []
        for shape in shapes:
            for one in shape.get("anyOf", [shape]):
                if bare(one) not in plain:
                    plain.append(bare(one))
        if not plain or {} in plain:
            return {}
        groups: dict[str, list[Shape]] = {}
        for one in plain if len(plain) > 1 else ():
            groups.setdefault(kind_of(one, self.named), []).append(one)
        if "value" in groups:
            return {}
        if groups:
            plain = [self._blend(kind, group, hint, own) for kind, group in groups.items()]
            plain = [one for shape in plain for one in shape.get("anyOf", [shape])]
        return nullable_if(plain[0] if len(plain) == 1 else {"anyOf": plain}, nullable=nullable)

    def _blend(self, kind: str, group: list[Shape], hint: str, own: Named | None) -> Shape:
        """One shape for several of the same kind of JSON value."""
        if len(group) == 1:
            return group[0]
        if kind == "array":
            arrays = leaves({"anyOf": group}, self.named)
            items = [one.get("items") or {} for one in arrays]
            return {"type": "array", "items": self.combined(items, hint + "Item")}
        if kind != "object":
            return {"type": kind}
        if self._have_tags(group):
            return {"anyOf": group}
        names = [ref_name(one) for one in leaves({"anyOf": group}, self.named)]
        if not all(name and self.named[name].fields is not None for name in names):
            return _MAP
        known = [name for name in names if name and not self.named[name].is_unknown]
        return self._blended(known, hint, own)

    def _have_tags(self, group: Sequence[Shape]) -> bool:
        names = [ref_name(one) for one in group]
        tags = [self.named[name].tag if name in self.named else None for name in names]
        properties = {tag[0] if tag else None for tag in tags}
        return len(set(tags)) == len(tags) and len(properties) == 1 and None not in properties

    def _blended(self, names: list[str], hint: str, own: Named | None) -> Shape:
        """A struct with the fields of all the structs named; the same for the same names."""
        every = frozenset(
            base
            for name in names
            for base in self._members.get(name, frozenset({self.named[name].base or name}))
        )
        if len(every) == 1:
            return ref_to(next(iter(every)))
        if every not in self._blends:
            name = own.name if own else free_name(hint, self.named)
            self._blends[every] = name
            self._members[name] = every
            about = f"One of {', '.join(sorted(every))}."
            about += " What the one at hand does not have is None."
            given = own.source.get("description") if own else None
            text = f"{given}\n\n{about}" if isinstance(given, str) else about
            blank = own or Named(name, {})
            self.named[name] = replace(
                blank, source={**blank.source, "description": text}, shape={}, fields=()
            )
            fields = self._fields_of_all([self.named[one] for one in sorted(every)])
            self.named[name] = replace(self.named[name], fields=fields)
        return ref_to(self._blends[every])

    def _fields_of_all(self, structs: Sequence[Named]) -> tuple[Field, ...]:
        found: dict[str, list[Field]] = {}
        for one in structs:
            for field in (*((one.kind,) if one.kind else ()), *(one.fields or ())):
                found.setdefault(field.wire, []).append(field)
        return named_apart(self._joined(group, len(structs)) for group in found.values())

    def _joined(self, group: Sequence[Field], structs: int) -> Field:
        """One field for those of one name in several structs."""
        required = len(group) == structs and all(one.required for one in group)
        shapes = [self.closed(one.shape, open_ended=False) for one in group]
        first = group[0]
        hint = "".join(word.capitalize() for word in first.python.split("_"))
        shape = shapes[0] if all(one == shapes[0] for one in shapes) else None
        if shape is None:
            shape = self.combined(shapes, hint)
        nullable = bool(shape) and (not required or bool(shape.get("nullable")))
        clears = any(one.clears for one in group)
        return replace(
            first, shape=nullable_if(shape, nullable=nullable), required=required, clears=clears
        )


def kind_of(shape: Shape, named: Mapping[str, Named]) -> str:
    """The kind of JSON value that a shape is: `object`, `array`, `string`, ..., or `value`."""
    kinds = {_kind(one, named) for one in leaves(shape, named)}
    return kinds.pop() if len(kinds) == 1 else "value"


def _kind(shape: Shape, named: Mapping[str, Named]) -> str:
    name = ref_name(shape)
    if name is None:
        kind = "number" if shape.get("type") == "integer" else shape.get("type")
        return kind if isinstance(kind, str) and kind in _KINDS else "value"
    if name not in named:
        return "value"
    values = named[name].values
    if values is None:
        return "object"
    return "string" if isinstance(values[0], str) else "number"


def parts_of(shape: Shape, named: Mapping[str, Named]) -> list[str]:
    """The kinds of what an array or an object holds, each once."""
    parts: list[Shape] = []
    for one in leaves(shape, named):
        if one.get("type") == "array":
            parts.append(one.get("items") or {})
        elif one.get("type") == "object":
            parts.append(one.get("additionalProperties") or {})
        elif (name := ref_name(one)) in named:
            parts += [field.shape for field in named[str(name)].fields or ()]
    return sorted({kind_of(part, named) for part in parts})
