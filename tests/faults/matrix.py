"""Every fault, with every method, through every backend: what the caller gets, what is sent.

The expectations stand beside the faults. `tests/faults/test_matrix.py` checks them, and
`python -m tests.faults` prints what really happens as a table.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final

import anyio

from energy_async import ApiClient, EnergyApiError, Timeouts
from tests.faults.behaviours import (
    HEAD,
    LONG,
    always,
    as_if_tls,
    at_login,
    drip,
    kept_then,
    nobody_accepts,
    nobody_listens,
    once,
    reset_unread,
    smtp,
    status,
    then_close,
    then_reset,
    then_silence,
    two_answers_for_one,
)
from tests.faults.clients import PASSWORD, TOKEN, client_of, request_with, spelled
from tests.faults.server import Connection, Greeter, Handler, Server, answer, serve

LARGEST: Final = 20_000
REPEATED_PASSWORD: Final = {"message": f"{PASSWORD} is wrong", "password": PASSWORD}
REPEATED_SECRETS: Final = {"message": f"bad token {TOKEN}-1 for {PASSWORD}", "password": PASSWORD}
QUICK: Final = {"timeout": Timeouts(connect=5, read=0.1, total=5)}
SHORT: Final = {"timeout": Timeouts(connect=5, read=0.15, total=0.15)}
HASTY: Final = {"timeout": Timeouts(connect=0.1, read=5, total=5)}
PAGE: Final = b"<html>Log in</html>"
GONE: Final = "ConnectionBroken x3"
OPEN: Final = "OutcomeUnknown x1"


@dataclass(frozen=True)
class Fault:
    """One way to fail.

    Attributes:
        name: As the table shows it.
        handler: What the server does with a request.
        repeatable, posts: What the caller of a GET or PUT, and of a POST, gets, and how many
            requests reach the server whole, over all attempts.
        greet: What it does with a connection before that.
        elsewhere: Another place to send to than the server; then there is no login.
        calls: How many times the client calls; what the last call gives is what counts.
        on_aiohttp: The expectations where aiohttp differs from the others, for a reason given
            there.
        on_httpx: The same for httpx, which httpx2 has mended.
        options: Of the client.
    """

    name: str
    handler: Handler
    repeatable: str
    posts: str
    greet: Greeter | None = None
    elsewhere: Callable[[Server], AbstractContextManager[str]] | None = None
    calls: int = 1
    on_aiohttp: tuple[str, str] | None = None
    on_httpx: tuple[str, str] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def expected(self, method: str, stack: str) -> str:
        """What becomes of a request with `method`."""
        own = {"aiohttp": self.on_aiohttp, "httpx": self.on_httpx}.get(stack)
        if own is not None:
            return own[method == "POST"]
        return self.posts if method == "POST" else self.repeatable


def fault(
    name: str, handler: Handler, repeatable: str, posts: str | None = None, **more: Any
) -> Fault:
    """A fault that GET and PUT feel alike, and POST too unless it has another expectation."""
    return Fault(name, handler, repeatable, posts or repeatable, **more)


FAULTS: Final = (
    # Nothing was sent
    fault("connect refused", always(b""), "ConnectError x0", elsewhere=nobody_listens),
    fault(
        "connect hangs",
        always(b""),
        "RequestTimeout(connect) x0",
        elsewhere=nobody_accepts,
        options=HASTY,
    ),
    fault("no TLS there", always(b""), "ConnectError x0", greet=smtp, elsewhere=as_if_tls),
    fault(
        "login refused",
        always(b""),
        "LoginFailed x0",
        greet=at_login(status(401, REPEATED_PASSWORD)),
    ),
    fault(
        "login without token",
        always(b""),
        "LoginFailed x0",
        greet=at_login(always(answer({"access_token": f"{TOKEN} x"}))),
    ),
    fault(
        "login fails", always(b""), "ServerError x0", greet=at_login(status(500, REPEATED_PASSWORD))
    ),
    fault("login reset", always(b""), "ConnectionBroken x0", greet=at_login(then_reset(b""))),
    fault(
        "login silent",
        always(b""),
        "RequestTimeout(read) x0",
        options=QUICK,
        greet=at_login(then_silence(b"")),
    ),
    # The connection ends too soon
    fault(
        "reset before reading",
        always(b""),
        "ConnectionBroken x0",
        "OutcomeUnknown x0",
        greet=reset_unread,
    ),
    fault("reset before reply", then_reset(b""), GONE, OPEN),
    fault("closed before reply", then_close(b""), GONE, OPEN),
    fault("reset in headers", then_reset(HEAD), GONE, OPEN),
    fault("closed in headers", then_close(HEAD), GONE, OPEN),
    fault("reset in body", then_reset(LONG + b"[1, 2"), GONE, OPEN),
    fault("short body", then_close(LONG + b"[1, 2"), GONE, OPEN),
    fault(
        "short chunk",
        then_close(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1\r\n"),
        GONE,
        OPEN,
    ),
    fault("kept, closed when idle", kept_then(Connection.close, at_once=True), "ok x2", calls=2),
    fault("kept, reset when idle", kept_then(Connection.reset, at_once=True), "ok x2", calls=2),
    fault(
        "kept, closed on sending",
        kept_then(Connection.close, at_once=False),
        "ok x2",
        "OutcomeUnknown x1",
        calls=2,
    ),
    fault(
        "kept, reset on sending",
        kept_then(Connection.reset, at_once=False),
        "ok x2",
        "OutcomeUnknown x1",
        calls=2,
    ),
    # Too much, too slow
    # aiohttp parses what came as a whole, and gives nothing of it if its end makes no sense
    fault(
        "junk behind the body",
        two_answers_for_one(b"junk"),
        "ok x2",
        calls=2,
        on_aiohttp=("ConnectionBroken x6", "OutcomeUnknown x2"),
    ),
    fault("answer behind the body", two_answers_for_one(answer([666])), "ok x2", calls=2),
    fault("silence", then_silence(b""), "RequestTimeout(read) x3", OPEN, options=QUICK),
    fault("silence in headers", then_silence(HEAD), "RequestTimeout(read) x3", OPEN, options=QUICK),
    fault(
        "silence after headers", then_silence(LONG), "RequestTimeout(read) x3", OPEN, options=QUICK
    ),
    fault("slow drip", drip, "RequestTimeout(read) x3", OPEN, options=SHORT),
    fault(
        "oversize, announced",
        always(answer(b"1" * 50_000)),
        "ResponseTooLarge x1",
        OPEN,
        options={"max_response_bytes": LARGEST},
    ),
    fault(
        "oversize, not announced",
        then_close(HEAD + b"Connection: close\r\n\r\n" + b"1" * 50_000),
        "ResponseTooLarge x1",
        OPEN,
        options={"max_response_bytes": LARGEST},
    ),
    fault(
        "oversize, unfolded",
        always(answer(gzip.compress(b" " * 50_000), headers={"Content-Encoding": "gzip"})),
        "ResponseTooLarge x1",
        OPEN,
        options={"max_response_bytes": LARGEST},
    ),
    # Statuses
    fault("400", status(400, REPEATED_SECRETS), "BadRequest x1"),
    fault("401 once", once(answer(status=401)), "ok x2"),
    fault("401 always", status(401, REPEATED_SECRETS), "Unauthorized x2"),
    fault("403", status(403), "Forbidden x1"),
    fault("404", status(404), "NotFound x1"),
    fault("409", status(409), "Conflict x1"),
    fault("429", status(429), "RateLimited x3"),
    fault("429 in seconds", status(429, Retry_After="7"), "RateLimited x3"),
    fault("429 in an hour", status(429, Retry_After="3600"), "RateLimited x1"),
    fault(
        "429 at a date",
        status(
            429, Date=formatdate(1e9, usegmt=True), Retry_After=formatdate(1e9 + 7, usegmt=True)
        ),
        "RateLimited x3",
    ),
    fault("429 RateLimit", status(429, RateLimit='"minute";r=0;t=7'), "RateLimited x3"),
    fault(
        "429 X-RateLimit",
        status(429, X_RateLimit_Remaining="0", X_RateLimit_Reset="7"),
        "RateLimited x3",
    ),
    fault("500", status(500), "ServerError x3", OPEN),
    fault("502", status(502), "ServerError x3", OPEN),
    fault("503", status(503), "ServerError x3", OPEN),
    fault("524", status(524), "ServerError x3", OPEN),
    fault("408", status(408), "StatusError x3", OPEN),
    fault("504", status(504), "ServerError x3", OPEN),
    fault("503 once", once(answer(status=503)), "ok x2", OPEN),
    fault(
        "redirect elsewhere",
        status(302, b"", Location=f"https://elsewhere.invalid/?token={TOKEN}-1"),
        "StatusError x1",
        OPEN,
    ),
    # httpx reads the URL itself
    fault(
        "redirect to no URL",
        status(302, b"", Location="http://[::1"),
        "StatusError x1",
        OPEN,
        on_httpx=("ConnectionBroken x3", OPEN),
    ),
    fault(
        "403 in a page", always(answer(PAGE, status=403, kind="text/html")), "Forbidden x3", OPEN
    ),
    # Answers that cannot be used
    fault("not HTTP", then_close(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), GONE, OPEN),
    fault("invalid JSON", always(answer(b'[1, "')), "DecodeFailed x3", OPEN),
    fault("wrong schema", always(answer({"a": 1})), "DecodeFailed x1", OPEN),
    fault("nested too deep", always(answer(b"[" * 9**6 + b"]" * 9**6)), "DecodeFailed x3", OPEN),
    fault("HTML", always(answer(PAGE, kind="text/html")), "DecodeFailed x3", OPEN),
    fault("a part", always(answer(status=206)), "DecodeFailed x3", OPEN),
    fault("JSON said to be text", always(answer(kind="text/plain")), "ok x1", OPEN),
    fault(
        "gzip garbage", always(answer(b"garbage", headers={"Content-Encoding": "gzip"})), GONE, OPEN
    ),
    fault("huge header", always(answer(headers={"X-Long": "x" * 200_000})), GONE, OPEN),
)


@dataclass
class Run:
    """What became of one fault with one method on one stack."""

    outcome: str
    errors: list[BaseException]
    client: ApiClient


async def run(one: Fault, method: str, stack: str, **options: Any) -> Run:
    """Let it happen, and check that nothing is left open after it."""
    errors: list[BaseException] = []
    async with serve(one.handler, token=TOKEN, greet=one.greet) as server:
        with one.elsewhere(server) if one.elsewhere else nullcontext(server.url) as url:
            static = one.elsewhere is not None
            async with client_of(stack, url, static=static, **one.options, **options) as client:
                got = ""
                for call in range(one.calls):
                    if call:
                        await anyio.sleep(0.005)  # what the server did to the connection is known
                    try:
                        value = await client.send(request_with(method))
                        got = "ok" if value == [1] else f"ok, but {value}"
                    except EnergyApiError as error:
                        got = spelled(error)
                        errors.append(error)
                assert client._attempts._limiter.active == 0
        await server.all_hung_up()
        return Run(f"{got} x{len(server.seen)}", errors, client)
