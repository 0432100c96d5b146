"""Downloading: https only unless told otherwise, a size limit, redirects checked one by one."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from codegen.problems import Problem, ProblemsError

__all__ = ["Fetched", "Fetcher", "Unavailable"]

_MAX_BYTES = 16 * 1024 * 1024
_MAX_REDIRECTS = 5
_GONE = frozenset({401, 403, 404, 410})
_NOT_MODIFIED = 304


class Unavailable(Exception):
    """The document cannot be had at this address; it may be had elsewhere."""


@dataclass(frozen=True)
class Fetched:
    """An answer; `content` is None when it has not changed since `etag`."""

    content: bytes | None
    etag: str | None


class Fetcher:
    """Downloads with one set of rules."""

    def __init__(
        self, client: httpx.Client, *, allow_http: bool = False, max_bytes: int = _MAX_BYTES
    ) -> None:
        """Borrow a client; it is not closed."""
        self._client = client
        self._allow_http = allow_http
        self._max_bytes = max_bytes

    def get(self, url: str, etag: str | None = None) -> Fetched:
        """Download `url`, or learn that it is still what it was at `etag`.

        Raises:
            Unavailable: Nothing is there, it is not for us, or the host cannot be reached.
            ProblemsError: Whatever else went wrong.
        """
        headers = {"If-None-Match": etag} if etag else {}
        address = url
        for _ in range(_MAX_REDIRECTS + 1):
            self._check(address, url)
            try:
                with self._client.stream("GET", address, headers=headers) as response:
                    if not response.has_redirect_location:
                        return self._read(response, url)
                    address = urljoin(address, response.headers["location"])
            except httpx.ConnectError as exc:
                raise Unavailable(f"cannot connect: {exc}") from exc
            except httpx.HTTPError as exc:
                kind = type(exc).__name__
                raise ProblemsError([Problem(url, "", f"download failed: {kind}: {exc}")]) from exc
        raise ProblemsError([Problem(url, "", f"more than {_MAX_REDIRECTS} redirects")])

    def _check(self, address: str, url: str) -> None:
        scheme = urlsplit(address).scheme
        if scheme != "https" and not (scheme == "http" and self._allow_http):
            message = f"refused: {address} is not https (--allow-http permits plain http)"
            raise ProblemsError([Problem(url, "", message)])

    def _read(self, response: httpx.Response, url: str) -> Fetched:
        if response.status_code == _NOT_MODIFIED:
            return Fetched(None, response.headers.get("etag"))
        if response.status_code in _GONE:
            raise Unavailable(f"status {response.status_code}")
        if not response.is_success:
            message = f"the server answered {response.status_code}"
            raise ProblemsError([Problem(url, "", message)])
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > self._max_bytes:
                message = f"larger than {self._max_bytes} bytes"
                raise ProblemsError([Problem(url, "", message)])
        return Fetched(bytes(content), response.headers.get("etag"))
