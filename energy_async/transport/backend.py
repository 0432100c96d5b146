"""The one seam between our transport and an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from energy_async.transport.request import WireReply, WireRequest

__all__ = ["ANOTHER_LOOP", "Backend"]

ANOTHER_LOOP: Final = (
    "this client belongs to another event loop, which may be closed by now;"
    " make one client for each loop, inside it: `async with Trlyr(...) as client`"
)


class Backend(Protocol):
    """Sends one attempt and reads the whole answer; no retries, no redirects, no judgement.

    Raises only errors of `energy_async.transport.errors`, with the library's own error as cause:
    `ConnectError` or `RequestTimeout(phase="connect")` where certainly nothing was sent,
    `ConnectionBroken` or `RequestTimeout(phase="read")` where the server may have acted, and
    `ResponseTooLarge`. A body is checked against `max_bytes` while it is read. All three time
    limits of the request are the backend's to keep.
    """

    async def send(self, request: WireRequest) -> WireReply:
        """Send one request, read its answer to the end."""

    async def aclose(self) -> None:
        """Close what the backend opened itself; closing twice does nothing."""
