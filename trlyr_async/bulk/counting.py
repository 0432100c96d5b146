"""Which days of an asset count: in service, answered for, past when they were asked, and known.

Days are bits of whole numbers, the first day of the range being bit 0.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from energy_async.bulk.answers import still_open
from energy_async.bulk.history import History
from energy_async.delivery import days, delivery_day

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from energy_async.bulk import Manifest
    from energy_async.bulk.daily import Days
    from energy_async.bulk.dataset import Dataset
    from energy_async.delivery import Interval
    from energy_async.storage import Snapshot

Answered: TypeAlias = "Mapping[tuple[str, str], Sequence[tuple[datetime, datetime, datetime]]]"
"""Answers by asset and stream: the start, until when time had passed when it was asked, the end."""


class Service(NamedTuple):
    """The time of an asset that was asked for and in which it is in service.

    `power` in MW, None if unknown; the end is not part of it; `parts` is how much of a day it is
    in service, by place, where not all day.
    """

    power: float | None
    start: datetime
    end: datetime
    days: int
    parts: Mapping[int, float]

    def length(self, chosen: int) -> float:
        """How many days some of the days are; a day with a clock change is one."""
        lost = math.fsum(1 - part for place, part in self.parts.items() if chosen >> place & 1)
        return (chosen & self.days).bit_count() - lost


class Line(NamedTuple):
    """What an asset has of a stream: its sums, and which days count.

    `no_answer`: days in service of which not all is answered; `to_come` are answered, and had not
    passed when they were asked; `no_figure` would count, were it not for rows without a figure.
    """

    sums: Days
    counts: int
    no_answer: int
    to_come: int
    no_figure: int


class Calendar:
    """Every delivery day that the range of a dataset touches; `first` is an ordinal."""

    def __init__(self, manifest: Manifest) -> None:
        self._start, self._end = manifest.start, manifest.end
        self.days: list[date] = list(days(manifest.start, manifest.end, manifest.zone))
        self.first: int = self.days[0].toordinal()
        ranges = [delivery_day(one, manifest.zone) for one in self.days]
        self._edges = [*(one.start for one in ranges), ranges[-1].end]

    def service(self, life: Interval, power: float | None) -> Service:
        """Cut the life of an asset to the range."""
        start, end = max(self._start, life.start), min(self._end, life.end)
        if start >= end:
            return Service(power, start, start, 0, {})
        first, last = bisect_right(self._edges, start) - 1, bisect_left(self._edges, end) - 1
        parts = {}
        for place in (first, last):
            a, b = self._edges[place : place + 2]
            if (part := (min(b, end) - max(a, start)) / (b - a)) < 1:
                parts[place] = part
        return Service(power, start, end, span(first, last + 1), parts)

    def line(
        self, sums: Days, service: Service, answers: Sequence[tuple[datetime, datetime, datetime]]
    ) -> Line:
        """Tell the days of an asset and stream apart."""
        held = self._whole(service, ((start, end) for start, _, end in answers))
        past = self._whole(service, ((start, until) for start, until, _ in answers))
        rows = zip(sums.days, sums.rows, sums.figures, strict=True)
        unknown = sum(1 << day - self.first for day, count, figures in rows if figures < count)
        return Line(
            sums,
            counts=past & ~unknown,
            no_answer=service.days & ~held,
            to_come=held & ~past,
            no_figure=past & unknown,
        )

    def _whole(self, service: Service, spans: Iterable[tuple[datetime, datetime]]) -> int:
        """The days of a service that lie in spans of time with all that is asked of them."""
        found = 0
        for start, end in _joined(spans):
            first = 0 if start <= service.start else bisect_left(self._edges, start)
            last = bisect_right(self._edges, end) - 1 if end < service.end else len(self.days)
            found |= span(first, max(first, last))
        return found & service.days


def answered(
    dataset: Dataset,
    snapshot: Snapshot,
    *,
    as_of: datetime | None = None,
    passed_over: Container[str] = (),
) -> Answered:
    """Give what of a dataset is answered; what the files answer that are passed over is not."""
    history = None if as_of is None else History(dataset, snapshot, as_of)
    spans: defaultdict[tuple[str, str], list[tuple[datetime, datetime, datetime]]]
    spans = defaultdict(list)
    for part in snapshot.of_kind("rows"):
        for one in dataset.answers.of(part) if part.path not in passed_over else ():
            if history is None or history.was_known(one):
                # What was still to come at the moment is what was so when it was first asked.
                first = still_open(one.start, one.end, one.asked_at)
                opened = one.open_from if history is None else first
                spans[one.line].append((one.start, opened or one.end, one.end))
    return spans


def span(first: int, last: int) -> int:
    """The days from one place up to another, which does not belong to them."""
    return (1 << last) - (1 << first)


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
