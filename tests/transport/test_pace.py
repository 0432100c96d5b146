"""The arithmetic of the rate limit."""

from __future__ import annotations

import math
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from energy_async.transport.limiter.pace import Pace, burst_for
from energy_async.transport.limiter.quota import Quota, has_quota, quota_from
from energy_async.transport.limiter.recovery import UNRELATED


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
    """Whoever waits as long as told gets through, 97.5 % of the rate in the long run."""
    pace, now = Pace(rate, burst), 0.0
    for _ in range(200):
        now += pace.wait(now) + 1e-9
        assert pace.take(now)
    assert (200 - burst) / now >= 0.974 * rate


@pytest.mark.parametrize("rate", [1, 2, 5, 10, 20, 50, 99, 100, 200, 300, 500, 1000])
def test_no_second_holds_more_than_its_allowance_even_if_the_first_come_late(rate: int) -> None:
    """The first requests arrive 10 ms late, with their connections; all others at once."""
    pace, now, left = Pace(rate), 0.0, []
    while now < 2:
        now += pace.wait(now) + 1e-9
        assert pace.take(now)
        left.append(now)
    assert all(bisect_left(left, first + 1.01) - n <= rate for n, first in enumerate(left))


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
    pace.succeed(10.6, 10.4)
    pace.slow_down(now=11.0, sent_at=10.5)
    assert pace.rate == 4


def test_a_refusal_without_a_wait_pauses_for_a_second_or_one_interval() -> None:
    assert Pace(16).slow_down(now=10.0, sent_at=9.9) == 1.0
    slow = Pace(0.2)
    assert slow.slow_down(now=10.0, sent_at=9.9) == slow.interval > 5


def test_recovery_goes_step_by_step_to_the_configured_rate() -> None:
    """A step a second: fast at first, slow around the rate that was refused; then all is well."""
    pace = Pace(10)
    pace.slow_down(0.0, 0.0)
    seen = []
    for tenths in range(160):
        pace.succeed(tenths / 10, tenths / 10)
        seen.append(pace.rate)
    assert seen[9] == 5.0
    assert seen[10] == pytest.approx(10 - 5 * (11 / 12) ** 3)
    assert seen[60] == pytest.approx(10 - 5 / 8), "nearly all of it after half the way"
    assert seen == sorted(seen)
    assert len(set(seen[:110])) == 11, "one step a second, however many answers there are"
    assert seen[-1] == 10.0
    assert not pace.is_slowed


def test_a_limit_raised_tenfold_is_found_within_fifty_steps() -> None:
    pace = Pace(1000)
    send_for_seconds(pace, start=0, count=2, rate=20)
    pace.slow_down(2.0, 2.0)
    assert pace.rate == pytest.approx(10, rel=0.1)
    refused_at = 2 * pace.rate
    for second in range(3, 53):
        pace.succeed(float(second), float(second))
    assert pace.rate >= 10 * refused_at


def test_a_limit_known_from_the_last_time_costs_less_than_half() -> None:
    pace = Pace(16)
    pace.slow_down(0.0, 0.0)
    for second in range(1, 12):
        pace.succeed(float(second), float(second))
    assert 15 < pace.rate < 16
    before = pace.rate
    pace.slow_down(20.0, 20.0)
    assert pace.rate == pytest.approx(0.7 * before)


def test_idle_time_is_no_evidence() -> None:
    """A minute without traffic counts for one step, like any second."""
    pace = Pace(10)
    pace.slow_down(0.0, 0.0)
    pace.succeed(60.0, 60.0)
    assert pace.rate == pytest.approx(10 - 5 * (11 / 12) ** 3)


def test_answers_to_what_was_sent_before_the_refusal_are_no_evidence() -> None:
    pace = Pace(10)
    pace.slow_down(10.0, 9.0)
    pace.succeed(20.0, 9.5)
    assert pace.rate == 5.0


