"""Which stretches of a plan are still open, given those that are answered. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from energy_async.bulk.windows import Window

__all__ = ["gaps", "joined"]


def gaps(plan: Iterable[Window], answered: Iterable[Window]) -> list[Window]:
    """Give what of `plan` is not in `answered`, as stretches as long as can be."""
    there = defaultdict(list)
    for one in sorted(answered, key=lambda one: one.start):
        there[one.line].append(one)
    return [gap for stretch in joined(plan) for gap in _without(stretch, there[stretch.line])]


def joined(windows: Iterable[Window]) -> list[Window]:
    """Join windows of one line that touch each other."""
    found: dict[tuple[str, str], list[Window]] = defaultdict(list)
    for one in sorted(windows, key=lambda one: one.start):
        line = found[one.line]
        if line and line[-1].end == one.start:
            line[-1] = one.between(line[-1].start, one.end)
        else:
            line.append(one)
    return [one for line in found.values() for one in line]


def _without(stretch: Window, answered: Iterable[Window]) -> Iterator[Window]:
    edge = stretch.start
    for one in answered:
        if one.end <= edge or one.start >= stretch.end:
            continue
        if edge < one.start:
            yield stretch.between(edge, one.start)
        edge = one.end
    if edge < stretch.end:
        yield stretch.between(edge, stretch.end)
