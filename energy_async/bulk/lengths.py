"""How much time one request covers: less where answers are too large, more where they are small."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from energy_async.delivery import split_by_month

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from energy_async.bulk.windows import Window

__all__ = ["WindowLengths"]

SHORTEST: Final = timedelta(hours=1)
"""A window of this length that is still too large has failed."""
TARGET_ROWS: Final = 10_000
"""What a request should bring at the most, if the length is ours to choose; some megabytes."""
_GROWTH: Final = 4
_MONTH: Final = timedelta(days=31, hours=1)
"""The longest delivery month, an October."""


class WindowLengths:
    """Cuts stretches of time into windows, and learns from the answers how long those may be.

    Every stream has a limit of its own. An answer that was too large halves it for good. Where
    the caller chose no length, windows begin as delivery months and grow by whole months.
    """

    def __init__(self, window: timedelta | None, zone: str) -> None:
        self._window = window
        self._zone = zone
        self._ceilings: dict[str, timedelta] = {}
        self._longest: dict[str, timedelta] = {}
        self._density: defaultdict[str, float] = defaultdict(float)

    def end_of(self, stretch: Window) -> datetime:
        """Where the first window of a stretch ends."""
        limit = self._limit(stretch.stream)
        if limit is not None and self._window is not None:
            return self._plain(stretch, limit)
        months = [one.end for one in split_by_month(stretch.start, stretch.end, self._zone)]
        if limit is None:
            return months[0]
        whole = [end for end in months if end - stretch.start <= limit]
        return whole[-1] if whole else self._plain(stretch, limit)

    def pieces(self, stretch: Window) -> Iterator[Window]:
        """Cut a stretch into windows of the planned length."""
        rest = stretch
        while rest.start < rest.end:
            if self._window is not None:
                end = self._plain(rest, self._window)
            else:
                end = split_by_month(rest.start, rest.end, self._zone)[0].end
            yield rest.between(rest.start, end)
            rest = rest.between(end, rest.end)

    def count(self, stretch: Window) -> int:
        """How many windows of the planned length a stretch holds."""
        if self._window is not None:
            return -((stretch.start - stretch.end) // self._window)
        return len(split_by_month(stretch.start, stretch.end, self._zone))

    def answered(self, window: Window, rows: int) -> None:
        """Learn from a window that was answered with `rows` rows."""
        length = window.end - window.start
        stream = window.stream
        self._longest[stream] = max(length, self._longest.get(stream, length))
        self._density[stream] = max(self._density[stream], rows / length.total_seconds())

    def halve(self, window: Window) -> datetime | None:
        """Learn that a window is too large; where to cut it, None if it is as short as may be."""
        half = (window.end - window.start) / 2
        if half < SHORTEST:
            return None
        known = self._ceilings.get(window.stream, half)
        self._ceilings[window.stream] = min(known, half)
        return window.start + timedelta(seconds=half.total_seconds() // 1)

    def _limit(self, stream: str) -> timedelta | None:
        """The longest window to ask for; None for the first month."""
        ceiling = self._ceilings.get(stream)
        if self._window is not None:
            return min(self._window, ceiling or self._window)
        if stream not in self._longest:
            return ceiling
        longest = max(self._longest[stream], _MONTH)
        limit = longest * _GROWTH
        if density := self._density[stream]:
            limit = min(limit, max(longest, timedelta(seconds=TARGET_ROWS / density)))
        return min(limit, ceiling or limit)

    def _plain(self, stretch: Window, limit: timedelta) -> datetime:
        # Compared as a difference, so that a huge window cannot run past the last datetime.
        return stretch.start + min(limit, stretch.end - stretch.start)
