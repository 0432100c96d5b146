"""What the log says, and at which level."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from energy_async import (
    ConnectionBroken,
    Request,
    WireReply,
    WireRequest,
)
from energy_async.transport.events import RateSlowed
from energy_async.transport.telemetry.watch import Watch
from tests.clock import SleepClock
from tests.transport.conftest import ScriptedBackend, client_on, operation, reply

PATH = operation(path="/things/{thingID}")
OURS = {"operation", "method", "path", "status", "error", "attempt"}
NUMBERS = {"elapsed", "size", "waited", "request_id"}


def fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: record.__dict__[name] for name in OURS | NUMBERS}


async def test_an_attempt_is_one_line_with_its_numbers_as_fields(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = SleepClock()

    class Slow(ScriptedBackend):
        async def send(self, request: WireRequest) -> WireReply:
            clock.now += 0.25
            return await super().send(request)

    client = client_on(Slow(reply(b"[1]", x_request_id="r-7")), clock)
    with caplog.at_level(logging.DEBUG, "energy_async"):
        await client.send(Request(PATH, path={"thingID": "t-1"}, query={"q": 1}))
    (record,) = caplog.records
    assert record.levelno == logging.DEBUG
    assert record.getMessage() == (
        "GET /things/{thingID}: 200 in 0.2500 s, 3 bytes"
        " (things.get_things, attempt 1, waited 0.0000 s, request id r-7)"
    )
    assert fields(record) == {
        "operation": "things.get_things",
        "method": "GET",
        "path": "/things/{thingID}",
        "status": 200,
        "error": None,
        "attempt": 1,
        "elapsed": 0.25,
        "size": 3,
        "waited": 0.0,
        "request_id": "r-7",
    }


async def test_an_attempt_without_an_answer_names_its_error_and_the_retry_is_info(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = client_on(ScriptedBackend(ConnectionBroken("x"), reply()))
    with caplog.at_level(logging.DEBUG, "energy_async"):
        await client.send(Request(PATH, path={"thingID": 1}))
    failed, again, good = caplog.records
    assert (failed.error, failed.status) == ("ConnectionBroken", None)  # type: ignore[attr-defined]
    assert "ConnectionBroken in 0.0000 s" in failed.getMessage()
    assert again.levelno == logging.INFO
    assert again.getMessage() == (
        "things.get_things: attempt 1 failed (connection broken); the next one follows in 0.25 s"
    )
    assert good.attempt == 2  # type: ignore[attr-defined]


async def test_at_info_only_retries_are_written(caplog: pytest.LogCaptureFixture) -> None:
    client = client_on(ScriptedBackend(reply(b"", 503), reply()))
    with caplog.at_level(logging.INFO, "energy_async"):
        await client.send(Request(PATH, path={"thingID": 1}))
        assert not client._watch.is_on()
    assert [record.levelname for record in caplog.records] == ["INFO"]


async def test_the_wait_of_one_attempt_is_not_told_of_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The second attempt comes after a long pause and finds the way free."""
    pause = reply(b"", 503, retry_after="5")
    client = client_on(ScriptedBackend(reply(), pause, reply()), SleepClock(), rate=2, burst=1)
    await client.send(Request(PATH, path={"thingID": 1}))
    with caplog.at_level(logging.DEBUG, "energy_async"):
        await client.send(Request(PATH, path={"thingID": 1}))
    first, second = [one.waited for one in caplog.records if hasattr(one, "waited")]
    assert first > 0.4
    assert second == 0


def test_a_slow_down_is_one_warning_however_many_were_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = SleepClock()
    watch = Watch(None, clock)
    for moment in (0, 0.5, 1.9, 2.0):
        clock.now = 1000 + moment
        watch.report(RateSlowed("things.get_things", 5.0, 2.0))
    said = (
        "the server asks to slow down (things.get_things): nothing is sent for 2.0 s,"
        " then 5 a second"
    )
    found = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert found == [("WARNING", said)] * 2


async def test_a_429_warns(caplog: pytest.LogCaptureFixture) -> None:
    client = client_on(ScriptedBackend(reply(b"", 429, retry_after="1"), reply()), rate=10)
    await client.send(Request(PATH, path={"thingID": 1}))
    (record,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert (record.pause, record.rate) == (1, 5)  # type: ignore[attr-defined]
