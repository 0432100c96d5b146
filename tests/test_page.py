"""Curves as inline SVG, numbers as text, and the skeleton that pages share."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from datetime import date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest

from energy_async.delivery import PARIS, delivery_day, quarter_hours
from energy_async.page import Line, StepChart, draw, environment, number
from energy_async.page.charts import clock_change, outline, ticks

OCTOBER, MARCH, NORMAL = date(2026, 10, 25), date(2027, 3, 28), date(2026, 5, 23)
DAYS = pytest.mark.parametrize(
    ("day", "hours", "mark"),
    [
        pytest.param(OCTOBER, 25, "02\N{EN DASH}03 twice", id="october"),
        pytest.param(MARCH, 23, "02\N{EN DASH}03 skipped", id="march"),
        pytest.param(NORMAL, 24, None, id="normal"),
    ],
)


def periods(day: date) -> list[tuple[datetime, datetime, float | None]]:
    return [(a, b, float(n)) for n, (a, b) in enumerate(quarter_hours(day, PARIS))]


def drawn(day: date, *lines: Line) -> ET.Element:
    chart = StepChart(
        "k", "A & B", "1 < 2", "EUR/MWh", lines or [Line("a", periods(day))],
        delivery_day(day, PARIS), PARIS,
    )  # fmt: skip
    return ET.fromstring(draw(chart))


def texts(svg: ET.Element, kind: str) -> list[str]:
    return [one.text or "" for one in svg.iter("text") if kind in one.get("class", "").split()]


@DAYS
def test_the_axis_runs_over_the_hours_of_the_day(day: date, hours: int, mark: str | None) -> None:
    svg = drawn(day)
    assert texts(svg, "x") == ["00", "03", "06", "09", "12", "15", "18", "21", "24"]
    assert texts(svg, "change") == ([mark] if mark else [])
    first, second, *_ = (
        float(one.get("x", "")[:-1])
        for one in svg.iter("text")
        if "x" in one.get("class", "").split()
    )
    lost = 24 - hours
    assert second - first == pytest.approx(100 * (3 - lost) / hours, abs=0.01)


@DAYS
def test_a_curve_has_a_step_for_each_period(day: date, hours: int, mark: str | None) -> None:
    (path,) = [one for one in drawn(day).iter("path") if one.get("class") == "l1"]
    steps = path.get("d", "")
    assert (steps.count("M"), steps.count("H"), steps.count("V")) == (1, 4 * hours, 4 * hours - 1)
    ends = [float(one) for one in re.findall(r"H([\d.]+)", steps)]
    assert ends[-1] == 1000
    assert all(b - a == pytest.approx(250 / hours, abs=0.11) for a, b in pairwise(ends))


def test_a_curve_breaks_where_a_value_or_a_period_is_missing() -> None:
    found = periods(NORMAL)
    found[3] = (*found[3][:2], None)
    del found[10]
    path = outline(found, delivery_day(NORMAL, PARIS), [0.0, 100.0])
    assert path.count("M") == 3
    assert path.count("H") == 94


def test_zero_is_a_value_and_has_its_place() -> None:
    first, second = quarter_hours(NORMAL, PARIS)[:2]
    path = outline([(*first, 0.0), (*second, 50.0)], delivery_day(NORMAL, PARIS), [0.0, 100.0])
    assert path == "M0.0 1000.0H10.4V500.0H20.8"


def test_the_drawing_can_be_heard_and_is_escaped() -> None:
    svg = drawn(NORMAL)
    assert svg.get("role") == "img"
    named = (svg.get("aria-labelledby") or "").split()
    by_id = {one.get("id"): one.text for one in svg.iter() if one.get("id")}
    assert [by_id[one] for one in named] == ["A & B", "1 < 2"]


def test_a_chart_without_values_has_axes() -> None:
    assert texts(drawn(NORMAL, Line("a", [])), "y") == ["0", "1"]


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (12.0, 80.0, [0, 20, 40, 60, 80]),
        (-4.23, 62.0, [-20, 0, 20, 40, 60, 80]),
        (-500.0, -10.0, [-500, -400, -300, -200, -100, 0]),
        (0.0, 11.0, [0, 2.5, 5, 7.5, 10, 12.5]),
        (0.0, 0.0, [0, 1]),
    ],
)
def test_marks_are_round_and_enclose_zero(low: float, high: float, marks: list[float]) -> None:
    assert ticks(low, high) == marks


def test_marks_in_halves_keep_their_decimals() -> None:
    chart = [Line("a", [(*quarter_hours(NORMAL, PARIS)[0], 11.0)])]
    assert texts(drawn(NORMAL, *chart), "y") == ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]


def test_clocks_are_changed_where_they_are() -> None:
    for day, is_back in ((OCTOBER, True), (MARCH, False)):
        whole = delivery_day(day, PARIS)
        later = 3 if is_back else 2
        assert clock_change(whole, PARIS) == (whole.start + timedelta(hours=later), is_back)
    assert clock_change(delivery_day(NORMAL, PARIS), PARIS) is None


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (None, None, "\N{EN DASH}"),
        (0.0, None, "0.00"),
        (-0.001, 2, "0.00"),
        (-4.2, None, "\N{MINUS SIGN}4.20"),
        (1234.5, None, "1,234.50"),
        (12.3456, None, "12.3456"),
        (12.3456, 2, "12.35"),
        (-1234.56789, None, "\N{MINUS SIGN}1,234.56789"),
    ],
)
def test_numbers_are_not_rounded_unless_told(
    value: float | None, digits: int | None, text: str
) -> None:
    assert number(value, digits) == text


def test_templates_escape_and_miss_nothing() -> None:
    made = environment("energy_async.page")
    assert made.from_string("{{ one }}").render(one="<b>") == "&lt;b&gt;"
    with pytest.raises(Exception, match="two"):
        made.from_string("{{ two }}").render()


def test_without_jinja_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=r"trlyr-async\[report\]"):
        environment("energy_async.page")


def test_a_page_of_the_skeleton_adds_its_own_style_to_the_shared_one() -> None:
    style = (files("energy_async.page") / "style.css").read_text("utf-8").strip()
    made = environment("energy_async.page").from_string(
        '{% extends "page/skeleton.html.jinja" %}{% block style %}.mine {}{% endblock %}'
    )
    text = made.render()
    assert text.index(style) < text.index(".mine {}") < text.index("</style>")


def test_a_table_can_be_reached_named_and_scrolled() -> None:
    made = environment("energy_async.page").from_string(
        '{% from "page/parts.html.jinja" import scroll %}'
        '{% call scroll("A & B", "stacks") %}<table></table>{% endcall %}'
    )
    box = ET.fromstring(made.render())
    assert box.attrib == {
        "class": "scroll stacks", "tabindex": "0", "role": "region", "aria-label": "A & B, table",
    }  # fmt: skip
    assert box.find("table") is not None
