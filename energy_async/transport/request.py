"""What goes into the transport and what comes out, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Protocol, TypedDict, TypeVar

import msgspec

from energy_async.transport.redact import Discreet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from energy_async.transport.timeouts import Timeouts

__all__ = [
    "READING",
    "CallOptions",
    "Chunks",
    "Lane",
    "Operation",
    "Provenance",
    "Reply",
    "Request",
    "WireReply",
    "WireRequest",
]

T = TypeVar("T")

READING: Final = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""

Lane = Literal["urgent", "normal", "bulk"]
"""`urgent` overtakes `normal` overtakes `bulk` where requests wait for the rate limit."""

Provenance = Literal["published", "observed", "documented", "partial", "provisional"]
"""How well an operation is known; see `Operation.provenance`."""


class Operation(msgspec.Struct, Generic[T], frozen=True, kw_only=True, eq=False):
    """One operation of an API: everything about a request that does not change between calls.

    Operations are compared by identity, which makes them cheap keys: define each one once.

    Attributes:
        name: The Python name, `area.function`.
        method: The HTTP method, in capitals.
        path: The path template, such as `/auctions/{auctionID}`.
        base_url: Where the operation is, if it is not at the base URL of the client; a URL, or a
            path on the client's host.
        returns: The type that the body of a success is decoded to; `bytes` for the body itself,
            `None` where no body is expected.
        repeatable: Whether sending the request twice has the same effect as sending it once.
        authenticated: Whether the request carries a token.
        lane: The lane it takes at the rate limiter unless the call says otherwise.
        provenance: `published` (OpenAPI seen whole), `observed` (seen to work, by a record),
            `documented` (read on a page), `partial` (path read, shape not), `provisional` (path not
            read, follows its siblings).
        wants_json: False where the body of a success is not JSON.
        bodiless: Statuses of successes that have no body, where others have one.
        accept: The media types of a success, for the header `Accept`.
        security: The ways to be let in, each as the names of the credentials that it takes
            together, for clients that have several; empty where `authenticated` says it all.
        errors: The types of the bodies of errors, by status (`"409"`, `"4XX"`, `"default"`).
        streaming: How an answer comes that is read bit by bit; see `energy_async.Stream`.
        tolerant: Whether answers that spell a value otherwise are read all the same; see
            `energy_async.transport.decoding`.
        client: The client of its API, such as `Trlyr`; empty where any will do.
    """

    name: str
    method: str
    path: str
    returns: Any
    repeatable: bool
    base_url: str = ""
    authenticated: bool = True
    lane: Lane = "normal"
    provenance: Provenance = "published"
    wants_json: bool = True
    bodiless: frozenset[int] = frozenset({204})
    accept: str = "application/json"
    security: tuple[tuple[str, ...], ...] = ()
    errors: Mapping[str, Any] = {}
    streaming: Literal["", "lines", "events", "bytes"] = ""
    tolerant: bool = False
    client: str = ""


class Request(Discreet, msgspec.Struct, Generic[T], frozen=True, gc=False):
    """One call of an operation, with its arguments as Python values.

    `path`, `query`, `headers` and `cookies` map upstream's names to values (`str`, `int`, `float`,
    `bool`, aware `datetime`, `date`, `UUID`, an enum of these, or in a query a sequence of them,
    which repeats the name); None leaves a parameter out. `body` is encoded as JSON unless
    it is `bytes` already.
    """

    operation: Operation[T]
    path: Mapping[str, Any] = {}
    query: Mapping[str, Any] = {}
    headers: Mapping[str, Any] = {}
    body: Any = None
    content_type: str = "application/json"
    cookies: Mapping[str, Any] = {}

    def _shown(self) -> str:
        return f"{self.operation.method} {self.operation.path}"


class CallOptions(TypedDict, total=False):
    """What a single call may set, as keywords of every endpoint function.

    Attributes:
        deadline: Aware time, or seconds from now, by which the answer must be there. It covers
            the wait for the rate limit, the login, sending and all retries. A request that cannot
            be sent in time is not sent at all, and `DeadlineExceeded` is raised at once. A call
            in the lane `urgent` that has a deadline is repeated until then, however often, unless
            `retries` is set here or the client was made with `retries=0`. What may be repeated at
            all does not change: a bid that may have arrived is never sent again.
        timeout: Seconds from now for the whole call, waits and retries included; the same as a
            `deadline` in seconds. The earlier of the two counts. `Timeouts` are the limits of each
            attempt of this call instead, in place of the client's.
        lane: The lane at the rate limiter.
        retries: How many times a failed attempt may be repeated, whatever the lane.
        headers: Further request headers, in ASCII; not those that the client sets, such as
            `Authorization`, `Host` and `Content-Length`.
    """

    deadline: datetime | float
    timeout: float | Timeouts
    lane: Lane
    retries: int
    headers: Mapping[str, str]


class WireRequest(Discreet, msgspec.Struct, frozen=True, gc=False):
    """One attempt as a backend sends it.

    Attributes:
        url: Absolute and percent-encoded; to be sent as it stands.
        connect_timeout: Seconds for name lookup, connection and TLS together.
        read_timeout: Seconds of silence while the answer is awaited or read.
        total_timeout: Seconds for the whole attempt.
        exact: Whether `total_timeout` follows from the caller's deadline, and no other call may
            have the same; it must not be rounded up.
        max_bytes: Largest body to accept, before and after decompression.
        streaming: Whether the body of a success is to be left to the caller, as `chunks`.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    connect_timeout: float
    read_timeout: float
    total_timeout: float
    max_bytes: int
    exact: bool = False
    streaming: bool = False

    def _shown(self) -> str:
        return f"{self.method} {self.url.partition('?')[0]}"


class Chunks(Protocol):
    """A body on its way. Raises `TransportError` while it is read."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes as they come."""

    async def aclose(self) -> None:
        """Give the connection back, or close it before the end. Closing twice does nothing."""


class WireReply(Discreet, msgspec.Struct, frozen=True, gc=False):
    """One answer as a backend read it, whole and decompressed.

    `headers` must answer look-ups by names in lower case. `http_version` is `"1.1"`, `"2"`, or
    empty where the backend does not know. `chunks` is the body of a success that was asked for bit
    by bit, as it is sent; whoever takes it closes it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    http_version: str = ""
    chunks: Chunks | None = None

    def _shown(self) -> str:
        return f"{self.status}, {len(self.body)} bytes"


class Reply(Discreet, msgspec.Struct, frozen=True, gc=False):
    """What `send_raw` gives: the answer as it came. `elapsed` is seconds, all attempts included.

    Header names are in lower case. `request_id` is the server's own, if it gave one.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed: float
    attempts: int
    request_id: str | None = None

    def _shown(self) -> str:
        return f"{self.status}, {len(self.body)} bytes, {self.attempts} attempts"
