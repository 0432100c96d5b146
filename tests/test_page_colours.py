"""The colours that pages share: contrast with what is behind them, and for all eyes apart."""

from __future__ import annotations

import math
import re
from importlib.resources import files
from itertools import combinations

import pytest

STYLE = (files("energy_async.page") / "style.css").read_text("utf-8")
SERIES = ("s1", "s2", "s3", "s4")
SIGHT = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Linear RGB as it is seen: Machado, Oliveira and Fernandes 2009, at full severity."""
OKLAB = (
    (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    ),
    (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    ),
)
"""To cone responses and, after their cube roots, to Oklab: distances as people see them."""
APART = 0.1
"""Oklab. Black is 1.0 from white."""

Triple = tuple[float, float, float]


def palette(kind: str) -> dict[str, str]:
    """Give the colours of a page in light, in dark or printed: each block changes the first."""
    light, dark, printed = (
        dict(re.findall(r"--(\w+): (#\w+)", block))
        for block in re.findall(r":root \{([^}]*)\}", STYLE)
    )
    return light | {"light": {}, "dark": dark, "print": printed}[kind]


def linear(colour: str) -> Triple:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return red, green, blue


def dot(one: Triple, other: Triple) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, as WCAG 2 defines it."""
    dark, light = sorted(dot((0.2126, 0.7152, 0.0722), linear(each)) for each in (one, other))
    return (light + 0.05) / (dark + 0.05)


def times(matrix: tuple[Triple, ...], vector: Triple) -> Triple:
    first, second, third = (dot(row, vector) for row in matrix)
    return first, second, third


def seen(colour: str, sight: str) -> Triple:
    """Give a colour in Oklab as it is seen."""
    red, green, blue = (min(1.0, max(0.0, v)) for v in times(SIGHT[sight], linear(colour)))
    long, medium, short = (math.cbrt(v) for v in times(OKLAB[0], (red, green, blue)))
    return times(OKLAB[1], (long, medium, short))


@pytest.mark.parametrize("kind", ["light", "dark", "print"])
def test_text_and_marks_stand_out_from_what_is_behind_them(kind: str) -> None:
    colours = palette(kind)
    for behind in ("page", "card"):
        for text in ("ink", "quiet", "good", "warn", "bad"):
            assert contrast(colours[text], colours[behind]) >= 4.5, (text, behind)
        for mark in SERIES:
            assert contrast(colours[mark], colours[behind]) >= 3, (mark, behind)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("kind", ["light", "dark", "print"])
def test_colours_can_be_told_apart_by_all_eyes(kind: str, sight: str) -> None:
    """Series from each other, and what is earned from what is lost."""
    colours = palette(kind)
    for one, other in [*combinations(SERIES, 2), ("s1", "bad")]:
        apart = math.dist(seen(colours[one], sight), seen(colours[other], sight))
        assert apart >= APART, (one, other)


def test_black_and_white_are_as_far_apart_as_can_be() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert math.dist(seen("#000", "full"), seen("#fff", "full")) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("package", "style"),
    [("trlyr_async.report", "report.css"), ("nanocorp_async.sheet", "sheet.css")],
)
def test_colours_stand_in_the_shared_stylesheet_alone(package: str, style: str) -> None:
    own = (files(package) / style).read_text("utf-8")
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl", own)
    assert set(re.findall(r"var\(--(\w+)\)", own)) <= set(palette("light"))
