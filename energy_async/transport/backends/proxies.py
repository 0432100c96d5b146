"""Which proxy a request goes through: the one that was given, or what the environment says."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from energy_async.transport.errors import ConnectError

__all__ = ["Proxies", "checked_proxy", "without_credentials"]

_SCHEMES: Final = ("http", "https")
_PORTS: Final = {"http": 80, "https": 443}


class Proxies:
    """Finds the proxy for an origin, such as `https://api.example:443`; each is looked up once.

    Where none is given for all and `trust_env` is set, `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    `NO_PROXY` count, in small letters or capitals; on macOS and Windows also the system's settings.
    """

    def __init__(self, proxy: str | None, *, trust_env: bool) -> None:
        self._proxy = None if proxy is None else checked_proxy(proxy)
        self._found: dict[str, str | None] = {}
        self._environment = getproxies() if trust_env and proxy is None else {}
        self.are_none: bool = proxy is None and not self._environment

    def for_url(self, url: str) -> str | None:
        """The URL of the proxy for a request, None for a direct connection."""
        origin = "/".join(url.split("/", 3)[:3])
        try:
            return self._found[origin]
        except KeyError:
            found = self._found[origin] = self._look_up(origin)
            return found

    def _look_up(self, origin: str) -> str | None:
        if self._proxy is not None or self.are_none:
            return self._proxy
        found, url = self._environment, urlsplit(origin)
        host, port = url.hostname or "", url.port or _PORTS.get(url.scheme, 0)
        proxy = found.get(url.scheme) or found.get("all")
        if not proxy or _is_exempt(host, port, found.get("no", "")) or proxy_bypass(host):
            return None
        try:
            return checked_proxy(proxy)
        except ValueError as exc:
            raise ConnectError(f"{exc}; it comes from the environment") from None


def checked_proxy(proxy: str) -> str:
    """`proxy` as a URL; without a scheme it is one of `http`, as `curl` has it.

    Raises:
        ValueError: It cannot be used as a proxy; a password in it is not shown.
    """
    text = proxy if "://" in proxy else f"http://{proxy}"
    try:
        url = urlsplit(text)
        is_usable = url.scheme in _SCHEMES and bool(url.hostname) and url.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        message = (
            f"the proxy {without_credentials(text)!r} cannot be used: expected"
            " http://host:port or https://host:port, with user:password@ before it if need be"
        )
        raise ValueError(message)
    return text


def without_credentials(url: str) -> str:
    """`url` without user and password, for people to read."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else rest


def _is_exempt(host: str, port: int, listed: str) -> bool:
    """Whether `NO_PROXY` names the host: itself, a domain above it, its network, or `*`."""
    entries = [entry.strip().lower() for entry in listed.split(",")]
    return any(_names(entry, host.lower(), port) for entry in entries if entry)


def _names(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:  # one of the two is a name
        pass
    name, _, end = entry.rpartition(":")
    if end.isdigit() and name:
        if int(end) != port:
            return False
        entry = name.strip("[]")
    domain = entry.removeprefix("*").removeprefix(".")
    return host == domain or host.endswith(f".{domain}")
