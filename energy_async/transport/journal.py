"""The log: what happens as lines of the logger `energy_async`, numbers also as fields.

| level | what |
|---|---|
| WARNING | the server asks to slow down: once for each pause |
| INFO | an attempt is repeated; a token was refused |
| DEBUG | each attempt, one line; each token taken into use |

The fields come through `extra`, for handlers that write JSON. Lines and fields hold path templates,
never values, headers or bodies.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from energy_async.transport.events import (
    RateSlowed,
    RequestFinished,
    RetryScheduled,
    TokenRefused,
    TokenRenewed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_async.transport.events import Event

__all__ = ["Journal"]


class Journal:
    """Writes events to the log."""

    __slots__ = ("_clock", "_debug", "_log", "_quiet_until")

    def __init__(self, clock: Callable[[], float]) -> None:
        import logging  # noqa: PLC0415 - kept out of the import of the package

        self._log = logging.getLogger("energy_async")
        self._debug = logging.DEBUG
        self._clock = clock
        self._quiet_until = -math.inf

    def is_detailed(self) -> bool:
        """Whether single attempts are written."""
        return self._log.isEnabledFor(self._debug)

    def write(self, event: Event) -> None:
        """One line, if the level asks for it and the event has one."""
        match event:
            case RequestFinished():
                self._finished(event)
            case RetryScheduled():
                self._retry(event)
            case RateSlowed():
                self._slowed(event)
            case TokenRenewed():
                self._renewed(event)
            case TokenRefused():
                self._refused(event)
            case _:  # part of the line of their attempt
                pass

    def callback_raised(self, event: Event) -> None:
        """The present exception comes from the caller's `on_event`."""
        name = type(event).__name__
        self._log.exception("on_event raised for %s; the request goes on", name)

    def _finished(self, event: RequestFinished) -> None:
        if not self.is_detailed():
            return
        fields = _fields(event)
        self._log.debug(
            "%(method)s %(path)s: %(outcome)s in %(elapsed_ms).1f ms, %(bytes)d bytes"
            " (%(operation)s, attempt %(attempt)d, waited %(wait_ms).1f ms%(identified)s)",
            fields
            | {
                "outcome": event.error or event.status,
                "identified": f", request id {event.request_id}" if event.request_id else "",
            },
            extra=fields,
        )

    def _retry(self, event: RetryScheduled) -> None:
        self._log.info(
            "%s: attempt %d failed (%s); the next one follows in %.2f s",
            event.operation,
            event.attempt,
            event.reason,
            event.delay,
            extra={
                "operation": event.operation,
                "attempt": event.attempt,
                "reason": event.reason,
                "delay_ms": event.delay * 1000,
            },
        )

    def _slowed(self, event: RateSlowed) -> None:
        """Once for each pause: many requests under way are refused together."""
        now = self._clock()
        if now < self._quiet_until:
            return
        self._quiet_until = now + event.pause
        self._log.warning(
            "the server asks to slow down (%s): nothing is sent for %.1f s, then %.3g a second",
            event.operation,
            event.pause,
            event.rate,
            extra={
                "operation": event.operation,
                "pause_ms": event.pause * 1000,
                "rate": event.rate,
            },
        )

    def _renewed(self, event: TokenRenewed) -> None:
        self._log.debug(
            "token %d is in use, from the %s", event.generation, event.source,
            extra={"generation": event.generation, "source": event.source},
        )  # fmt: skip

    def _refused(self, event: TokenRefused) -> None:
        self._log.info(
            "%s: the server refused token %d", event.operation, event.generation,
            extra={"operation": event.operation, "generation": event.generation},
        )  # fmt: skip


def _fields(event: RequestFinished) -> dict[str, Any]:
    return {
        "operation": event.operation,
        "method": event.method,
        "path": event.path,
        "status": event.status,
        "error": event.error,
        "attempt": event.attempt,
        "elapsed_ms": event.elapsed * 1000,
        "bytes": event.size,
        "wait_ms": event.waited * 1000,
        "request_id": event.request_id,
    }
