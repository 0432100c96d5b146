"""What one area offers to Python: its endpoint functions and the named schemas they lead to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from codegen.areas import Area
from codegen.documents.document import Json
from codegen.functions.functions import Function, functions_of, read_other_schemas
from codegen.problems import Problems, ProblemsError
from codegen.proof.completeness import lost
from codegen.schemas.library import Library
from codegen.schemas.shapes import Named, names_in, reached_from, with_names


@dataclass(frozen=True)
class Interface:
    """Functions and named schemas of an area, each by its Python name."""

    functions: Mapping[str, Function]
    named: Mapping[str, Named]

    def sent(self) -> set[str]:
        """Names that occur in what callers hand over: parameters and bodies, however deep."""
        return self._reached(
            one.type for made in self.functions.values() for one in made.parameters
        )

    def received(self) -> set[str]:
        """Names that occur in answers, however deep."""
        return self._reached(made.success.type for made in self.functions.values())

    def with_names(self, names: Mapping[str, str]) -> "Interface":
        """The same with other names for some schemas."""

        def text(old: str) -> str:
            return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), old)

        functions = {
            name: replace(
                one,
                success=replace(one.success, type=text(one.success.type)),
                parameters=tuple(replace(p, type=text(p.type)) for p in one.parameters),
                errors={status: text(kind) for status, kind in one.errors.items()},
            )
            for name, one in self.functions.items()
        }
        named = {
            names.get(name, name): one.mapped(lambda shape: with_names(shape, names))
            for name, one in self.named.items()
        }
        return Interface(functions if names else self.functions, named)

    def _reached(self, types: Iterator[str]) -> set[str]:
        names = {name for text in types for name in names_in(text)}
        return reached_from(names, self.named)


def interface_of(document: Json, area: Area) -> Interface:
    """What an effective document offers; raises ProblemsError."""
    (made,), named = offered(document, [(area, document)], area.document)
    return Interface({one.name: one for one in made}, named)


def offered(
    document: Json, parts: Sequence[tuple[Area, Json]], source: str, *, is_own: bool = False
) -> tuple[list[list[Function]], Mapping[str, Named]]:
    """The functions of each part of a document, and the named schemas that all of them share.

    `is_own` says that a package is made of the document alone, and its client with it.

    Raises:
        ProblemsError: Everything in the document that cannot be expressed, or was lost.
    """
    problems = Problems(source)
    library = Library()

    def read() -> list[list[Function]]:
        return [functions_of(one, area, library, problems, is_own=is_own) for area, one in parts]

    read()
    if is_own:
        read_other_schemas(document, library)
    area = parts[0][0]
    library.settle(document, problems, decimals=area.decimals, omit_nulls=area.omit_nulls)
    made = read()
    problems.raise_if_any()
    if missing := lost(document, [*chain(*made)], library.named, source):
        raise ProblemsError(missing)
    return made, library.named
