"""A change in words, with its class from the point of view of those who use the client."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Change", "Grade", "breaking", "compatible", "cosmetic", "worst"]

Grade = Literal["breaking", "compatible", "cosmetic"]
_ORDER: tuple[Grade, ...] = ("breaking", "compatible", "cosmetic")


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        grade: `breaking`, `compatible` or `cosmetic`.
        subject: The Python name that it is about: `area.function()`, `area.models.Struct.field`.
        what: What became of it.
        why: What that means for those who use it; empty where it goes without saying.
        operation: `GET /path` for a change of a single operation.
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
        return _ORDER.index(self.grade), self.subject, self.what, self.operation

    def __str__(self) -> str:
        """`subject: what (why)`, the form that the command line prints after the class."""
        return f"{self.subject}: {self.what}" + (f" ({self.why})" if self.why else "")


def breaking(subject: str, what: str, why: str = "", **more: str | bool) -> Change:
    """A change that code written for the old client may not survive."""
    return Change("breaking", subject, what, why, **more)  # type: ignore[arg-type]


def compatible(subject: str, what: str, why: str = "", **more: str | bool) -> Change:
    """A change that code written for the old client survives."""
    return Change("compatible", subject, what, why, **more)  # type: ignore[arg-type]


def cosmetic(subject: str, what: str, why: str = "", **more: str | bool) -> Change:
    """A change that code written for the old client cannot notice."""
    return Change("cosmetic", subject, what, why, **more)  # type: ignore[arg-type]


def worst(grades: "set[Grade]") -> Grade | None:
    """The class of several changes together; None for no change."""
    return next((grade for grade in _ORDER if grade in grades), None)
