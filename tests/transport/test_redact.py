"""Secrets stay out of reprs, of what rich prints, of errors and of pickles."""

from __future__ import annotations

import base64
import contextlib
import copy
import io
import json
import pickle
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import rich.pretty
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
from energy_async.transport.redact import (
    SecretBytes,
    SecretText,
    redact,
    redact_bytes,
    redact_url,
    without_frames,
    without_parts,
)
from energy_async.transport.tokens.token import StaticToken
from energy_async.transport.tokens.token_life import Grant, StoredToken
from tests.spellings import ESCAPES, PASSWORDS
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
            *(Plan(PATH), PATH, f"https://a.example/x?t={SECRET}", body, "normal", 3),
            asked={"key": SECRET},
            watched=False,
            headers=headers,
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


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_a_secret_is_masked_however_it_is_escaped(
    password: str, escape: Callable[[str], str]
) -> None:
    assert redact(f"said {escape(password)} there", (password,)) == "said *** there"


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("before", ["", "u:", "us:"])
def test_a_secret_is_masked_wherever_it_begins_in_base64(password: str, before: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(f"{before}{password}".encode()).decode()
        assert len(redact(text, (password,)).replace("***", "")) <= len(before) * 2 + 4


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_the_value_of_a_name_that_speaks_of_credentials_is_masked_whole(
    password: str, level: int
) -> None:
    """As FastAPI quotes what it was sent; the password need not be known, nor the text end."""
    for name in ("password", "newPassword", "client_secret", "refresh_token", "x-api-key"):
        text = json.dumps({"input": {"username": "anna", name: password}, "more": 1})
        for _ in range(level):
            text = json.dumps(text)
        at = text.index(name)
        for shown in (redact(text), redact(text[:-12]), redact(repr({name: password}))):
            assert "***" in shown
            assert not any(part in shown for part in (password[2:6], password[-4:]))
        assert redact(text).startswith(text[:at])


def test_what_is_not_a_credential_stays() -> None:
    text = '{"password": "x", "more": [1, "password"], "token": null, "b": "\\"x\\""}'
    assert redact(text) == text.replace('"x",', '"***",')
    assert redact('{"password": 12345678, "n": 1}') == '{"password": ***, "n": 1}'
    assert redact("a=1&password=x%22y&b=2") == "a=1&password=***&b=2"


@pytest.mark.parametrize(
    "word", ["wrong", "password", "Unauthorized", "username or", "2026", "ungültig"]
)
def test_a_mask_never_confirms_a_guess(word: str) -> None:
    """A password that is a word stays where a sentence of the server's has it."""
    said = "2026: Unauthorized, wrong username or password, ungültig"
    assert redact(said, (word,)) == said
    assert redact(json.dumps({"password": word}), (word,)) == '{"password": "***"}'
    echo = json.dumps({"detail": [{"msg": said, "input": word}]}, ensure_ascii=False)
    assert redact(echo, (word,), echoes=True) == echo.replace(
        f'"input": "{word}"', '"input": "***"'
    )


def test_bytes_that_are_no_text_are_masked_and_else_unchanged() -> None:
    body = b"\xff" + "Grüße-1".encode("latin-1") + b"\x00"
    assert redact_bytes(body, ("Grüße-1",)) == b"\xff***\x00"
    assert redact_bytes(body, ("another-1",)) == body


@pytest.mark.parametrize(
    "unit", ["?", "\ufffd", "\\", "a-", '"token', '"', "%25", "&amp;", '\\"password\\":\\"\\\\']
)
def test_no_text_takes_long_to_be_searched(unit: str) -> None:
    """A server sends what it likes; four times as much may take some times as long."""
    took = []
    for size in (4_000, 16_000):
        text = unit * (size // len(unit))
        began = time.process_time()
        redact(text, [*PASSWORDS, "日本語" * 9], echoes=True)
        took.append(time.process_time() - began)
    assert took[1] < 20 * took[0] + 0.1


def test_secrets_in_variables_are_masked_by_whatever_prints_them() -> None:
    for secret in (SecretText(SECRET * 20), SecretBytes(SECRET.encode() * 20)):
        held = {"a": secret, "b": [secret[:40], secret[3:]]}
        screen = io.StringIO()
        Console(file=screen).print(held)
        pretty = rich.pretty.pretty_repr(held, max_string=30)
        for text in (repr(held), screen.getvalue(), pretty):
            assert "***" in text
            assert "s3cr" not in text
    assert SecretText(SECRET) == SECRET
    assert SecretBytes(b"ab")[0] == 97


def test_the_frames_of_all_errors_behind_an_error_are_dropped() -> None:
    members = [ValueError("a"), KeyError("b")]
    cause, error, group = OSError(), KeyboardInterrupt(), ExceptionGroup("several", members)
    links = [error, cause, group, *members]
    for link in links:
        with contextlib.suppress(BaseException):
            raise link
        assert link.__traceback__ is not None
    error.__cause__, error.__context__ = cause, group
    cause.__context__ = error  # a circle
    without_frames(error)
    assert [link.__traceback__ for link in links] == [None] * 5


def test_parts_of_a_secret_that_a_library_quotes_are_masked() -> None:
    said = "Invalid port: 'ümlaut-ßecret' at 'ßecret/+='"
    shown = "Invalid port: '***' at '***'"
    assert without_parts(said, ("ümlaut-ßecret/+=", "Invalid port")) == shown
    assert without_parts("the connection broke", ("connection-1",)) == "the connection broke"
