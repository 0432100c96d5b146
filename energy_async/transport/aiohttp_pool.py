"""The connections that aiohttp keeps open: which of them must not be used again.

aiohttp looks at a connection when it is put aside, and no more when it is taken up. The idle ones
can only be seen in a private place; if that is no longer there, nothing is found in it.
"""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING, Any, Final

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp import AddrInfoType

__all__ = ["discard_soiled", "forget", "socket_kept_alive"]

_UNSEEN: Final = 0.001
"""Seconds of rest after which bytes may lie in a socket that the event loop has not looked at."""

_KEEPALIVE_IDLE: Final = 60
_KEEPALIVE_EVERY: Final = 30


def discard_soiled(connector: aiohttp.BaseConnector | None, now: float) -> None:
    """Close idle connections on which something came that nobody asked for.

    aiohttp would take it for the answer to the next request, and that one's for the answer to the
    request after it. Only the connections that the next request could get are looked at. `now` is
    a reading of the event loop's clock.
    """
    for idle in _idle(connector):
        for protocol, since in idle:
            is_soiled = protocol.should_close or (
                now - since > _UNSEEN and _is_readable(protocol.transport)
            )
            if not is_soiled and protocol.is_connected():
                break
            protocol.close()


def forget(connector: aiohttp.BaseConnector | None) -> None:
    """Have the next request look for its host anew: the address, and a connection to it."""
    if isinstance(connector, aiohttp.TCPConnector):
        connector.clear_dns_cache()
    for idle in _idle(connector):
        for protocol, _ in idle:
            protocol.close()


def _idle(connector: aiohttp.BaseConnector | None) -> Iterable[Any]:
    found: dict[Any, Any] = getattr(connector, "_conns", {})
    return found.values()


def _is_readable(transport: Any) -> bool:  # noqa: ANN401 - an asyncio transport
    """Whether something lies in the socket, be it data or the end."""
    if transport is None:
        return False
    raw = transport.get_extra_info("socket")
    if raw is None or raw.fileno() < 0:
        return False
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([raw.fileno()], [], [], 0)[0])
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def socket_kept_alive(address: AddrInfoType) -> socket.socket:
    """A socket with keepalive on: answers may take a while, and NAT forgets quiet connections."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", _KEEPALIVE_IDLE), ("TCP_KEEPINTVL", _KEEPALIVE_EVERY)):
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
    return made
