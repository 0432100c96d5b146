"""Curves over a delivery day as inline SVG: each value holds for its period.

The time axis runs in real time: the day of a clock change has 23 or 25 hours, and a mark where the
clocks are changed. A line breaks where there is no value and where there is no period.

The drawing takes any width and keeps its text at the size of the page's: only lines are stretched.
Colours come from the page's stylesheet (`.l1`, `.l2`, ...).
"""

from __future__ import annotations

import math
from datetime import timedelta
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import time_zone
from energy_async.page.rendering import number
from energy_async.svg import ticks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from energy_async.delivery import Interval

__all__ = ["Line", "StepChart", "clock_change", "draw", "outline"]

_WIDE: Final = 1000
_HOUR: Final = timedelta(hours=1)
_LABELLED, _MAJOR = 3, 6
"""Local hours that have a label: each third one, on a phone each sixth."""


class Line(NamedTuple):
    """One curve.

    Attributes:
        name: Stands in the legend.
        periods: Start, end and value of each period, in order; None for no value.
    """

    name: str
    periods: Sequence[tuple[datetime, datetime, float | None]]


class StepChart(NamedTuple):
    """What is drawn.

    Attributes:
        key: Tells the chart apart from others on the page.
        title: Says what is shown, for those who hear the page.
        description: Says what it looks like: the figures that matter.
        unit: Of the values.
        lines: At most four.
        whole: From when to when.
        zone: Of the clock under the axis.
    """

    key: str
    title: str
    description: str
    unit: str
    lines: Sequence[Line]
    whole: Interval
    zone: str


def draw(chart: StepChart) -> str:
    """Draw a chart as an `svg` element."""
    values = [v for line in chart.lines for _, _, v in line.periods if v is not None]
    marks = ticks(min(values, default=0.0), max(values, default=0.0))
    inside = [
        *_grid(marks),
        *_hours(chart.whole, chart.zone),
        *_change(chart.whole, chart.zone),
        f'<svg viewBox="0 0 {_WIDE} {_WIDE}" preserveAspectRatio="none" width="100%" height="100%">'
        + "".join(_paths(chart, marks))
        + "</svg>",
    ]
    key = escape(chart.key)
    return (
        f'<svg class="plot" role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(chart.title)}</title>'
        f'<desc id="{key}-d">{escape(chart.description)}</desc>{"".join(inside)}</svg>'
    )


def outline(
    periods: Sequence[tuple[datetime, datetime, float | None]], whole: Interval, marks: list[float]
) -> str:
    """Give the path of a curve in a square of 1,000 units."""
    height = marks[-1] - marks[0]
    path: list[str] = []
    reached: datetime | None = None
    for start, end, value in periods:
        if value is None:
            reached = None
            continue
        y = f"{_WIDE * (marks[-1] - value) / height:.1f}"
        path.append(f"V{y}" if start == reached else f"M{_x(start, whole):.1f} {y}")
        path.append(f"H{_x(end, whole):.1f}")
        reached = end
    return "".join(path)


def clock_change(whole: Interval, zone: str) -> tuple[datetime, bool] | None:
    """Give the moment at which clocks are changed, and whether they are put back."""
    there = time_zone(zone)
    hours = [whole.start + _HOUR * n for n in range(int(whole.duration / _HOUR) + 1)]
    for before, after in pairwise(hours):
        offsets = [one.astimezone(there).utcoffset() or timedelta() for one in (before, after)]
        if offsets[0] != offsets[1]:
            return after, offsets[1] < offsets[0]
    return None


def _x(moment: datetime, whole: Interval) -> float:
    return _WIDE * ((moment - whole.start) / whole.duration)


def _paths(chart: StepChart, marks: list[float]) -> Iterator[str]:
    for place, line in enumerate(chart.lines, 1):
        yield f'<path class="l{place}" d="{outline(line.periods, chart.whole, marks)}"/>'


def _grid(marks: list[float]) -> Iterator[str]:
    digits = max(0, -math.floor(math.log10(marks[1] - marks[0])))
    if round(marks[1] - marks[0], digits) != marks[1] - marks[0]:
        digits += 1  # steps of 2.5
    for mark in marks:
        y = 100 * (marks[-1] - mark) / (marks[-1] - marks[0])
        kind = "zero" if mark == 0 else "grid"
        yield f'<line class="{kind}" x2="100%" y1="{y:.2f}%" y2="{y:.2f}%"/>'
        yield f'<text class="y" x="-8" y="{y:.2f}%" dy=".32em">{number(mark, digits)}</text>'


def _hours(whole: Interval, zone: str) -> Iterator[str]:
    there = time_zone(zone)
    for n in range(math.ceil(whole.duration / _HOUR) + 1):
        moment = whole.start + _HOUR * n
        hour = moment.astimezone(there).hour
        if hour % _LABELLED or moment > whole.end:
            continue
        kind = "x" if hour % _MAJOR == 0 else "x minor"
        text = "24" if n and moment == whole.end else f"{hour:02}"
        place = f'x="{_x(moment, whole) / 10:.2f}%" y="100%"'
        yield f'<text class="{kind}" {place} dy="1.5em">{text}</text>'


def _change(whole: Interval, zone: str) -> Iterator[str]:
    if (found := clock_change(whole, zone)) is None:
        return
    moment, is_back = found
    hour = moment.astimezone(time_zone(zone)).hour
    first = hour if is_back else hour - 1
    text = f"{first:02}\N{EN DASH}{first + 1:02} {'twice' if is_back else 'skipped'}"
    x = f"{_x(moment, whole) / 10:.2f}%"
    yield f'<line class="change" x1="{x}" x2="{x}" y2="100%"/>'
    yield f'<text class="change" x="{x}" dx=".4em" dy="-.45em">{text}</text>'
