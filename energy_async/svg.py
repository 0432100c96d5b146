"""Charts as inline SVG: columns that are stacked, upwards what is earned, downwards what is lost.

Colours come from the page's CSS (`.s1`, `.s2`, ... , `.axis`, `.grid`), so that one chart serves
light, dark and print. Text stays text: it can be read out, searched and copied.
"""

from __future__ import annotations

import itertools
import math
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Chart", "columns", "ticks"]

_LABEL: Final = 52
"""Width that a label under the axis needs."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, _LABEL // 2, 18, 34
_THIN: Final = 6
"""Columns narrower than this touch each other."""
_MINUS: Final = "\N{MINUS SIGN}"


class Chart(NamedTuple):
    """What is drawn.

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


class _Scale(NamedTuple):
    low: float
    high: float
    height: float

    def y(self, value: float) -> float:
        share = (self.high - value) / (self.high - self.low)
        return _TOP + share * (self.height - _TOP - _BOTTOM)


def columns(chart: Chart, width: int, height: int) -> str:
    """Draw a chart, `width` by `height` units large."""
    piles = list(_piles(chart))
    marks = ticks(
        min((low for low, _ in piles), default=0), max((hi for _, hi in piles), default=0)
    )
    scale = _Scale(marks[0], marks[-1], height)
    step = (width - _LEFT - _RIGHT) / max(len(chart.labels), 1)
    inside = [
        *_marked(chart.marks, step, height),
        *_grid(scale, marks, width, chart.unit),
        *(_layer(*one, scale, step) for one in _stacked(chart)),
        f'<path class="axis" d="M{_LEFT} {scale.y(0):.1f}H{width - _RIGHT}"/>',
        *_labels(chart.labels, step, height),
    ]
    name = f"{escape(chart.key)}-{width}"
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}">'
        f'<title id="{name}">{escape(chart.title)}</title>{"".join(inside)}</svg>'
    )


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


def _piles(chart: Chart) -> Iterator[tuple[float, float]]:
    for values in zip(*chart.layers.values(), strict=True):
        yield sum(min(one, 0.0) for one in values), sum(max(one, 0.0) for one in values)


def _stacked(chart: Chart) -> Iterator[tuple[str, list[tuple[int, float, float]]]]:
    """Give each layer's boxes: the column, from where, to where."""
    up, down = [0.0] * len(chart.labels), [0.0] * len(chart.labels)
    for name, values in chart.layers.items():
        boxes = []
        for place, value in enumerate(values):
            pile = up if value >= 0 else down
            if value:
                boxes.append((place, pile[place], pile[place] + value))
            pile[place] += value
        yield name, boxes


def _marked(marks: Mapping[int, str], step: float, height: float) -> Iterator[str]:
    for place, what in marks.items():
        x, tall = _LEFT + place * step, height - _TOP - _BOTTOM
        box = f'x="{x:.1f}" y="{_TOP}" width="{step:.2f}" height="{tall}"'
        yield f'<rect class="lacks" {box}><title>{escape(what)}</title></rect>'


def _layer(name: str, boxes: list[tuple[int, float, float]], scale: _Scale, step: float) -> str:
    """All boxes of a layer are one path: a year of days stays small."""
    gap = 0.0 if step < _THIN else step * 0.22
    path = "".join(
        f"M{_LEFT + place * step + gap / 2:.1f} {scale.y(low):.1f}h{step - gap:.2f}"
        f"V{scale.y(high):.1f}h{gap - step:.2f}z"
        for place, low, high in boxes
    )
    return f'<path class="{name}" d="{path}"/>'


def _grid(scale: _Scale, marks: Sequence[float], width: int, unit: str) -> Iterator[str]:
    digits = max(0, -math.floor(math.log10(marks[1] - marks[0])))
    for mark in marks:
        y = scale.y(mark)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{width - _RIGHT}"/>'
        text = f"{mark:,.{digits}f}".replace("-", _MINUS)
        last = f" {escape(unit)}" if mark == marks[-1] else ""
        anchor = f'x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end"'
        yield f"<text {anchor}>{text}</text>"
        if last:
            yield f'<text class="unit" x="{_LEFT}" y="{y - 5:.1f}">{last.strip()}</text>'


def _labels(labels: Sequence[str], step: float, height: float) -> Iterator[str]:
    named = [place for place, label in enumerate(labels) if label]
    least = min((b - a for a, b in itertools.pairwise(named)), default=1)
    every = max(1, math.ceil(_LABEL / (step * least)))
    for place in named[::every]:
        x = _LEFT + (place + 0.5) * step
        text = escape(labels[place])
        yield f'<text x="{x:.1f}" y="{height - 12}" text-anchor="middle">{text}</text>'
