"""The whole loop over a scripted backend and a clock that nobody waits for."""

from __future__ import annotations

import copy
import gc
import inspect
import logging
import pickle
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from energy_async import (
    BadRequest,
    ClientClosed,
    Conflict,
    ConnectError,
    ConnectionBroken,
    DeadlineExceeded,
    DecodeFailed,
    EnergyApiError,
    Event,
    Forbidden,
    LimiterWaited,
    NotFound,
    Operation,
    OutcomeUnknown,
    ProvisionalEndpointWarning,
    RateLimited,
    RateSlowed,
    Request,
    RequestFinished,
    RequestSent,
    RequestTimeout,
    ResponseTooLarge,
    RetryScheduled,
    ServerError,
    StatusError,
    Timeouts,
    TokenRefused,
    Unauthorized,
)
from energy_async.transport import errors, provisional
from energy_async.transport.tokens.token import StaticToken, Token, TokenCache
from energy_async.transport.tokens.token_life import Grant
from tests.clock import SleepClock
from tests.transport.conftest import ScriptedBackend, client_on, operation, reply

GET = operation()
POST = operation(method="POST")
PATH = operation(path="/things/{thingID}")


async def test_an_answer_comes_back_decoded() -> None:
    client = client_on(ScriptedBackend(reply(b"[1, 2]")))
    assert await client.send(Request(GET)) == [1, 2]


async def test_send_raw_gives_the_answer_as_it_came() -> None:
    clock = SleepClock()
    backend = ScriptedBackend(ConnectError("x"), reply(b"not json", X_Thing="7"))
    raw = await client_on(backend, clock).send_raw(Request(GET))
    assert (raw.status, raw.body, raw.attempts) == (200, b"not json", 2)
    assert raw.headers["x-thing"] == "7"
    assert raw.elapsed == sum(clock.slept) == 0.25


async def test_the_request_carries_arguments_headers_and_body() -> None:
    backend = ScriptedBackend(reply())
    request = Request(
        operation(method="POST", path="/things/{thingID}"),
        path={"thingID": "a b"},
        query={"q": 1},
        headers={"X-One": 1, "X-None": None},
        cookies={"session": "a;b"},
        body={"x": 1},
    )
    await client_on(backend).send(request, headers={"X-Two": "2"})
    (sent,) = backend.sent
    assert sent.url == "https://api.example/things/a%20b?q=1"
    assert sent.body == b'{"x":1}'
    assert sent.headers["X-One"] == "1"
    assert sent.headers["X-Two"] == "2"
    assert sent.headers["Cookie"] == "session=a%3Bb"
    assert sent.headers["Content-Type"] == "application/json"
    assert "X-None" not in sent.headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (418, StatusError),
        (422, BadRequest),
    ],
)
async def test_a_status_becomes_the_error_that_says_what_to_do(
    status: int, kind: type[StatusError]
) -> None:
    body = b'{"error": "bad_thing", "message": "no such thing"}'
    backend = ScriptedBackend(reply(body, status, x_request_id="r-1"))
    with pytest.raises(kind) as caught:
        await client_on(backend).send(Request(PATH, path={"thingID": "secret-id"}))
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.detail) == (status, "bad_thing: no such thing")
    assert (error.operation, error.attempts, error.request_id) == ("things.get_things", 1, "r-1")
    assert error.body == body
    assert "/things/{thingID}" in str(error)
    assert "secret-id" not in str(error)
    assert len(backend.sent) == 1


@pytest.mark.parametrize(
    ("body", "kind", "detail"),
    [
        (b"plain words", "text/plain", "plain words"),
        (b"<html><body>Bad gateway</body></html>", "text/html", ""),
        (b"", "application/json", ""),
        (b'{"errors": [{"detail": "one"}, "two"]}', "application/json", "one; two"),
        (b'"just text"', "application/json", "just text"),
        (b"[3]", "application/json", ""),
        (b"x" * 5000, "text/plain", "x" * 299 + "…"),
    ],
)
async def test_the_servers_own_words_are_found_in_any_body(
    body: bytes, kind: str, detail: str
) -> None:
    client = client_on(ScriptedBackend(reply(body, 418, content_type=kind)))
    with pytest.raises(StatusError) as caught:
        await client.send(Request(GET))
    assert caught.value.detail == detail


@pytest.mark.parametrize(
    ("trouble", "times"),
    [(ConnectError("x"), 3), (reply(b"", 503), 3), (RequestTimeout("x"), 2)],
)
async def test_trouble_that_passes_is_not_seen(trouble: Any, times: int) -> None:
    backend, clock = ScriptedBackend(*[trouble] * times, reply(b"[5]")), SleepClock()
    assert await client_on(backend, clock).send(Request(GET)) == [5]
    assert clock.slept == [0.25, 0.5, 1.0][:times]


async def test_retries_end_with_the_last_error_and_a_note() -> None:
    backend = ScriptedBackend(reply(b"", 502))
    with pytest.raises(ServerError) as caught:
        await client_on(backend).send(Request(GET))
    assert len(backend.sent) == caught.value.attempts == 4
    assert caught.value.__notes__ == ["not repeated: all 3 retries are used"]
    assert "after 4 attempts" in str(caught.value)


