"""Named schemas -> the text of `models.py`."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from codegen import docs, naming
from codegen.schemas.shapes import Field, Named, limits_of, names_in
from codegen.schemas.types import FieldTypes

Extra = dict[str, str | bool]


@dataclass(frozen=True)
class Definition:
    """One struct, enum or alias as it is written."""

    name: str
    form: str
    docstring: str
    expression: str = ""
    known: str = ""
    literal: str = ""
    lines: tuple[str, ...] = ()
    arguments: str = ""
    base: str = "Model"
    kind: tuple[str, str, str] | None = None
    units_name: str = ""
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelsModule:
    """All that the template of `models.py` needs. `public` is its `__all__`.

    `metadata` are constants for fields, such as `EUR: Final = Meta(extra={"unit": "EUR"})`.
    """

    metadata: Mapping[str, Extra]
    definitions: tuple[Definition, ...]
    public: tuple[str, ...]


def models_module(named: Mapping[str, Named]) -> ModelsModule:
    """Lay out the named schemas of one area, each after those that it is made of."""
    types = _types_of(named.values())
    metadata = _metadata(named)
    written: set[str] = set()
    definitions = []
    for name in _ordered(named, types):
        definitions.append(_define(named[name], named, types, metadata, written))
        written.add(name)
    public = {name for one in definitions for name in (one.name, one.known, one.units_name) if name}
    return ModelsModule(metadata, tuple(definitions), tuple(sorted(public)))


def _types_of(named: Iterable[Named]) -> dict[str, dict[str, str] | str]:
    every = list(named)
    types = FieldTypes(
        shape
        for one in every
        for shape in ([one.shape] if one.fields is None else [part.shape for part in one.fields])
    )
    return {
        one.name: types.of(one.shape)
        if one.fields is None
        else {field.wire: types.of(field.shape) for field in one.fields}
        for one in every
    }


def _names_in(expression: dict[str, str] | str) -> set[str]:
    texts = expression.values() if isinstance(expression, dict) else [expression]
    return {name for text in texts for name in names_in(text)}


def _ordered(
    named: Mapping[str, Named], types: Mapping[str, dict[str, str] | str]
) -> Iterator[str]:
    """Enums first, then each schema after its parts. Cycles only ever wait for quoted names."""
    needs = {
        name: sorted({*(_names_in(types[name]) & named.keys()), *filter(None, [one.base])} - {name})
        for name, one in sorted(named.items())
    }
    enums = [name for name in needs if named[name].values is not None]
    done: set[str] = set()
    waiting: list[str] = []
    for name in (*enums, *(one for one in _depth_first(needs) if one not in enums)):
        is_eager = named[name].fields is None or named[name].base is not None
        if is_eager and not done.issuperset(needs[name]):
            waiting.append(name)  # evaluated at once, so all its parts come first
            continue
        done.add(name)
        yield name
        while ready := [one for one in waiting if done.issuperset(needs[one])]:
            waiting = [one for one in waiting if one not in ready]
            done.update(ready)
            yield from ready


def _depth_first(needs: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Each name after those that it needs, but for circles."""
    begun: set[str] = set()
    for root in needs:
        ahead = [] if root in begun else [(root, iter(needs[root]))]
        begun.add(root)
        while ahead:
            name, parts = ahead[-1]
            part = next((one for one in parts if one not in begun), None)
            if part is None:
                ahead.pop()
                yield name
            else:
                begun.add(part)
                ahead.append((part, iter(needs[part])))


def _extra_of(one: Field) -> Extra:
    unit: Extra = {"unit": one.unit} if one.unit else {}
    return unit | {"secret": True} if one.is_secret else unit


def _metadata(named: Mapping[str, Named]) -> dict[str, Extra]:
    """A constant for each unit (and for secrets) that occurs."""
    extras = {
        json.dumps(extra, sort_keys=True): extra
        for one in named.values()
        for member in one.fields or ()
        if (extra := _extra_of(member))
    }
    found: dict[str, Extra] = {}
    for key in sorted(extras):
        words = [str(extras[key].get("unit", "")), "secret" if "secret" in extras[key] else ""]
        wanted = naming.constant_name(" ".join(words), fallback="UNIT")
        found[naming.unique(wanted, {*named, *found})] = extras[key]
    return found


