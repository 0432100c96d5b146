"""One call on its way: the request made ready, and what is learned while it is tried."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from energy_async.transport.answers import decoder_for
from energy_async.transport.options import header_text
from energy_async.transport.redact import Discreet
from energy_async.transport.retry import may_have_acted
from energy_async.transport.urls import PathTemplate, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_async.transport.errors import EnergyApiError
    from energy_async.transport.request import Lane, Operation, Request
    from energy_async.transport.token import Token

__all__ = ["READING", "Call", "Plan", "headers_of", "words"]

READING: Final = frozenset({"GET", "HEAD"})


class Plan:
    """What can be prepared once for each operation."""

    __slots__ = ("decode", "operation", "template")

    def __init__(self, operation: Operation[Any]) -> None:
        self.operation = operation
        self.template = PathTemplate(operation.path)
        self.decode = decoder_for(operation)


class Call(Discreet, msgspec.Struct, gc=False):
    """The state of one call.

    `deadline` is a reading of the client's clock. `lasting` says that the deadline, and no count,
    ends repeating. `refused` are tokens that were refused. `trouble` is the last failure in
    words: to keep the error itself would close a circle through this struct, which the garbage
    collector does not see. `acted` says that the server may have carried out an attempt.
    """

    plan: Plan
    operation: Operation[Any]
    url: str
    body: bytes | None
    lane: Lane
    retries: int
    headers: Mapping[str, str] | None = None
    deadline: float = math.inf
    attempts: int = 0
    token: Token | None = None
    renewed: bool = False
    spent: int = 0
    redirects: int = 0
    sent_at: float = 0.0
    waited: float = 0.0  # at the limiter, before this attempt
    lasting: bool = False
    trouble: str = ""
    acted: bool = False
    refused: tuple[str, ...] = ()

    def _shown(self) -> str:
        return f"{self.operation.name}, attempts={self.attempts}"

    def note(self, failure: EnergyApiError) -> None:
        """Remember if the server may have done what an attempt asked for, and then failed."""
        reads = self.operation.method in READING
        self.acted = self.acted or (not reads and may_have_acted(failure))

    def explain(self, error: EnergyApiError) -> None:
        """Add to the error that ends the call what the attempts before it came to."""
        error.may_have_acted = self.acted
        if self.trouble and self.trouble != words(error):
            error.add_note(f"the attempt before ended in {self.trouble}")

    @property
    def path(self) -> str:
        """The path of the URL, without host and query."""
        return urlsplit(self.url).path


def words(error: EnergyApiError) -> str:
    """Name an error in a line."""
    return f"{type(error).__name__}: {error.message}"


def headers_of(request: Request[Any], extra: Mapping[str, str] | None) -> dict[str, str] | None:
    """The headers that this call adds to the client's own; None if it adds none."""
    found: dict[str, str] = {}
    if request.body is not None:
        found["Content-Type"] = request.content_type
    for name, value in {**request.headers, **(extra or {})}.items():
        if value is not None:
            found[name] = header_text(name, text_of(value, name))
    cookies = [
        f"{name}={quote(text_of(value, name), safe='')}"
        for name, value in request.cookies.items()
        if value is not None
    ]
    if cookies:
        found["Cookie"] = "; ".join(cookies)
    return found or None
