"""The simulations, shortened: hours of traffic on a virtual clock, in a second."""

from __future__ import annotations

import pytest

from tests.transport import simulated_lanes as lanes
from tests.transport import simulated_traffic as traffic


@pytest.mark.parametrize(
    ("kind", "most_refused", "least_use"),
    [
        ("token bucket, RateLimit headers", 0.001, 0.95),
        ("window of a minute, X-RateLimit headers", 0.002, 0.95),
        ("token bucket, Retry-After", 0.01, 0.80),
        ("token bucket, no headers", 0.01, 0.80),
    ],
)
def test_a_limit_that_changes_is_followed(kind: str, most_refused: float, least_use: float) -> None:
    """50, 20, 5 and 50 requests a second, two minutes each; the client is set to 100."""
    report = traffic.simulate(kind, minutes=8)
    assert report.refused <= most_refused
    assert report.use >= least_use
    assert report.failed == 0


def test_an_hour_is_the_same_each_time() -> None:
    first, second = (traffic.simulate("token bucket, no headers", minutes=1) for _ in range(2))
    assert first == second


def test_an_urgent_request_among_thousands_waits_for_one_slot() -> None:
    result = lanes.simulate(bulk=5000, urgent=20, spread=40.0)
    assert len(result.waits) == 20
    assert result.percentile(0.8) <= 1 / lanes.RATE / 0.975
    assert result.percentile(1.0) <= 2 / lanes.RATE / 0.975, "two may come within one slot"
    assert result.bulk_share >= 0.95


def test_slow_reads_in_all_slots_do_not_hold_up_urgent_ones() -> None:
    result = lanes.simulate(bulk=100, urgent=20, spread=40.0, read=60.0)
    assert result.percentile(1.0) < 0.2


def test_bulk_keeps_a_ninth_of_a_flood_of_urgent_requests() -> None:
    result = lanes.simulate(bulk=500, urgent=400, spread=0.0)
    assert result.bulk_share == pytest.approx(1 / 9, abs=0.01)
