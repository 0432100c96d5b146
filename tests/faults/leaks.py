"""Ways for a call or a login to fail, and what error trackers would make of each.

A server that echoes what it was sent, as web frameworks do, is the usual one here.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import html
import io
import json
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final

import anyio
from rich.console import Console
from rich.traceback import Traceback

from energy_async import Request, Timeouts, WireReply, WireRequest
from energy_async.transport.redact import behind
from tests.faults.clients import OPERATIONS, client_of
from tests.faults.server import Connection, Handler, Seen, answer, serve
from tests.spellings import ESCAPES
from trlyr_async import Trlyr

try:
    with warnings.catch_warnings(action="ignore"):
        import cgitb
except ImportError:  # gone in Python 3.13
    cgitb = None  # type: ignore[assignment]

TOKEN: Final = "eyJ0b2tlbg.bmV2ZXI_c2hvd24.c2lnbmF0dXJl"
REFRESH: Final = "refresh-never/shown+1="
_OURS: Final = str(Path(__file__).parents[1])


async def hang(connection: Connection, seen: Seen) -> bool:
    """Say nothing."""
    await connection.until_hung_up()
    return True


def echo(
    status: int, quoted: Callable[[str, str], bytes], kind: str = "application/json"
) -> Handler:
    """Answer with what was sent: `quoted` gets the body and the credentials of the header."""

    async def handler(connection: Connection, seen: Seen) -> None:
        body = quoted(seen.body.decode(), seen.headers.get("authorization", ""))
        await connection.send(answer(body, status=status, kind=kind))

    return handler


def raw(before: bytes, after: bytes) -> Handler:
    """The same, where HTTP is broken around it."""

    async def handler(connection: Connection, seen: Seen) -> bool:
        sent = seen.body + seen.headers.get("authorization", "").encode()
        await connection.send(before + sent + after)
        return True

    return handler


def _fastapi(body: str, header: str) -> bytes:
    sent: dict[str, str] = json.loads(body) if body.startswith("{") else {}
    errors = [{"type": "x", "msg": "no", "input": one} for one in (sent, header, *sent.values())]
    return json.dumps({"detail": errors}, ensure_ascii=False).encode()


def _spelled(escape: Callable[[str], str]) -> Callable[[str, str], bytes]:
    def quoted(body: str, header: str) -> bytes:
        sent = json.loads(body).values() if body.startswith("{") else [body]
        texts = " ".join(escape(str(one)) for one in (*sent, header))
        return json.dumps({"message": f"not allowed: {texts}"}).encode("utf-8", "replace")

    return quoted


ECHOES: Final[dict[str, Handler]] = {
    **{f"FastAPI {status}": echo(status, _fastapi) for status in (401, 422, 500, 200)},
    "cut in two": echo(500, lambda body, header: (body + header).encode()[:-4]),
    "far down": echo(400, lambda body, header: (" " * 2030 + body + header).encode()),
    "page": echo(
        403, lambda body, header: f"<p>{html.escape(body + header)}</p>".encode(), "text/html"
    ),
    "page, 200": echo(
        200, lambda body, header: f"<p>{html.escape(body + header)}".encode(), "text/html"
    ),
    "text, 200": echo(200, lambda body, header: f"sorry {body} {header}".encode(), "text/plain"),
    "base64": echo(
        400, lambda body, header: base64.b64encode((body + header).encode()), "text/plain"
    ),
    "in the status line": raw(b"HTTP/1.1 4oo ", b"\r\n\r\n"),
    "in a header": raw(b"HTTP/1.1 200 OK\r\nX Bad\0: ", b"\r\n\r\n"),
    "as a chunk": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"\r\n"),
    "as a place": raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: //[", b"]/\r\n\r\n"),
    "nested": echo(500, lambda body, header: b"[" * 9000 + (body + header).encode()),
    **{name: echo(401, _spelled(escape)) for name, escape in ESCAPES.items()},
}


class Foreign:
    """A backend of the user's own, which logs in and then raises what it was given."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def send(self, request: WireRequest) -> WireReply:
        """Raise with all that there is to tell."""
        headers = request.headers
        if request.url.endswith("authenticate") and not self._url:
            raise ValueError(f"{request.body!r}", request.body)
        if request.url.endswith("authenticate"):
            return WireReply(200, {"content-type": "application/json"}, grant())
        raise KeyError(str(headers["Authorization"]))

    async def aclose(self) -> None:
        """Nothing to close."""


