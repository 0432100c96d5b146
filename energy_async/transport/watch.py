"""Tells what happens: to the caller's `on_event`, to the log and to OpenTelemetry."""

from __future__ import annotations

import inspect
import time
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from energy_async.transport.answers import request_id_of
from energy_async.transport.events import RequestFinished, RequestSent
from energy_async.transport.journal import Journal
from energy_async.transport.telemetry import find_telemetry

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from energy_async.transport.backend import Backend
    from energy_async.transport.call import Call
    from energy_async.transport.events import Event
    from energy_async.transport.request import WireReply, WireRequest
    from energy_async.transport.telemetry import Run

__all__ = ["Watch"]


class Watch:
    """All that looks on. While nobody does, an attempt pays for a look at three places."""

    def __init__(
        self,
        on_event: Callable[[Event], None] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal = Journal(clock)
        self._on_event = on_event
        self._clock = clock
        self._telemetry = find_telemetry(clock)

    @property
    def is_on(self) -> bool:
        """Whether anybody looks on at single attempts."""
        return (
            self._on_event is not None
            or self._journal.is_detailed()
            or (self._telemetry is not None and self._telemetry.is_on)
        )

    def spanned(self, run: Run) -> Run:
        """`run`, inside a span of its own where spans are collected."""
        return run if self._telemetry is None else self._telemetry.spanned(run)

    def span(self, name: str) -> AbstractContextManager[None]:
        """A span around something that takes several calls, where spans are collected."""
        return nullcontext() if self._telemetry is None else self._telemetry.span(name)

    async def send(self, call: Call, wire: WireRequest, backend: Backend) -> WireReply:
        """One attempt, watched from its start to its end."""
        operation, attempt = call.operation, call.attempts
        self.tell(RequestSent(operation.name, operation.method, operation.path, attempt))
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
        self.tell(finished)

    def tell(self, event: Event) -> None:
        """Pass an event on. Whoever raises meanwhile, the request goes on."""
        try:
            self._journal.write(event)
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
                self._journal.callback_raised(event)
