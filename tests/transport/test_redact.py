"""Secrets stay out of reprs, of what rich prints, of errors and of pickles."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import msgspec
import pytest
from rich.console import Console

from energy_async import (
    BadRequest,
    DecodeFailed,
    Reply,
    Request,
    WireReply,
    WireRequest,
)
from energy_async.transport.call import Call, Plan
from energy_async.transport.redact import redact_url
from energy_async.transport.token import StaticToken
from energy_async.transport.token_life import Grant, StoredToken
from tests.transport.conftest import ScriptedBackend, client_on, operation, reply
from trlyr_async import Trlyr

PATH = operation(path="/things/{thingID}")
SECRET = "s3cret-value"


def secret_values() -> list[Any]:
    headers = {"Authorization": f"Bearer {SECRET}", "X-Mine": SECRET}
    body = f'{{"note": "{SECRET}"}}'.encode()
    request = Request(PATH, headers=headers, cookies=headers, body={"note": SECRET})
    return [
        request,
        WireRequest("GET", f"https://a.example/x?t={SECRET}", headers, body, 1, 1, 1, 1),
        WireReply(200, {"set-cookie": SECRET}, body),
        Reply(200, {"set-cookie": SECRET}, body, 0.1, 1),
        Call(
            Plan(PATH), PATH, f"https://a.example/x?t={SECRET}", body, "normal", 3, headers=headers
        ),
        Grant(SECRET, 60),
        StoredToken(token=SECRET, refresh_token=SECRET),
        StaticToken(SECRET),
    ]


@pytest.mark.parametrize("value", secret_values(), ids=lambda value: type(value).__name__)
def test_what_holds_secrets_does_not_show_them(value: Any) -> None:
    """Not in its repr, and not where rich prints it, as in a traceback with local variables."""
    screen = io.StringIO()
    Console(file=screen, width=200).print([value], {"value": value})
    for text in (repr(value), str(value), screen.getvalue()):
        assert type(value).__name__ in text
        assert SECRET not in text


def test_a_client_is_not_pickled_with_its_password() -> None:
    client = Trlyr("anna", SECRET, backend=ScriptedBackend(reply()))
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="make one for each process"):
            attempt(client)


async def test_a_pickled_error_holds_no_secret() -> None:
    echo = f'{{"message": "{SECRET}", "access_token": "abcdef"}}'.encode()
    client = client_on(ScriptedBackend(reply(echo, 400)), auth=StaticToken(SECRET))
    with pytest.raises(BadRequest) as caught:
        await client.send(Request(PATH, path={"thingID": 1}))
    stored = pickle.dumps(caught.value)
    assert b"***" in stored
    assert SECRET.encode() not in stored
    assert b"abcdef" not in stored


async def test_an_answer_to_a_login_that_cannot_be_decoded_is_kept_without_its_token() -> None:
    login = operation(dict[str, int], path="/login", authenticated=False)
    client = client_on(ScriptedBackend(reply(b'{"access_token": "abcdef", "scope": "x"}')))
    with pytest.raises(DecodeFailed) as caught:
        await client.send(Request(login))
    assert caught.value.body == b'{"access_token": "***", "scope": "x"}'
    assert b"abcdef" not in pickle.dumps(caught.value)


async def test_an_answer_with_data_that_cannot_be_decoded_is_kept_as_it_came() -> None:
    body = b'{"token": "abcdef"}'
    with pytest.raises(DecodeFailed) as caught:
        await client_on(ScriptedBackend(reply(body))).send(Request(PATH, path={"thingID": 1}))
    assert caught.value.body == body


def test_a_struct_with_secrets_survives_what_msgspec_does_with_structs() -> None:
    """The base must not change equality, encoding or replacing."""
    grant = Grant("a", 60)
    assert msgspec.structs.replace(grant, token="b") == Grant("b", 60)
    assert msgspec.json.encode(grant) == b'{"token":"a","expires_in":60,"refresh_token":null}'


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x?start=1", "https://a.example/x?start=1"),
        ("https://anna:pw-1@a.example/x", "https://a.example/x"),
        ("https://a.example/x?a=1&Signature=abc&b=2", "https://a.example/x?a=1&Signature=***&b=2"),
        ("https://a.example/x?api_key=abc", "https://a.example/x?api_key=***"),
        ("https://a.example/x?q=a@b", "https://a.example/x?q=a@b"),
    ],
)
def test_a_url_is_shown_without_credentials(url: str, shown: str) -> None:
    assert redact_url(url) == shown
