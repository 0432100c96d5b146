"""The one seam between our transport and an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, Self
from urllib.parse import urlsplit

from energy_async.transport.backends.unfolding import Garbled, TooMuch, Unfolding
from energy_async.transport.errors import ConnectionBroken, RequestTimeout, ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from energy_async.transport.request import WireReply, WireRequest

__all__ = [
    "ANOTHER_LOOP",
    "CLOSED",
    "CLOSED_UNDER_WAY",
    "Backend",
    "BodyChunks",
    "WrongLoop",
    "broken",
    "check_kind",
    "host_of",
    "only_for_its_own",
    "total_timeout",
    "whole_body",
]

ANOTHER_LOOP: Final = (
    "this client belongs to another event loop, which may be closed by now;"
    " make one client for each loop, inside it: `async with Trlyr(...) as client`"
)
CLOSED: Final = "the client, or the session that it was lent, is closed; nothing was sent"

CLOSED_UNDER_WAY: Final = "the client was closed while the request was under way"


class WrongLoop(RuntimeError):
    """A client in an event loop where it cannot run: a mistake of the program. Nothing was sent."""


class Backend(Protocol):
    """Sends one attempt and reads the whole answer; no retries, no redirects, no judgement.

    Raises only errors of `energy_async.transport.errors`, with the library's own error as cause:
    `ConnectError`, `RequestTimeout(phase="connect")` or `ClientClosed` where certainly nothing was
    sent, `ConnectionBroken` or `RequestTimeout(phase="read")` where the server may have acted, and
    `ResponseTooLarge`. After any other error the request counts as perhaps carried out. A body is
    checked against `max_bytes` while it is read. All three time limits of the request are the
    backend's to keep.
    """

    async def send(self, request: WireRequest) -> WireReply:
        """Send one request, read its answer to the end.

        A success that is asked for as a stream may be left to the caller, as `chunks`.
        """

    async def aclose(self) -> None:
        """Close what the backend opened itself; closing twice does nothing.

        Whatever is under way ends at once with `ConnectionBroken`, or with `ConnectError` where it
        is certain that nothing was sent.
        """


async def whole_body(
    chunks: AsyncIterator[bytes], headers: Mapping[str, str], request: WireRequest
) -> bytes:
    """A body, unpacked.

    Raises:
        ResponseTooLarge: It passes the cap.
        ConnectionBroken: It cannot be unpacked.
    """
    body = Unfolding(request.max_bytes)
    try:
        body.announced(headers)
        async for chunk in chunks:
            body.feed(chunk)
        return body.whole()
    except TooMuch as exc:
        message = (
            f"the answer is larger than {request.max_bytes} bytes ({exc});"
            " ask for a shorter range or raise max_response_bytes"
        )
        raise ResponseTooLarge(message) from None
    except Garbled as exc:
        raise ConnectionBroken(f"the answer from {host_of(request)} {exc}") from exc


def host_of(request: WireRequest) -> str:
    """Host and port, for people to read."""
    url = urlsplit(request.url)
    return f"{url.hostname}:{url.port or (443 if url.scheme == 'https' else 80)}"


def total_timeout(request: WireRequest, phase: str = "read") -> RequestTimeout:
    """The error for an attempt that took too long as a whole."""
    return RequestTimeout(
        f"no whole answer from {host_of(request)} within {request.total_timeout:g} s", phase=phase
    )


def broken(request: WireRequest, said: str) -> ConnectionBroken:
    """The error for a connection that ended, in the library's words `said`."""
    return ConnectionBroken(
        f"the connection to {host_of(request)} broke before the whole answer was read: {said}"
    )


def only_for_its_own(**options: object) -> None:
    """ValueError naming options that cannot be set for what was borrowed."""
    if given := [f"`{name}`" for name, value in options.items() if value is not None]:
        message = f"{' and '.join(given)} must be set where the borrowed session is made"
        raise ValueError(message)


def check_kind(name: str, value: object, kind: type) -> None:
    """TypeError naming what came in place of a `kind`; None is fine."""
    if value is not None and not isinstance(value, kind):
        came = f"{type(value).__module__}.{type(value).__qualname__}"
        message = f"{name} must be an {kind.__module__.split('.')[0]}.{kind.__name__}, got {came}"
        raise TypeError(message)


class BodyChunks:
    """The body of an answer on its way: see `energy_async.transport.request.Chunks`."""

    def __init__(
        self,
        source: AsyncIterator[bytes],
        close: Callable[[], Awaitable[None]],
        translated: Callable[[Exception], Exception | None],
    ) -> None:
        """Read from `source`; `translated` gives our error for the library's, None for others."""
        self._source = source
        self._close = close
        self._translated = translated

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._source)
        except StopAsyncIteration:
            raise
        except Exception as exc:
            ours = self._translated(exc)
            if ours is None:
                raise
            raise ours from exc

    async def aclose(self) -> None:
        """Give the connection back, or close it before the end."""
        await self._close()
