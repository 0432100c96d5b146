"""What is repeated, when, and for how long."""

from __future__ import annotations

import math
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from energy_async import (
    BadRequest,
    ClientClosed,
    Conflict,
    ConnectError,
    ConnectionBroken,
    DecodeFailed,
    EnergyApiError,
    Forbidden,
    NotFound,
    RateLimited,
    RequestTimeout,
    ResponseTooLarge,
    ServerError,
    StatusError,
    TransportError,
    Unauthorized,
    WireReply,
)
from energy_async.transport.answers import status_error
from energy_async.transport.limiter.quota import parse_retry_after, retry_after_from
from energy_async.transport.retry import (
    Again,
    RetryBudget,
    Stop,
    decide,
)
from tests.transport.conftest import operation


def status(code: int) -> StatusError:
    """An answer that anybody may have given."""
    return ServerError("", status=code) if code >= 500 else StatusError("", status=code)


def refusal(kind: type[StatusError], code: int) -> StatusError:
    """An answer with which the API itself refuses."""
    answer = WireReply(code, {"content-type": "application/json"}, b"{}")
    error = status_error(operation(), answer, attempts=1)
    assert type(error) is kind
    return error


ANYBODYS: Final = (302, 304, 400, 404, 408, 421, 425, 499, 500, 501, 502, 503, 504, 507, 524, 599)


@pytest.mark.parametrize(
    ("error", "repeatable", "other"),
    [
        (ConnectError(""), True, True),
        (RequestTimeout("", phase="connect"), True, True),
        (RequestTimeout("", phase="read"), True, False),
        (ConnectionBroken(""), True, False),
        (TransportError(""), True, False),
        (refusal(RateLimited, 429), True, True),
        *((status(code), True, False) for code in ANYBODYS),
        (refusal(BadRequest, 400), False, False),
        (refusal(Unauthorized, 401), False, False),
        (refusal(Forbidden, 403), False, False),
        (refusal(NotFound, 404), False, False),
        (refusal(Conflict, 409), False, False),
        (refusal(BadRequest, 422), False, False),
        (DecodeFailed(""), False, False),
        (ResponseTooLarge(""), False, False),
        (ClientClosed(""), False, False),
    ],
    ids=lambda value: (
        f"{type(value).__name__}{getattr(value, 'status', '')}"
        if isinstance(value, EnergyApiError)
        else str(value)
    ),
)
def test_only_what_is_safe_is_repeated(
    error: EnergyApiError, repeatable: bool, other: bool
) -> None:
    """Reading requests after trouble; others only where the server certainly did nothing."""
    for is_repeatable, expected in ((True, repeatable), (False, other)):
        verdict = decide(error, attempt=1, repeatable=is_repeatable, retries=3, jitter=0.5)
        assert isinstance(verdict, Again) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectError(""), False),
        (RequestTimeout("", phase="connect"), False),
        (RequestTimeout("", phase="read"), True),
        (ConnectionBroken(""), True),
        (ResponseTooLarge(""), True),
        (TransportError(""), True),
        (ClientClosed(""), False),
        *((status(code), True) for code in ANYBODYS),
        (refusal(BadRequest, 400), False),
        (refusal(RateLimited, 429), False),
    ],
)
def test_the_outcome_is_open_unless_it_is_proved(error: EnergyApiError, expected: bool) -> None:
    assert error.may_have_acted is expected


def test_retries_end() -> None:
    verdict = decide(ConnectError(""), attempt=4, repeatable=True, retries=3, jitter=0.0)
    assert verdict == Stop("all 3 retries are used")


def test_no_sleep_begins_that_cannot_end_before_the_deadline() -> None:
    verdict = decide(
        ConnectError(""), attempt=1, repeatable=True, retries=3, jitter=1.0, remaining=0.4
    )
    assert isinstance(verdict, Stop)
    assert "deadline" in verdict.reason


@pytest.mark.parametrize(("asked", "stops"), [(0.0, False), (120.0, False), (121.0, True)])
def test_a_wait_beyond_two_minutes_is_the_callers_to_plan(asked: float, stops: bool) -> None:
    verdict = decide(
        RateLimited(""), attempt=1, repeatable=True, retries=3, jitter=0.5, retry_after=asked
    )
    assert isinstance(verdict, Stop) is stops


