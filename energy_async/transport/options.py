"""What a client and a call may set, checked and turned into numbers."""

from __future__ import annotations

import inspect
import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypedDict

from energy_async.transport.request import CallOptions
from energy_async.transport.timeouts import Timeouts, positive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from energy_async.transport.backends.backend import Backend
    from energy_async.transport.events import Event
    from energy_async.transport.limiter.redis_rate import RedisRateLimit

__all__ = [
    "ClientOptions",
    "checked_hook",
    "deadline_from",
    "default_headers",
    "header_name",
    "header_text",
    "known_options",
    "retries_from",
    "with_defaults",
]

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_PRINTABLE: Final = re.compile(r"[\t -~]*").fullmatch
_OURS: Final = frozenset(
    {"authorization", "connection", "content-length", "host", "transfer-encoding", "upgrade"}
)
_ONE_SPELLING: Final = {
    name.lower(): name for name in ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
}


class ClientOptions(TypedDict, total=False):
    """Keywords that every client passes on to `ApiClient`; see there for their meaning."""

    backend: Backend | None
    rate: float | RedisRateLimit
    burst: int | None
    concurrency: int
    retries: int
    timeout: float | Timeouts
    max_response_bytes: int
    on_event: Callable[[Event], None] | None
    headers: Mapping[str, str] | None
    user_agent: str
    wall: Callable[[], float]


def deadline_from(options: CallOptions, *, now: float, wall: float) -> float:
    """When the call must be over, as a reading of the monotonic clock; infinity if unbounded."""
    found = math.inf
    timeout = options.get("timeout")
    if timeout is not None and not isinstance(timeout, Timeouts):
        found = now + positive(timeout, "timeout")
    deadline: object = options.get("deadline")
    if deadline is not None:
        found = min(found, now + _until(deadline, wall))
    return found


def _until(deadline: object, wall: float) -> float:
    """Seconds from now to a deadline; not positive if it has passed."""
    if isinstance(deadline, datetime):
        if deadline.utcoffset() is None:
            message = f"deadline has no time zone: {deadline!r}"
            raise ValueError(message)
        return deadline.timestamp() - wall
    if isinstance(deadline, bool) or not isinstance(deadline, int | float):
        message = f"deadline must be an aware datetime or seconds from now, got {deadline!r}"
        raise TypeError(message)
    if not math.isfinite(deadline):
        message = f"deadline must be finite, got {deadline!r}"
        raise ValueError(message)
    return deadline


def retries_from(value: object) -> int:
    """`value` if it is a count."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        message = f"retries must be 0 or more, got {value!r}"
        raise ValueError(message)
    return value


def header_name(name: object) -> str:
    """The name of a header that a caller adds, in one spelling where the client sets it too.

    Raises:
        ValueError: It is no header name, or one that the client alone can set.
    """
    if not isinstance(name, str) or not _TOKEN(name):
        message = f"a header cannot be called {name!r}"
        raise ValueError(message)
    if name.lower() in _OURS:
        message = (
            f"header {name!r} is set by the client; for other credentials or another host make"
            " another client"
        )
        raise ValueError(message)
    return _ONE_SPELLING.get(name.lower(), name)


def header_text(name: str, text: str) -> str:
    """`text` if a header can carry it: printable ASCII, and no line break in any case."""
    if not _PRINTABLE(text):
        message = f"header {name!r} holds a line break or a character outside ASCII"
        raise ValueError(message)
    return text


def default_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers for every request, checked as those of a single call are."""
    return {header_name(name): header_text(name, text) for name, text in headers.items()}


def with_defaults(defaults: CallOptions, options: CallOptions) -> CallOptions:
    """What a call sets, and what it is to have where it sets nothing."""
    found: CallOptions = {**defaults, **options}
    if "headers" in defaults and (own := options.get("headers")) is not None:
        set_here = {name.lower() for name in own}
        others = {
            name: text for name, text in defaults["headers"].items() if name.lower() not in set_here
        }
        found["headers"] = {**others, **own}
    return found


def checked_hook(hook: object) -> None:
    """TypeError unless `hook` can be called, and does what it does at once."""
    call = getattr(hook, "__call__", None)  # noqa: B004 - an object may have an async one
    if call is None:
        message = f"on_event must be a function of one event, got {hook!r}"
        raise TypeError(message)
    if inspect.iscoroutinefunction(hook) or inspect.iscoroutinefunction(call):
        message = (
            f"on_event must be an ordinary function, got the `async def` {hook!r}: it is called in"
            " the middle of a request and never awaited; put the event into a queue there"
        )
        raise TypeError(message)


def known_options(options: Mapping[str, object]) -> None:
    """TypeError naming an option that does not exist, ValueError for a lane that does not."""
    unknown = options.keys() - CallOptions.__annotations__.keys()
    if unknown:
        message = f"unknown call options: {', '.join(sorted(unknown))}"
        raise TypeError(message)
    if (lane := options.get("lane", "normal")) not in {"urgent", "normal", "bulk"}:
        message = f"lane must be urgent, normal or bulk, got {lane!r}"
        raise ValueError(message)
