"""What is sent and what is received: one definition for both where they agree, else one for each.

In answers whatever is not required may be null or missing, both of which read as None; a list may
be null too, as Go sends empty ones. In requests a field that may be left out is None by default and
then not sent, unless the document lets it be null: then None is sent, and `UNSET` is the default.
An area may ask for requests without null; there None leaves such a field out too.
`readOnly` is for answers, `writeOnly` for requests alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from codegen.documents.document import reach
from codegen.naming import free_name
from codegen.schemas.shapes import (
    Field,
    Named,
    Shape,
    nullable_if,
    reached_from,
    refs_in,
    with_names,
    within,
)


@dataclass(frozen=True)
class Directed:
    """Definitions that know which way they travel; `renamed` gives their names in requests."""

    named: dict[str, Named]
    received: set[str]
    renamed: Mapping[str, str]

    def as_sent(self, shape: Shape) -> Shape:
        """The shape of something that is sent, made of what may be sent."""
        return with_names(shape, self.renamed)


def directed(
    named: Mapping[str, Named],
    sent: Iterable[Shape],
    received: Iterable[Shape],
    *,
    omit_nulls: bool,
) -> Directed:
    """Settle each definition for the way, or the ways, that it travels."""
    out = reached_from(refs_in([*sent]), named)
    back = reached_from(refs_in([*received]), named)
    split = _split(named, out & back, omit_nulls=omit_nulls)
    renamed: dict[str, str] = {}
    for name in sorted(split):
        renamed[name] = free_name(f"{name}Input", {*named, *renamed.values()})
    made: dict[str, Named] = {}
    for name, one in named.items():
        if name in back or name not in out:
            made[name] = _settled(one, is_sent=name in out and name not in split)
        if name in out and (name in split or name not in back):
            own = _as_request(replace(one, name=renamed.get(name, name)), omit_nulls=omit_nulls)
            own = replace(own, base=renamed.get(own.base, own.base) if own.base else None)
            made[own.name] = own.mapped(lambda shape: with_names(shape, renamed))
    return Directed(made, back, renamed)


def _split(named: Mapping[str, Named], both: set[str], *, omit_nulls: bool) -> set[str]:
    """Names that mean one thing in requests and another in answers, with all that lead to them."""
    users: dict[str, list[str]] = {}
    for name in both:
        for part in named[name].refs():
            users.setdefault(part, []).append(name)
    own = [
        name
        for name in both
        if any(_differs(one, omit_nulls=omit_nulls) for one in named[name].fields or ())
    ]
    return set(reach(own, lambda name: users.get(name, ())))


def _differs(one: Field, *, omit_nulls: bool) -> bool:
    is_null = bool(one.shape) and _is_clearable(one)  # a split for what may be anything is too much
    return one.read_only or one.write_only or (is_null and not omit_nulls)


def _is_clearable(one: Field) -> bool:
    return not one.required and (not one.shape or bool(one.shape.get("nullable")))


def _settled(one: Named, *, is_sent: bool) -> Named:
    if one.fields is None:
        return one
    fields = [_received(field, is_sent=is_sent) for field in one.fields if not field.write_only]
    return replace(one, fields=tuple(fields))


def _received(one: Field, *, is_sent: bool) -> Field:
    shape = _as_text(one.shape) if is_sent else one.shape
    nullable = bool(shape) and (not one.required or shape.get("type") == "array")
    source = {**one.source, "x-trlyr-closed": False}  # an answer is read whatever it says
    return replace(one, shape=nullable_if(shape, nullable=nullable), source=source)


def _as_request(one: Named, *, omit_nulls: bool) -> Named:
    if one.fields is None:
        return one.mapped(_as_text)
    fields = tuple(
        replace(
            field,
            shape=_as_text(field.shape),
            clears=_is_clearable(field) and not omit_nulls,
        )
        for field in one.fields
        if not field.read_only
    )
    return replace(one, fields=fields)


def _as_text(shape: Shape) -> Shape:
    """The shape with text for decimals in text: a request would send them as numbers."""
    if shape.get("type") == "string" and shape.get("format") == "decimal":
        return {key: value for key, value in shape.items() if key != "format"}
    return within(shape, _as_text)
