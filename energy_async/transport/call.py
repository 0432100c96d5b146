"""One call on its way: the request made ready, and what is learned while it is tried."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from energy_async.transport.answers import decoder_for
from energy_async.transport.identity import identity_of
from energy_async.transport.options import header_name, header_text
from energy_async.transport.redact import Discreet
from energy_async.transport.request import READING
from energy_async.transport.urls import Encoded, PathTemplate, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from energy_async.transport.errors import EnergyApiError
    from energy_async.transport.identity import Identity
    from energy_async.transport.request import Lane, Operation, Request
    from energy_async.transport.timeouts import Timeouts
    from energy_async.transport.tokens.token import Token

__all__ = ["JSON", "Call", "Plan", "headers_of", "words"]

JSON: Final = "application/json"


class Plan:
    """What can be prepared once for each operation.

    `quick` is `decode` where a value that can be decoded is proof enough of whose answer it is.
    `is_certain` says that the path of the operation has been read.
    """

    __slots__ = (
        "base_url", "decode", "identity", "is_certain", "operation", "quick", "template",
    )  # fmt: skip

    def __init__(self, operation: Operation[Any], base_url: str = "") -> None:
        self.operation: Operation[Any] = operation
        self.base_url: str = base_url
        self.template: PathTemplate = PathTemplate(operation.path)
        self.decode: Callable[[bytes], Any] | None = decoder_for(operation)
        self.identity: Identity | None = identity_of(operation)
        is_proof = operation.repeatable and operation.wants_json
        self.quick: Callable[[bytes], Any] | None = self.decode if is_proof else None
        self.is_certain: bool = operation.provenance not in {"partial", "provisional"}


class Call(Discreet, msgspec.Struct, gc=False):
    """The state of one call.

    `deadline` is a reading of the client's clock. `lasting` says that the deadline, and no count,
    ends repeating. `refused` are tokens that were refused. `trouble` is the last failure in
    words: to keep the error itself would close a circle through this struct, which the garbage
    collector does not see. `acted` says that the server may have carried out an attempt; `home` is
    the URL before a redirect. `value` is what the answer holds; `quick` decodes a plain one, as in
    `Plan`, and `raw` says that the answer is wanted as it came. `asked` are the values of the path,
    `watched` says that somebody looks on, `guarded` that a stop is looked for whenever it leaves.
    """

    plan: Plan
    operation: Operation[Any]
    url: str
    body: bytes | None
    lane: Lane
    retries: int
    asked: Mapping[str, Any]
    watched: bool
    quick: Callable[[bytes], Any] | None = None
    raw: bool = False
    value: Any = None
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
    home: str = ""
    limits: Timeouts | None = None
    streaming: bool = False
    guarded: bool = False

    def _shown(self) -> str:
        return f"{self.operation.name}, attempts={self.attempts}"

    def note(self, failure: EnergyApiError) -> None:
        """Remember if the server may have done what an attempt asked for, and then failed."""
        self.acted = self.acted or (not self.reads and failure.may_have_acted)

    def explain(self, error: EnergyApiError) -> None:
        """Add to the error that ends the call what the attempts before it came to."""
        error.may_have_acted = self.acted
        if error.__suppress_context__:
            error.__context__ = None  # nor its frames, in which secrets may be variables
        if self.trouble and self.trouble != words(error):
            error.add_note(f"the attempt before ended in {self.trouble}")

    @property
    def reads(self) -> bool:
        """Whether the call changes nothing."""
        return self.operation.method in READING

    @property
    def wants_part(self) -> bool:
        """Whether the caller has asked for a part of the answer."""
        return any(name.lower() == "range" for name in self.headers or ())

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
    if request.operation.accept != JSON:
        found["Accept"] = request.operation.accept
    if request.operation.streaming:
        found["Accept-Encoding"] = "identity"  # or each bit would wait for others to be packed with
    if request.body is not None:
        found["Content-Type"] = request.content_type
    added = {header_name(name): value for name, value in (extra or {}).items()}
    for name, value in {**request.headers, **added}.items():
        if value is not None:
            found[name] = header_text(name, text_of(value, name))
    cookies = [
        f"{name}={one if type(one) is Encoded else quote(text_of(one, name), safe='')}"
        for name, value in request.cookies.items()
        for one in (value if isinstance(value, list | tuple) else [value])
        if one is not None
    ]
    if cookies:
        found["Cookie"] = "; ".join(cookies)
    return found or None
