"""The end of a client: what waits ends at once, and nothing begins any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import anyio

from energy_async.transport.errors import ClientClosed

if TYPE_CHECKING:
    from collections.abc import Awaitable

__all__ = ["Closing"]

T = TypeVar("T")

_NOT_SENT: Final = "the client was closed before the request could be sent"


class Closing:
    """Whether a client is being closed, and the waits that this ends."""

    def __init__(self) -> None:
        self.has_begun: bool = False
        self._waits: set[anyio.CancelScope] = set()

    def begin(self) -> None:
        """End every wait under way; from now on none begins."""
        self.has_begun = True
        for scope in self._waits:
            scope.cancel()

    async def unless_closed(self, awaitable: Awaitable[T]) -> T:
        """What `awaitable` gives.

        Raises:
            ClientClosed: The client was closed meanwhile, or before.
        """
        scope = anyio.CancelScope()
        if self.has_begun:
            scope.cancel()
        self._waits.add(scope)
        try:
            with scope:
                return await awaitable
        finally:
            self._waits.discard(scope)
        raise ClientClosed(_NOT_SENT)
