"""Deadlines of submissions: by when, by whose clock, and how much time a reading may take."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from energy_async.transport.headers import http_date
from trlyr_async.trading.findings import Finding

if TYPE_CHECKING:
    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import Reply

__all__ = ["clock_findings", "moment_of", "note_date", "reading_time", "upstream_ahead"]

_SECOND: Final = timedelta(seconds=1)
_BELIEVABLE: Final = timedelta(hours=1)
"""Beyond it a `Date` is taken for that of a proxy or cache: no gate is reckoned by it."""
_BOUNDS: Final[WeakKeyDictionary[ApiClient, tuple[timedelta, timedelta]]] = WeakKeyDictionary()
"""How far upstream's clock is before a client's, at least and at most."""
_LONGEST_READ: Final = 5.0
_SHARE_OF_TIME: Final = 0.25


def moment_of(deadline: datetime | float | None, now: datetime) -> datetime | None:
    """Give the time that a deadline means: an aware time, or seconds from `now`.

    Raises:
        ValueError: A time without a zone, or a number that is not finite.
        TypeError: Something else.
    """
    if deadline is None:
        return None
    if isinstance(deadline, datetime):
        if deadline.utcoffset() is None:
            message = f"deadline has no time zone: {deadline!r}; pass an aware datetime"
            raise ValueError(message)
        return deadline
    if isinstance(deadline, bool) or not isinstance(deadline, int | float):
        message = f"deadline must be an aware datetime or seconds from now, got {deadline!r}"
        raise TypeError(message)
    if not math.isfinite(deadline):
        message = f"deadline must be finite, got {deadline!r}"
        raise ValueError(message)
    return now + timedelta(seconds=deadline)


def reading_time(deadline: datetime | None, now: datetime) -> float:
    """Give the seconds that a reading before a submission may take: submitting comes first."""
    if deadline is None:
        return _LONGEST_READ
    left = (deadline - now).total_seconds()
    return min(_LONGEST_READ, left * _SHARE_OF_TIME)


def note_date(client: ApiClient, reply: Reply) -> None:
    """Learn from the `Date` of an answer, which has whole seconds, how far clocks are apart."""
    moment, now = http_date(reply.headers.get("date", "")), client.now()
    if moment is None:
        return
    least = moment - now
    most = moment + _SECOND - now + timedelta(seconds=reply.elapsed)
    before = _BOUNDS.get(client, (least, most))
    both = max(least, before[0]), min(most, before[1])
    _BOUNDS[client] = both if both[0] <= both[1] else (least, most)


def upstream_ahead(client: ApiClient) -> timedelta:
    """How far upstream's clock is before the client's; nothing if not certain, or over an hour."""
    ahead = _apart(client)
    return ahead if abs(ahead) <= _BELIEVABLE else timedelta(0)


def _apart(client: ApiClient) -> timedelta:
    least, most = _BOUNDS.get(client, (timedelta(0), timedelta(0)))
    return timedelta(0) if least <= timedelta(0) <= most else (least + most) / 2


def clock_findings(client: ApiClient) -> tuple[Finding, ...]:
    """Say so if the clocks are more than a second apart."""
    ahead = _apart(client)
    if abs(ahead) <= _SECOND:
        return ()
    way = "ahead of" if ahead > timedelta(0) else "behind"
    return (
        Finding(
            severity="warning",
            kind="clock",
            message=f"upstream's clock is {abs(ahead).total_seconds():.1f} s {way} this client's",
            advice="gates are judged by upstream's; set this machine's clock",
            value=ahead.total_seconds(),
        ),
    )
