"""Clients that share what another one has, headers of every request, and a look at the API."""

from __future__ import annotations

from typing import Any

import pytest

from energy_async import (
    ApiClient,
    ClientClosed,
    ConnectError,
    DecodeFailed,
    LoginFailed,
    NotSubscribed,
    Request,
    ServerError,
    StatusError,
    Timeouts,
    WireReply,
)
from nanocorp_async import Nanocorp, market_feeds
from tests.faults.server import Connection, Seen, answer, serve
from tests.transport import conftest
from tests.transport.conftest import ScriptedBackend, operation, reply
from trlyr_async import Trlyr, virtual_assets

GET = operation(authenticated=False)


def client_on(*script: WireReply | Exception, **options: Any) -> tuple[ApiClient, ScriptedBackend]:
    backend = ScriptedBackend(*script)
    return conftest.client_on(backend, **options), backend


async def test_a_derived_client_has_its_own_defaults_and_the_other_keeps_its() -> None:
    client, backend = client_on(reply(b"[1]"), headers={"X-Desk": "a"}, timeout=20)
    slow = client.with_options(timeout=Timeouts(total=90, read=90), headers={"x-desk": "b"})
    for one in (client, slow, slow.with_options(headers={"X-Run": "7"})):
        await one.send(Request(GET))
    await slow.send(Request(GET), headers={"X-DESK": "c"}, timeout=Timeouts(total=5))
    desks = [[v for k, v in one.headers.items() if k.lower() == "x-desk"] for one in backend.sent]
    assert [one[-1] for one in desks] == ["a", "b", "b", "c"]
    assert [one.total_timeout for one in backend.sent] == [20, 90, 90, 5]
    assert backend.sent[2].headers["X-Run"] == "7"
    await client.aclose()


async def test_closing_a_derived_client_closes_nothing_and_closing_its_origin_both() -> None:
    client, backend = client_on(reply(b"[1]"))
    async with client.with_options(retries=0) as derived:
        await derived.send(Request(GET))
    assert (derived.closed, backend.closed) == (False, 0)
    del derived  # without a warning of a client that was never closed
    await client.send(Request(GET))
    late = client.with_options(retries=1)
    await client.aclose()
    assert backend.closed == 1
    with pytest.raises(ClientClosed):
        await late.send(Request(GET))


async def test_a_derived_client_shares_token_and_rate() -> None:
    async def handler(connection: Connection, seen: Seen) -> None:
        await connection.send(answer([1]))

    async with serve(handler) as server:
        async with Trlyr("anna", "pass-word-1", environment=server.url, rate=1e6) as client:
            await client.with_options(lane="urgent").send(Request(operation()))
            await client.send(Request(operation()))
            assert client.with_options().rate_limit() == client.rate_limit()
        assert server.logins == 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"retires": 2}, TypeError),
        ({"retries": -1}, ValueError),
        ({"lane": "fast"}, ValueError),
        ({"timeout": 0}, ValueError),
        ({"headers": {"Host": "x"}}, ValueError),
    ],
)
async def test_defaults_that_cannot_be_meant_are_refused_at_once(
    options: dict[str, Any], error: type[Exception]
) -> None:
    client, _ = client_on(reply())
    with pytest.raises(error):
        client.with_options(**options)
    await client.aclose()


@pytest.mark.parametrize("name", ["Authorization", "host", "Content-Length"])
def test_default_headers_that_the_client_sets_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Trlyr("anna", "pass-word-1", headers={name: "x"})


async def test_the_user_agent_has_a_version_and_what_the_caller_adds() -> None:
    client, backend = client_on(reply(b"[1]"), user_agent="desk/1.2 (ops@example.com)")
    await client.send(Request(GET))
    own, _, added = backend.sent[0].headers["User-Agent"].partition(" ")
    assert own.startswith("trlyr-async/")
    assert added == "desk/1.2 (ops@example.com)"
    await client.aclose()
    with pytest.raises(ValueError, match="User-Agent"):
        client_on(reply(), user_agent="two\nlines")


@pytest.mark.parametrize("status", [200, 204, 404, 405])
async def test_a_ping_takes_any_answer_of_the_api(status: int) -> None:
    client, backend = client_on(reply(b"{}" if status != 204 else b"", status))
    assert await client.ping() >= 0
    assert [one.url for one in backend.sent] == ["https://api.example/"]
    await client.aclose()


@pytest.mark.parametrize(
    ("came", "error"),
    [
        (reply(b"{}", 503), ServerError),
        (reply(b"", 302), StatusError),
        (reply(b"{}", 401), StatusError),
        (reply(b"<html>", content_type="text/html"), DecodeFailed),
        (ConnectError("no such host"), ConnectError),
    ],
    ids=["error", "redirect", "refusal", "page", "nobody"],
)
async def test_a_ping_raises_what_is_no_answer_of_the_api(
    came: WireReply | Exception, error: type[Exception]
) -> None:
    client, backend = client_on(came)
    with pytest.raises(error):
        await client.ping()
    assert len(backend.sent) == 1
    await client.aclose()


async def test_a_ping_shows_that_credentials_are_refused() -> None:
    trlyr = Trlyr("anna", "x", backend=ScriptedBackend(reply(b"{}", 401)), rate=1e6)
    async with trlyr, Nanocorp("t", backend=ScriptedBackend(reply(b"{}", 401))) as feeds:
        with pytest.raises(LoginFailed):
            await trlyr.ping()
        with pytest.raises(NotSubscribed):
            await feeds.ping()


async def test_a_function_refuses_the_client_of_another_api() -> None:
    backend = ScriptedBackend(reply(b"{}"))
    async with (
        Trlyr("anna", "x", backend=backend) as trlyr,
        Nanocorp("t", backend=backend) as feeds,
    ):
        with pytest.raises(TypeError, match=r"get_day_ahead_prices needs .* Nanocorp; got Trlyr"):
            await market_feeds.get_day_ahead_prices(trlyr)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"get_virtual_assets needs .* Trlyr; got Nanocorp"):
            await virtual_assets.get_virtual_assets(feeds, "a")  # type: ignore[arg-type]
    assert backend.sent == []


async def test_an_answer_as_it_came_names_the_request() -> None:
    client, _ = client_on(reply(b"[1]", x_request_id="r-7"))
    assert (await client.send_raw(Request(GET))).request_id == "r-7"
    await client.aclose()
