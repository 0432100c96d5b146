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


@dataclass(frozen=True)
class Fetched:
    """An answer; `content` is None when it has not changed since `etag`."""

    content: bytes | None
    etag: str | None


class _Again(Exception):
    """The attempt failed in a way that may pass. `delay`: the seconds that the server asks for."""

    def __init__(self, problem: Problem, delay: float | None = None) -> None:
        super().__init__(problem, delay)
        self.problem, self.delay = problem, delay


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
                if attempt == _RETRIES or (again.delay or 0) > _LONGEST_DELAY:
                    raise ProblemsError([again.problem]) from again.__cause__
                self.sleep(max(_FIRST_DELAY * 2**attempt, again.delay or 0.0))
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, url: str, etag: str | None) -> Fetched:
        headers = {"If-None-Match": etag} if etag else {}
        address = url
        started = self.clock()
        for _ in range(_MAX_REDIRECTS + 1):
            self._check(address, url)
            try:
                with self.client.stream("GET", address, headers=headers) as response:
                    if not response.has_redirect_location:
                        return self._read(response, url, started)
                    address = urljoin(address, response.headers["location"])
            except httpx.ConnectError as exc:
                raise Unavailable(f"cannot connect: {exc}") from exc
            except httpx.DecodingError as exc:
                problem = Problem(url, "", f"the answer cannot be decompressed: {exc}")
                raise ProblemsError([problem]) from exc
            except (httpx.HTTPError, httpx.InvalidURL) as exc:
                kind = type(exc).__name__
                raise _Again(Problem(url, "", f"download failed: {kind}: {exc}")) from exc
        raise ProblemsError([Problem(url, "", f"more than {_MAX_REDIRECTS} redirects")])

    def _check(self, address: str, url: str) -> None:
        scheme = urlsplit(address).scheme
        if scheme != "https" and not (scheme == "http" and self.allow_http):
            message = f"refused: {address} is not https (--allow-http permits plain http)"
            raise ProblemsError([Problem(url, "", message)])

    def _read(self, response: httpx.Response, url: str, started: float) -> Fetched:
        if response.status_code == _NOT_MODIFIED:
            return Fetched(None, response.headers.get("etag"))
        if response.status_code in _GONE:
            raise Unavailable(f"status {response.status_code}")
        if not response.is_success:
            problem = Problem(url, "", f"the server answered {response.status_code}")
            if response.status_code in _AGAIN:
                delay = response.headers.get("retry-after", "")
                raise _Again(problem, float(delay) if delay.isdecimal() else None)
            raise ProblemsError([problem])
        content = bytearray()
        # In small pieces: what decompresses to more than the limit is noticed on the way.
        for chunk in response.iter_bytes(_PIECE):
            content += chunk
            if self.clock() - started > self.max_seconds:
                message = f"not here after {self.max_seconds:.0f} seconds"
                raise ProblemsError([Problem(url, "", message)])
            if len(content) > self.max_bytes:
                message = f"larger than {self.max_bytes} bytes"
                raise ProblemsError([Problem(url, "", message)])
        return Fetched(bytes(content), response.headers.get("etag"))
