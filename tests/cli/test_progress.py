"""The time that is left: never less than the rate limit, a pause or a retry allow."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from energy_async.bulk import Progress, Window, WindowReport
from energy_async.transport.events import (
    LimiterWaited,
    RateSlowed,
    RequestSent,
    RetryScheduled,
)
from tests.clock import SleepClock
from trlyr_async.cli.progress import Traffic, remaining, shown_progress

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW = Window("a", "tolling", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("left", "recent", "held_up", "seconds"),
    [
        (0, None, {}, 0),
        (100, None, {}, 10),
        (100, 2, {}, 50),
        (100, 50, {}, 10),
        (100, 10, {"pause": 30}, 40),
        (10, 10, {"retry": 20}, 20),
        (10, 0, {}, None),
    ],
    ids=["done", "nothing known", "slow", "faster than allowed", "pause", "retry", "standing"],
)
def test_the_time_left_respects_what_holds_it_up(
    left: int, recent: float | None, held_up: dict[str, float], seconds: float | None
) -> None:
    assert remaining(left, recent, 10, **held_up) == seconds


@pytest.fixture
def clock() -> SleepClock:
    return SleepClock()


def at(done: int, total: int = 100, **more: Any) -> Progress:
    latest = WindowReport(window=WINDOW, outcome="ok")
    return Progress(
        done=done, total=total, rows=done * 10, elapsed=1.0, latest=latest,
        **{"failed": 0, "resumed": 0, **more},
    )  # fmt: skip


def json_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def walk(step: Callable[[Progress], object], clock: SleepClock, *done: int) -> None:
    for one in done:
        clock.now += 1
        step(at(one))


def test_events_tell_what_is_waited_for(
    clock: SleepClock, capsys: pytest.CaptureFixture[str]
) -> None:
    traffic = Traffic(clock=clock)
    with shown_progress(traffic, 10, as_json=True) as step:
        traffic.note(RequestSent("op", "GET", "/x", 1))
        traffic.note(LimiterWaited("op", "bulk", 0.25))
        walk(step, clock, 5, 10)
        traffic.note(RetryScheduled("op", 1, 90.0, "503"))
        traffic.note(RateSlowed("op", 2.0, 40.0))
        walk(step, clock, 15)
        clock.now += 60
        step(at(20))
    first, second, held, late = json_lines(capsys)
    assert (first["requests"], first["waited_seconds"]) == (1, 0.25)
    assert second["eta_seconds"] == pytest.approx(90 / 5)
    assert (held["retries"], held["slowed"], held["pause_seconds"]) == (1, 1, 39.0)
    assert held["eta_seconds"] == pytest.approx(89)  # the retry is later than the rest would be
    assert late["pause_seconds"] == 0


def test_windows_of_earlier_runs_do_not_count_for_the_speed(
    clock: SleepClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown_progress(Traffic(clock=clock), 100, as_json=True) as step:
        clock.now += 1
        step(at(60, resumed=50))
    (only,) = json_lines(capsys)
    assert only["eta_seconds"] == pytest.approx(40 / 10)


def test_each_phase_of_an_update_has_its_own_count_and_speed(
    clock: SleepClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown_progress(Traffic(clock=clock), 100, as_json=True) as step:
        for done in (10, 20):
            clock.now += 10
            step(at(done, 20, phase="recheck"))
        for done in (51, 52):
            clock.now += 1
            step(at(done, 60, resumed=50))
    told = json_lines(capsys)
    assert [one["phase"] for one in told] == ["recheck", "recheck", "pull", "pull"]
    assert [one["done"] for one in told] == [10, 20, 51, 52]
    assert [one["eta_seconds"] for one in told] == pytest.approx([10, 0, 9, 8])


@pytest.mark.parametrize("total", [20, 60])
def test_a_bar_begins_anew_with_a_phase(
    clock: SleepClock, capsys: pytest.CaptureFixture[str], total: int
) -> None:
    with shown_progress(Traffic(clock=clock), 10, is_terminal=True) as step:
        clock.now += 1
        step(at(20, 20, phase="recheck"))
        clock.now += 1
        step(at(4, total))
    told = capsys.readouterr().err
    assert f"4/{total} windows, 40 rows" in told
    assert "left" in told


def test_lines_end_each_phase(clock: SleepClock, capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress(Traffic(clock=clock), 10, is_terminal=False) as step:
        step(at(20, 20, phase="recheck"))
        step(at(3, 3))
    assert capsys.readouterr().err.splitlines() == [
        "20/20 windows rechecked, 200 rows",
        "3/3 windows, 30 rows",
    ]


def test_lines_come_now_and_then_and_at_the_end(
    clock: SleepClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown_progress(Traffic(clock=clock), 10) as step:
        walk(step, clock, *range(1, 12))
        step(at(100, failed=2))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "10/100 windows, 100 rows, 1.0/s, 1:30 left",
        "100/100 windows, 1,000 rows, 2 failed",
    ]


def test_a_bar_tells_counts_and_waits(
    clock: SleepClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    traffic = Traffic(clock=clock)
    with shown_progress(traffic, 10, is_terminal=True) as step:
        walk(step, clock, 5, 10)
        traffic.note(RateSlowed("op", 2.0, 40.0))
    told = capsys.readouterr().err
    assert "10/100 windows, 100 rows" in told
    assert "asked to wait 40 s" in told
    assert "0:58 left" in told
