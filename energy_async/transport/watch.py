"""Tells what happens: to the caller's `on_event` and to the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_async.transport.events import Event

__all__ = ["Watch"]


class Watch:
    """All that looks on. With no callback, and debug logging off, it costs next to nothing."""

    def __init__(self, on_event: Callable[[Event], None] | None) -> None:
        import logging  # noqa: PLC0415 - kept out of the import of the package

        self._log = logging.getLogger("energy_async")
        self._debug = logging.DEBUG
        self._on_event = on_event

    @property
    def is_on(self) -> bool:
        """Whether anybody looks on."""
        return self._on_event is not None or self._log.isEnabledFor(self._debug)

    def tell(self, event: Event) -> None:
        """Pass an event on. A callback that raises is logged; the request goes on."""
        if not self.is_on:
            return
        self._log.debug("%s", event)
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception:  # noqa: BLE001 - whatever it is, it is not the request's
            name = type(event).__name__
            self._log.exception("on_event raised for %s; the request goes on", name)
