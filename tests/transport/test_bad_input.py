"""What cannot be meant is refused before anything is sent, or does what it says; never silence."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any

import pytest

from energy_async import BadRequest, NotFound, Request, RequestTimeout, Timeouts, WireReply
from tests.faults.behaviours import then_silence
from tests.faults.server import serve
from tests.transport.conftest import ScriptedBackend, client_at, client_on, operation, reply
from trlyr_async import Trlyr

GET = operation()
GOOD = WireReply(200, {"content-type": "application/json"}, b"[1]")


async def hook(event: object) -> None: ...


class Hook:
    async def __call__(self, event: object) -> None: ...


@pytest.mark.parametrize(
    "one",
    [hook, functools.partial(hook), Hook(), Hook().__call__],
    ids=str.split("plain partial object method"),
)
def test_a_hook_that_would_never_run_is_refused(one: Any) -> None:
    with pytest.raises(TypeError, match="on_event must be an ordinary function"):
        client_at("http://a.example", on_event=one)


async def test_a_hook_that_turns_out_to_give_coroutines_is_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    disguised: Any = lambda event: hook(event)  # noqa: E731, PLW0108 - hides the `async def`
    client = client_on(ScriptedBackend(GOOD), on_event=disguised)
    assert await client.send(Request(GET)) == [1]
    assert "nobody awaits" in caplog.text


def test_a_hook_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="on_event must be a function of one event, got 7"):
        client_at("http://a.example", on_event=7)


@pytest.mark.parametrize(
    "name",
    ["Authorization", "authorization", "HOST", "Content-Length", "transfer-encoding", "Connection"],
)
async def test_a_header_of_the_client_cannot_be_replaced(name: str) -> None:
    backend = ScriptedBackend(GOOD)
    async with client_at("http://a.example", backend=backend) as client:
        with pytest.raises(ValueError, match=f"header '{name}' is set by the client"):
            await client.send(Request(GET), headers={name: "x"})
    assert backend.sent == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "x"),
        ("a b", "x"),
        ("a:", "x"),
        ("a\r\nHost: b", "x"),
        (7, "x"),
        ("x-a", "a\r\nb"),
        ("x-a", "a\x00"),
        ("x-a", "Zürich"),
        ("x-a", "\udcff"),
    ],
)
async def test_what_no_header_can_carry_is_refused(name: Any, text: str) -> None:
    backend = ScriptedBackend(GOOD)
    async with client_at("http://a.example", backend=backend) as client:
        with pytest.raises(ValueError, match=r"a header cannot be called|holds a line break or"):
            await client.send(Request(GET), headers={name: text})
    assert backend.sent == []


async def test_a_header_that_the_client_sets_too_is_sent_once() -> None:
    backend = ScriptedBackend(GOOD)
    async with client_at("http://a.example", backend=backend) as client:
        headers = {"user-agent": "dispatch/7", "ACCEPT": "text/csv", "x-mine": "1"}
        await client.send(Request(GET), headers=headers)
    sent = {**backend.sent[0].headers}
    sent.pop("Authorization", None)
    assert sent == {"User-Agent": "dispatch/7", "Accept": "text/csv", "x-mine": "1"}


async def test_the_client_says_its_version() -> None:
    backend = ScriptedBackend(GOOD)
    async with client_at("http://a.example", backend=backend) as client:
        await client.send(Request(GET))
    name, _, version = backend.sent[0].headers["User-Agent"].partition("/")
    assert name == "trlyr-async"
    assert version[:1].isdigit()


async def test_an_unknown_option_of_a_call_is_named() -> None:
    backend = ScriptedBackend(GOOD)
    options: Any = {"timout": 3}
    async with client_at("http://a.example", backend=backend) as client:
        with pytest.raises(TypeError, match="unknown call options: timout"):
            await client.send(Request(GET), **options)
    assert backend.sent == []


async def test_limits_of_one_call_take_the_place_of_the_client_s() -> None:
    backend = ScriptedBackend(GOOD)
    async with client_at("http://a.example", backend=backend, timeout=30) as client:
        await client.send(Request(GET), timeout=Timeouts(connect=1, read=2, total=3))
        await client.send(Request(GET), timeout=Timeouts(total=300), deadline=20)
        await client.send(Request(GET))
    one, both, usual = (
        [wire.connect_timeout, wire.read_timeout, wire.total_timeout] for wire in backend.sent
    )
    assert one == [1, 2, 3]
    assert both[:2] == [10, 60]
    assert 19 < both[2] <= 20
    assert usual == [10, 30, 30]


async def test_limits_of_one_call_are_kept() -> None:
    async with serve(then_silence(b"")) as server, client_at(server.url, retries=0) as client:
        with pytest.raises(RequestTimeout, match=r"silent for 0\.02 s"):
            await client.send(Request(GET), timeout=Timeouts(read=0.02))


# What servers send


async def test_a_mark_before_the_data_is_no_data() -> None:
    client = client_on(ScriptedBackend(reply(b"\xef\xbb\xbf[1]")))
    assert await client.send(Request(GET)) == [1]


async def test_a_request_id_that_is_no_text_can_be_written() -> None:
    seen: list[Any] = []
    client = client_on(
        ScriptedBackend(reply(status=404, x_request_id="\udcff\udcfe")), on_event=seen.append
    )
    with pytest.raises(NotFound) as caught:
        await client.send(Request(GET))
    assert caught.value.request_id == "\\udcff\\udcfe"
    assert str(seen).encode()


@pytest.mark.parametrize(
    ("date", "note"),
    [
        ("Sun, 15 Jun 2025 15:21:40 GMT", "the server's clock is 900 s ahead of this machine's"),
        ("Sun, 15 Jun 2025 15:01:40 GMT", "the server's clock is 300 s behind this machine's"),
        ("Sun, 15 Jun 2025 15:06:00 GMT", ""),
        ("soon", ""),
    ],
)
async def test_a_refusal_tells_of_clocks_that_differ(date: str, note: str) -> None:
    """A gate that has closed there may be open here."""
    now = datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC).timestamp()
    client = client_on(ScriptedBackend(reply(status=400, date=date)), wall=lambda: now)
    with pytest.raises(BadRequest) as caught:
        await client.send(Request(GET))
    assert [text for text in caught.value.__notes__ if "clock" in text] == [note] * bool(note)


def test_a_base_url_is_an_environment() -> None:
    options: Any = {"base_url": "https://a.example"}
    with pytest.raises(TypeError, match=r"environment= takes a URL: Trlyr\(..., environment="):
        Trlyr("u", "p", **options)
