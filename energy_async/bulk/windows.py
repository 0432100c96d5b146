"""Which questions a bulk pull asks, and which of them are still open. Pure.

A question is one asset, one stream and one stretch of time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from energy_async.delivery import require_aware, split_by_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Window(msgspec.Struct, frozen=True, order=True):
    """One asset, one stream, one half-open stretch of time `[start, end)`, aware and in UTC.

    `asset_id` is whatever the question is about: a virtual asset, and for some sources a
    portfolio, a fleet or a physical asset.
    """

    asset_id: str
    stream: str
    start: datetime
    end: datetime

    def __str__(self) -> str:
        span = f"from {self.start:{_TIME}} to {self.end:{_TIME}}"
        return f"{self.stream} of {self.asset_id} {span}"

    @property
    def line(self) -> tuple[str, str]:
        """The asset and the stream: windows of one line follow one another in time."""
        return self.asset_id, self.stream

    def between(self, start: datetime, end: datetime) -> Window:
        """The same question for another stretch of time."""
        return Window(self.asset_id, self.stream, start, end)


def plan_windows(
    asset_ids: Iterable[str | UUID],
    streams: Iterable[str],
    *,
    known: Sequence[str],
    start: datetime,
    end: datetime,
    window: timedelta | None,
    zone: str,
) -> list[Window]:
    """List the windows that cover `[start, end)` of every asset and stream exactly once.

    Without a `window` they are the delivery months of `zone`.
    """
    if window is None:
        spans = [(one.start, one.end) for one in split_by_month(*_range(start, end), zone)]
    else:
        spans = list(cut(start, end, window))
    assets = _assets(asset_ids)
    chosen = _streams(streams, known)
    return [Window(a, s, *span) for a in assets for s in chosen for span in spans]


def cut(start: datetime, end: datetime, window: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Cut `[start, end)` into stretches of `window`; the last one is as short as it must be."""
    if not isinstance(window, timedelta):
        raise TypeError(f"window must be a timedelta, got {type(window).__name__}")
    if window <= timedelta(0):
        raise ValueError(f"window must be longer than nothing, got {window}")
    edge, last = _range(start, end)
    while edge < last:
        # Compared as a difference, so that a huge window cannot run past the last datetime.
        step = min(window, last - edge)
        yield edge, edge + step
        edge += step


def asset_key(asset_id: str | UUID) -> str:
    """Give the one spelling of an identifier: a UUID in lower case with dashes, else its text."""
    text = str(asset_id).strip()
    try:
        return str(UUID(text))
    except ValueError:
        return text


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


def _range(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    first, last = require_aware(start, "start"), require_aware(end, "end")
    if last <= first:
        raise ValueError(f"end ({last.isoformat()}) must be after start ({first.isoformat()})")
    return first, last


def _assets(asset_ids: Iterable[str | UUID]) -> list[str]:
    if isinstance(asset_ids, (str, bytes, UUID)):
        raise TypeError("asset_ids must be several identifiers, such as a list, not a single one")
    keys = [asset_key(one) for one in asset_ids]
    if not keys or not all(keys):
        raise ValueError("asset_ids is empty" if not keys else "asset_ids holds an empty text")
    _refuse_doubles(keys, "asset_ids")
    return keys


def _streams(streams: Iterable[str], known: Sequence[str]) -> list[str]:
    if isinstance(streams, str):
        raise TypeError(f"streams must be several names, such as [{streams!r}]")
    chosen = list(streams)
    unknown = [name for name in chosen if name not in known]
    if unknown or not chosen:
        what = f"unknown streams {unknown}" if unknown else "streams is empty"
        raise ValueError(f"{what}; there are {', '.join(known)}")
    _refuse_doubles(chosen, "streams")
    return chosen


def _refuse_doubles(names: list[str], what: str) -> None:
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise ValueError(f"{what} names {', '.join(doubled)} more than once: rows would be doubled")


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
