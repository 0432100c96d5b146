"""The periods that a delivery day of a feed should have, judged by those that are there. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from energy_async.delivery import QUARTER_HOUR, blocks, delivery_day, steps

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from energy_async.delivery import Interval

__all__ = ["expected_periods", "usual_length"]

_BLOCK: Final = timedelta(hours=4)


def usual_length(lengths: Iterable[timedelta], day: date, zone: str | tzinfo) -> timedelta:
    """Give the length that most periods of a delivery day have, of several the shortest.

    A quarter-hour if there is none, or none which the day can be cut into. Four hours always can:
    see `expected_periods`.
    """
    counts = Counter(lengths)
    usual = max(counts, key=lambda length: (counts[length], -length), default=QUARTER_HOUR)
    whole = delivery_day(day, zone).duration
    fits = usual == _BLOCK or (usual > timedelta(0) and not whole % usual)
    return usual if fits else QUARTER_HOUR


def expected_periods(day: date, zone: str | tzinfo, length: timedelta) -> list[Interval]:
    """Give the periods of a delivery day; four hours mean its six blocks, whatever the clock does.

    Raises:
        ValueError: The day cannot be cut into `length`.
    """
    return blocks(day, zone) if length == _BLOCK else list(steps(day, zone, length))