async def test_a_call_may_set_its_own_retries() -> None:
    backend = ScriptedBackend(ConnectError("x"))
    with pytest.raises(ConnectError):
        await client_on(backend).send(Request(GET), retries=0)
    assert len(backend.sent) == 1


async def test_an_outage_is_not_multiplied() -> None:
    """When the budget is used up, failures are final at once."""
    backend = ScriptedBackend(ConnectError("x"))
    client = client_on(backend)
    for _ in range(100):
        with pytest.raises(ConnectError):
            await client.send(Request(GET))
    assert 130 <= len(backend.sent) <= 140
    backend.script = [reply()]
    for _ in range(500):
        await client.send(Request(GET))
    backend.script = [ConnectError("x")]
    backend.sent.clear()
    with pytest.raises(ConnectError):
        await client.send(Request(GET))
    assert len(backend.sent) == 4, "successes fill the budget again"


@pytest.mark.parametrize(
    "trouble",
    [
        ConnectionBroken("x"),
        RequestTimeout("x"),
        ResponseTooLarge("x"),
        reply(b"", 500),
        reply(b"", 502),
        reply(b"", 504),
        *(reply(b"{}", status) for status in (206, 302, 303, 408, 421, 425, 499, 503, 524, 599)),
        reply(b"<html>Forbidden</html>", 403, content_type="text/html"),
        reply(b"RBAC: access denied", 403, content_type="text/plain"),
        reply(b"", 404, content_type=""),
        reply(b"slow down", 429, content_type="text/plain"),
        reply(b"<html>", 401, content_type="text/html"),
        reply(b'{"a": 1}'),
        reply(b"[1"),
        reply(b"true", content_type="text/plain"),
        reply(b"[1]", content_type=""),
        reply(b"", content_type="text/html"),
        RecursionError("x"),
        UserWarning("made an error"),
    ],
)
async def test_a_bid_that_may_have_arrived_is_never_sent_twice(trouble: Any) -> None:
    backend = ScriptedBackend(trouble)
    request = Request(
        operation(method="POST", path="/bids/{bidID}"),
        path={"bidID": "b-1"},
        query={"x": 1},
        body={"price": 1.5},
    )
    with pytest.raises(OutcomeUnknown) as caught:
        await client_on(backend).send(request)
    error = caught.value
    assert error.sent_at == datetime.fromtimestamp(1000.0, UTC)
    assert len(backend.sent) == 1
    assert (error.method, error.path, error.body) == ("POST", "/bids/b-1", b'{"price":1.5}')
    assert isinstance(error.__cause__, EnergyApiError)
    assert error.__context__ is None or isinstance(error.__context__, EnergyApiError)


@pytest.mark.parametrize(
    "trouble", [ConnectError("x"), reply(b"", 429), reply(b"", 429, content_type="")]
)
async def test_a_bid_that_was_certainly_not_taken_is_repeated(trouble: Any) -> None:
    backend = ScriptedBackend(trouble, reply())
    assert await client_on(backend).send(Request(POST)) == [1]
    assert len(backend.sent) == 2


CHANGE = operation(method="PUT")


@pytest.mark.parametrize(
    ("sent", "script", "acted"),
    [
        pytest.param(
            CHANGE, [ConnectionBroken("x"), reply(b"", 409)], True, id="lost, then refused"
        ),
        pytest.param(CHANGE, [reply(b"", 500), reply(b"", 401)], True, id="failed, then no token"),
        pytest.param(CHANGE, [ConnectionBroken("x")], True, id="always lost"),
        pytest.param(CHANGE, [ResponseTooLarge("x")], True, id="too large an answer"),
        pytest.param(CHANGE, [reply(b"[")], True, id="done, answer unreadable"),
        pytest.param(CHANGE, [ConnectError("x"), reply(b"", 409)], False, id="never left"),
        pytest.param(CHANGE, [RequestTimeout("x", phase="connect")], False, id="never connected"),
        pytest.param(CHANGE, [reply(b"", 503), reply(b"", 409)], True, id="not now, then refused"),
        pytest.param(CHANGE, [reply(b"{}", 429), reply(b"{}", 409)], False, id="refused twice"),
        pytest.param(CHANGE, [reply(b"[]", 302)], True, id="sent elsewhere"),
        pytest.param(CHANGE, [ValueError("x")], True, id="nobody's error"),
        pytest.param(POST, [reply(b"", 503)], True, id="not now"),
        pytest.param(POST, [reply(b"{}", 404)], False, id="refused"),
        pytest.param(POST, [ClientClosed("x")], False, id="closed before"),
        pytest.param(POST, [ConnectionBroken("x")], True, id="a bid lost"),
        pytest.param(GET, [ConnectionBroken("x"), reply(b"", 404)], False, id="a reading"),
        pytest.param(GET, [reply(b"[")], False, id="a reading that cannot be read"),
    ],
)
async def test_an_error_tells_whether_any_attempt_may_have_been_carried_out(
    sent: Operation[Any], script: list[Any], *, acted: bool
) -> None:
    with pytest.raises(EnergyApiError) as caught:
        await client_on(ScriptedBackend(*script)).send(Request(sent))
    assert caught.value.may_have_acted is acted
    assert pickle.loads(pickle.dumps(caught.value)).may_have_acted is acted
    assert copy.copy(caught.value).may_have_acted is acted


