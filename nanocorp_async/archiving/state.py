"""What an archive remembers beside its rows; committed with them."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - read by msgspec
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from energy_async.delivery import PARIS, delivery_day_of
from nanocorp_async._market_row import FeedName  # noqa: TC001 - read by msgspec
from nanocorp_async.archiving.series import SERIES, SeriesName
from nanocorp_async.feeds import Validators

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT: Final = 2
GapKind: TypeAlias = Literal[
    "missing",
    "replaced",
    "two prices",
    "overlap",
    "backwards",
    "zero prices",
    "no prices",
    "unread",
    "damaged",
    "stray file",
]
"""What an archive reports about a delivery day.

- `missing`: it lacks rows that cannot be had any more.
- `replaced`: rows of it were replaced by rows of other periods, such as hours by quarter-hours; the
  old ones are there as revisions.
- `two prices`: the newest answer has more than one row for a period; all of them hold.
- `overlap`: the newest answer has rows that reach into each other; all of them hold.
- `backwards`: rows that do not end after their start.
- `zero prices`: every price is zero, as some sources write where a price is not there yet.
- `no prices`: no row of it has any price.
- `unread`: an answer of that day has rows that this version cannot read; its body is put aside.
- `damaged`: its file was damaged and is set aside; what the feed still showed was stored anew.
- `stray file`: a file in its folder that is not the archive's, such as a sync tool's copy.
"""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive is.

    Attributes:
        format: Of the files.
        base_url: The service whose rows it holds.
    """

    format: int
    base_url: str


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery day that is not as it should be.

    Attributes:
        series: Which rows.
        day: The Paris delivery day; where answers could not be read, the day they were fetched.
        what: What is wrong with it, in words.
        noticed_at: When it was noticed. Aware, in UTC.
        kind: See `GapKind`.
    """

    series: SeriesName
    day: date
    what: str
    noticed_at: datetime
    kind: GapKind = "missing"


class Unread(msgspec.Struct, kw_only=True):
    """An answer that could not be read whole, and was put aside.

    Attributes:
        feed: Whose answer.
        digest: The SHA-256 of its body.
        at: When it was fetched. Aware, in UTC.
        what: What could not be read, in words.
        size: Bytes that its compressed body takes; 0 if there was no room for it.
        later: When the next answer came that could be read whole. Aware, in UTC.
        later_from: The first delivery day of that answer: from there on, it says what holds.
    """

    feed: FeedName
    digest: str
    at: datetime
    what: str
    size: int = 0
    later: datetime | None = None
    later_from: date | None = None


class SeriesState(msgspec.Struct, kw_only=True):
    """What is known of one series.

    Attributes:
        judged: The first delivery day that upstream may still complete.
        whole: Whether a whole day was ever stored.
        directions: Those that days had; a day that lacks one is not whole.
        gaps: The days that are not as they should be.
    """

    judged: date | None = None
    whole: bool = False
    directions: set[str] = set()
    gaps: list[Gap] = []

    def remember(self, gap: Gap) -> bool:
        """Remember what is wrong with a day; give whether that is news."""
        known = self.forget(gap.day, gap.kind)
        self.gaps.append(gap)
        return known is None or known.what != gap.what

    def known(self, day: date, kind: GapKind) -> Gap | None:
        """Give what is known to be wrong with a day."""
        return next((one for one in self.gaps if (one.day, one.kind) == (day, kind)), None)

    def forget(self, day: date, kind: GapKind) -> Gap | None:
        """Forget what was wrong with a day, and give it."""
        if gap := self.known(day, kind):
            self.gaps.remove(gap)
        return gap


class FeedState(msgspec.Struct, kw_only=True):
    """What is known of one feed.

    Attributes:
        validators: Of the last answer whose rows were stored.
        newest: The newest delivery day that it had.
        at: When it was fetched. Aware.
        unknown: Names in its answers that this version does not know.
    """

    validators: Validators = Validators()
    newest: date | None = None
    at: datetime | None = None
    unknown: set[str] = set()


class State(msgspec.Struct, kw_only=True):
    """What is known of all feeds and series."""

    feeds: dict[str, FeedState] = {}
    series: dict[str, SeriesState] = {}
    unread: list[Unread] = []

    def feed(self, name: str) -> FeedState:
        """Give what is known of a feed."""
        return self.feeds.setdefault(name, FeedState())

    def of(self, name: str) -> SeriesState:
        """Give what is known of a series."""
        return self.series.setdefault(name, SeriesState())

    def all_gaps(self, more: Iterable[Gap] = ()) -> list[Gap]:
        """Give every gap, by series, day and kind; answers that could not be read with them."""
        found = [*more, *(gap for one in self.series.values() for gap in one.gaps)]
        found += [
            Gap(series=one.feed, day=delivery_day_of(one.at, PARIS), kind="unread", what=one.what,
                noticed_at=one.at)
            for one in self.unread
        ]  # fmt: skip
        order = list(SERIES)
        return sorted(found, key=lambda one: (order.index(one.series), one.day, one.kind))
