"""All schema stages in a row: schemas in, shapes and definitions out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from codegen.documents.document import Json
from codegen.problems import Problems
from codegen.schemas.directions import Directed, directed
from codegen.schemas.reader import Reader
from codegen.schemas.shapes import Named, Shape, reached_from, ref_name, refs_in, within
from codegen.schemas.tags import tagged
from codegen.schemas.unions import Unions

Way = Literal["parameter", "body", "parts", "answer"]
"""How a value travels; the fields of a body in `parts` may be files."""


@dataclass(frozen=True)
class _Use:
    schemas: Sequence[tuple[object, str]]
    hint: str
    way: Way


class Library:
    """The schemas that operations use, and what they have become.

    Operations are read twice: at first to learn what they use schemas for (every shape is `{}`
    then), and once more when all schemas are read.

    Attributes:
        named: The definitions that the shapes lead to, by name.
    """

    def __init__(self) -> None:
        self.named: Mapping[str, Named] = {}
        self._uses: dict[tuple[object, ...], _Use] = {}
        self._shapes: dict[tuple[object, ...], Shape] | None = None

    def shape(self, schemas: Sequence[tuple[object, str]], hint: str, way: Way) -> Shape:
        """The shape of a value that fits any of the schemas, each given with its JSON pointer.

        `hint` is the name that it gets where it needs one of its own.
        """
        key = (way, *(where for _, where in schemas))
        if self._shapes is not None:
            return self._shapes[key]
        self._uses.setdefault(key, _Use(schemas, hint, way))
        return {}

    def settle(
        self, document: Json, problems: Problems, *, decimals: str, omit_nulls: bool
    ) -> None:
        """Read the schemas that were asked for, and all that these lead to.

        `decimals` says which numbers become `Decimal`: `format` those of that format, `all` each;
        `omit_nulls`, that None leaves a field out of requests even where it may be null.
        """
        reader = Reader(document, problems, decimals)
        read = [_read(reader, use) for use in self._uses.values()]
        definitions = reader.finish()
        problems.raise_if_any()
        named, roots = tagged(definitions, read)
        pairs = [*zip(self._uses.values(), roots, strict=True)]
        settled = directed(
            named,
            sent=[shape for use, shape in pairs if use.way != "answer"],
            received=[shape for use, shape in pairs if use.way == "answer"],
            omit_nulls=omit_nulls,
        )
        unions = Unions(settled.named, settled.received)
        unions.close_definitions()
        closed = [_closed(use.way, shape, settled, unions) for use, shape in pairs]
        self._shapes = dict(zip(self._uses, closed, strict=True))
        every = _without_endless_aliases(unions.named)
        self.named = {name: every[name] for name in sorted(reached_from(refs_in(closed), every))}


def _read(reader: Reader, use: _Use) -> Shape:
    if use.way == "parts":
        ((schema, where),) = use.schemas
        return reader.parts(schema, where, use.hint)
    shapes = [reader.shape(schema, where, use.hint) for schema, where in use.schemas]
    return shapes[0] if len(shapes) == 1 else {"union": shapes, "hint": use.hint}


def _closed(way: Way, shape: Shape, settled: Directed, unions: Unions) -> Shape:
    if way == "answer":
        return unions.closed(shape, open_ended=True)
    if way == "parameter":
        return unions.closed(settled.as_sent(shape), open_ended=False)
    return unions.choices(settled.as_sent(shape))


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
