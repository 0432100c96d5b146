"""When a feed is asked next: with jitter, off the full hour, and seldom while it fails. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from energy_async.transport.errors import NotSubscribed, RateLimited

if TYPE_CHECKING:
    from energy_async.transport.errors import EnergyApiError

__all__ = ["next_ask"]

_SPREAD: Final = 0.4
"""The pause is 0.8 to 1.2 times the pace."""
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(minutes=30)
_QUIET: Final = timedelta(minutes=1)
"""Nothing is asked so close to a full hour, when everybody asks."""
_HOUR: Final = timedelta(hours=1)
_MOST_DOUBLINGS: Final = 5


def next_ask(
    now: datetime,
    pace: timedelta,
    jitter: float,
    *,
    failures: int = 0,
    error: EnergyApiError | None = None,
) -> datetime:
    """Say when to ask again.

    Args:
        now: When the feed was asked, aware.
        pace: How often it is asked while all is well.
        jitter: From 0 up to 1, the caller's dice.
        failures: How often it has failed in a row.
        error: The last failure. `Retry-After` is obeyed; a token that is not accepted is not
            accepted a minute later either.
    """
    pause = _pause(pace, failures, error) * (1 - _SPREAD / 2 + _SPREAD * jitter)
    if isinstance(error, RateLimited) and error.retry_after is not None:
        pause = max(pause, timedelta(seconds=error.retry_after) * (1 + _SPREAD * jitter / 2))
    return _off_the_hour(now + pause, jitter)


def _pause(pace: timedelta, failures: int, error: EnergyApiError | None) -> timedelta:
    if isinstance(error, NotSubscribed):
        return _LONGEST_PAUSE
    if not failures:
        return pace
    doublings = min(failures - 1, _MOST_DOUBLINGS)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)


def _off_the_hour(moment: datetime, jitter: float) -> datetime:
    past = timedelta(minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
    full = moment - past if past < _QUIET else moment - past + _HOUR
    if abs(full - moment) >= _QUIET:
        return moment
    return full + _QUIET * (1 + jitter)