def _define(
    one: Named,
    named: Mapping[str, Named],
    types: Mapping[str, dict[str, str] | str],
    metadata: Mapping[str, Extra],
    written: set[str],
) -> Definition:
    own = types[one.name]
    if isinstance(own, str):
        return _alias(one, own, named)
    later = {name for name in _names_in(own) if name in named and name not in written}
    lines = tuple(_line(member, own[member.wire], metadata, later) for member in one.fields or ())
    arguments = ""
    if one.tag:
        field_of_tag = "" if one.base else f", tag_field={one.tag[0]!r}"
        arguments = f"{field_of_tag}, tag={one.tag[1]!r}"
    return Definition(
        one.name,
        "unknown" if one.is_unknown else "struct",
        _struct_docstring(one, named),
        lines=lines,
        arguments=arguments,
        base="Unknown" if one.is_unknown else one.base or "Model",
        kind=_kind_of(one, named),
    )


def _kind_of(one: Named, named: Mapping[str, Named]) -> tuple[str, str, str] | None:
    if one.kind is None or one.tag is None or one.kind.python in {"tag", "raw"}:
        return None
    is_varied = one.base is not None or one.name in {other.base for other in named.values()}
    return one.kind.python, "str" if is_varied else f"Literal[{one.tag[1]!r}]", repr(one.tag[1])


def _alias(one: Named, expression: str, named: Mapping[str, Named]) -> Definition:
    summary, rest = docs.summary_and_rest(_text(one), _spoken(one.name), 0)
    if one.values is None:
        return Definition(one.name, "alias", docs.block(summary, rest, (), 0), expression)
    literal = f"Literal[{', '.join(map(repr, one.values))}]"
    if one.source.get("x-trlyr-closed") is True:
        rest.append("Closed: a request with another value is refused before it is sent.")
        return Definition(one.name, "alias", docs.block(summary, rest, (), 0), literal)
    known = naming.unique(f"Known{one.name}", named)
    kind = "str" if isinstance(one.values[0], str) else "int"
    rest.append(f"Open: a value that `{known}` does not list is passed on as it came.")
    units = one.source.get("x-trlyr-enum-units")
    units = (
        {str(key): str(value) for key, value in units.items()} if isinstance(units, dict) else {}
    )
    constant = "_".join(naming.words(one.name)).upper() + "_UNITS" if units else ""
    return Definition(
        one.name, "alias", docs.block(summary, rest, (), 0), f"{known} | {kind}",
        known=known, literal=literal, units_name=constant, units=units,
    )  # fmt: skip


def _line(member: Field, expression: str, metadata: Mapping[str, Extra], later: set[str]) -> str:
    if limits := limits_of(member.source):
        expression = f"Annotated[{expression}, Meta({limits})]"
    if not member.required and expression != "Any" and not expression.endswith("| None"):
        expression = f"{expression} | None"
    absent = "UNSET" if member.clears else "None"
    if member.clears and expression != "Any":
        expression = f"{expression} | UnsetType"
    if member.required:
        default = "" if member.wire == member.python else f" = field(name={member.wire!r})"
    elif member.wire == member.python:
        default = f" = {absent}"
    else:
        default = f" = field(name={member.wire!r}, default={absent})"
    if _names_in(expression) & later:
        expression = repr(expression)
    if extra := _extra_of(member):
        note = next(name for name, one in metadata.items() if one == extra)
        expression = f"Annotated[{expression}, {note}]"
    return f"{member.python}: {expression}{default}"


def _struct_docstring(one: Named, named: Mapping[str, Named]) -> str:
    summary, rest = docs.summary_and_rest(_text(one), _spoken(one.name), 4)
    entries = [
        docs.item(member.python, text, 8)
        for member in one.fields or ()
        if (text := _about(member, named))
    ]
    if one.is_unknown:
        return docs.block("A kind that the document does not have; `raw` is all of it.", (), (), 4)
    if one.tag:
        rest.append(f"In JSON, `{one.tag[0]}` is `{one.tag[1]}`.")
    if any(member.clears for member in one.fields or ()):
        rest.append("None is sent as null where `UNSET` is the default, which leaves a field out.")
    sections = ["    Attributes:\n" + "\n".join(entries)] if entries else []
    return docs.block(summary, rest, sections, 4)


def _about(member: Field, named: Mapping[str, Named]) -> str:
    text = member.source.get("description")
    if not isinstance(text, str) or not text.strip():
        target = named.get(str(member.shape.get("$ref", "")).rpartition("/")[2])
        text = docs.summary_and_rest(_text(target), "", 0)[0] if target else ""
    unit = f"Unit: {member.unit}." if member.unit else ""
    deprecated = "Deprecated." if member.source.get("deprecated") is True else ""
    return " ".join(filter(None, [docs.sentence(text), unit, deprecated]))


def _text(one: Named) -> str:
    for key in ("description", "title"):
        text = one.source.get(key)
        if isinstance(text, str) and text.strip():
            return text
    return ""


def _spoken(name: str) -> str:
    return " ".join(naming.words(name)).capitalize() or name
