"""What an archive remembers beside its rows: a small file, written whole.

Losing it loses nothing but the memory of gaps that were told, and one conditional request: what is
missing is found again from the rows.
"""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - read by msgspec
from typing import Final

import msgspec

from nanocorp_async.archive_series import SERIES, SeriesName
from nanocorp_async.watch_fetch import Held

__all__ = ["FORMAT", "FeedState", "Gap", "Manifest", "SeriesState", "State"]

FORMAT: Final = 1


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive is.

    Attributes:
        format: Of the files.
        base_url: The service whose rows it holds.
    """

    format: int
    base_url: str


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery day that cannot be completed any more.

    Attributes:
        series: Which rows.
        day: The Paris delivery day.
        missing: What it lacks, in words.
        noticed_at: When it was noticed. Aware, in UTC.
    """

    series: SeriesName
    day: date
    missing: str
    noticed_at: datetime


class SeriesState(msgspec.Struct, kw_only=True):
    """What is known of one series.

    Attributes:
        judged: The first delivery day that upstream may still complete.
        whole: Whether a whole day was ever stored.
        gaps: The days before `judged` that are not whole.
    """

    judged: date | None = None
    whole: bool = False
    gaps: dict[date, Gap] = {}


class FeedState(msgspec.Struct, kw_only=True):
    """What is known of one feed.

    Attributes:
        held: Of the last answer whose rows were stored.
        newest: The newest delivery day that it held.
    """

    held: Held = Held()
    newest: date | None = None


class State(msgspec.Struct, kw_only=True):
    """What is known of all feeds and series."""

    feeds: dict[str, FeedState] = {}
    series: dict[str, SeriesState] = {}

    def feed(self, name: str) -> FeedState:
        """Give what is known of a feed."""
        return self.feeds.setdefault(name, FeedState())

    def of(self, name: str) -> SeriesState:
        """Give what is known of a series."""
        return self.series.setdefault(name, SeriesState())

    def all_gaps(self) -> list[Gap]:
        """Give every gap, by series and day."""
        return [
            gap
            for name in SERIES
            if name in self.series
            for _, gap in sorted(self.series[name].gaps.items())
        ]
