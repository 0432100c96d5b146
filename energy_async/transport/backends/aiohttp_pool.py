"""The connections that aiohttp keeps open: which of them must not be used again.

aiohttp looks at a connection when it is put aside, and no more when it is taken up. The idle ones
can only be seen in a private place; if that is no longer there, nothing is found in it.
"""

from __future__ import annotations

import math
import select
import socket
import time
from typing import Any, Final

import aiohttp

__all__ = ["Idle", "socket_kept_alive"]

_UNSEEN: Final = 0.001
"""Seconds after which bytes may lie in a socket that the event loop has not looked at since."""

_KEEPALIVE_IDLE: Final = 60
_KEEPALIVE_EVERY: Final = 30


class Idle:
    """The connections that a connector keeps open while nobody uses them.

    `seen_at` is a moment, by `time.monotonic`, at which the loop had just looked at all sockets:
    that of an answer, say. What came before on a connection, aiohttp knows.
    """

    def __init__(self, connector: aiohttp.BaseConnector | None) -> None:
        self._connector = connector
        self._by_host: dict[Any, Any] = getattr(connector, "_conns", {})
        self.seen_at: float = -math.inf
        self._poll = select.poll() if hasattr(select, "poll") else None  # not on Windows

    def discard_soiled(self) -> None:
        """Close those on which something came that nobody asked for.

        aiohttp would take it for the answer to the next request, and that one's for the answer to
        the request after it. Only those are looked at that the next request could get.
        """
        for idle in self._by_host.values():
            is_seen = time.monotonic() - self.seen_at < _UNSEEN
            for protocol, _ in idle:
                is_soiled = protocol.should_close or not (
                    is_seen or self._is_quiet(protocol.transport)
                )
                if not is_soiled and protocol.is_connected():
                    break
                protocol.close()

    def forget(self) -> None:
        """Have the next request look for its host anew: the address, and a connection to it."""
        if isinstance(self._connector, aiohttp.TCPConnector):
            self._connector.clear_dns_cache()
        for idle in self._by_host.values():
            for protocol, _ in idle:
                protocol.close()

    def _is_quiet(self, transport: Any) -> bool:  # noqa: ANN401 - an asyncio transport
        """Whether nothing lies in the socket, neither data nor the end."""
        raw = None if transport is None else transport.get_extra_info("socket")
        if raw is None or (descriptor := raw.fileno()) < 0:
            return True
        if self._poll is None:
            return not select.select([descriptor], [], [], 0)[0]
        self._poll.register(descriptor, select.POLLIN)
        found = self._poll.poll(0)
        self._poll.unregister(descriptor)
        return not found


def socket_kept_alive(address: tuple[Any, ...]) -> socket.socket:
    """A socket with keepalive on: answers may take a while, and NAT forgets quiet connections."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", _KEEPALIVE_IDLE), ("TCP_KEEPINTVL", _KEEPALIVE_EVERY)):
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
    return made
