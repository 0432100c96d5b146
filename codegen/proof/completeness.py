"""Nothing vanishes: what stands in a document is in what was made of it, or was refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codegen.documents.document import Json, OperationAt, opened, operations
from codegen.functions.functions import Function
from codegen.problems import Problem, pointer
from codegen.schemas.shapes import Named

_DIRECTIONS = frozenset({"readOnly", "writeOnly"})
_IGNORED = frozenset({"accept", "content-type"})  # the media types decide on these


def lost(
    document: Json, functions: Sequence[Function], named: Mapping[str, Named], source: str
) -> list[Problem]:
    """Operations, parameters, bodies, answers, fields and enum values that were not made.

    There are none unless the generator is wrong.
    """
    places = [*_operations(document, functions), *_schemas(document, named)]
    return [Problem(source, where, f"{what} was lost on the way") for where, what in places]


def _operations(document: Json, functions: Sequence[Function]) -> Iterator[tuple[str, str]]:
    made = {one.where: one for one in functions}
    for at in operations(document):
        if at.where in made:
            yield from _parts(document, at, made[at.where])
        else:
            yield at.where, at.label


def _parts(document: Json, at: OperationAt, made: Function) -> Iterator[tuple[str, str]]:
    known = {(one.place, one.wire) for one in made.parameters}
    known |= {("query", name) for name in at.pairs}
    for declared in (*at.inherited, *at.body.get("parameters", ())):
        one = opened(document, declared)
        place, name = str(one.get("in")).replace("querystring", "query"), one.get("name")
        is_ignored = place == "header" and str(name).lower() in _IGNORED
        if (place, name) not in known and not is_ignored:
            yield at.where + "/parameters", f"the parameter {name!r} in the {place}"
    if opened(document, at.body.get("requestBody")).get("content") and not made.at("body"):
        yield at.where + "/requestBody", "the body"
    for status, response in at.body["responses"].items():
        has_content = bool(opened(document, response).get("content"))
        if has_content and status.startswith("2") and made.success.type == "None":
            yield at.where + pointer("responses", status), "the answer"


def _schemas(document: Json, named: Mapping[str, Named]) -> Iterator[tuple[str, str]]:
    """Fields and values; a field of one direction alone may be missing from the other's struct."""
    for name, one in named.items():
        where = pointer("components", "schemas", name)
        if one.fields is not None:
            wires = {field.wire for field in one.fields} | ({one.tag[0]} if one.tag else set())
            properties = one.source.get("properties")
            for wire, one_of in (properties if isinstance(properties, dict) else {}).items():
                if wire not in wires and not _has_direction(document, one_of):
                    yield where + pointer("properties", wire), f"the field {wire!r}"
        if one.values is not None:
            for value in one.source.get("enum", ()):
                if value is not None and value not in one.values:
                    yield where + "/enum", f"the value {value!r}"


def _has_direction(document: Json, schema: Any, steps: int = 5) -> bool:  # noqa: ANN401
    """Whether a property is of one direction: itself, what it refers to, or a part of either."""
    if isinstance(schema, dict) and _DIRECTIONS & schema.keys():
        return True
    one = opened(document, schema)
    parts = [one] if one is not schema else one.get("allOf") or ()
    return steps > 0 and any(_has_direction(document, part, steps - 1) for part in parts)