def test_refusals_in_a_row_lengthen_the_pause_and_leave_the_rate() -> None:
    """A server that lets nothing through wants rest, not a slower pace."""
    pace = Pace(64)
    pauses = [pace.slow_down(float(second), float(second)) for second in range(10)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert pace.rate == 32
    pace.succeed(11.0, 11.0)
    assert pace.slow_down(12.0, 12.0) == 1


def test_a_single_refusal_among_many_costs_a_tenth_and_no_pause() -> None:
    pace = Pace(100)
    send_for_seconds(pace, start=0, count=3, rate=80)
    assert pace.slow_down(3.0, 2.9) == 0
    assert pace.rate == pytest.approx(72, abs=1)
    assert pace.slow_down(3.0, 2.95) is None, "it had left before"


def test_a_few_in_a_row_are_a_limit_even_among_many() -> None:
    pace = Pace(100)
    send_for_seconds(pace, start=0, count=3, rate=80)
    pauses = [pace.slow_down(3.0, 2.9) for _ in range(5)]
    assert pauses == [0, None, None, 1.0, None]
    assert pace.rate == pytest.approx(50, abs=2)


def test_single_refusals_that_go_on_at_a_lower_rate_are_not_of_the_rate() -> None:
    pace, told, rates = Pace(100), [], []
    send_for_seconds(pace, start=0, count=2, rate=80)
    for second in range(2, 62):
        send_for_seconds(pace, start=second, count=1, rate=int(0.9 * pace.rate))
        told.append(pace.slow_down(second + 1.0, second + 0.99))
        pace.succeed(second + 1.0, second + 0.995)
        rates.append(pace.rate)
    assert told[0] == 0
    assert UNRELATED in told[:10]
    assert min(rates) > 0.55 * 80
    assert max(rates[10:]) == 100, "they do not keep it down"


def test_the_rate_never_falls_to_nothing() -> None:
    pace = Pace(64)
    for second in range(100):
        pace.slow_down(float(second), float(second))
        pace.succeed(second + 0.5, second + 0.5)
    assert pace.rate == 0.1


def test_what_is_cut_is_what_was_sent_and_not_what_might_have_been() -> None:
    """Eight a second were refused; it would be no use to go from 1000 to 500."""
    pace = Pace(1000)
    send_for_seconds(pace, start=0, count=3, rate=8)
    pace.slow_down(3.0, 2.9)
    assert pace.rate == pytest.approx(4, abs=0.5)


def test_what_was_sent_before_a_quiet_time_is_no_measure() -> None:
    pace = Pace(1000)
    send_for_seconds(pace, start=0, count=2, rate=8)
    assert pace.take(100.0)
    pace.slow_down(100.5, 100.0)
    assert pace.rate == 500


def test_each_refusal_begins_the_climb_anew() -> None:
    pace = Pace(16)
    pace.slow_down(0.0, 0.0)
    for second in range(1, 6):
        pace.succeed(float(second), float(second))
    refused_at = pace.rate
    pace.slow_down(6.0, 6.0)
    pace.succeed(7.0, 7.0)
    assert pace.rate == pytest.approx(refused_at * (1 - 0.3 * (11 / 12) ** 3))


def test_a_long_wait_for_the_refusal_does_not_count_as_slowness() -> None:
    pace = Pace(10)
    for tenths in range(10):
        assert pace.take(tenths * 0.11)
    pace.slow_down(60.0, 0.99)
    assert pace.rate >= 4


def test_without_a_limit_refusals_still_slow() -> None:
    pace = Pace(math.inf)
    send_for_seconds(pace, start=0, count=2, rate=40)
    pace.slow_down(2.0, 1.9)
    assert pace.rate == pytest.approx(20, abs=1)


def test_a_stated_limit_holds_and_can_be_lifted() -> None:
    """What the server states needs no trial: up or down, it holds at once."""
    pace = Pace(100)
    pace.allow(0.0, 2.0)
    assert pace.rate == 2.0
    for second in range(30):
        pace.succeed(float(second), float(second))
    assert pace.rate == 2.0
    pace.allow(31.0, 1000.0)
    assert pace.rate == 100


def test_a_lower_stated_limit_explains_the_refusals_before_it() -> None:
    pace = Pace(100)
    pace.allow(10.0, 20.0)
    assert pace.slow_down(10.0, 9.9) is None
    assert pace.rate == 20.0


def test_a_faster_rate_holds_for_the_next_request_at_once() -> None:
    """The wait that a slow rate has set is not sat out when the rate rises."""
    pace = Pace(100)
    pace.share(0.0, 0.2, 60)
    assert pace.take(0.0)
    assert pace.wait(0.0) > 5
    pace.share(0.0, 50.0, 60)
    assert pace.wait(0.0) < 0.03


def test_a_share_of_a_quota_ends_with_its_window() -> None:
    pace = Pace(100)
    pace.share(0.0, 1.0, 50)
    pace.succeed(49.0, 49.0)
    assert pace.rate == 1.0
    pace.succeed(50.0, 50.0)
    assert pace.rate == 100


@given(
    rate=st.floats(0.5, 500),
    burst=st.integers(1, 20),
    taken=st.integers(0, 30),
    ahead=st.integers(0, 30),
)
def test_the_wait_behind_others_is_foretold_exactly(
    rate: float, burst: int, taken: int, ahead: int
) -> None:
    pace, now = Pace(rate, burst), 0.0
    for _ in range(taken):
        pace.take(now)
    foretold = pace.least_wait(now, ahead)
    for _ in range(ahead):
        now += pace.wait(now)
        while not pace.take(now):
            now = math.nextafter(now, math.inf)
    assert now + pace.wait(now) == pytest.approx(foretold, abs=1e-6)


def send_for_seconds(pace: Pace, *, start: float, count: int, rate: int) -> None:
    for number in range(count * rate):
        assert pace.take(start + number / rate + 1e-6)


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


NOW = 1_000_000_000.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(headers, expected, id=name)
        for name, headers, expected in (
            ("draft 10", {"ratelimit": '"default";r=30;t=12'}, Quota(remaining=30, reset=12)),
            (
                "a token for a name",
                {"ratelimit": "default;r=30;t=12"},
                Quota(remaining=30, reset=12),
            ),
            ("draft 10 without a reset", {"ratelimit": '"default";r=30'}, Quota(remaining=30)),
            (
                "with a partition key",
                {"ratelimit": '"default";r=30;t=12;pk=:cHsdsRa894==:'},
                Quota(remaining=30, reset=12),
            ),
            (
                "draft 7",
                {"ratelimit": "limit=100, remaining=4, reset=5"},
                Quota(remaining=4, reset=5),
            ),
            ("two policies", {"ratelimit-policy": '"a";q=10;w=1,"b";q=60;w=60'}, Quota(rate=1)),
            ("an old policy", {"ratelimit-policy": "100;w=50"}, Quota(rate=2)),
            (
                "the tighter of two",
                {"ratelimit": '"a";r=50;t=1, "b";r=3;t=60'},
                Quota(remaining=3, reset=60),
            ),
            (
                "draft 3",
                {"ratelimit-limit": "10", "ratelimit-remaining": "0", "ratelimit-reset": "9"},
                Quota(remaining=0, reset=9),
            ),
            (
                "draft 3 with policies",
                {"ratelimit-limit": "10, 10;w=1, 50;w=60", "ratelimit-remaining": "7"},
                Quota(rate=50 / 60, remaining=7),
            ),
            (
                "a day is a store and not a pace",
                {"ratelimit-policy": '"day";q=1000;w=86400', "ratelimit": '"day";r=900;t=80000'},
                Quota(remaining=900, reset=80000),
            ),
            (
                "a day, if nothing else is known",
                {"ratelimit-policy": '"day";q=86400;w=86400'},
                Quota(rate=1),
            ),
            (
                "X-RateLimit in seconds",
                {"x-ratelimit-remaining": "2", "x-ratelimit-reset": "60"},
                Quota(remaining=2, reset=60),
            ),
            (
                "X-RateLimit in seconds since the epoch",
                {"x-ratelimit-remaining": "2", "x-ratelimit-reset": "1000000060"},
                Quota(remaining=2, reset=60),
            ),
            (
                "X-RateLimit in milliseconds since the epoch",
                {"x-ratelimit-remaining": "2", "x-ratelimit-reset": "1000000060500"},
                Quota(remaining=2, reset=60.5),
            ),
            (
                "an epoch by the server's own clock",
                {
                    "x-ratelimit-remaining": "2",
                    "x-ratelimit-reset": "1000000360",
                    "date": "Sun, 09 Sep 2001 01:51:40 GMT",  # five minutes ahead of ours
                },
                Quota(remaining=2, reset=60),
            ),
            (
                "an epoch, and a date that is none",
                {
                    "x-ratelimit-remaining": "2",
                    "x-ratelimit-reset": "1000000060",
                    "date": "yesterday",
                },
                Quota(remaining=2, reset=60),
            ),
            (
                "an epoch in the past",
                {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999999000"},
                Quota(remaining=0, reset=0),
            ),
            (
                "X-RateLimit-Reset-After",
                {
                    "x-ratelimit-remaining": "0",
                    "x-ratelimit-reset": "1000000060",
                    "x-ratelimit-reset-after": "1.25",
                },
                Quota(remaining=0, reset=1.25),
            ),
            (
                "a reset before now",
                {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "-5"},
                Quota(remaining=0, reset=0),
            ),
            (
                "policies on two lines",
                CIMultiDict(
                    [("RateLimit-Policy", '"a";q=10;w=1'), ("RateLimit-Policy", '"b";q=60;w=60')]
                ),
                Quota(rate=1),
            ),
            (
                "bytes beside requests",
                {
                    "ratelimit-policy": '"a";q=10;w=1;qu="requests", "b";q=9;w=9;QU=content-bytes',
                    "ratelimit": '"a";r=5;t=1, "b";r=0;t=9',
                },
                Quota(rate=10, remaining=5, reset=1),
            ),
            ("bytes alone", {"ratelimit-policy": '"b";q=1000;w=60;qu="content-bytes"'}, Quota()),
            ("a comma in a name", {"ratelimit-policy": '"a, b";q=10;w=1'}, Quota(rate=10)),
            (
                "a reset that means nothing",
                {"x-ratelimit-remaining": "2", "x-ratelimit-reset": "1e300"},
                Quota(remaining=2),
            ),
            (
                "a reset in milliseconds from now",
                {"x-ratelimit-remaining": "2", "x-ratelimit-reset": "30000000"},
                Quota(remaining=2),
            ),
            ("rubbish", {"ratelimit": "rubbish", "ratelimit-policy": ";;w=0"}, Quota()),
            ("no number", {"x-ratelimit-remaining": "many"}, Quota()),
            ("no finite number", {"x-ratelimit-remaining": "nan"}, Quota()),
        )
    ],
)
def test_quota_headers_are_read_in_all_their_forms(
    headers: dict[str, str], expected: Quota
) -> None:
    assert has_quota(headers)
    assert quota_from(headers, now=NOW) == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_quota_header_can_break_a_request(policy: str, limit: str) -> None:
    quota_from({"ratelimit-policy": policy, "ratelimit": limit}, now=0.0)
