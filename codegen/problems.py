"""What is wrong with an input, and where: problems are collected and reported all together."""

from collections.abc import Iterable
from dataclasses import dataclass, field


def pointer(*parts: str | int) -> str:
    """JSON pointer (RFC 6901) of the given path, `""` for the whole document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def keys_of(where: str) -> list[str]:
    """The keys that a JSON pointer is made of."""
    return [part.replace("~1", "/").replace("~0", "~") for part in where.split("/")[1:]]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with a file or URL; `where` is mostly a JSON pointer."""

    document: str
    where: str
    message: str

    def __str__(self) -> str:
        """`document#/pointer: message`, the form that the command line prints."""
        return f"{self.document}#{self.where}: {self.message}"


class ProblemsError(Exception):
    """An input cannot be used; `advice` is what can be done about it, where that is known."""

    def __init__(self, problems: Iterable[Problem], advice: str = "") -> None:
        """Keep the problems in a fixed order, each once."""
        self.problems = sorted(set(problems))
        self.advice = advice
        super().__init__(self.problems, advice)

    def __str__(self) -> str:
        """One line per problem."""
        return "\n".join(map(str, self.problems))


@dataclass
class Problems:
    """Collects the problems of one document while a stage goes on reading it."""

    document: str
    found: list[Problem] = field(default_factory=list)

    def add(self, where: str, message: str) -> None:
        """Note one problem and carry on."""
        self.found.append(Problem(self.document, where, message))

    def raise_if_any(self) -> None:
        """End the stage when something was noted: a ProblemsError with everything so far."""
        if self.found:
            raise ProblemsError(self.found)
