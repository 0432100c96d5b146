"""Charts as inline SVG: stacked columns, and curves over a delivery day.

In: values. Out: text of an `svg` element, for the pages of both clients. Colours come from the
page's stylesheet (`.s1`, `.l1`, `.axis`, `.grid`, ...), so that one chart serves light, dark and
print. Text stays text: it can be read out, searched and copied.
"""

from __future__ import annotations

import math
from datetime import timedelta
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import time_zone
from energy_async.page.rendering import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from energy_async.delivery import Interval

    Periods = Sequence[tuple[datetime, datetime, float | None]]

_LABEL: Final = 52
"""Width that a label under the axis needs."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, _LABEL // 2, 18, 34
_THIN: Final = 6
"""Columns narrower than this touch each other."""
_SQUARE: Final = 1000
_HOUR: Final = timedelta(hours=1)
_LABELLED, _MAJOR = 3, 6
"""Local hours that have a label: each third one, on a phone each sixth."""


class Chart(NamedTuple):
    """Columns that are stacked, upwards what is earned, downwards what is lost.

    Attributes:
        key: Tells the chart apart from others on the page.
        title: Says what is shown, for those who hear the page.
        labels: What stands under each column; empty for none.
        layers: The heights by CSS class, as many as labels; what is missing has no height.
        unit: Stands above the axis.
        marks: What columns lack that are not all there, by their place.
    """

    key: str
    title: str
    labels: Sequence[str]
    layers: Mapping[str, Sequence[float]]
    unit: str
    marks: Mapping[int, str] = {}


class Line(NamedTuple):
    """One curve.

    Attributes:
        name: Stands in the legend.
        periods: Start, end and value of each period, in order; None for no value.
    """

    name: str
    periods: Periods


class StepChart(NamedTuple):
    """Curves over a delivery day; each value holds for its period.

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


def columns(chart: Chart, width: int, height: int) -> str:
    """Draw stacked columns, `width` by `height` units large."""
    layers = stacked(chart.layers)
    edges = [end for _, _, ends in layers for end in ends]
    marks = ticks(min(edges, default=0.0), max(edges, default=0.0))
    tall, step = height - _TOP - _BOTTOM, (width - _LEFT - _RIGHT) / max(len(chart.labels), 1)
    gap = 0.0 if step < _THIN else step * 0.22

    def y(value: float) -> float:
        return _TOP + (marks[-1] - value) / (marks[-1] - marks[0]) * tall

    inside = []
    for place, what in chart.marks.items():
        box = f'x="{_LEFT + place * step:.1f}" y="{_TOP}" width="{step:.2f}" height="{tall}"'
        inside.append(f'<rect class="lacks" {box}><title>{escape(what)}</title></rect>')
    for mark, text in zip(marks, _texts(marks), strict=True):
        inside.append(f'<path class="grid" d="M{_LEFT} {y(mark):.1f}H{width - _RIGHT}"/>')
        inside.append(
            f'<text x="{_LEFT - 8}" y="{y(mark) + 4:.1f}" text-anchor="end">{text}</text>'
        )
    unit = escape(chart.unit)
    inside.append(f'<text class="unit" x="{_LEFT}" y="{y(marks[-1]) - 5:.1f}">{unit}</text>')
    for name, starts, ends in layers:  # a layer is one path: a year of days stays small
        path = "".join(
            f"M{_LEFT + place * step + gap / 2:.1f} {y(low):.1f}h{step - gap:.2f}"
            f"V{y(high):.1f}h{gap - step:.2f}z"
            for place, (low, high) in enumerate(zip(starts, ends, strict=True))
            if low != high
        )
        inside.append(f'<path class="{name}" d="{path}"/>')
    inside.append(f'<path class="axis" d="M{_LEFT} {y(0):.1f}H{width - _RIGHT}"/>')
    inside += _labels(chart.labels, step, height)
    name = f"{escape(chart.key)}-{width}"
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}">'
        f'<title id="{name}">{escape(chart.title)}</title>{"".join(inside)}</svg>'
    )


