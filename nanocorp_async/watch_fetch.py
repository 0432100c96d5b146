"""One polite request of a feed: an answer that is the same as before is not sent again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import msgspec

from energy_async.transport.answers import unreadable
from energy_async.transport.errors import StatusError
from energy_async.transport.request import Request, WireReply
from nanocorp_async import market_feeds, tolerant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_async.transport.request import Operation
    from nanocorp_async._client import Nanocorp
    from nanocorp_async._market_row import FeedName
    from nanocorp_async.tidy import Answer

__all__ = ["OPERATIONS", "Fetched", "Held", "fetch"]

_NOT_MODIFIED: Final = 304

OPERATIONS: Final[Mapping[FeedName, Operation[Any]]] = {
    "day-ahead": market_feeds.OPERATIONS["get_day_ahead_prices"],
    "fcr-capacity": market_feeds.OPERATIONS["get_fcr_capacity"],
    "afrr-capacity": market_feeds.OPERATIONS["get_afrr_capacity"],
    "mfrr-capacity": market_feeds.OPERATIONS["get_mfrr_capacity"],
    "afrr-energy": market_feeds.OPERATIONS["get_afrr_energy"],
    "mfrr-energy": market_feeds.OPERATIONS["get_mfrr_energy"],
}
"""The operation behind each feed."""


class Held(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What tells the answer that is held from a newer one.

    Attributes:
        etag: The server's `ETag`, if it gave one.
        last_modified: Its `Last-Modified`, if it gave one.
        digest: Of the body, for servers that know neither.
    """

    etag: str | None = None
    last_modified: str | None = None
    digest: str = ""

    def headers(self) -> dict[str, str]:
        """Give the headers of a conditional request; none for the first one."""
        wanted = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: text for name, text in wanted.items() if text}


class Fetched(NamedTuple):
    """What a request brought.

    Attributes:
        answer: None if it is the same as before.
        held: To be passed to the next request, once the answer is put away.
    """

    answer: Answer | None
    held: Held


async def fetch(client: Nanocorp, feed: FeedName, held: Held = Held()) -> Fetched:  # noqa: B008 - frozen
    """Fetch a feed unless it is unchanged.

    Raises:
        EnergyApiError: As every endpoint function does.
    """
    operation, headers = OPERATIONS[feed], held.headers()
    try:
        reply = await client.send_raw(Request(operation), headers=headers)
    except StatusError as exc:
        if exc.status == _NOT_MODIFIED and headers:
            return Fetched(None, held)
        raise
    digest = hashlib.sha256(reply.body).hexdigest()
    new = Held(
        etag=reply.headers.get("etag"),
        last_modified=reply.headers.get("last-modified"),
        digest=digest,
    )
    if digest == held.digest:
        return Fetched(None, new)
    try:
        return Fetched(cast("Answer", tolerant.decode(reply.body, operation.returns)), new)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        wire = WireReply(reply.status, reply.headers, reply.body)
        raise unreadable(operation, wire, exc, attempts=reply.attempts) from exc
