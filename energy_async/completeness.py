"""Whether a series of periods has every step that it should have: gaps and doubles by name.

Pure. What should be there comes from the calendar (`energy_async.delivery`), never from 24 or 96.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.delivery import Interval, require_aware, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

__all__ = ["Completeness", "Period", "check", "check_day"]

_MOST_NAMED: Final = 3

Period = tuple[datetime | None, datetime | None]
"""Start and end of a row, aware; None where it has none."""


class Completeness(NamedTuple):
    """What was expected, what came, and how the two differ.

    `check` is about periods alone. Who knows the values too says how many are missing or zero.

    Attributes:
        expected: How many steps there should be.
        got: How many of them are there, each counted once.
        gaps: What is missing; steps that follow each other as one interval.
        doubles: The steps that are there more than once, in order.
        unaligned: Periods that overlap the expected time and are none of its steps: shifted, or of
            another length. In order, each once.
        outside: How many periods lie before or after.
        undated: How many have no start or no end.
        unknown: How many have no value.
        zeros: How many have a value of zero.
    """

    expected: int
    got: int
    gaps: tuple[Interval, ...] = ()
    doubles: tuple[Interval, ...] = ()
    unaligned: tuple[Interval, ...] = ()
    outside: int = 0
    undated: int = 0
    unknown: int = 0
    zeros: int = 0

    @property
    def complete(self) -> bool:
        """Whether every step is there exactly once with a value, and nothing beside them.

        Where all values are zero it is not: some sources write so what is not there yet.
        """
        faults = self.gaps or self.doubles or self.unaligned or self.undated or self.unknown
        return not (faults or self.is_all_zero)

    @property
    def is_all_zero(self) -> bool:
        """Whether every value that is there is zero."""
        return 0 < self.zeros >= self.got - self.unknown

    def __str__(self) -> str:
        parts = [f"{self.got:,} of {self.expected:,}"]
        parts += [
            f"{name} {_named(found)}"
            for name, found in (
                ("missing", self.gaps),
                ("double", self.doubles),
                ("unaligned", self.unaligned),
            )
            if found
        ]
        if self.undated:
            parts.append(f"{self.undated:,} without start or end")
        if self.unknown:
            parts.append(f"{self.unknown:,} without a value")
        if self.is_all_zero:
            parts.append(f"{self.zeros:,} zero and no other value")
        return "; ".join(parts)


def check(periods: Iterable[Period], expected: Iterable[Interval]) -> Completeness:
    """Compare periods, in any order, with the steps that should be there.

    Args:
        periods: Starts and ends, aware.
        expected: Steps in order that follow each other, such as `delivery.steps` or
            `delivery.blocks` give.

    Raises:
        ValueError: A moment is naive, or nothing is expected.
    """
    wanted = list(expected)
    if not wanted:
        raise ValueError("nothing is expected, so nothing can be missing")
    whole = Interval(wanted[0].start, wanted[-1].end)
    dated, undated = _dated(periods)
    counts = Counter(dated)
    known = set(wanted)
    missing = [step for step in wanted if not counts[step]]
    others = {one: count for one, count in counts.items() if one not in known}
    outside = {one for one in others if one.end <= whole.start or one.start >= whole.end}
    return Completeness(
        expected=len(wanted),
        got=len(wanted) - len(missing),
        gaps=_joined(missing),
        doubles=tuple(step for step in wanted if counts[step] > 1),
        unaligned=tuple(sorted(others.keys() - outside)),
        outside=sum(others[one] for one in outside),
        undated=undated,
    )


def check_day(
    periods: Iterable[Period], day: date, zone: str | tzinfo, resolution: timedelta
) -> Completeness:
    """Compare periods with the steps of `resolution` in a delivery day.

    Raises:
        ValueError: `resolution` does not divide the day, or a moment is naive.
    """
    return check(periods, steps(day, zone, resolution))


def _dated(periods: Iterable[Period]) -> tuple[list[Interval], int]:
    dated, undated = [], 0
    for start, end in periods:
        if start is None or end is None:
            undated += 1
            continue
        # In UTC, since a moment of the doubled hour in a local zone equals no other one (PEP 495).
        dated.append(Interval(require_aware(start, "start"), require_aware(end, "end")))
    return dated, undated


def _joined(found: Sequence[Interval]) -> tuple[Interval, ...]:
    """Join intervals that follow each other."""
    joined: list[Interval] = []
    for one in found:
        if joined and joined[-1].end == one.start:
            joined[-1] = Interval(joined[-1].start, one.end)
        else:
            joined.append(one)
    return tuple(joined)


def _named(found: Sequence[Interval]) -> str:
    names = [_name(one) for one in found[:_MOST_NAMED]]
    more = len(found) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")


def _name(one: Interval) -> str:
    start, end = (moment.astimezone(UTC).replace(tzinfo=None) for moment in one)
    return f"{start.isoformat()}Z/{end.isoformat()}Z"
