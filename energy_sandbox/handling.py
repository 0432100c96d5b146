"""What answers an operation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Handler:
    """Computes the value to send from a call, None for an answer without a body.

    A slow one does so in a thread and leaves the server free. `headers` gives what else the answer
    carries; a request whose `If-None-Match` or `If-Modified-Since` names the same is answered 304.
    """

    answer: Callable[..., object]
    slow: bool = False
    headers: Callable[[], Mapping[str, str]] = dict

    def over(self, state: object) -> Handler:
        """Give the handler whose answer gets this state before the call."""
        return replace(self, answer=partial(self.answer, state))
