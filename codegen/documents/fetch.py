"""Downloading: https only unless asked otherwise, limits, few retries, redirects one by one."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from codegen.problems import Problem, ProblemsError

_MAX_BYTES = 16 * 1024 * 1024
_MAX_REDIRECTS = 5
_MAX_SECONDS = 120.0
_RETRIES = 3
_PIECE = 64 * 1024
_FIRST_DELAY = 1.0
_LONGEST_DELAY = 60.0
_AGAIN = frozenset({429, 500, 502, 503, 504})
_GONE = frozenset({401, 403, 404, 410})
_NOT_MODIFIED = 304


class Unavailable(Exception):
    """The document cannot be had at this address; it may be had elsewhere."""


class _Again(Exception):
    """The attempt failed in a way that may pass, in `delay` seconds where the server says so."""

    def __init__(self, message: str, delay: float = 0.0) -> None:
        super().__init__(message, delay)
        self.message, self.delay = message, delay


@dataclass(frozen=True)
class Fetched:
    """An answer; `content` is None when it has not changed since `etag`."""

    content: bytes | None
    etag: str | None


@dataclass(frozen=True)
class Fetcher:
    """Downloads with one set of rules.

    `max_bytes` is the largest answer after decompression, `max_seconds` the longest that one may
    take, however steadily it drips. The client is borrowed; `sleep` and `clock` are in seconds.
    """

    client: httpx.Client
    allow_http: bool = False
    max_bytes: int = _MAX_BYTES
    max_seconds: float = _MAX_SECONDS
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def get(self, url: str, etag: str | None = None) -> Fetched:
        """Download `url`, or learn that it is still what it was at `etag`.

        Raises:
            Unavailable: Nothing is there, it is not for us, or the host cannot be reached.
            ProblemsError: Whatever else went wrong, after a few attempts where that may help.
        """
        for attempt in range(_RETRIES + 1):
            try:
                return self._attempt(url, etag)
            except _Again as again:
                if attempt == _RETRIES or again.delay > _LONGEST_DELAY:
                    raise _refused(url, again.message) from again.__cause__
                self.sleep(max(_FIRST_DELAY * 2**attempt, again.delay))
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, url: str, etag: str | None) -> Fetched:
        headers = {"If-None-Match": etag} if etag else {}
        address, started = url, self.clock()
        for _ in range(_MAX_REDIRECTS + 1):
            if urlsplit(address).scheme not in (
                {"https", "http"} if self.allow_http else {"https"}
            ):
                hint = "--allow-http permits plain http"
                raise _refused(url, f"refused: {address} is not https ({hint})")
            try:
                with self.client.stream("GET", address, headers=headers) as response:
                    if not response.has_redirect_location:
                        return self._read(response, url, started)
                    address = urljoin(address, response.headers["location"])
            except httpx.ConnectError as exc:
                raise Unavailable(f"cannot connect: {exc}") from exc
            except httpx.DecodingError as exc:
                raise _refused(url, f"the answer cannot be decompressed: {exc}") from exc
            except (httpx.HTTPError, httpx.InvalidURL) as exc:
                raise _Again(f"download failed: {type(exc).__name__}: {exc}") from exc
        raise _refused(url, f"more than {_MAX_REDIRECTS} redirects")

    def _read(self, response: httpx.Response, url: str, started: float) -> Fetched:
        status, etag = response.status_code, response.headers.get("etag")
        if status == _NOT_MODIFIED:
            return Fetched(None, etag)
        if status in _GONE:
            raise Unavailable(f"status {status}")
        if status in _AGAIN:
            delay = response.headers.get("retry-after", "")
            raise _Again(f"the server answered {status}", float(delay) if delay.isdecimal() else 0)
        if not response.is_success:
            raise _refused(url, f"the server answered {status}")
        content = bytearray()
        # In small pieces: what decompresses to more than the limit is noticed on the way.
        for chunk in response.iter_bytes(_PIECE):
            content += chunk
            if self.clock() - started > self.max_seconds:
                raise _refused(url, f"not here after {self.max_seconds:.0f} seconds")
            if len(content) > self.max_bytes:
                raise _refused(url, f"larger than {self.max_bytes} bytes")
        return Fetched(bytes(content), etag)


def _refused(url: str, message: str) -> ProblemsError:
    return ProblemsError([Problem(url, "", message)])