@given(
    attempt=st.integers(1, 3),
    jitter=st.floats(0, 1),
    asked=st.one_of(st.none(), st.floats(0, 120)),
)
def test_delays_keep_to_their_range(attempt: int, jitter: float, asked: float | None) -> None:
    """Full jitter below a doubling bound; never less than the server asked, a little more."""
    verdict = decide(
        status(503),
        attempt=attempt,
        repeatable=True,
        retries=3,
        jitter=jitter,
        retry_after=asked,
    )
    assert isinstance(verdict, Again)
    if asked is None:
        assert 0 <= verdict.delay <= min(20.0, 0.5 * 2 ** (attempt - 1))
    else:
        assert asked <= verdict.delay <= asked + min(5.0, max(0.1, asked / 10))


@given(
    attempt=st.integers(1, 10_000),
    jitter=st.floats(0, 1),
    remaining=st.floats(0.001, 3600),
    asked=st.one_of(st.none(), st.floats(0, 4000)),
)
def test_a_lasting_call_ends_with_its_deadline_and_by_nothing_else(
    attempt: int, jitter: float, remaining: float, asked: float | None
) -> None:
    """It may always start again in time, unless the server forbids it; never closer than asked."""
    verdict = decide(
        status(503),
        attempt=attempt,
        repeatable=True,
        retries=3,
        jitter=jitter,
        remaining=remaining,
        retry_after=asked,
        lasting=True,
    )
    if isinstance(verdict, Stop):
        assert "deadline" in verdict.reason
        assert remaining <= (1.0 if asked is None else asked + min(5.0, max(0.1, asked / 10)))
    elif asked is not None:
        assert asked <= verdict.delay < remaining
    else:
        assert 0 <= verdict.delay <= 5.0
        assert verdict.delay < remaining
        assert remaining <= 1.0 or remaining - verdict.delay >= 1.0 - 1e-9


NOW = 1_750_000_000.0


@pytest.mark.parametrize(
    ("value", "date", "expected"),
    [
        ("7", None, 7.0),
        (" 1.5 ", None, 1.5),
        ("-3", None, 0.0),
        ("0", None, 0.0),
        (None, None, None),
        ("", None, None),
        ("soon", None, None),
        ("nan", None, None),
        ("inf", None, None),
        ("Sun, 15 Jun 2025 15:07:00 GMT", None, 20.0),
        ("Sun, 15 Jun 2025 15:06:00 GMT", None, 0.0),
        ("Sun, 15 Jun 2025 15:07:00 GMT", "Sun, 15 Jun 2025 15:06:30 GMT", 30.0),
        ("Sun, 15 Jun 2025 15:07:00 GMT", "nonsense", 20.0),
        ("Sun, 99 Jun 2025 15:07:00 GMT", None, None),
        ("2, 2", None, 2.0),
        ("2, 30", None, 30.0),
        ("2, soon", None, None),
        ("Sun, 15 Jun 2025 15:07:00 GMT, Sun, 15 Jun 2025 15:08:00 GMT", None, 80.0),
    ],
)
def test_retry_after_is_read_in_both_forms(
    value: str | None, date: str | None, expected: float | None
) -> None:
    """Seconds and HTTP dates; a date counts from the server's own clock where it is known."""
    assert parse_retry_after(value, date=date, now=NOW) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after-ms": "-1"}, None),
        (CIMultiDict([("Retry-After", "2"), ("Retry-After", "5")]), 5.0),
        ({}, None),
    ],
)
def test_a_wait_may_come_on_two_lines_or_in_milliseconds(
    headers: dict[str, str], expected: float | None
) -> None:
    assert retry_after_from(headers, now=NOW) == expected


def test_the_budget_ends_and_comes_back() -> None:
    budget = RetryBudget()
    paid = sum(budget.spend(RetryBudget.TRANSIENT) for _ in range(100))
    assert paid == math.floor(RetryBudget.CAPACITY / RetryBudget.TRANSIENT)
    left = budget.left
    assert not budget.spend(RetryBudget.TRANSIENT)
    assert budget.left == left
    budget.give_back(RetryBudget.TRANSIENT)
    assert budget.spend(RetryBudget.TRANSIENT)
    budget.give_back(10_000)
    assert budget.left == RetryBudget.CAPACITY
    assert budget.is_full
