"""The arithmetic of the rate limit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_async.transport.pace import Pace, burst_for
from energy_async.transport.quota import Quota, has_quota, quota_from


@given(
    rate=st.floats(0.1, 1000),
    burst=st.integers(1, 50),
    steps=st.lists(st.floats(0, 2), min_size=1, max_size=200),
)
def test_no_stretch_of_time_sees_more_than_burst_plus_rate(
    rate: float, burst: int, steps: list[float]
) -> None:
    """At most `burst + rate * (t + 5 ms)` requests leave in any `t` seconds."""
    pace = Pace(rate, burst)
    now, left = 100.0, []
    for step in steps:
        now += step / rate
        if pace.take(now):
            left.append(now)
    for first, start in enumerate(left):
        for last in range(first, len(left)):
            assert last - first + 1 <= burst + rate * (left[last] - start + 0.005) + 1e-6


@given(rate=st.floats(0.5, 500), burst=st.integers(1, 20))
def test_a_patient_caller_gets_nearly_all_of_the_rate(rate: float, burst: int) -> None:
    """Whoever waits as long as told gets through, 97 % of the rate in the long run."""
    pace, now = Pace(rate, burst), 0.0
    for _ in range(200):
        now += pace.wait(now) + 1e-9
        assert pace.take(now)
    assert (200 - burst) / now >= 0.969 * rate


def test_a_slot_given_back_is_free_again() -> None:
    pace = Pace(1, 1)
    assert pace.take(0)
    assert not pace.take(0.1)
    pace.give_back()
    assert pace.take(0.1)


def test_nothing_leaves_in_a_pause_and_nothing_in_a_burst_after_it() -> None:
    pace = Pace(10, 5)
    pace.pause(0, 2)
    assert not pace.take(1.9)
    assert pace.wait(0) == 2
    assert pace.take(2.0)
    assert not pace.take(2.05)


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    pace = Pace(10)
    pace.pause(0, 5)
    pace.pause(1, 1)
    assert not pace.take(4)


def test_complaints_about_requests_under_way_halve_the_rate_once() -> None:
    """Eight requests refused together are one complaint; the next one sent is another."""
    pace = Pace(16)
    for _ in range(8):
        pace.slow_down(now=10.0, sent_at=9.9)
    assert pace.rate == 8
    pace.slow_down(now=11.0, sent_at=10.5)
    assert pace.rate == 4


def test_recovery_goes_step_by_step_to_the_configured_rate() -> None:
    pace = Pace(10)
    pace.slow_down(0.0, 0.0)
    seen = []
    for tenths in range(100):
        pace.succeed(tenths / 10)
        seen.append(pace.rate)
    assert seen[9] == 5.0
    assert seen[10] == 6.0
    assert seen == sorted(seen)
    assert seen[-1] == 10.0
    assert not pace.is_slowed


def test_the_rate_never_falls_to_nothing() -> None:
    pace = Pace(64)
    for second in range(100):
        pace.slow_down(float(second), float(second))
    assert pace.rate == 1


def test_a_stated_limit_holds_and_can_be_lifted() -> None:
    pace = Pace(100)
    pace.allow(2.0)
    assert pace.rate == 2.0
    assert not pace.is_slowed
    for second in range(30):
        pace.succeed(float(second))
    assert pace.rate == 2.0
    pace.allow(1000.0)
    for second in range(100, 130):
        pace.succeed(float(second))
    assert pace.rate == 100


@pytest.mark.parametrize("rate", [0, -1, math.nan])
def test_a_rate_that_cannot_be_meant_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Pace(rate)


def test_a_burst_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="burst"):
        Pace(1, 0)


def test_no_limit_at_all_is_possible() -> None:
    pace = Pace(math.inf)
    assert all(pace.take(1.0) for _ in range(1000))


@given(rate=st.integers(1, 2000))
def test_the_usual_settings_fit_into_any_second_even_with_a_late_start(rate: int) -> None:
    """Counted over 1.01 seconds: the first connections may take 10 ms longer than the others."""
    pace, now, left = Pace(rate), 0.0, 0
    while now < 1.01:
        left += pace.take(now)
        now += pace.wait(now) + 1e-6
    assert left <= rate


@pytest.mark.parametrize(("rate", "burst"), [(1, 1), (10, 1), (50, 1), (200, 3)])
def test_the_usual_burst_is_small(rate: float, burst: int) -> None:
    """As large as the rate, it would let twice the allowance through in the first second."""
    assert burst_for(rate) == burst


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ratelimit": '"default";r=30;t=12'}, Quota(remaining=30, reset=12)),
        ({"ratelimit": "limit=100, remaining=4, reset=5"}, Quota(remaining=4, reset=5)),
        ({"ratelimit-policy": '"burst";q=10;w=1,"daily";q=60;w=60'}, Quota(rate=1)),
        ({"ratelimit-policy": "100;w=50"}, Quota(rate=2)),
        ({"ratelimit": '"a";r=50;t=1, "b";r=3;t=60'}, Quota(remaining=3, reset=60)),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "9"}, Quota(remaining=0, reset=9)),
        (
            {"x-ratelimit-remaining": "2", "x-ratelimit-reset": "1000000060"},
            Quota(remaining=2, reset=60),
        ),
        ({"ratelimit": "rubbish", "ratelimit-policy": ";;w=0"}, Quota()),
        ({"x-ratelimit-remaining": "many"}, Quota()),
    ],
)
def test_quota_headers_are_read_in_all_their_forms(
    headers: dict[str, str], expected: Quota
) -> None:
    assert has_quota(headers)
    assert quota_from(headers, now=1_000_000_000.0) == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_quota_header_can_break_a_request(policy: str, limit: str) -> None:
    quota_from({"ratelimit-policy": policy, "ratelimit": limit}, now=0.0)
