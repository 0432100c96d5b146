"""Reports what happens: to the caller's `on_event`, to the log and to OpenTelemetry.

The log is the logger `energy_async`:

| level | what |
|---|---|
| WARNING | the server asks to slow down: once for each pause |
| INFO | an attempt is repeated; a token was refused |
| DEBUG | each attempt, one line; each token taken into use |

The fields of an event come through `extra`, for handlers that write JSON. Lines and fields hold
path templates, never values, headers or bodies.
"""

from __future__ import annotations

import inspect
import math
import time
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Final

from msgspec import structs

from energy_async.transport.answers import request_id_of
from energy_async.transport.events import (
    RateSlowed,
    RequestFinished,
    RequestSent,
    RetryScheduled,
    TokenRefused,
    TokenRenewed,
)
from energy_async.transport.telemetry.telemetry import find_telemetry

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from energy_async.transport.backends.backend import Backend
    from energy_async.transport.call import Call
    from energy_async.transport.events import Event
    from energy_async.transport.request import WireReply, WireRequest

__all__ = ["Watch"]

_DEBUG, _INFO, _WARNING = 10, 20, 30
_LINES: Final[dict[type, tuple[int, str]]] = {
    RequestFinished: (
        _DEBUG,
        (
            "%(method)s %(path)s: %(outcome)s in %(elapsed).4f s, %(size)d bytes"
            " (%(operation)s, attempt %(attempt)d, waited %(waited).4f s%(identified)s)"
        ),
    ),
    RetryScheduled: (
        _INFO,
        (
            "%(operation)s: attempt %(attempt)d failed (%(reason)s);"
            " the next one follows in %(delay).2f s"
        ),
    ),
    RateSlowed: (
        _WARNING,
        (
            "the server asks to slow down (%(operation)s): nothing is sent for %(pause).1f s,"
            " then %(rate).3g a second"
        ),
    ),
    TokenRenewed: (_DEBUG, "token %(generation)d is in use, from the %(source)s"),
    TokenRefused: (_INFO, "%(operation)s: the server refused token %(generation)d"),
}
"""Level and text of each event; one that is missing is part of the line of its attempt."""


class Watch:
    """All who look on. While nobody does, a call pays for `is_on` and no more."""

    def __init__(
        self,
        on_event: Callable[[Event], None] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        import logging  # noqa: PLC0415 - kept out of the import of the package

        self._log = logging.getLogger("energy_async")
        self._on_event = on_event
        self._clock = clock
        self._telemetry = find_telemetry(clock)
        self._quiet_until = -math.inf

    def is_on(self) -> bool:
        """Whether anybody looks on at single attempts."""
        telemetry = self._telemetry
        return (
            (
                telemetry is not None
                and (telemetry.is_on or (self._clock() >= telemetry.look_at and telemetry.look()))
            )
            or self._on_event is not None
            or self._log.isEnabledFor(_DEBUG)
        )

    def span(self, name: str, call: Call | None = None) -> AbstractContextManager[None]:
        """A span around a call, or something that takes several, where spans are collected."""
        if self.is_on() and self._telemetry is not None and self._telemetry.is_on:
            return self._telemetry.span(name, call)
        return nullcontext()

    async def send(self, call: Call, wire: WireRequest, backend: Backend) -> WireReply:
        """One attempt, watched from its start to its end."""
        operation, attempt = call.operation, call.attempts
        self.report(RequestSent(operation.name, operation.method, operation.path, attempt))
        started = self._clock()
        try:
            if self._telemetry is not None and self._telemetry.is_on:
                reply = await self._telemetry.send(call, wire, backend)
            else:
                reply = await backend.send(wire)
        except BaseException as error:
            self._finished(call, started, None, type(error).__name__)
            raise
        self._finished(call, started, reply, None)
        return reply

    def _finished(
        self, call: Call, started: float, reply: WireReply | None, error: str | None
    ) -> None:
        operation = call.operation
        finished = RequestFinished(
            operation.name,
            call.attempts,
            None if reply is None else reply.status,
            error,
            self._clock() - started,
            0 if reply is None else len(reply.body),
            operation.method,
            operation.path,
            call.waited,
            None if reply is None else request_id_of(reply),
        )
        call.waited = 0.0
        self.report(finished)

    def report(self, event: Event) -> None:
        """Pass an event on. Whoever raises meanwhile, the request goes on."""
        try:
            self._write(event)
            if self._telemetry is not None and self._telemetry.is_on:
                self._telemetry.note(event)
        except Exception:  # noqa: BLE001, S110 - of a log handler, which cannot be told in the log
            pass
        if self._on_event is None:
            return
        try:
            result: object = self._on_event(event)
            if inspect.iscoroutine(result):  # of a function that does not look like `async def`
                result.close()
                raise TypeError("on_event gave a coroutine, which nobody awaits")  # noqa: TRY301
        except Exception:  # noqa: BLE001 - whatever it is, it is not the request's
            with suppress(Exception):
                name = type(event).__name__
                self._log.exception("on_event raised for %s; the request goes on", name)

    def _write(self, event: Event) -> None:
        level, text = _LINES.get(type(event), (0, ""))
        if not text or not self._log.isEnabledFor(level):
            return
        if isinstance(event, RateSlowed):  # many requests under way are refused together
            now = self._clock()
            if now < self._quiet_until:
                return
            self._quiet_until = now + event.pause
        fields = structs.asdict(event)
        shown = fields
        if isinstance(event, RequestFinished):
            identified = f", request id {event.request_id}" if event.request_id else ""
            shown = {**fields, "outcome": event.error or event.status, "identified": identified}
        self._log.log(level, text, shown, extra=fields)
