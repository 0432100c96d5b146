"""The login belongs to the client: whatever it answers, and whoever waits for it."""

from __future__ import annotations

import contextlib
import time
from typing import Any, Final

import anyio
import pytest

from energy_async import DeadlineExceeded, LoginFailed
from tests.faults.behaviours import always
from tests.faults.clients import client_of, request_with
from tests.faults.server import Connection, Handler, Seen, Server, answer, serve

GRANT: Final = answer({"access_token": "good-token", "expires_in": 3600})
PAGE: Final = b"<!-- sso --><html>Sign in</html>"
ODD: Final = {
    "a page with 200": answer(PAGE, kind="text/html"),
    "a page said to be JSON": answer(PAGE),
    "empty 200": answer(b""),
    "cut JSON": answer(b'{"access_token": "go'),
    "null": answer(None),
    "a list": answer([1]),
    "JSON without a token": answer({"detail": "try later"}),
    "403 of a firewall": answer(PAGE, status=403, kind="text/html"),
    "404 of a proxy": answer(PAGE, status=404, kind="text/html"),
    "302": answer(b"", status=302, headers={"Location": "https://sso.invalid/"}),
    "a place that is no URL": answer(b"", status=302, headers={"Location": "http://[::1"}),
    "429": answer({}, status=429),
    "500, nested": answer(b"[" * 9000, status=500),
    "503": answer({}, status=503),
    "520": answer(PAGE, status=520, kind="text/html"),
    "524": answer(b"", status=524),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
}


class Logins:
    """Answers logins one after the other as told; the last one stays. Counts those under way."""

    def __init__(self, *answers: bytes, takes: float = 0.0) -> None:
        self.answers = list(answers)
        self.takes = takes
        self.count = self.under_way = self.most = 0

    async def __call__(self, connection: Connection, _: Seen) -> bool:
        self.count += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await anyio.sleep(self.takes)
            given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            await connection.send(given)
        finally:
            self.under_way -= 1
        return given is not GRANT


def serving(login: Handler) -> contextlib.AbstractAsyncContextManager[Server]:
    return serve(always(answer()), login=login)


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_a_schedule_and_a_bid_outlast_an_odd_login(
    stack: str, odd: bytes, method: str
) -> None:
    login = Logins(odd, odd, GRANT)
    async with serving(login) as server, client_of(stack, server.url) as client:
        assert await client.send(request_with(method), lane="urgent", deadline=15.0) == [1]
    assert (login.count, login.most, len(server.seen)) == (3, 1, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 422])
async def test_only_the_refusal_of_the_api_is_final(stack: str, status: int) -> None:
    login = Logins(answer({"message": "wrong password"}, status=status))
    async with serving(login) as server, client_of(stack, server.url) as client:
        for _ in range(20):
            with pytest.raises(LoginFailed) as caught:
                await client.send(request_with("PUT"), lane="urgent", deadline=15.0)
            assert not caught.value.passing
    assert (login.count, len(server.seen)) == (1, 0)


async def test_without_a_deadline_the_login_is_given_up_in_the_end(stack: str) -> None:
    login = Logins(ODD["empty 200"])
    async with serving(login) as server, client_of(stack, server.url) as client:
        with pytest.raises(LoginFailed, match=r"without a usable access_token.*after 3") as caught:
            await client.send(request_with("GET"))
    assert caught.value.passing
    assert login.count == 3


async def test_no_bid_is_missed_beside_a_good_token_while_its_renewal_hangs(stack: str) -> None:
    login = Logins(GRANT)
    async with serving(login) as server, client_of(stack, server.url) as client:
        await client.send(request_with("GET"))
        auth: Any = client._attempts._auth
        auth._clock = lambda: time.monotonic() + 3600 - 80  # 80 s of use are left
        login.takes = 3600
        for _ in range(8):
            assert await client.send(request_with("POST"), lane="urgent", deadline=30.0) == [1]
    assert (login.count, login.most) == (2, 1)


async def test_deadlines_shorter_than_the_login_see_one_login(stack: str) -> None:
    login, ended = Logins(GRANT, takes=0.12), []
    async with serving(login) as server, client_of(stack, server.url) as client:

        async def call() -> None:
            try:
                ended.append(await client.send(request_with("GET"), deadline=0.1))
            except DeadlineExceeded:
                ended.append([])

        async with anyio.create_task_group() as group:
            for _ in range(32):
                group.start_soon(call)
                await anyio.sleep(0.025)
        assert await client.send(request_with("GET"), deadline=30.0) == [1]
    assert login.count == 1
    assert [] in ended


async def test_two_hundred_cancelled_callers_cost_one_login(stack: str) -> None:
    login = Logins(GRANT, takes=0.1)
    async with serving(login) as server, client_of(stack, server.url) as client:
        async with anyio.create_task_group() as group:
            for _ in range(200):
                group.start_soon(client.send, request_with("GET"))
            await anyio.sleep(0.02)
            group.cancel_scope.cancel()
        assert await client.send(request_with("GET")) == [1]
    assert (login.count, login.most) == (1, 1)
