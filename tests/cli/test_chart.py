"""The chart and the demo that draws it."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from energy_async import plot
from energy_async.delivery import BERLIN, PARIS

ROOT = Path(__file__).parents[2]
DAYS = [date(2026, 10, 24), date(2026, 10, 25)]


def size_of(png: Path) -> tuple[int, int]:
    header = png.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    return int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")


def test_gains_are_stacked_upwards_and_losses_downwards() -> None:
    layers = plot.stacked(
        {
            "a": {DAYS[0]: 5.0, DAYS[1]: -1.0},
            "b": {DAYS[0]: -2.0, DAYS[1]: -3.0},
            "c": {DAYS[0]: 4.0},
        },
        DAYS,
    )
    assert layers == [
        ("a", [5.0, -1.0], [0.0, 0.0]),
        ("b", [-2.0, -3.0], [0.0, -1.0]),
        ("c", [4.0, 0.0], [5.0, 0.0]),
    ]


def test_a_chart_with_losses_gaps_and_the_doubled_hour_is_drawn(tmp_path: Path) -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    points = [(start + timedelta(minutes=15 * n), None if n == 7 else n - 20.0) for n in range(100)]
    figure = plot.draw(
        plot.DailyRevenue("Revenue", "one", {"wholesale": dict.fromkeys(DAYS, -50_000.0)}, BERLIN),
        plot.Curve("Price", "a day", points, points[-1][0] + timedelta(minutes=15), PARIS),
        source="made up",
    )
    above, below = figure.axes
    plot.save(figure, tmp_path / "chart.png")
    assert [label.get_text() for label in above.get_xticklabels()] == [
        "24\nOct 2026",
        "25\n25-hour day",
    ]
    assert below.get_xlim()[1] - below.get_xlim()[0] == 25 * 3600
    assert above.get_ylim()[0] <= -50
    assert size_of(tmp_path / "chart.png") == (1600, 1000)


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured with wait4")
def test_the_demo_runs_twice_with_one_login_for_its_pull(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "examples" / "demo.py"), "--out", str(tmp_path / "out")]
    first, ended = (
        subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2)
    )
    assert (first.returncode, ended.returncode) == (0, 0), first.stderr + ended.stderr
    assert re.search(r"\d+ MB at its peak", ended.stdout)
    assert "with 1 login" in ended.stdout
    assert "32 more" in ended.stdout
    assert size_of(tmp_path / "out" / "revenue.png") == (1600, 1000)
