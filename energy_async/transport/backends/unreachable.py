"""Why no connection could be made, in words that say what to look at."""

from __future__ import annotations

import errno
import os
from typing import Final, Literal, TypeAlias

from energy_async.transport.errors import ConnectError

__all__ = ["Reason", "connect_error"]

Reason: TypeAlias = Literal["certificate", "tls", "proxy", "dns", "connect"]

_ADVICE: Final[dict[Reason, str]] = {
    "certificate": "the certificate of {host} could not be verified; check the host name, the"
    " clock and, behind a company proxy, its certificate authority (SSL_CERT_FILE, or `ssl=`)",
    "tls": "no TLS connection to {host}",
    "proxy": "the proxy {proxy} towards {host} could not be used; check its address and password"
    " (`proxy=`, or HTTPS_PROXY and NO_PROXY in the environment)",
    "dns": "the host name of {host} could not be resolved; check it and the network",
    "connect": "{host} could not be reached; check the address, the network and the firewall",
}
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE})


def connect_error(
    reason: Reason, said: str, cause: BaseException, *, host: str, proxy: str | None = None
) -> ConnectError:
    """The error for `cause`, in the library's words `said`; `proxy` without its credentials."""
    if _is_exhausted(cause, reason):
        error = ConnectError(
            f"no connection to {host}: this process has no file descriptors left{_limit()};"
            " close what is open, raise the limit (ulimit -n), or lower `concurrency`"
            f" ({said})"
        )
        error.crowded = True
        return error
    if proxy is not None and reason in {"dns", "connect"}:
        reason = "proxy"
    return ConnectError(f"{_ADVICE[reason].format(host=host, proxy=proxy)} ({said})")


def _is_exhausted(cause: BaseException, reason: Reason) -> bool:
    """Whether it is for want of descriptors; a failed look-up does not say, so one is tried."""
    link: BaseException | None = cause
    while link is not None:
        if isinstance(link, OSError) and link.errno in _EXHAUSTED:
            return True
        link = getattr(link, "os_error", None) or link.__cause__ or link.__context__
    return reason == "dns" and not _has_descriptor()


def _has_descriptor() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as exc:
        return exc.errno not in _EXHAUSTED
    return True


def _limit() -> str:
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return ""
    return f" of {resource.getrlimit(resource.RLIMIT_NOFILE)[0]}"