def grant() -> bytes:
    """The answer to a login."""
    return json.dumps({"access_token": TOKEN, "refresh_token": REFRESH, "expires_in": 600}).encode()


async def log_in(connection: Connection, seen: Seen) -> None:
    """Give a token out."""
    await connection.send(answer(grant()))


def _request(method: str = "GET") -> Request[Any]:
    return Request(OPERATIONS[method], path={"thing_id": "t"})


async def _call(client: Any, method: str = "GET", **options: Any) -> BaseException | None:
    try:
        await client.send(_request(method), **options)
    except BaseException as error:  # noqa: BLE001 - also a cancellation
        return error
    return None


async def _timed(client: Any) -> BaseException | None:
    """With a time limit of the caller's own."""
    try:
        with anyio.fail_after(0.05):
            await client.send(_request())
    except TimeoutError as error:
        return error
    return None


async def _stopped(client: Any) -> BaseException | None:
    """Cancelled by somebody else."""
    found: list[BaseException | None] = []

    async def call() -> None:
        found.append(await _call(client))
        raise found[0] or AssertionError

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await anyio.sleep(0.05)
        group.cancel_scope.cancel()
    return found[0]


async def _timeout_of_asyncio(client: Any) -> BaseException | None:
    try:
        async with asyncio.timeout(0.05):
            await client.send(_request())
    except TimeoutError as error:
        return error
    return None


Way = Callable[[Any], Awaitable[BaseException | None]]

WAYS: Final[dict[str, Way]] = {
    "total": _call,
    "deadline": lambda client: _call(client, deadline=0.05),
    "bid": lambda client: _call(client, "POST"),
    "own limit": _timed,
    "cancelled": _stopped,
    "asyncio.timeout": _timeout_of_asyncio,
}


def _places(spoilt: Handler) -> list[tuple[str, Handler, Handler]]:
    """What answers logins and calls, where one of them is spoilt."""
    return [("login", spoilt, hang), ("call", log_in, spoilt)]


class Search:
    """Lets everything fail on one stack with one password; `found` holds the way and the error."""

    def __init__(self, stack: str, password: str) -> None:
        self.stack = stack
        self.password = password
        self.found: list[tuple[str, BaseException]] = []

    async def all(self) -> list[tuple[str, BaseException]]:
        """Go every way there is."""
        for place, login, handler in _places(hang):
            async with serve(handler, login=login) as server:
                for name, way in WAYS.items():
                    if name != "asyncio.timeout" or "trio" not in self.stack:
                        await self._go(f"{place} hangs, {name}", server.url, way)
        for name, spoilt in ECHOES.items():
            for place, login, handler in _places(spoilt):
                async with serve(handler, login=login) as server:
                    await self._go(f"{place} echoes, {name}", server.url, _call)
                    await self._go(f"{place} echoes, {name}", server.url, WAYS["bid"])
        for place, url in (("login", ""), ("call", "x")):
            await self._go(f"foreign, {place}", "http://x.test", _call, backend=Foreign(url))
        await self._renewals()
        self._made_badly()
        return self.found

    def _note(self, name: str, error: BaseException | None) -> None:
        if error is not None:
            self.found.append((name, error))

    def _client(self, url: str, **options: Any) -> Any:
        usual: dict[str, Any] = {"retries": 0, "timeout": Timeouts(read=0.1, total=0.1)}
        return client_of(self.stack, url, password=self.password, **{**usual, **options})

    async def _go(self, name: str, url: str, way: Way, **options: Any) -> None:
        async with self._client(url, **options) as client:
            self._note(name, await way(client))

    async def _renewals(self) -> None:
        """A token that is over, where neither a refresh nor a login comes to an end."""

        async def handler(connection: Connection, seen: Seen) -> bool | None:
            if seen.target.endswith("refresh"):
                return await ECHOES["FastAPI 500"](connection, seen)
            await connection.send(answer())
            return None

        async def login(connection: Connection, seen: Seen) -> bool | None:
            logins.append(seen)
            return await (first if len(logins) == 1 else hang)(connection, seen)

        first: Handler = log_in
        for name in ("total", "own limit", "cancelled"):
            logins: list[Seen] = []
            async with serve(handler, login=login) as server, self._client(server.url) as client:
                assert await _call(client) is None
                auth: Any = client._attempts._auth
                auth._clock = lambda: 1e12
                self._note(f"renewal, {name}", await WAYS[name](client))

    def _made_badly(self) -> None:
        cases: tuple[dict[str, Any], ...] = (
            {"environment": "nowhere"},
            {"environment": "http://[x"},
            {"retries": -1},
        )
        for bad in cases:
            try:
                Trlyr("anna", self.password, **bad)
            except ValueError as error:
                self._note(f"made with {bad}", error)


