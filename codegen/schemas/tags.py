"""Unions that a property distinguishes: which struct has which value of it.

The property is the one that the discriminator names, or without a discriminator one that every
member requires and that has other listed values (`const`, `enum`) in each. A struct with several
values gets a variant for each further one, since msgspec knows one tag for a struct.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from codegen import naming
from codegen.naming import free_name
from codegen.schemas.shapes import (
    Named,
    Shape,
    component_of,
    leaves,
    nullable_if,
    ref_name,
    ref_to,
    unions_in,
    within,
)

_Tags = dict[str, list[str]]


def tagged(
    named: Mapping[str, Named], roots: Iterable[Shape]
) -> tuple[dict[str, Named], list[Shape]]:
    """The definitions and the shapes that use them, with tags wherever the document has them."""
    shapes = list(roots)
    tagging = _Tagging(named)
    for one in (*named.values(), Named("", {}, {"anyOf": shapes})):
        for shape in (one.shape, *(field.shape for field in one.fields or ())):
            for union in unions_in(shape):
                tagging.consider(union)
    return tagging.definitions(), [tagging.applied(shape) for shape in shapes]


class _Tagging:
    """Settles tags union by union: a struct has one property and one set of values in all."""

    def __init__(self, named: Mapping[str, Named]) -> None:
        self._named = named
        self._by_original = {one.original: name for name, one in named.items() if one.original}
        self._tags: dict[str, tuple[str, list[str]]] = {}
        self._unions: dict[int, tuple[str, list[str]]] = {}
        self._variants: dict[str, list[Named]] = {}

    def consider(self, union: Shape) -> None:
        """Note the tags of the members of a union, if there are any."""
        names = self._structs(union)
        if not names:
            return
        prop, tags = self._tags_in(union, names)
        values = [value for every in tags.values() for value in every]
        if not tags or len(set(values)) < len(values):
            return
        if any(self._tags.get(name, (prop, own)) != (prop, own) for name, own in tags.items()):
            return
        self._tags |= {name: (prop, own) for name, own in tags.items()}
        self._unions[id(union)] = (prop, list(tags))

    def definitions(self) -> dict[str, Named]:
        """Every definition; a tag is no field of its struct any more."""
        made = dict(self._named)
        for name, (prop, tags) in self._tags.items():
            one = made[name]
            kind = next((field for field in one.fields or () if field.wire == prop), None)
            fields = tuple(field for field in one.fields or () if field.wire != prop)
            made[name] = replace(one, fields=fields, tag=(prop, tags[0]), kind=kind)
            for tag in tags[1:]:
                spelt = naming.class_name("_".join([name, *naming.words(tag)]))
                variant = free_name(spelt, made)
                about = {"description": f"Another kind of `{name}`."}
                made[variant] = Named(
                    variant, about, fields=(), tag=(prop, tag), kind=kind, base=name
                )
                self._variants.setdefault(name, []).append(made[variant])
        return {name: one.mapped(self.applied) for name, one in made.items()}

    def applied(self, shape: Shape) -> Shape:
        """The shape with tagged unions marked, and with variants wherever their struct may be."""
        if id(shape) in self._unions:
            prop, names = self._unions[id(shape)]
            members = [ref_to(one) for name in names for one in self._all_of(name)]
            union = {"anyOf": members, "tag": prop, "hint": shape["hint"]}
            return nullable_if(union, nullable=bool(shape.get("nullable")))
        name = ref_name(shape)
        if name in self._variants:
            union = {"anyOf": [ref_to(one) for one in self._all_of(name)]}
            return nullable_if(union, nullable=bool(shape.get("nullable")))
        return within(shape, self.applied)

    def _all_of(self, name: str) -> list[str]:
        return [name, *(one.name for one in self._variants.get(name, ()))]

    def _structs(self, shape: Shape) -> list[str]:
        """The structs that a union is made of; none if it has other members."""
        found = [self._named.get(ref_name(one) or "") for one in leaves(shape, self._named)]
        if any(one is None or one.fields is None for one in found):
            return []
        return list(dict.fromkeys(one.name for one in found if one))

    def _tags_in(self, union: Shape, names: list[str]) -> tuple[str, _Tags]:
        """The property that distinguishes the structs, and their tags; no tags if nothing does."""
        discriminator = union.get("discriminator")
        if discriminator is None:
            return self._by_values(names)
        prop = str(discriminator["propertyName"])
        listed = {name: self._listed(name, prop) for name in names}
        mapped = self._mapped(discriminator.get("mapping", {}))
        tags = {name: self._tags_of(name, listed, mapped.get(name, [])) for name in names}
        if union.get("family") and not tags[names[0]]:
            del tags[names[0]]  # the base is never sent as such
        return prop, tags if all(tags.values()) else {}

    def _by_values(self, names: list[str]) -> tuple[str, _Tags]:
        if len(names) > 1:
            first = self._named[names[0]]
            for prop in [field.wire for field in first.fields or () if field.required]:
                listed = {name: self._listed(name, prop, required=True) for name in names}
                every = [value for values in listed.values() for value in values]
                if all(listed.values()) and len(set(every)) == len(every):
                    return prop, listed
        return "", {}

    def _tags_of(self, name: str, listed: _Tags, mapped: list[str]) -> list[str]:
        """Values that only this struct has, those of the mapping, or else its own name."""
        others = {value for other in listed if other != name for value in listed[other]}
        own = [value for value in listed[name] if value not in others]
        both = [*own, *mapped] if len(own) == 1 else [*mapped, *own]
        original = self._named[name].original
        if both or original is None:
            return list(dict.fromkeys(both))
        if not listed[name]:
            return [original]
        spelt = [one for one in listed[name] if one.casefold() == original.casefold()]
        return spelt if len(spelt) == 1 else []

    def _listed(self, name: str, prop: str, *, required: bool = False) -> list[str]:
        for field in self._named[name].fields or ():
            if field.wire == prop and (field.required or not required):
                return self._texts(field.shape)
        return []

    def _texts(self, shape: Shape) -> list[str]:
        """The listed texts of a shape that is nothing but an enum."""
        names = [ref_name(one) for one in leaves(shape, self._named)] if ref_name(shape) else []
        enum = self._named.get(names[0] or "") if len(names) == 1 else None
        return [one for one in (enum and enum.values) or () if isinstance(one, str)]

    def _mapped(self, mapping: Mapping[str, str]) -> _Tags:
        """Tags by the struct that the mapping of a discriminator gives them to."""
        found: _Tags = {}
        for tag, target in mapping.items():
            original = component_of(target) or target
            for name in self._structs(ref_to(self._by_original.get(original, ""))):
                found.setdefault(name, []).append(tag)
        return found
