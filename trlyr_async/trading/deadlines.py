"""Deadlines of submissions: by when, by whose clock, and how much time a reading may take.

Gates are upstream's, and so is the clock that closes them. How far it is from this machine's is
learned from the `Date` of answers, where most of the last agree. A gate is closed here once both
clocks say so: a refusal by upstream costs less than a schedule that was never sent.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Unpack
from weakref import WeakKeyDictionary

from energy_async.transport.headers import http_date
from energy_async.transport.options import deadline_from
from energy_async.transport.request import Request
from trlyr_async import auctions, virtual_assets
from trlyr_async.trading.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_async.transport.client import ApiClient
    from energy_async.transport.request import CallOptions, Operation, Reply

__all__: list[str] = []

_NONE: Final = timedelta(0)
_SECOND: Final = timedelta(seconds=1)
_BELIEVABLE: Final = timedelta(hours=1)
"""Beyond it a `Date` is taken for that of a proxy or cache, however many answers have it."""
_LAST: Final = 5
_LONGEST_READ: Final = 5.0
_SHARE_OF_TIME: Final = 0.25
_ANSWERS: Final[WeakKeyDictionary[ApiClient, deque[tuple[timedelta, timedelta]]]] = (
    WeakKeyDictionary()
)
"""How far upstream's clock is before a client's, at least and at most, by each of the last."""


def operation_of(name: str) -> Operation[Any]:
    """Give an operation by its name, such as `virtual_assets.get_block`."""
    area, _, function = name.partition(".")
    known = auctions.OPERATIONS if area == "auctions" else virtual_assets.OPERATIONS
    return known[function]


async def read(
    client: ApiClient,
    name: str,
    path: Mapping[str, Any],
    query: Mapping[str, Any] = {},
    **options: Unpack[CallOptions],
) -> Any:  # noqa: ANN401 - whatever the operation gives
    """Read something, and learn from the answer what time it is upstream."""
    request = Request(operation_of(name), path=path, query=query)
    value, reply = await client.exchange(request, **options)
    note_date(client, reply)
    return value


def moment_of(deadline: datetime | float | None, now: datetime) -> datetime | None:
    """Give the time that a deadline means: an aware time, or seconds from `now`.

    Raises:
        ValueError: A time without a zone, or a number that is not finite.
        TypeError: Something else.
    """
    if deadline is None:
        return None
    seconds = deadline_from({"deadline": deadline}, now=0.0, wall=now.timestamp())
    return deadline if isinstance(deadline, datetime) else now + timedelta(seconds=seconds)


def earliest(*moments: datetime | None) -> datetime | None:
    """Give the earliest of those that are known."""
    return min([one for one in moments if one is not None], default=None)


def reading_time(deadline: datetime | None, now: datetime) -> float:
    """Give the seconds that a reading before a submission may take: submitting comes first."""
    left = math.inf if deadline is None else (deadline - now).total_seconds()
    return min(_LONGEST_READ, left * _SHARE_OF_TIME)


def note_date(client: ApiClient, reply: Reply) -> None:
    """Learn from the `Date` of an answer, in whole seconds; a cache's (`Age`) says nothing."""
    moment, now = http_date(reply.headers.get("date", "")), client.now()
    if moment is None or "age" in reply.headers:
        return
    most = moment + _SECOND - now + timedelta(seconds=reply.elapsed)
    _ANSWERS.setdefault(client, deque(maxlen=_LAST)).append((moment - now, most))


def _apart(client: ApiClient) -> timedelta:
    """Give the difference on which most of the last answers agree; nothing if it may be none."""
    known = _ANSWERS.get(client, ())
    groups = ([one for one in known if one[0] <= least <= one[1]] for least, _ in known)
    agreed = max(groups, key=len, default=[])
    if len(agreed) < 2 or 2 * len(agreed) <= len(known):  # noqa: PLR2004 - one alone proves nothing
        return _NONE
    least, most = max(one[0] for one in agreed), min(one[1] for one in agreed)
    return _NONE if least <= _NONE <= most else (least + most) / 2


def upstream_ahead(client: ApiClient) -> timedelta:
    """How far upstream's clock is before the client's; nothing if not certain, or over an hour."""
    ahead = _apart(client)
    return ahead if abs(ahead) <= _BELIEVABLE else _NONE


def gate_by(client: ApiClient, gate: datetime | None) -> datetime | None:
    """Give the time by the client's clock at which both clocks say that a gate has closed."""
    return None if gate is None else gate - min(_NONE, upstream_ahead(client))


def gate_time(client: ApiClient) -> datetime:
    """Give the time at which gates are looked at: by the clock that closes them later."""
    return client.now() + min(_NONE, upstream_ahead(client))


def clock_findings(client: ApiClient) -> tuple[Finding, ...]:
    """Report clocks that are more than a second apart."""
    ahead = _apart(client)
    if abs(ahead) <= _SECOND:
        return ()
    seconds, way = abs(ahead).total_seconds(), "ahead of" if ahead > _NONE else "behind"
    message = f"upstream's clock is {seconds:.1f} s {way} this client's"
    advice = "upstream judges gates by its own; set this machine's clock"
    return (Finding("clock", message, advice, "warning", value=ahead.total_seconds()),)