async def test_an_error_tells_what_the_attempt_before_came_to() -> None:
    backend = ScriptedBackend(ConnectionBroken("gone"), reply(b"", 409))
    with pytest.raises(Conflict) as caught:
        await client_on(backend).send(Request(CHANGE))
    assert "the attempt before ended in ConnectionBroken: gone" in caught.value.__notes__


async def test_retry_after_is_obeyed_by_all() -> None:
    backend, clock = ScriptedBackend(reply(b"", 429, retry_after="7"), reply()), SleepClock()
    events: list[Event] = []
    client = client_on(backend, clock, on_event=events.append, rate=100)
    await client.send(Request(GET))
    assert clock.slept == [7.35]
    (slowed,) = [event for event in events if isinstance(event, RateSlowed)]
    assert (slowed.rate, slowed.pause) == (50, 7)


@pytest.mark.parametrize("seconds", ["121", "86400"])
async def test_a_long_wait_is_raised_at_once(seconds: str) -> None:
    backend, clock = ScriptedBackend(reply(b"<html>", 429, retry_after=seconds)), SleepClock()
    with pytest.raises(RateLimited) as caught:
        await client_on(backend, clock).send(Request(GET))
    assert caught.value.retry_after == float(seconds)
    assert clock.slept == []


async def test_a_wait_beyond_the_deadline_is_raised_at_once() -> None:
    backend, clock = ScriptedBackend(reply(b"", 429, retry_after="30")), SleepClock()
    with pytest.raises(RateLimited):
        await client_on(backend, clock).send(Request(GET), timeout=10)
    assert clock.slept == []


class Renewing(TokenCache):
    """A cache whose logins give `token-1`, `token-2`, ... at once."""

    def __init__(self) -> None:
        self.logins = 0
        super().__init__(self._next, secrets=("pass-word-1",))

    async def _next(self) -> Grant:
        self.logins += 1
        return Grant(f"token-{self.logins}", 600)


async def test_a_refused_token_is_replaced_once() -> None:
    backend, auth = ScriptedBackend(reply(b"", 401), reply()), Renewing()
    events: list[Event] = []
    await client_on(backend, auth=auth, on_event=events.append).send(Request(GET))
    assert [sent.headers["Authorization"] for sent in backend.sent] == [
        "Bearer token-1",
        "Bearer token-2",
    ]
    assert TokenRefused("things.get_things", 1) in events


async def test_a_second_refusal_is_an_error_and_no_retry() -> None:
    backend, auth, clock = ScriptedBackend(reply(b"", 401)), Renewing(), SleepClock()
    with pytest.raises(Unauthorized) as caught:
        await client_on(backend, clock, auth=auth).send(Request(GET))
    assert (len(backend.sent), auth.logins, caught.value.attempts) == (2, 2, 1)
    assert clock.slept == []


async def test_a_refusal_after_the_new_token_was_taken_is_another_ones_end() -> None:
    backend = ScriptedBackend(
        reply(b"", 401), reply(b"", 503), reply(b"", 401), reply(b"", 503), reply(b"", 401), reply()
    )
    auth = Renewing()
    assert await client_on(backend, auth=auth).send(Request(PUT), deadline=60) == [1]
    assert auth.logins == 4


async def test_a_refused_bid_may_go_again_with_a_new_token() -> None:
    backend = ScriptedBackend(reply(b"", 401), reply())
    assert await client_on(backend, auth=Renewing()).send(Request(POST)) == [1]


async def test_a_401_in_words_may_come_after_a_schedule_was_passed_on() -> None:
    in_words = reply(b"who?", 401, content_type="text/plain")
    for refusal, acted in ((in_words, True), (reply(b"", 401), False)):
        backend = ScriptedBackend(refusal, reply(b"{}", 409))
        with pytest.raises(Conflict) as caught:
            await client_on(backend, auth=Renewing()).send(Request(CHANGE))
        assert caught.value.may_have_acted is acted


async def test_an_operation_without_token_sends_none() -> None:
    backend, auth = ScriptedBackend(reply()), Renewing()
    await client_on(backend, auth=auth).send(Request(operation(authenticated=False)))
    assert "Authorization" not in backend.sent[0].headers
    assert auth.logins == 0


@pytest.mark.parametrize("retries", [0, 3])
async def test_a_login_that_fails_is_retried_as_often_as_a_request(retries: int) -> None:
    class Down(TokenCache):
        logins = 0

        async def fail(self) -> Grant:
            self.logins += 1
            raise ConnectError("down", operation="auth.authenticate")

        def __init__(self) -> None:
            super().__init__(self.fail, sleep=SleepClock().sleep)

    auth, backend = Down(), ScriptedBackend(reply())
    with pytest.raises(ConnectError) as caught:
        await client_on(backend, auth=auth, retries=retries).send(Request(GET))
    assert caught.value.operation == "auth.authenticate"
    assert (auth.logins, backend.sent) == (retries + 1, [])


# Deadlines


@pytest.mark.parametrize("past", [datetime.fromtimestamp(999.0, UTC), 0, -1.5])
async def test_a_deadline_that_has_passed_sends_nothing(past: datetime | float) -> None:
    clock, backend = SleepClock(), ScriptedBackend(reply())
    with pytest.raises(DeadlineExceeded) as caught:
        await client_on(backend, clock).send(Request(GET), deadline=past)
    assert isinstance(caught.value, TimeoutError)
    assert backend.sent == []


