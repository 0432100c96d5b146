"""The two public clients: environments, login, subscription, and what an import costs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import energy_async
import nanocorp_async
import trlyr_async
from energy_async import (
    HttpxBackend,
    LoginFailed,
    NotSubscribed,
    RateLimited,
    Request,
    ServerError,
    Unauthorized,
)
from energy_async.transport import errors
from nanocorp_async import Nanocorp
from tests.faults.server import Connection, Seen, answer, serve
from tests.transport.conftest import ScriptedBackend, operation, reply
from trlyr_async import Trlyr

GET = operation()


def client_on_script(*script: Any, **options: Any) -> Trlyr:
    backend = ScriptedBackend(*script)
    return Trlyr("anna", "pass-word-1", backend=backend, rate=1e6, **options)


async def test_a_thousand_calls_on_a_cold_client_log_in_once() -> None:
    async def login(connection: Connection, seen: Seen) -> None:
        assert seen.body == b'{"username":"anna","password":"pass-word-1"}'
        assert "authorization" not in seen.headers
        await connection.send(answer({"access_token": "t-1", "expires_in": 600, "scope": "x"}))

    async def handler(connection: Connection, seen: Seen) -> None:
        assert seen.headers["authorization"] == "Bearer t-1"
        await connection.send(answer([1]))

    async with serve(handler, login=login) as server:
        async with Trlyr(
            "anna", "pass-word-1", environment=server.url, rate=1e6, concurrency=50
        ) as client:
            found = await asyncio.gather(*(client.send(Request(GET)) for _ in range(1000)))
        assert found == [[1]] * 1000
        assert server.logins == 1


async def test_a_hundred_401s_cause_one_login() -> None:
    """All hold the first token when it is revoked; one new login serves them all."""

    async def login(connection: Connection, seen: Seen) -> None:
        await asyncio.sleep(0.01)
        grant = {"access_token": f"token-{server.logins}", "expires_in": 600}
        await connection.send(answer(grant))

    async def handler(connection: Connection, seen: Seen) -> None:
        if seen.headers["authorization"] == "Bearer token-1":
            await asyncio.sleep(0.02)
            await connection.send(answer({}, status=401))
        else:
            await connection.send(answer([1]))

    async with (
        serve(handler, login=login) as server,
        Trlyr("a", "pw-1", environment=server.url, rate=1e6, concurrency=100) as client,
    ):
        await asyncio.gather(*(client.send(Request(GET)) for _ in range(100)))
    assert server.logins == 2


@pytest.mark.parametrize("status", [400, 401, 403, 422])
async def test_refused_credentials_are_tried_once_and_explained(status: int) -> None:
    script = ScriptedBackend(reply(b'{"message": "bad login of pass-word-1"}', status))
    async with Trlyr("anna", "pass-word-1", backend=script, rate=1e6) as client:
        for _ in range(20):
            with pytest.raises(LoginFailed):
                await client.send(Request(GET))
        with pytest.raises(LoginFailed) as caught:
            await client.send(Request(GET))
    assert len(script.sent) == 1
    text = str(caught.value)
    for part in ("api.trlyr.com", "bad login of ***", "TRLYR_USERNAME", "TRLYR_PASSWORD"):
        assert part in text
    assert "pass-word-1" not in text


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"access_token": ""}', b'{"access_token": "a b"}', b"[]"]
)
async def test_a_login_without_a_usable_token_fails_and_shows_nothing(body: bytes) -> None:
    async with client_on_script(reply(body)) as client:
        with pytest.raises(
            LoginFailed, match=r"without a usable access_token|login page"
        ) as caught:
            await client.send(Request(GET))
    assert caught.value.__cause__ is None


async def test_a_login_survives_a_server_that_stumbles() -> None:
    good = reply(b'{"access_token": "t", "expires_in": 60}')
    broken = energy_async.ConnectionBroken("x")
    script = ScriptedBackend(broken, good, reply(b"[1]"))
    async with Trlyr("anna", "pw-1", backend=script, rate=1e6) as client:
        assert await client.send(Request(GET)) == [1]


@pytest.mark.parametrize(
    ("answered", "kind"),
    [
        (reply(b"", 503), ServerError),
        (reply(b"", 429, retry_after="600"), RateLimited),
    ],
)
async def test_a_login_that_was_not_refused_keeps_its_own_error(answered: Any, kind: Any) -> None:
    async with client_on_script(answered, retries=0) as client:
        with pytest.raises(kind) as caught:
            await client.send(Request(GET))
    assert caught.value.operation == "auth.authenticate"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ("production", "https://api.trlyr.com"),
        ("sandbox", "https://api.sandbox.trlyr.com"),
        ("http://localhost:8080/", "http://localhost:8080"),
    ],
)
def test_an_environment_is_a_name_or_a_url(environment: str, url: str) -> None:
    assert Trlyr("a", "b", environment=environment).base_url == url


@pytest.mark.parametrize("environment", ["prod", "", "api.trlyr.com"])
def test_an_unknown_environment_is_refused(environment: str) -> None:
    with pytest.raises(ValueError, match="production, sandbox or a base URL"):
        Trlyr("a", "b", environment=environment)


def test_from_env_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRLYR_USERNAME", "anna")
    monkeypatch.setenv("TRLYR_PASSWORD", "pass-word-1")
    monkeypatch.setenv("TRLYR_ENVIRONMENT", "sandbox")
    assert Trlyr.from_env(rate=5).base_url == "https://api.sandbox.trlyr.com"
    assert Trlyr.from_env(environment="production").base_url == "https://api.trlyr.com"
    monkeypatch.delenv("TRLYR_ENVIRONMENT")
    assert Trlyr.from_env().base_url == "https://api.trlyr.com"
    monkeypatch.setenv("NANOCORP_TOKEN", "secret-token")
    assert Nanocorp.from_env().base_url == "https://co-c8jb.nanocorp.app"
    monkeypatch.setenv("NANOCORP_BASE_URL", "http://localhost:1/")
    assert Nanocorp.from_env().base_url == "http://localhost:1"


def test_all_missing_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRLYR_USERNAME", "TRLYR_PASSWORD", "NANOCORP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="TRLYR_USERNAME and TRLYR_PASSWORD"):
        Trlyr.from_env()
    with pytest.raises(ValueError, match="NANOCORP_TOKEN"):
        Nanocorp.from_env()


def test_no_repr_shows_a_secret() -> None:
    shown = f"{Trlyr('anna', 'pass-word-1')!r} {Nanocorp('secret-token')!r}"
    assert "api.trlyr.com" in shown
    assert "pass-word-1" not in shown
    assert "secret-token" not in shown


async def test_a_feed_without_subscription_says_so_at_once() -> None:
    script = ScriptedBackend(reply(b'{"error": "no active subscription"}', 401))
    async with Nanocorp("secret-token", backend=script) as client:
        with pytest.raises(NotSubscribed, match="subscription") as caught:
            await client.send(Request(GET))
    assert not isinstance(caught.value, Unauthorized)
    assert (caught.value.status, caught.value.detail) == (401, "no active subscription")
    assert len(script.sent) == 1
    assert script.sent[0].headers["Authorization"] == "Bearer secret-token"


@pytest.mark.parametrize("package", [energy_async, trlyr_async, nanocorp_async])
def test_every_public_name_is_there(package: Any) -> None:
    assert package.__all__ == sorted(package.__all__, key=lambda name: (name[0].islower(), name))
    assert set(errors.__all__) <= set(package.__all__)
    for name in package.__all__:
        if not (name.islower() and name != "units_of"):  # areas are the other tests' business
            assert getattr(package, name) is not None
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        package.no_such_name  # noqa: B018


def imported_by(code: str) -> set[str]:
    command = [
        sys.executable, "-c",
        f"import sys; before = {{*sys.modules}}\n{code}\nprint(*{{*sys.modules}} - before)",
    ]  # fmt: skip
    folder = Path(energy_async.__file__).parents[1]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", ["energy_async", "trlyr_async", "nanocorp_async"])
def test_an_import_loads_nothing_slow_and_no_area(package: str) -> None:
    loaded = imported_by(f"import {package}")
    slow = {"aiohttp", "httpx", "asyncio", "logging", "ssl", "email", "zoneinfo", "hashlib", "trio"}
    assert not loaded & {*slow, "pyarrow", "pandas", "polars", "opentelemetry"}
    assert not {name for name in loaded if "_generated" in name or name.endswith(".models")}


def test_aiohttp_comes_when_a_client_is_made_and_not_before() -> None:
    loaded = imported_by("from trlyr_async import Trlyr; Trlyr('a', 'b')")
    assert "aiohttp" in loaded
    assert "httpx" not in loaded


def test_a_missing_httpx_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ImportError, match=r"trlyr-async\[httpx\]"):
        HttpxBackend()
