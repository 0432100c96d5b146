"""aiohttp's errors as ours, without what they would show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import aiohttp

from energy_async.transport.backends.backend import broken, host_of, total_timeout
from energy_async.transport.backends.proxies import without_credentials
from energy_async.transport.backends.unreachable import Reason, connect_error
from energy_async.transport.errors import RequestTimeout, TransportError
from energy_async.transport.redact import SEARCHED

if TYPE_CHECKING:
    from energy_async.transport.request import WireRequest

__all__ = ["FOREIGN", "translated"]

FOREIGN: Final = (aiohttp.ClientError, TimeoutError, OSError)

# Most specific first.
_TABLE: Final[tuple[tuple[type[Exception], str], ...]] = (
    (aiohttp.ConnectionTimeoutError, "connect timeout"),
    (aiohttp.ServerTimeoutError, "read timeout"),
    (TimeoutError, "total timeout"),
    (aiohttp.ClientConnectorCertificateError, "certificate"),
    (aiohttp.ClientSSLError, "tls"),
    (aiohttp.ClientProxyConnectionError, "proxy"),
    (aiohttp.ClientHttpProxyError, "proxy"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientConnectorError, "connect"),
    (aiohttp.InvalidURL, "connect"),
    (Exception, "broken"),
)


def translated(exc: Exception, request: WireRequest, proxy: str | None = None) -> TransportError:
    """Our error for one of aiohttp's."""
    kind = next(kind for error, kind in _TABLE if isinstance(exc, error))
    host = host_of(request)
    if isinstance(exc, aiohttp.ClientResponseError):
        _forget_headers(exc)
    if kind == "connect timeout":
        return RequestTimeout(
            f"{host} took longer than {request.connect_timeout:g} s to connect", phase="connect"
        )
    if kind == "read timeout":
        return RequestTimeout(f"{host} was silent for {request.read_timeout:g} s", phase="read")
    if kind == "total timeout":
        return total_timeout(request)
    if kind == "broken":
        return broken(request, _said(exc))
    shown = None if proxy is None else without_credentials(proxy)
    return connect_error(cast("Reason", kind), _said(exc), exc, host=host, proxy=shown)


def _said(exc: Exception) -> str:
    if isinstance(exc, aiohttp.ClientResponseError):
        return f"{type(exc).__name__}: {exc.status}, {exc.message}"
    cause = getattr(exc, "os_error", exc)
    return f"{type(exc).__name__}: {str(cause)[:SEARCHED]}" if str(cause) else type(exc).__name__


def _forget_headers(exc: aiohttp.ClientResponseError) -> None:
    """Aiohttp keeps the request's headers, token included, in such an error and shows them."""
    info: Any = exc.request_info
    clean = info._replace(headers=type(info.headers)(type(info.headers.copy())()))
    exc.request_info = clean
    exc.args = (clean, *exc.args[1:])
