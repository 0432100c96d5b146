"""What a delivery day of the feeds should have, and what it lacks. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from energy_async.completeness import Completeness, check
from energy_async.delivery import PARIS, QUARTER_HOUR, blocks, delivery_day, in_day, steps
from nanocorp_async._market_row import FeedName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from energy_async.delivery import Interval
    from nanocorp_async._market_row import MarketRow

Expected: TypeAlias = Iterable[FeedName] | Mapping[FeedName, Iterable[str | None]]
"""Feeds that should have rows; or for each of them the directions that it should have."""

_BOTH: Final = ("UPWARD", "DOWNWARD")
DIRECTIONS: Final[Mapping[FeedName, tuple[str | None, ...]]] = {
    "day-ahead": (None,),
    "fcr-capacity": ("SYMMETRIC",),
    "afrr-capacity": _BOTH,
    "mfrr-capacity": _BOTH,
    "afrr-energy": _BOTH,
    "mfrr-energy": _BOTH,
}
"""What the French market publishes of each feed; RTE's words for a direction count as well."""
_RTES: Final = {"UP": "UPWARD", "DOWN": "DOWNWARD", "UP_DOWN": "SYMMETRIC"}
_BLOCK: Final = timedelta(hours=4)


class DayReport(NamedTuple):
    """What a delivery day holds, for each series of rows.

    Attributes:
        day: The delivery day.
        series: By feed, direction and time horizon; what was expected and has no row is among
            them, without a horizon.
    """

    day: date
    series: dict[tuple[FeedName, str | None, str | None], Completeness]

    @property
    def complete(self) -> bool:
        """Whether there is a series, and each is complete. A day without rows is not."""
        return bool(self.series) and all(one.complete for one in self.series.values())


def completeness(
    priced: Iterable[MarketRow],
    day: date,
    *,
    zone: str | tzinfo = PARIS,
    resolution: timedelta | None = None,
    expected: Expected | None = None,
) -> DayReport:
    """Compare each series of rows with a delivery day: what is missing, and what is there twice.

    A direction that should be there and has no row is `0 of N`, and so is a feed that is named by
    `expected`. Prices that are missing are counted, and a day of nothing but zeros is not complete.

    Args:
        priced: Rows of one or several feeds; those of other days count as outside.
        day: The delivery day.
        zone: Of the delivery day.
        resolution: The length of the periods; four hours mean the six blocks of the day. By default
            the one that most rows of the series have, or a quarter-hour if that is none which a
            day can be cut into.
        expected: The feeds that should be there, such as `["fcr-capacity", "afrr-capacity"]`, or
            the directions of each. By default the feeds of which there is any row, with the
            `DIRECTIONS` that the French market has; rows without a direction stand for the only
            one that a feed has.

    Raises:
        ValueError: The day cannot be cut into `resolution`, or there is no such feed.
    """
    series: defaultdict[tuple[FeedName, str | None, str | None], list[MarketRow]]
    series = defaultdict(list)
    for row in priced:
        series[row.feed, row.direction, row.time_horizon].append(row)
    reports = {}
    for key, found in series.items():
        if ours := in_day(found, day, zone):
            prices = [row.price for row in ours]
            reports[key] = check(
                ((row.start, row.end) for row in found), _periods(ours, day, zone, resolution)
            )._replace(unknown=prices.count(None), zeros=prices.count(0))
    for feed, direction in _absent(reports, _wanted(expected, {key[0] for key in series})):
        found = [row for key, rows in series.items() if key[0] == feed for row in rows]
        periods = _periods(in_day(found, day, zone) or found, day, zone, resolution)
        reports[feed, direction, None] = check((), periods)
    return DayReport(day, reports)


def expected_periods(lengths: Iterable[timedelta], day: date, zone: str | tzinfo) -> list[Interval]:
    """Give the periods of a delivery day: of the length that most rows have, of several the least.

    Quarter-hours where there is none, or none which the day can be cut into. Four hours mean its
    six blocks, whatever the clock does.
    """
    counts = Counter(lengths)
    usual = max(counts, key=lambda length: (counts[length], -length), default=QUARTER_HOUR)
    if usual == _BLOCK:
        return blocks(day, zone)
    fits = usual > timedelta(0) and not delivery_day(day, zone).duration % usual
    return list(steps(day, zone, usual if fits else QUARTER_HOUR))


def _periods(
    rows: Iterable[MarketRow], day: date, zone: str | tzinfo, resolution: timedelta | None
) -> list[Interval]:
    if resolution is not None:
        return blocks(day, zone) if resolution == _BLOCK else list(steps(day, zone, resolution))
    lengths = (row.end - row.start for row in rows if row.start and row.end)
    return expected_periods(lengths, day, zone)


def _wanted(
    expected: Expected | None, there: set[FeedName]
) -> Mapping[FeedName, Iterable[str | None]]:
    if isinstance(expected, str):
        raise TypeError(f"expected must be several feeds, such as [{expected!r}]")
    feeds = list(there if expected is None else expected)
    if unknown := [feed for feed in feeds if feed not in DIRECTIONS]:
        raise ValueError(f"unknown feeds {unknown}; there are {', '.join(DIRECTIONS)}")
    if isinstance(expected, Mapping):
        return expected
    return {feed: DIRECTIONS[feed] for feed in DIRECTIONS if feed in feeds}


def _absent(
    there: Iterable[tuple[FeedName, str | None, str | None]],
    wanted: Mapping[FeedName, Iterable[str | None]],
) -> Iterator[tuple[FeedName, str | None]]:
    known = {(feed, _RTES.get(direction or "", direction)) for feed, direction, _ in there}
    for feed, directions in wanted.items():
        several = list(directions)
        for direction in several:
            unsaid = len(several) == 1 and (feed, None) in known
            if not unsaid and (feed, _RTES.get(direction or "", direction)) not in known:
                yield feed, direction