def draw(chart: StepChart) -> str:
    """Draw curves as an `svg` element.

    The axis runs in real time: the day of a clock change has 23 or 25 hours, and a mark where the
    clocks are changed. A line breaks where there is no value and where there is no period. The
    drawing takes any width and keeps its text at the size of the page's: only lines are stretched.
    """
    values = [v for line in chart.lines for _, _, v in line.periods if v is not None]
    marks = ticks(min(values, default=0.0), max(values, default=0.0))
    inside = []
    for mark, text in zip(marks, _texts(marks), strict=True):
        y = 100 * (marks[-1] - mark) / (marks[-1] - marks[0])
        kind = "zero" if mark == 0 else "grid"
        inside.append(f'<line class="{kind}" x2="100%" y1="{y:.2f}%" y2="{y:.2f}%"/>')
        inside.append(f'<text class="y" x="-8" y="{y:.2f}%" dy=".32em">{text}</text>')
    inside += [*_hours(chart.whole, chart.zone), *_change(chart.whole, chart.zone)]
    paths = (
        f'<path class="l{place}" d="{outline(line.periods, chart.whole, marks)}"/>'
        for place, line in enumerate(chart.lines, 1)
    )
    key, square = escape(chart.key), f"0 0 {_SQUARE} {_SQUARE}"
    return (
        f'<svg class="plot" role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(chart.title)}</title>'
        f'<desc id="{key}-d">{escape(chart.description)}</desc>{"".join(inside)}'
        f'<svg viewBox="{square}" preserveAspectRatio="none" width="100%" height="100%">'
        f"{''.join(paths)}</svg></svg>"
    )


def stacked(
    layers: Mapping[str, Sequence[float]],
) -> list[tuple[str, list[float], list[float]]]:
    """Give where each layer's boxes start and end: gains grow upwards, losses downwards."""
    count = max(map(len, layers.values()), default=0)
    up, down = [0.0] * count, [0.0] * count
    found = []
    for name, values in layers.items():
        starts = [up[n] if value >= 0 else down[n] for n, value in enumerate(values)]
        ends = [start + value for start, value in zip(starts, values, strict=True)]
        for n, value in enumerate(values):
            (up if value >= 0 else down)[n] = ends[n]
        found.append((name, starts, ends))
    return found


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Give round values, evenly apart, that enclose `low`, `high` and zero."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return [0.0, 1.0]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * n, 9) for n in range(first, last + 1)]


def outline(periods: Periods, whole: Interval, marks: Sequence[float]) -> str:
    """Give the path of a curve in a square of 1,000 units."""
    path: list[str] = []
    reached: datetime | None = None
    for start, end, value in periods:
        if value is None:
            reached = None
            continue
        y = f"{_SQUARE * (marks[-1] - value) / (marks[-1] - marks[0]):.1f}"
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


def _texts(marks: Sequence[float]) -> list[str]:
    """Write the marks of an axis, with as many digits as their step has."""
    step = round(marks[1] - marks[0], 9)
    digits = max(0, -math.floor(math.log10(step)))
    if round(step, digits) != step:
        digits += 1  # steps of 2.5
    return [number(mark, digits) for mark in marks]


def _labels(labels: Sequence[str], step: float, height: float) -> Iterator[str]:
    named = [place for place, label in enumerate(labels) if label]
    least = min((b - a for a, b in pairwise(named)), default=1)
    every = max(1, math.ceil(_LABEL / (step * least)))
    for place in named[::every]:
        where = f'x="{_LEFT + (place + 0.5) * step:.1f}" y="{height - 12}" text-anchor="middle"'
        yield f"<text {where}>{escape(labels[place])}</text>"


def _x(moment: datetime, whole: Interval) -> float:
    return _SQUARE * ((moment - whole.start) / whole.duration)


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