# What can be read of it


def needles(password: str) -> list[str]:
    """What must not be found: each secret in each spelling, and the halves of the password."""
    spelled = [escape(one) for one in (password, TOKEN, REFRESH) for escape in ESCAPES.values()]
    coded = [base64.b64encode(one.encode()).decode()[:-4] for one in (password, TOKEN, REFRESH)]
    half = len(password) // 2
    halves = [part for part in (password[:half], password[half:]) if len(part) >= 5]
    return sorted({*spelled, *coded, *halves, TOKEN[:20], REFRESH[:14]} - {""}, key=len)


def leaks_of(error: BaseException, password: str) -> list[str]:
    """Where a secret can be read, as error trackers print what they find."""
    found = []
    for printer, text in printed(error):
        for needle in needles(password):
            if (at := text.find(needle)) >= 0:
                found.append(f"{printer}: {text[max(0, at - 100) : at + 30]!r}")
                break
    return found


def printed(error: BaseException) -> Iterator[tuple[str, str]]:
    """The error as `traceback`, rich, cgitb and Sentry show it, with variables."""
    for link in behind(error):
        yield "itself", f"{link} {link!r} {link.args!r} {vars(link)!r}"
        shown = link.__traceback__
        while shown is not None and shown.tb_frame.f_code.co_filename.startswith(_OURS):
            shown = shown.tb_next  # the variables of the test itself
        if shown is None:
            continue
        alone = traceback.TracebackException(
            type(link), link, shown, capture_locals=True, compact=True
        )
        alone.__cause__ = alone.__context__ = None
        yield "traceback", "".join(alone.format())
        yield "Sentry", "".join(map(_as_sentry, _frames(shown)))
        yield "rich", _as_rich(link, shown)
        if cgitb is not None:
            with contextlib.suppress(AttributeError, KeyError):  # it has its faults
                yield "cgitb", cgitb.text((type(link), link, shown))


def _frames(shown: TracebackType | None) -> Iterator[FrameType]:
    while shown is not None:
        yield shown.tb_frame
        shown = shown.tb_next


def _as_sentry(frame: FrameType) -> str:
    """Containers are walked, all else is shown by its `repr`."""

    def shown(value: object, depth: int) -> str:
        if depth and isinstance(value, dict):
            return repr({str(key): shown(one, depth - 1) for key, one in value.items()})
        if depth and isinstance(value, list | tuple | set | frozenset):
            return repr([shown(one, depth - 1) for one in value])
        return repr(value)

    return shown(dict(frame.f_locals), 4)


def _as_rich(error: BaseException, shown: TracebackType) -> str:
    screen = io.StringIO()
    trace = Traceback.extract(type(error), error, shown, show_locals=True)
    Console(file=screen, width=400).print(Traceback(trace, show_locals=True, max_frames=50))
    return screen.getvalue()
