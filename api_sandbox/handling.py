"""What a server needs from an API: its handlers and its doorkeeper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api_sandbox.validation import Call


@dataclass(frozen=True, slots=True)
class Handler:
    """Computes the value to send, None for an answer without a body.

    A slow one does so in a thread and leaves the server free. `headers` gives what else the answer
    carries; a request whose `If-None-Match` or `If-Modified-Since` names the same is answered 304.
    """

    answer: Callable[[Call], object]
    slow: bool = False
    headers: Callable[[], Mapping[str, str]] = dict


class Api(Protocol):
    """One of the two APIs that a sandbox plays."""

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route, keyed `GET /path/{template}`."""
        ...

    def authorise(self, authorization: str | None) -> None:
        """Raise `Refusal` unless this `Authorization` header opens the door."""
        ...
