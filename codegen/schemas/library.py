"""All schema stages in a row: schemas in, shapes and definitions out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from codegen.documents.document import Json
from codegen.problems import Problems
from codegen.schemas.directions import directed
from codegen.schemas.reader import Reader
from codegen.schemas.shapes import Named, Shape, reached_from, ref_name, refs_in, within
from codegen.schemas.tags import tagged
from codegen.schemas.unions import Unions

__all__ = ["Library", "Use", "library_of"]


@dataclass(frozen=True, eq=False)
class Use:
    """What an operation uses schemas for: a parameter, a body, or an answer.

    Attributes:
        schemas: The schemas, of which a value fits any, each with its JSON pointer.
        hint: What they are called where they need a name of their own.
        way: How the value travels; the fields of a body in `parts` may be files.
    """

    schemas: tuple[tuple[object, str], ...]
    hint: str
    way: Literal["parameter", "body", "parts", "answer"]


@dataclass(frozen=True)
class Library:
    """What schemas have become.

    Attributes:
        shapes: The shape of each use.
        named: The definitions that the shapes lead to, by name.
    """

    shapes: Mapping[Use, Shape]
    named: Mapping[str, Named]


def library_of(
    document: Json,
    uses: Sequence[Use],
    problems: Problems,
    *,
    decimals: str = "",
    omit_nulls: bool = False,
) -> Library:
    """Read the schemas that operations use, and all that these lead to.

    `decimals` says which numbers become `Decimal`: `format` those of that format, `all` each;
    `omit_nulls`, that None leaves a field out of requests even where it may be null.

    Raises:
        ProblemsError: Everything that was found to be wrong so far.
    """
    reader = Reader(document, problems, decimals)
    read = [_read(reader, use) for use in uses]
    definitions = reader.finish()
    problems.raise_if_any()
    named, roots = tagged(definitions, read)
    shapes = dict(zip(uses, roots, strict=True))
    settled = directed(
        named,
        sent=[shape for use, shape in shapes.items() if use.way != "answer"],
        received=[shape for use, shape in shapes.items() if use.way == "answer"],
        omit_nulls=omit_nulls,
    )
    unions = Unions(settled.named, settled.received)
    unions.close_definitions()
    for use, shape in shapes.items():
        if use.way == "answer":
            shapes[use] = unions.closed(shape, open_ended=True)
        elif use.way in {"body", "parts"}:
            shapes[use] = unions.choices(settled.as_sent(shape))
        else:
            shapes[use] = unions.closed(settled.as_sent(shape), open_ended=False)
    every = _without_endless_aliases(unions.named)
    reached = reached_from(refs_in([*shapes.values()]), every)
    return Library(shapes, {name: every[name] for name in sorted(reached)})


def _read(reader: Reader, use: Use) -> Shape:
    if use.way == "parts":
        ((schema, where),) = use.schemas
        return reader.parts(schema, where, use.hint)
    shapes = [reader.shape(schema, where, use.hint) for schema, where in use.schemas]
    if len(shapes) == 1:
        return shapes[0]
    return {"union": shapes, "hint": use.hint}


def _without_endless_aliases(named: Mapping[str, Named]) -> dict[str, Named]:
    """An alias that reaches itself through aliases only cannot be written for Python 3.11.

    It takes anything where it would begin anew.
    """
    made = dict(named)
    aliases = {
        name: one.refs()
        for name, one in sorted(named.items())
        if one.fields is None and one.values is None
    }
    while True:
        try:
            TopologicalSorter(aliases).prepare()
        except CycleError as exc:
            circle = set(exc.args[1])
            name = min(circle)
            made[name] = replace(made[name], shape=_without(made[name].shape, circle))
            aliases[name] = made[name].refs()
        else:
            return made


def _without(shape: Shape, names: set[str]) -> Shape:
    """The shape with anything in place of references to `names`."""
    if ref_name(shape) in names:
        return {}
    return within(shape, lambda one: _without(one, names))