async def test_an_attempt_gets_no_more_time_than_is_left() -> None:
    clock, backend = SleepClock(), ScriptedBackend(reply())
    client = client_on(backend, clock)
    await client.send(Request(GET), timeout=5, deadline=datetime.fromtimestamp(1003, UTC))
    await client.send(Request(GET), timeout=100)
    await client.send(Request(GET), deadline=4, timeout=5)
    await client.send(Request(GET), deadline=5, timeout=4.5)
    assert [(sent.total_timeout, sent.exact) for sent in backend.sent] == [
        (3, True),
        (60, False),
        (4, True),
        (4.5, True),
    ]


async def test_a_bid_cut_off_by_the_deadline_is_an_open_outcome() -> None:
    clock = SleepClock()

    class Slow(ScriptedBackend):
        async def send(self, request: Any) -> Any:
            clock.now += request.total_timeout
            raise RequestTimeout("slow", phase="read")

    with pytest.raises(OutcomeUnknown):
        await client_on(Slow(), clock).send(Request(POST), timeout=2)
    with pytest.raises(DeadlineExceeded) as caught:
        await client_on(Slow(), clock).send(Request(GET), timeout=2)
    assert not caught.value.may_have_acted
    with pytest.raises(DeadlineExceeded) as caught:
        await client_on(Slow(), clock).send(Request(CHANGE), timeout=2)
    assert caught.value.may_have_acted


# Calls that last until their deadline

PUT = operation(method="PUT", lane="urgent")
BID = operation(method="POST", lane="urgent")


async def test_a_schedule_is_repeated_however_often() -> None:
    backend = ScriptedBackend(*[reply(b"", 503)] * 40, reply(b"[7]"))
    client = client_on(backend, draw=lambda: 0.0001)
    assert await client.send(Request(PUT), deadline=60) == [7]
    assert len(backend.sent) == 41


@pytest.mark.parametrize("drawn", [0.3, 1.0])
async def test_a_schedule_is_tried_for_the_last_time_a_second_before_its_deadline(
    drawn: float,
) -> None:
    clock, backend = SleepClock(), ScriptedBackend(reply(b"", 503))
    with pytest.raises(ServerError) as caught:
        await client_on(backend, clock, draw=lambda: drawn).send(Request(PUT), deadline=60)
    assert caught.value.attempts == len(backend.sent) > 10
    assert max(clock.slept) <= 5.0
    assert clock.now >= 1000 + 59
    assert "would pass the deadline" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("op", "options", "retries", "sent"),
    [
        (PUT, {"deadline": 60, "retries": 2}, 3, 3),
        (PUT, {"deadline": 60}, 0, 1),
        (PUT, {}, 3, 4),
        (PUT, {"deadline": 60, "lane": "normal"}, 3, 4),
        (operation(method="PUT"), {"deadline": 60}, 3, 4),
        (BID, {"deadline": 60}, 3, 1),
    ],
    ids=["own retries", "client without", "no deadline", "other lane", "not urgent", "bid"],
)
async def test_no_other_call_lasts(op: Any, options: Any, retries: int, sent: int) -> None:
    backend = ScriptedBackend(ConnectionBroken("x"))
    with pytest.raises(EnergyApiError):
        await client_on(backend, retries=retries).send(Request(op), **options)
    assert len(backend.sent) == sent


async def test_a_bid_that_cannot_connect_lasts_too() -> None:
    backend = ScriptedBackend(*[ConnectError("x")] * 9, reply(b"[3]"))
    assert await client_on(backend).send(Request(BID), deadline=60) == [3]
    assert len(backend.sent) == 10


async def test_a_used_up_budget_does_not_stop_a_schedule_nor_does_a_schedule_use_it() -> None:
    backend = ScriptedBackend(ConnectError("x"))
    client = client_on(backend)
    budget = client._attempts._budget
    with pytest.raises(ConnectError):
        await client.send(Request(PUT), deadline=60)
    assert budget.is_full
    assert budget.spend(budget.left)
    backend.script = [*[ConnectError("x")] * 9, reply()]
    assert await client.send(Request(PUT), deadline=60) == [1]


async def test_a_schedule_waits_as_long_as_the_server_asks_if_the_deadline_allows() -> None:
    refused = reply(b"", 429, retry_after="300")
    clock, backend = SleepClock(), ScriptedBackend(refused, reply())
    assert await client_on(backend, clock).send(Request(PUT), deadline=600) == [1]
    assert clock.now >= 1300
    backend.script = [refused]
    with pytest.raises(RateLimited):
        await client_on(backend, SleepClock()).send(Request(PUT), deadline=200)


