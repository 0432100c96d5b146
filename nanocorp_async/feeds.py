"""The one reader of the feeds, under watch, archive, live view and day sheet.

In: a client, an operation, and what the last answer was. Out: a new answer, as far as it can be
read, or nothing if it is the same as before.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from energy_async.transport.answers import unreadable
from energy_async.transport.errors import StatusError
from energy_async.transport.request import Request, WireReply
from nanocorp_async import market_feeds, tolerant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_async.transport.request import Operation, Reply
    from nanocorp_async._client import Nanocorp
    from nanocorp_async._market_row import FeedName

_NOT_MODIFIED: Final = 304
_ALL: Final = market_feeds.OPERATIONS

OPERATIONS: Final[Mapping[FeedName, Operation[Any]]] = {
    "day-ahead": _ALL["get_day_ahead_prices"],
    "fcr-capacity": _ALL["get_fcr_capacity"],
    "afrr-capacity": _ALL["get_afrr_capacity"],
    "mfrr-capacity": _ALL["get_mfrr_capacity"],
    "afrr-energy": _ALL["get_afrr_energy"],
    "mfrr-energy": _ALL["get_mfrr_energy"],
}
"""The operation behind each feed."""

GROUPS: Final[Mapping[str, tuple[Operation[Any], tuple[FeedName, ...]]]] = {
    "day-ahead prices": (_ALL["get_day_ahead_prices"], ("day-ahead",)),
    "balancing capacity": (
        _ALL["get_balancing_capacity"],
        ("fcr-capacity", "afrr-capacity", "mfrr-capacity"),
    ),
    "balancing energy": (_ALL["get_balancing_energy"], ("afrr-energy", "mfrr-energy")),
}
"""The three requests that have all feeds, and the feeds of each."""


class Validators(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a request is conditional on, so that an answer that is known is not sent again.

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
        reply: None if it is the same as before.
        validators: To be passed to the next request, once the answer is put away.
    """

    reply: Reply | None
    validators: Validators


async def fetch(client: Nanocorp, operation: Operation[Any], validators: Validators) -> Fetched:
    """Fetch a feed unless it is unchanged, and leave its answer as it came.

    Raises:
        EnergyApiError: As every endpoint function does, but for what cannot be decoded.
    """
    headers = validators.headers()
    try:
        reply = await client.send_raw(Request(operation), headers=headers)
    except StatusError as exc:
        if exc.status == _NOT_MODIFIED and headers:
            return Fetched(None, validators)
        raise
    digest = hashlib.sha256(reply.body).hexdigest()
    new = Validators(
        etag=reply.headers.get("etag"),
        last_modified=reply.headers.get("last-modified"),
        digest=digest,
    )
    return Fetched(None if digest == validators.digest else reply, new)


def read(operation: Operation[Any], reply: Reply) -> tolerant.Reading:
    """Read an answer as far as it can be read.

    Raises:
        DecodeFailed: Nothing of it can.
    """
    try:
        return tolerant.decode_partly(reply.body, operation.returns)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        wire = WireReply(reply.status, reply.headers, reply.body)
        raise unreadable(operation, wire, exc, attempts=reply.attempts) from exc
