"""What is wrong with a delivery day, or not there yet, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import PARIS, time_zone
from nanocorp_async.sheet.tables import span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from energy_async.delivery import Interval
    from nanocorp_async.sheet.content import DaySheet, Part, Series
    from nanocorp_async.tidy import FeedName

_MOST_NAMED: Final = 6


class Finding(NamedTuple):
    """Something about a series that a reader has to know.

    Attributes:
        feed: The feed.
        series: Its direction and time horizon; empty for the whole feed.
        kind: `missing`, `double`, `unaligned`, `without start or end`, `without a price`,
            `zero`, `unreadable`, or a state of the whole feed.
        text: Says it.
    """

    feed: FeedName
    series: str
    kind: str
    text: str


def findings(sheet: DaySheet) -> list[Finding]:
    """Give all of a sheet, feed by feed; empty for a complete day."""
    return [one for part in sheet.parts for one in _of_part(part, sheet.day)]


def about_absence(part: Part, day: date) -> str:
    """Say why a feed has no rows of the day; empty if it has some."""
    if part.series:
        return ""
    if part.state == "no answer":
        return part.source.problem
    by = part.expected_by.astimezone(time_zone(PARIS))
    when = f"expected by {by:%Y-%m-%d %H:%M} on Paris clocks, by habit and not by promise"
    words = {
        "not published yet": when,
        "late": f"was {when}",
        "no longer held": f"{day} is older than all that the feed holds",
        "missing": f"days before and after {day} are there, but no row of it",
    }
    first, last = part.source.held or (None, None)
    held = f"{first} to {last}" if first != last else str(first or "no rows at all")
    return f"{words[part.state]}; the feed holds {held}"


def _of_part(part: Part, day: date) -> Iterator[Finding]:
    if text := about_absence(part, day):
        yield Finding(part.feed, "", part.state, text)
    if part.source.unreadable:
        yield Finding(part.feed, "", "unreadable", part.source.unreadable)
    for one in part.series:
        name = " ".join(filter(None, (one.direction, one.time_horizon))).lower()
        for kind, words in _of_series(one):
            yield Finding(part.feed, name, kind, words)


def _of_series(series: Series) -> Iterator[tuple[str, str]]:
    periods = series.periods
    if periods.gaps:
        absent = periods.expected - periods.got
        yield "missing", f"{absent:,} of {periods.expected:,} periods: {_named(periods.gaps)}"
    if periods.doubles:
        yield "double", f"rows contradict each other: {_named(periods.doubles)}"
    if periods.unaligned:
        yield "unaligned", f"of another length, or shifted: {_named(periods.unaligned)}"
    if periods.undated:
        yield "without start or end", f"{periods.undated:,} rows, in no table and no curve"
    if series.unknown:
        yield "without a price", f"{series.unknown:,} rows; the curve breaks there"
    if periods.is_all_zero:
        yield "zero", "no other price; some sources write so what is not there yet"


def _named(found: Sequence[Interval]) -> str:
    names = [span(*one) for one in found[:_MOST_NAMED]]
    more = len(found) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")