@pytest.mark.parametrize("phase", ["connect", "read"])
async def test_one_attempt_of_a_schedule_does_not_use_up_its_time(phase: str) -> None:
    """Each gets half of what is left, ten seconds where there are more, and one in the end."""
    clock = SleepClock()
    given: list[float] = []

    class Hanging(ScriptedBackend):
        async def send(self, request: Any) -> Any:
            given.append(request.total_timeout)
            clock.now += request.total_timeout
            raise RequestTimeout("silent", phase=phase)

    client = client_on(Hanging(), clock, draw=lambda: 0.0)
    with pytest.raises(DeadlineExceeded):
        await client.send(Request(PUT), deadline=48)
    assert given == [24, 12, 10, 1, 1]
    given.clear()
    with pytest.raises(DeadlineExceeded):
        await client.send(Request(PUT), deadline=8)
    assert given == [4, 2, 1, 1]
    given.clear()
    with pytest.raises(OutcomeUnknown if phase == "read" else DeadlineExceeded):
        await client.send(Request(BID), deadline=48)
    assert given == [48]


async def test_a_schedule_outlasts_a_login_that_fails() -> None:
    class Down(TokenCache):
        left = 5

        def __init__(self) -> None:
            super().__init__(self.fail, on_event=events.append, sleep=SleepClock().sleep)

        async def fail(self) -> Grant:
            if self.left == 0:
                return Grant("token", 600)
            self.left -= 1
            raise ConnectError("down", operation="auth.authenticate")

    events: list[Event] = []
    client = client_on(ScriptedBackend(reply()), auth=Down())
    assert await client.send(Request(PUT), deadline=60) == [1]
    again = [event for event in events if isinstance(event, RetryScheduled)]
    assert [event.attempt for event in again] == [1, 2, 3, 4, 5]
    assert {event.operation for event in again} == {"auth.authenticate"}


async def test_a_deadline_that_ends_a_wait_tells_what_went_before() -> None:
    clock = SleepClock()
    backend = ScriptedBackend(ConnectionBroken("cut in two"))

    async def oversleep(seconds: float) -> None:
        clock.now += seconds + 60

    with pytest.raises(DeadlineExceeded) as caught:
        await client_on(backend, clock, sleep=oversleep).send(Request(PUT), deadline=30)
    assert caught.value.attempts == 1
    assert caught.value.may_have_acted
    assert caught.value.__notes__ == ["the attempt before ended in ConnectionBroken: cut in two"]


# Decoding


class Row(msgspec.Struct):
    price: float


ROWS = operation(list[Row])


async def test_an_undecodable_answer_names_the_place_and_keeps_the_body() -> None:
    body = b'[{"price": 1.0}, {"price": "high"}]'
    with pytest.raises(DecodeFailed) as caught:
        await client_on(ScriptedBackend(reply(body))).send(Request(ROWS))
    assert caught.value.path == "$[1].price"
    assert caught.value.body == body
    assert "Expected `float`, got `str`" in str(caught.value)
    assert isinstance(caught.value.__cause__, msgspec.ValidationError)


async def test_a_login_page_in_place_of_json_is_recognised() -> None:
    page = b"<!DOCTYPE html><html>Please log in</html>"
    backend = ScriptedBackend(reply(page, content_type="text/html; charset=utf-8"))
    with pytest.raises(DecodeFailed, match=r"text/html.*<!DOCTYPE html>.*login page"):
        await client_on(backend).send(Request(ROWS))


@pytest.mark.parametrize("returns", [list[int], None], ids=["rows", "nothing"])
async def test_a_page_that_answers_a_bid_leaves_open_what_became_of_it(returns: Any) -> None:
    """Something before the API has answered, so that 200 does not say that the bid arrived."""
    page = b"\n<!DOCTYPE html><html>Please log in</html>"
    backend = ScriptedBackend(reply(page, x_request_id="r-1"))
    request = Request(operation(returns, method="POST"), body={"key": "hush-hush"})
    with pytest.raises(OutcomeUnknown, match=r"login page.*may or may not") as caught:
        await client_on(backend, wall=lambda: 1e9, secrets=("hush-hush",)).send(request)
    error = caught.value
    assert (error.method, error.path, error.request_id) == ("POST", "/things", "r-1")
    assert error.sent_at == datetime.fromtimestamp(1e9, UTC)
    assert error.body is not None
    assert b"hush-hush" not in error.body
    assert isinstance(error.__cause__, DecodeFailed)
    assert len(backend.sent) == 1


PAGES = (
    b"<!DOCTYPE html><html>Please log in</html>",
    b"\n<html>Please log in</html>",
    b"<!-- sso --><html>",
    b"\xef\xbb\xbf<html>",
    b"<script>location='/login'</script>",
    b"<head><title>Sign in</title>",
    b"<center>502</center>",
    b" " * 100 + b"<p>Deleted</p>",
    b"Request blocked. Support ID: 123",
    b"true story",
    b" " * 100,
    b"",
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(operation(None, method="DELETE"), id="nothing expected"),
        pytest.param(operation(bytes), id="bytes expected"),
        pytest.param(operation(list[int], method="PUT"), id="rows expected"),
    ],
)
async def test_no_page_is_a_success_and_what_may_be_repeated_is(
    asked: Operation[Any], page: bytes
) -> None:
    swallowed = reply(page, content_type="text/html")
    good = b"" if asked.returns is None else b"[1]"
    backend = ScriptedBackend(swallowed, swallowed, reply(good))
    await client_on(backend).send(Request(asked))
    assert len(backend.sent) == 3
    with pytest.raises(DecodeFailed):
        await client_on(ScriptedBackend(swallowed)).send(Request(asked))
    if asked.returns is bytes:
        with pytest.raises(DecodeFailed):
            await client_on(ScriptedBackend(swallowed)).send_raw(Request(asked))


