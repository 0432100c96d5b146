"""OpenTelemetry spans, one for each call, if `opentelemetry` is installed; nothing otherwise."""

from __future__ import annotations

import math
import time
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from energy_async.transport.call import Call
    from energy_async.transport.request import WireReply

__all__ = ["spanned"]

Run: TypeAlias = "Callable[[Call], Coroutine[Any, Any, WireReply]]"


@cache
def _api() -> Any:  # noqa: ANN401 - a module that may be missing
    try:
        from opentelemetry import trace  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return trace


def spanned(run: Run) -> Run:
    """`run`, with a client span around it that ends when all attempts are over.

    A span carries the operation, the path template, the host and the outcome; no values of
    parameters, no query, no headers.
    """
    api = _api()
    if api is None:
        return run
    tracer = api.get_tracer("energy_async")

    async def run_in_span(call: Call) -> WireReply:
        with tracer.start_as_current_span(
            call.operation.name, kind=api.SpanKind.CLIENT, attributes=_attributes(call)
        ) as span:
            try:
                reply = await run(call)
            finally:
                span.set_attribute("http.request.resend_count", max(0, call.attempts - 1))
            span.set_attribute("http.response.status_code", reply.status)
            return reply

    provided = _Provided(api)

    def run_watched(call: Call) -> Coroutine[Any, Any, WireReply]:
        return run_in_span(call) if provided() else run(call)

    return run_watched


class _Provided:
    """Whether anything is set up to receive spans; asked anew once a second, since asking is slow.

    A provider may be set up after the client was made, and is never taken away again.
    """

    def __init__(self, api: Any, clock: Callable[[], float] = time.monotonic) -> None:  # noqa: ANN401
        self._api = api
        self._clock = clock
        self._is_set = False
        self._ask_at = -math.inf

    def __call__(self) -> bool:
        if self._is_set:
            return True
        now = self._clock()
        if now >= self._ask_at:
            self._ask_at = now + 1.0
            provider = self._api.get_tracer_provider()
            self._is_set = not isinstance(provider, self._api.ProxyTracerProvider)
        return self._is_set


def _attributes(call: Call) -> dict[str, str | int]:
    parts = urlsplit(call.url)
    return {
        "http.request.method": call.operation.method,
        "url.template": call.operation.path,
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
    }
