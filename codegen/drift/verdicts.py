"""A change in words, with its class from the point of view of those who use the client."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Grade = Literal["breaking", "compatible", "cosmetic"]
_UNIT = re.compile(
    r"(?<![\w/])(?:(?:EUR|GBP|USD|€|ct|cents?)(?:/(?:[kMGT]?Wh?|MW/h|h))?|[kMGT]?Wh?|[kMG]?VA[rh]*"
    r"|%|percent|seconds?|minutes?|hours?|ms|Hz|UTC|CET|local time)(?![\w/])"
)
ORDER: tuple[Grade, ...] = ("breaking", "compatible", "cosmetic")


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        grade: `breaking` if code written for the old client may fail or compute something else,
            `compatible` if it goes on, `cosmetic` if it cannot notice.
        subject: The Python name that it is about: `area.function()`, `area.models.Struct.field`.
        hits_released: Whether releases that are in use already are hit, not only the next one.
    """

    grade: Grade
    subject: str
    what: str
    why: str = ""
    operation: str = ""
    hits_released: bool = False

    @property
    def sort_key(self) -> tuple[int, str, str, str]:
        """Breaking changes first, then by name."""
        return ORDER.index(self.grade), self.subject, self.what, self.operation

    def __str__(self) -> str:
        """`subject: what (why)`, the form that the command line prints after the class."""
        return f"{self.subject}: {self.what}" + (f" ({self.why})" if self.why else "")


@dataclass(frozen=True)
class Subject:
    """A Python name, and the operation behind it, that changes are about."""

    name: str
    operation: str = ""

    def breaking(self, what: str, why: str = "", *, hits: bool = False) -> Change:
        """One that code written for the old client may not survive."""
        return Change("breaking", self.name, what, why, self.operation, hits)

    def compatible(self, what: str, why: str = "", *, hits: bool = False) -> Change:
        """One that such code survives."""
        return Change("compatible", self.name, what, why, self.operation, hits)

    def cosmetic(self, what: str, why: str = "") -> Change:
        """One that such code cannot notice."""
        return Change("cosmetic", self.name, what, why, self.operation)

    def reworded(self, it: str, old: object, new: object) -> Iterator[Change]:
        """Another description, with both in full; one that names other units breaks."""
        if old == new:
            return
        was, now = (set(_UNIT.findall(str(text or ""))) for text in (old, new))
        what = f"{it} is described as {new!r}, was {old!r}"
        if was and now and was != now:
            units = f"other units: {', '.join(sorted(now))}, were {', '.join(sorted(was))}"
            yield self.breaking(what, units, hits=True)
        else:
            yield self.cosmetic(what)