@pytest.mark.parametrize(
    "answer",
    [reply(b"", 204), reply(b"", 205), reply(b"", content_type=""), reply(b' {"id": 1}', 201)],
)
async def test_what_only_the_api_can_answer_is_a_success(answer: Any) -> None:
    for method in ("POST", "PUT", "DELETE"):
        backend = ScriptedBackend(answer)
        assert await client_on(backend).send(Request(operation(None, method=method))) is None
        assert len(backend.sent) == 1


async def test_a_health_check_may_answer_in_words() -> None:
    answer = reply(b"OK", content_type="text/plain")
    assert await client_on(ScriptedBackend(answer)).send(Request(operation(None))) is None


async def test_a_part_is_an_answer_only_where_it_was_asked_for() -> None:
    backend = ScriptedBackend(reply(b"[1]", 206))
    with pytest.raises(DecodeFailed, match="206"):
        await client_on(backend).send(Request(GET))
    assert len(backend.sent) == 4
    assert await client_on(backend).send(Request(GET), headers={"Range": "rows=0-1"}) == [1]


@pytest.mark.parametrize("status", [408, 421, 425, 499, 500, 501, 507, 520, 524, 530, 598, 599])
async def test_a_passing_status_is_not_seen_by_what_may_be_repeated(status: int) -> None:
    for asked in (GET, operation(method="PUT")):
        backend = ScriptedBackend(reply(b"{}", status), reply())
        assert await client_on(backend).send(Request(asked)) == [1]


async def test_json_of_another_shape_is_final() -> None:
    backend = ScriptedBackend(reply(b'{"a": 1}'))
    with pytest.raises(DecodeFailed) as caught:
        await client_on(backend).send(Request(operation(method="PUT")))
    assert (len(backend.sent), caught.value.may_have_acted) == (1, True)


DEEP = b"[" * 200_000 + b"]" * 200_000


@pytest.mark.parametrize("status", [200, 404, 500, 502])
async def test_what_is_nested_too_deep_is_an_error_like_others(status: int) -> None:
    with pytest.raises(EnergyApiError):
        await client_on(ScriptedBackend(reply(DEEP, status))).send(Request(operation(list[Any])))
    with pytest.raises(EnergyApiError) as caught:
        await client_on(ScriptedBackend(reply(DEEP, status))).send(Request(POST))
    assert isinstance(caught.value, OutcomeUnknown) is (status != 404)


@pytest.mark.parametrize("asked", [GET, CHANGE, POST], ids=["GET", "PUT", "POST"])
async def test_an_error_that_nobody_foresaw_becomes_ours(asked: Operation[Any]) -> None:
    """Neither it nor its frames are passed on, and the slot is free again."""
    backend = ScriptedBackend(ValueError("odd token secret-token"))
    client = client_on(backend, auth=StaticToken("secret-token"))
    with pytest.raises(
        EnergyApiError, match=r"not foreseen \(ValueError: odd token \*\*\*\)"
    ) as caught:
        await client.send(Request(asked))
    assert len(backend.sent) == (1 if asked is POST else 4)
    assert caught.value.may_have_acted is (asked is not GET)
    link: BaseException | None = caught.value
    while link is not None:
        assert isinstance(link, EnergyApiError)
        link = link.__cause__ or link.__context__
    assert client.rate_limit().active == 0


async def test_an_odd_location_is_not_followed() -> None:
    for location in ("http://[::1", "http://[bad]/", "http://a:99999/", "/x?a=b c HTTP/1.1"):
        backend = ScriptedBackend(reply(b"", 302, location=location))
        with pytest.raises(StatusError, match="redirected to"):
            await client_on(backend).send(Request(GET))
        assert len(backend.sent) == 1


async def test_a_repetition_starts_where_the_call_did() -> None:
    """A redirect to a login page does not make the page the place to ask."""
    page = reply(b"<html>", content_type="text/html")
    backend = ScriptedBackend(reply(b"", 302, location="/login"), page, reply())
    assert await client_on(backend).send(Request(GET)) == [1]
    assert [sent.url.rpartition("/")[2] for sent in backend.sent] == ["things", "login", "things"]


@pytest.mark.parametrize("body", [b"", b"  ", b'[{"price":', b"\xff\xfe"])
async def test_no_broken_body_passes_as_an_answer(body: bytes) -> None:
    with pytest.raises(DecodeFailed) as caught:
        await client_on(ScriptedBackend(reply(body))).send(Request(ROWS))
    assert caught.value.body == body


async def test_no_content_is_none_only_where_none_is_allowed() -> None:
    backend = ScriptedBackend(reply(b"", 204))
    assert await client_on(backend).send(Request(operation(list[Row] | None))) is None
    assert await client_on(backend).send(Request(operation(None))) is None
    with pytest.raises(DecodeFailed, match="empty body"):
        await client_on(backend).send(Request(ROWS))


