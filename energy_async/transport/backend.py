"""The one seam between our transport and an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, Self

from energy_async.transport.errors import ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from energy_async.transport.request import WireReply, WireRequest

__all__ = [
    "ANOTHER_LOOP",
    "CLOSED",
    "CLOSED_UNDER_WAY",
    "Backend",
    "BodyChunks",
    "WrongLoop",
    "check_kind",
    "only_for_its_own",
    "too_large",
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


def too_large(cap: int, what: Exception) -> ResponseTooLarge:
    """The error for an answer over the cap; `what` says how that was noticed."""
    return ResponseTooLarge(
        f"the answer is larger than {cap} bytes ({what});"
        " ask for a shorter range or raise max_response_bytes"
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
