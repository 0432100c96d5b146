"""The login of terralayr: odd answers, the refresh token, and what is never shown."""

from __future__ import annotations

import asyncio
import json
import logging
import warnings
from pathlib import Path
from typing import Any

import pytest

from energy_async import (
    ConnectError,
    ConnectionBroken,
    EnergyApiError,
    Event,
    FileTokenStore,
    Request,
    RequestSent,
    TokenRenewed,
    Unauthorized,
)
from energy_async.transport.tokens.token_life import Grant
from energy_sandbox import Sandbox
from tests.transport.conftest import ScriptedBackend, operation, reply
from trlyr_async import Trlyr, auctions
from trlyr_async._client import grant_from

GET = operation()
TOKENS = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_in": 600}


@pytest.mark.parametrize(
    ("fields", "expires_in"),
    [
        ('"expires_in": 3600', 3600),
        ('"expires_in": 3600.5', 3600.5),
        ('"expires_in": "3600"', 3600),
        ('"expires_in": 1e18', 1e18),
        ('"expires_in": 1' + "0" * 400, None),
        ('"expires_in": 1e999', None),
        ('"expires_in": NaN', None),
        ('"expires_in": -Infinity', None),
        ('"expires_in": null', None),
        ('"expires_in": "soon"', None),
        ('"expires_in": {"seconds": 5}', None),
        ('"scope": "x"', None),
    ],
)
def test_an_odd_lifetime_does_not_spoil_a_login(fields: str, expires_in: float | None) -> None:
    body = f'{{"access_token": "t", {fields}}}'.encode()
    assert grant_from(body) == Grant("t", expires_in, None)


@pytest.mark.parametrize("refresh_token", ["", None, 5, ["x"], "\ud800", "two\nlines"])
def test_an_odd_refresh_token_is_none(refresh_token: object) -> None:
    body = json.dumps({"access_token": "t", "refresh_token": refresh_token}).encode()
    assert grant_from(body) == Grant("t")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'"t"', b"[" * 100_000, b"\xff\xfe\x00", b'{"access_token": 5}']
)
def test_an_answer_without_a_token_is_none(body: bytes) -> None:
    assert grant_from(body) is None


def tokens(number: int, **fields: Any) -> Any:
    answer = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}"}
    return reply(json.dumps({**answer, "expires_in": 600, **fields}).encode())


class Scripted:
    """A client on a script, whose token ends when told."""

    def __init__(self, *script: Any, **options: Any) -> None:
        self.events: list[Event] = []
        self.backend = ScriptedBackend(*script)
        self.client = Trlyr(
            "anna", "pass-word-1", backend=self.backend, rate=1e6, on_event=self.events.append,
            **options,
        )  # fmt: skip

    async def end_token(self) -> None:
        auth: Any = self.client._attempts._auth
        auth._clock = lambda: 1e12
        await self.client.send(Request(GET))

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.events if isinstance(one, RequestSent)]

    @property
    def sources(self) -> list[str]:
        return [one.source for one in self.events if isinstance(one, TokenRenewed)]


LOGIN, REFRESH, THINGS = "/auth/public/authenticate", "/auth/public/refresh", "/things"


async def test_a_token_that_ends_is_refreshed_without_the_password_and_without_a_warning() -> None:
    run = Scripted(tokens(1), reply(), tokens(2), reply())
    async with run.client as client:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            await client.send(Request(GET))
            await run.end_token()
    assert run.paths == [LOGIN, THINGS, REFRESH, THINGS]
    assert run.sources == ["login", "refresh"]
    request = run.backend.sent[2]
    assert request.body == b'{"refresh_token":"refresh-1"}'
    assert "Authorization" not in request.headers
    assert run.backend.sent[3].headers["Authorization"] == "Bearer access-2"


@pytest.mark.parametrize(
    "refused",
    [
        reply(b"", 404),
        reply(b"", 405),
        reply(b"{}", 400),
        reply(b"{}", 401),
        reply(b"", 500),
        reply(b"<html>"),
        reply(b'{"access_token": ""}'),
        ConnectionBroken("reset"),
        ConnectError("down"),
    ],
    ids=["404", "405", "400", "401", "500", "html", "no token", "reset", "down"],
)
async def test_a_refresh_that_fails_in_any_way_is_tried_once_and_becomes_a_login(
    refused: Any,
) -> None:
    run = Scripted(tokens(1), reply(), refused, tokens(2), reply())
    async with run.client as client:
        await client.send(Request(GET))
        await run.end_token()
    assert run.paths == [LOGIN, THINGS, REFRESH, LOGIN, THINGS]
    assert run.sources == ["login", "login"]


async def test_neither_token_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Not even where the server quotes them, and not in the texts of errors, logs and events."""
    quoting = reply(b'{"message": "unknown: access-1 refresh-1 access-2 refresh-2"}', 401)
    run = Scripted(tokens(1), reply(), tokens(2), quoting, tokens(3), quoting)
    with caplog.at_level(logging.DEBUG, "energy_async"):
        async with run.client as client:
            await client.send(Request(GET))
            with pytest.raises(Unauthorized) as caught:
                await run.end_token()
    error = caught.value
    shown = f"{error} {error!r} {error.detail} {error.body!r} {run.events} {caplog.text} {client!r}"
    assert "unknown: *** *** *** ***" in shown
    for number in (1, 2, 3):
        assert f"access-{number}" not in shown
        assert f"refresh-{number}" not in shown


async def test_the_sandbox_rotates_refresh_tokens_and_clients_keep_up(tmp_path: Path) -> None:
    """Two clients through one file, three lives: one login, and each refresh token used once."""
    async with Sandbox(assets=1, token_lifetime=3600) as sandbox:
        options: Any = {
            "environment": sandbox.url,
            "token_store": FileTokenStore(tmp_path / "tokens"),
            "rate": 1e6,
        }
        async with (
            Trlyr(sandbox.username, sandbox.password, **options) as first,
            Trlyr(sandbox.username, sandbox.password, **options) as second,
        ):
            now = asyncio.get_running_loop().time()
            for life in range(3):
                for client in (first, second):
                    auth: Any = client._attempts._auth
                    auth._clock = auth._wall = lambda life=life: 1e9 + now + life * 3605
                    await auctions.get_auctions(client)
        counters = sandbox.counters
        assert counters.logins == 1
        assert counters.count("auth.refresh", 200) == 2
        assert counters.refused == 0
    (kept,) = (tmp_path / "tokens").glob("*.json")
    assert sandbox.password not in kept.read_text()


async def test_a_server_that_refuses_every_token_is_not_flooded_with_logins() -> None:
    async with Sandbox(assets=1, token_lifetime=0) as sandbox:
        async with Trlyr(
            sandbox.username, sandbox.password, environment=sandbox.url, rate=1e6, concurrency=50
        ) as client:

            async def ask() -> type[Exception] | None:
                try:
                    await auctions.get_auctions(client)
                except EnergyApiError as error:
                    return type(error)
                return None

            found = [await asyncio.gather(*(ask() for _ in range(50))) for _ in range(4)]
        assert {one for group in found for one in group} == {Unauthorized}
        assert sandbox.counters.logins <= 7


def test_a_password_that_cannot_be_sent_is_refused_and_not_quoted() -> None:
    with pytest.raises(ValueError, match="surrogate") as caught:
        Trlyr("anna", "never\ud800shown")
    assert "never" not in f"{caught.value!r}"