async def test_a_status_that_has_no_body_may_come_without_one() -> None:
    """Where the document says so, another success than 204 is empty too."""
    accepted = msgspec.structs.replace(operation(Row | None), bodiless=frozenset({202, 204}))
    assert await client_on(ScriptedBackend(reply(b"", 202))).send(Request(accepted)) is None
    with pytest.raises(DecodeFailed, match="empty body"):
        await client_on(ScriptedBackend(reply(b"", 200))).send(Request(accepted))


async def test_bytes_are_passed_on_as_they_are() -> None:
    assert await client_on(ScriptedBackend(reply(b"\x00\x01"))).send(Request(operation(bytes))) == (
        b"\x00\x01"
    )


# Redirects


@pytest.mark.parametrize("target", ["/other?x=1", "https://api.example:443/other?x=1"])
async def test_a_reading_request_follows_within_the_same_origin(target: str) -> None:
    backend = ScriptedBackend(reply(b"", 307, location=target), reply(b"[9]"))
    assert await client_on(backend).send(Request(GET)) == [9]
    assert backend.sent[1].url.endswith("/other?x=1")


@pytest.mark.parametrize(
    ("op", "target"),
    [
        (GET, "https://evil.example/other?token=abcdef"),
        (GET, "http://api.example/other?token=abcdef"),
        (POST, "/other?token=abcdef"),
    ],
)
async def test_no_other_redirect_is_followed(op: Any, target: str) -> None:
    backend = ScriptedBackend(reply(b"", 302, location=target))
    with pytest.raises(EnergyApiError, match=r"redirected to .*/other, not followed") as caught:
        await client_on(backend, auth=StaticToken("secret-token")).send(Request(op))
    assert isinstance(caught.value, OutcomeUnknown if op is POST else StatusError)
    assert "abcdef" not in str(caught.value)
    assert len(backend.sent) == 1


async def test_redirects_in_a_circle_end() -> None:
    backend = ScriptedBackend(reply(b"", 302, location="/things"))
    with pytest.raises(StatusError):
        await client_on(backend).send(Request(GET))
    assert len(backend.sent) == 4


# Ownership and misuse


async def test_closing_twice_does_nothing_and_a_closed_client_raises() -> None:
    backend = ScriptedBackend(reply())
    client = client_on(backend)
    async with client:
        await client.send(Request(GET))
    await client.aclose()
    assert client.closed
    assert backend.closed == 1
    with pytest.raises(RuntimeError, match="closed"):
        await client.send(Request(GET))
    with pytest.raises(RuntimeError, match="closed"):
        await client.__aenter__()


