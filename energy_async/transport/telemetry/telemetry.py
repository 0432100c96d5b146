"""OpenTelemetry spans and metrics, if `opentelemetry-api` is installed; nothing otherwise.

A call is a span, named after its operation, that lasts until it is over, waits and retries
included. Inside it, each attempt is a client span by the conventions for HTTP, named by method and
path template. Nothing is built while no provider is set up for the process.

Spans hold the URL with whatever looks like a credential masked, never a header or a body. No
`traceparent` is sent: the servers belong to others.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/ (read for version 1.44.0)
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from energy_async.transport.events import SubmissionChanged
from energy_async.transport.redact import redact, redact_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from energy_async.transport.backends.backend import Backend
    from energy_async.transport.call import Call
    from energy_async.transport.events import Event
    from energy_async.transport.request import WireReply, WireRequest
    from energy_async.transport.telemetry.instruments import Instruments

__all__ = ["Telemetry", "find_telemetry"]

_SCOPE: Final = "energy_async"
_SCHEMA: Final = "https://opentelemetry.io/schemas/1.44.0"
_ASK_EVERY: Final = 1.0
_BAD: Final = 400
_PORTS: Final = {"https": 443, "http": 80}
_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)


def find_telemetry(clock: Callable[[], float] = time.monotonic) -> Telemetry | None:
    """What reports to OpenTelemetry; None if its API is not installed."""
    try:
        from opentelemetry import metrics, trace  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return Telemetry(trace, metrics, clock)


class Telemetry:
    """Spans and metrics of one client.

    `is_on` is False until a provider is found. `look` is slow, so callers leave it until the clock
    reads `look_at`, a second later each time. Providers may be set up after the client was made,
    and are never taken away again.
    """

    __slots__ = ("_clock", "_instruments", "_metrics", "_trace", "_tracer", "is_on", "look_at")

    def __init__(self, trace: Any, metrics: Any, clock: Callable[[], float]) -> None:  # noqa: ANN401
        self._trace = trace
        self._metrics = metrics
        self._clock = clock
        self._tracer: Any = None
        self._instruments: Instruments | None = None
        self.look_at: float = -math.inf
        self.is_on: bool = False

    def look(self) -> bool:
        """Look for providers; True if there is one."""
        self.look_at = self._clock() + _ASK_EVERY
        providers = (self._trace.get_tracer_provider(), self._metrics.get_meter_provider())
        if not self.is_on and any(map(_is_real, providers)):
            from energy_async.transport.telemetry.instruments import Instruments  # noqa: PLC0415 - rare

            self._tracer = self._trace.get_tracer(_SCOPE, schema_url=_SCHEMA)
            self._instruments = Instruments(self._metrics.get_meter(_SCOPE, schema_url=_SCHEMA))
            self.is_on = True
        return self.is_on

    def note(self, event: Event) -> None:
        """Count an event; only while `is_on`."""
        if self._instruments is not None:
            self._instruments.note(event)
        if isinstance(event, SubmissionChanged):
            self._trace.get_current_span().set_attributes(_submission(event))

    @contextmanager
    def span(self, name: str, call: Call | None = None) -> Iterator[None]:
        """A span around a call, or something that takes several; only while `is_on`."""
        with self._span(name, self._trace.SpanKind.INTERNAL) as span:
            try:
                yield
            except BaseException as error:
                self._failed(span, error)
                raise
            finally:
                if call is not None:
                    span.set_attribute("energy_async.operation", name)
                    span.set_attribute("energy_async.attempts", call.attempts)

    async def send(self, call: Call, wire: WireRequest, backend: Backend) -> WireReply:
        """One attempt as a client span, counted and timed; only while `is_on`."""
        instruments = self._instruments
        assert instruments is not None  # noqa: S101 - `is_on`
        target = _target(call, wire)
        began = self._clock()
        instruments.active.add(1, target)
        outcome: dict[str, str | int] = {}
        name = f"{target['http.request.method']} {call.operation.path}"
        with self._span(name, self._trace.SpanKind.CLIENT) as span:
            span.set_attributes(target | _details(call, wire))
            try:
                reply = await backend.send(wire)
                outcome = _outcome(reply)
                if reply.status >= _BAD:
                    span.set_status(self._trace.StatusCode.ERROR)
            except BaseException as error:
                outcome = {"error.type": type(error).__qualname__}
                self._failed(span, error)
                raise
            finally:
                span.set_attributes(outcome)
                instruments.active.add(-1, target)
                instruments.duration.record(self._clock() - began, target | outcome)
        return reply

    def _span(self, name: str, kind: Any) -> Any:  # noqa: ANN401 - of a package that may be missing
        """A span that becomes the present one; `_failed` says what went wrong, not the library.

        It would add a traceback, with the words of every error underneath.
        """
        return self._tracer.start_as_current_span(
            name, kind=kind, record_exception=False, set_status_on_exception=False
        )

    def _failed(self, span: Any, error: BaseException) -> None:  # noqa: ANN401
        span.set_attribute("error.type", type(error).__qualname__)
        if isinstance(error, Exception):  # being cancelled is no error
            span.set_status(self._trace.StatusCode.ERROR, redact(str(error)))


def _submission(event: SubmissionChanged) -> dict[str, Any]:
    found = {f"energy_async.{name}": value for name, value in event.path.items()} | {
        "energy_async.operation": event.operation,
        "energy_async.submission": event.submission,
        "energy_async.submission.verdict": event.verdict,
        "energy_async.submission.findings": event.findings,
        "energy_async.submission.seconds_left": event.seconds_left,
        "energy_async.request_id": event.request_id,
    }
    return {name: value for name, value in found.items() if value is not None}


def _is_real(provider: object) -> bool:
    """Whether it is not one of the API's own, which stand in until there is one."""
    return not type(provider).__module__.startswith(
        ("opentelemetry.trace", "opentelemetry.metrics")
    )


def _target(call: Call, wire: WireRequest) -> dict[str, str | int]:
    parts, method = urlsplit(wire.url), call.operation.method
    return {
        "http.request.method": method if method in _METHODS else "_OTHER",
        "server.address": parts.hostname or "",
        "server.port": parts.port or _PORTS.get(parts.scheme, 0),
        "url.scheme": parts.scheme,
        "url.template": call.operation.path,
    }


def _details(call: Call, wire: WireRequest) -> dict[str, str | int | float]:
    found: dict[str, str | int | float] = {
        "url.full": redact_url(wire.url),
        "energy_async.operation": call.operation.name,
        "energy_async.lane": call.lane,
        "energy_async.limiter.wait": call.waited,
    }
    if resent := call.attempts - 1 + call.redirects + call.renewed:
        found["http.request.resend_count"] = resent
    return found


def _outcome(reply: WireReply) -> dict[str, str | int]:
    found: dict[str, str | int] = {"http.response.status_code": reply.status}
    if reply.status >= _BAD:
        found["error.type"] = str(reply.status)
    if reply.http_version:
        found["network.protocol.version"] = reply.http_version
    return found
