"""The chart and the demo that draws it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from energy_async import plot
from energy_async.page.charts import stacked

ROOT = Path(__file__).parents[2]


def size_of(png: Path) -> tuple[int, int]:
    header = png.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    return int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")


def test_gains_are_stacked_upwards_and_losses_downwards() -> None:
    assert stacked({"a": [5.0, -1.0], "b": [-2.0, -3.0], "c": [4.0, 0.0]}) == [
        ("a", [0.0, 0.0], [5.0, -1.0]),
        ("b", [0.0, -1.0], [-2.0, -4.0]),
        ("c", [5.0, 0.0], [9.0, 0.0]),
    ]


def test_a_chart_with_losses_marks_what_is_not_all_there(tmp_path: Path) -> None:
    figure = plot.draw_revenue(
        plot.StackedRevenue(
            "Revenue, so far", "one", ["24 Oct", "25 Oct", "26 Oct"],
            {"wholesale": [-50_000.0, 1.0, 0.0]}, {1: "no answer", 2: "to come"}, "counted",
        )
    )  # fmt: skip
    (axes,) = figure.axes
    plot.save(figure, tmp_path / "chart.png")
    legend = axes.get_legend()
    assert legend is not None
    named = [one.get_text() for one in legend.get_texts()]
    assert named == ["wholesale", "no answer", "to come"]
    boxes = [one.get_window_extent() for one in axes.patches if one.get_hatch() in {"////", "...."}]
    assert round(boxes[0].width) == round(boxes[1].width)
    assert boxes[0].x0 < boxes[1].x0
    assert axes.get_ylim()[0] <= -50
    assert size_of(tmp_path / "chart.png") == (1600, 675)


def test_the_demo_runs_twice_with_one_login_for_its_pull(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "examples" / "demo.py"), "--out", str(tmp_path / "out")]
    first, ended = (
        subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2)
    )
    assert (first.returncode, ended.returncode) == (0, 0), first.stderr + ended.stderr
    assert re.search(r"\d+ MB at its peak", ended.stdout)
    assert "with 1 login" in ended.stdout
    assert "32 more" in ended.stdout
    assert size_of(tmp_path / "out" / "revenue.png") == (1600, 675)
    assert size_of(tmp_path / "out" / "prices.png") == (1600, 1000)