async def test_a_client_that_is_never_closed_warns() -> None:
    client = client_on(ScriptedBackend(reply()))
    await client.send(Request(GET))
    with pytest.warns(ResourceWarning, match="never closed"):
        client.__del__()
    await client.aclose()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.__del__()
        del client
        gc.collect()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"rate": 0}, ValueError),
        ({"rate": float("nan")}, ValueError),
        ({"burst": 0}, ValueError),
        ({"concurrency": 0}, ValueError),
        ({"retries": -1}, ValueError),
        ({"retries": True}, ValueError),
        ({"timeout": 0}, ValueError),
        ({"timeout": float("inf")}, ValueError),
        ({"timeout": None}, TypeError),
        ({"max_response_bytes": 0}, ValueError),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(
    options: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        client_on(ScriptedBackend(reply()), **options)


@pytest.mark.parametrize(
    ("options", "kind", "match"),
    [
        ({"deadline": datetime(2025, 1, 1)}, ValueError, "deadline has no time zone"),  # noqa: DTZ001
        ({"deadline": "5"}, TypeError, "aware datetime or seconds from now"),
        ({"deadline": True}, TypeError, "deadline"),
        ({"deadline": float("nan")}, ValueError, "deadline must be finite"),
        ({"deadline": float("inf")}, ValueError, "deadline must be finite"),
        ({"timeout": -1}, ValueError, "timeout"),
        ({"lane": "slow"}, ValueError, "lane"),
        ({"retries": -1}, ValueError, "retries"),
        ({"tiemout": 3}, TypeError, "unknown call options: tiemout"),
        ({"headers": {"X": "a\r\nY: b"}}, ValueError, "line break"),
    ],
)
async def test_options_that_cannot_be_meant_are_refused_before_anything_is_sent(
    options: Any, kind: type[Exception], match: str
) -> None:
    backend = ScriptedBackend(reply())
    with pytest.raises(kind, match=match):
        await client_on(backend).send(Request(GET), **options)
    assert backend.sent == []


def test_one_number_as_timeout_bounds_them_all() -> None:
    from energy_async.transport.timeouts import timeouts_from  # noqa: PLC0415

    assert timeouts_from(5) == Timeouts(connect=5.0, read=5.0, total=5.0)
    assert timeouts_from(90) == Timeouts(connect=10.0, read=60.0, total=90.0)


GUESS = msgspec.structs.replace(GET, provenance="provisional", name="guess.once")


@pytest.fixture
def _not_warned_yet() -> Iterator[None]:
    provisional.warned.discard("guess.once")
    yield
    provisional.warned.discard("guess.once")


@pytest.mark.usefixtures("_not_warned_yet")
async def test_a_provisional_operation_warns_once_at_the_callers_line() -> None:
    client = client_on(ScriptedBackend(reply()))
    with pytest.warns(ProvisionalEndpointWarning, match=r"guess\.once") as caught:
        await client.send(Request(GUESS))
    assert caught[0].filename == __file__
    assert caught[0].lineno == inspect.currentframe().f_lineno - 2  # type: ignore[union-attr]
    await client.send(Request(GUESS))
    await client.send_raw(Request(GUESS))


@pytest.mark.usefixtures("_not_warned_yet")
async def test_where_warnings_are_errors_each_call_is_refused_and_not_only_the_first() -> None:
    backend = ScriptedBackend(reply())
    client = client_on(backend)
    for _ in range(2):
        with pytest.raises(ProvisionalEndpointWarning):
            await client.send(Request(GUESS))
    assert backend.sent == []


@pytest.mark.usefixtures("_not_warned_yet")
@pytest.mark.parametrize(
    ("module", "warns"),
    [("trlyr_async.trading.standing", False), ("trlyr_async.cli.show", True), ("service", True)],
)
async def test_what_the_library_calls_on_its_own_account_warns_nobody(
    module: str, *, warns: bool
) -> None:
    client = client_on(ScriptedBackend(reply()))
    inner: dict[str, Any] = {"__name__": module}
    exec("async def read(client, request): return await client.send(request)", inner)
    with warnings.catch_warnings(record=True, action="always") as caught:
        await inner["read"](client, Request(GUESS))
    assert bool(caught) is warns


# Events


async def test_events_tell_the_story_of_a_request() -> None:
    events: list[Event] = []
    backend = ScriptedBackend(ConnectError("x"), reply(b"[1]"))
    await client_on(backend, on_event=events.append).send(Request(GET))
    assert events == [
        RequestSent("things.get_things", "GET", "/things", 1),
        RequestFinished("things.get_things", 1, None, "ConnectError", 0.0, 0, "GET", "/things"),
        RetryScheduled("things.get_things", 1, 0.25, "not connected"),
        RequestSent("things.get_things", "GET", "/things", 2),
        RequestFinished("things.get_things", 2, 200, None, 0.0, 3, "GET", "/things"),
    ]


async def test_a_wait_at_the_limiter_is_an_event() -> None:
    events: list[Event] = []
    client = client_on(ScriptedBackend(reply()), rate=2, burst=1, on_event=events.append)
    for _ in range(2):
        await client.send(Request(GET), lane="bulk")
    (waited,) = [event for event in events if isinstance(event, LimiterWaited)]
    assert waited.lane == "bulk"
    assert waited.seconds > 0.4


async def test_a_callback_that_raises_is_logged_and_breaks_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(event: Event) -> None:
        raise ZeroDivisionError

    client = client_on(ScriptedBackend(reply()), on_event=broken)
    assert await client.send(Request(GET)) == [1]
    assert "on_event raised for RequestSent" in caplog.text


# Secrets


async def test_no_secret_is_shown_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    """Not in logs at any level, reprs, events or errors, even if the server repeats it."""
    events: list[Event] = []
    auth = Renewing()
    echo = b'{"message": "token-1 of pass-word-1 is bad", "password": "hunter2","x": "eyJh.eyJi.c"}'
    client = client_on(ScriptedBackend(reply(echo, 400)), auth=auth, on_event=events.append)
    request = Request(POST, body={"username": "anna", "password": "pass-word-1"})
    with caplog.at_level(logging.DEBUG), pytest.raises(BadRequest) as caught:
        await client.send(request)
    error = caught.value
    shown = f"{caplog.text} {client!r} {auth!r} {events!r} {error!r} {error} {error.__dict__!r}"
    assert "things.get_things" in caplog.text
    for secret in ("token-1", "pass-word-1", "hunter2", "eyJh"):
        assert secret not in shown


async def test_an_open_outcome_does_not_carry_a_password() -> None:
    client = client_on(ScriptedBackend(ConnectionBroken("x")))
    with pytest.raises(OutcomeUnknown) as caught:
        await client.send(Request(POST, body={"password": "hunter2", "n": 1}))
    assert caught.value.body == b'{"password":"***","n":1}'


ALL_ERRORS = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("kind", ALL_ERRORS)
def test_every_error_survives_pickling_and_copying(kind: type[EnergyApiError]) -> None:
    error = kind("what happened", operation="a.b", attempts=2, request_id="r")
    for name in ("status", "detail", "body", "path", "phase", "retry_after", "method"):
        if hasattr(error, name):
            setattr(error, name, f"a {name}")
    error.add_note("a note")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert twin.__dict__ == error.__dict__
        assert str(twin) == str(error) == "what happened (a.b after 2 attempts)"


def test_the_token_header_is_all_a_token_gives_away() -> None:
    assert repr(Token("abcdef", 3)) == "Token(***, generation=3)"


async def test_a_soon_deadline_holds_while_a_login_is_under_way() -> None:
    import anyio  # noqa: PLC0415

    async def forever() -> Grant:
        await anyio.sleep_forever()
        raise AssertionError

    auth = TokenCache(forever)
    client = client_on(ScriptedBackend(reply()), auth=auth, clock=time.monotonic, wall=time.time)
    soon = datetime.now(UTC) + timedelta(milliseconds=30)
    with anyio.fail_after(60), pytest.raises(DeadlineExceeded):
        await client.send(Request(GET), deadline=soon)
