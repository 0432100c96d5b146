"""What one area offers to Python: its endpoint functions and the named schemas they lead to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from codegen.areas import Area
from codegen.documents.document import Json, operations
from codegen.functions.functions import Function, functions_of
from codegen.functions.security import credentials
from codegen.problems import Problems
from codegen.schemas.lenient import Lenient
from codegen.schemas.shapes import Named, names_in, refs_in

__all__ = ["Interface", "interface_of"]


@dataclass(frozen=True)
class Interface:
    """Functions and named schemas of an area, each by its Python name.

    `credentials` tells what the requests of each function must carry.
    """

    functions: Mapping[str, Function]
    named: Mapping[str, Named]
    credentials: Mapping[str, str] = field(default_factory=dict)

    def sent(self) -> set[str]:
        """Names that occur in what callers hand over: parameters and bodies, however deep."""
        return self._reached(
            one.type for made in self.functions.values() for one in made.parameters
        )

    def received(self) -> set[str]:
        """Names that occur in answers, however deep."""
        return self._reached(made.success.type for made in self.functions.values())

    def _reached(self, types: Iterator[str]) -> set[str]:
        ahead = {name for text in types for name in names_in(text)} & set(self.named)
        reached: set[str] = set()
        while ahead:
            name = ahead.pop()
            reached.add(name)
            ahead |= (set(refs_in(self.named[name].working)) & set(self.named)) - reached
        return reached


def interface_of(document: Json, area: Area) -> Interface:
    """What an effective document offers.

    Raises:
        ProblemsError: Everything in the document that cannot be expressed.
    """
    problems = Problems(area.document)
    lenient = Lenient(document, problems)
    functions = functions_of(document, area, lenient, problems)
    named = lenient.finish()
    problems.raise_if_any()
    asked = {(at.method.upper(), at.path): at.body for at in operations(document)}
    return Interface(
        {one.name: one for one in functions},
        named,
        {one.name: credentials(document, asked[one.method, one.path]) for one in functions},
    )
