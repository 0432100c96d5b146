"""Which rows of an answer belong to a window. Pure.

What the ends of a range mean to the server is not known, so each window is asked with a margin on
both sides, and neighbouring windows are both given the rows at their common boundary. A row belongs
to the window in whose half-open range `[start, end)` its own start lies. A long row that began
before the window belongs to an earlier one, and a row that began before the first window belongs to
none: a pull is "every row that starts in the range".
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections import defaultdict
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from energy_async.bulk.report import answered
from energy_async.bulk.source import readable
from energy_async.bulk.windows import asset_key
from energy_async.transport.errors import DecodeFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable
    from datetime import datetime

    from energy_async.bulk.report import Batch
    from energy_async.bulk.source import Source
    from energy_async.bulk.windows import Window

R = TypeVar("R")
LONGEST: Final = timedelta(hours=25)
"""The longest period that is allowed for unseen: a delivery day at the end of summer time."""
_SHORT: Final = timedelta(hours=6)
"""Windows below this would grow manifold with the longest margin: they try a short one first."""


async def asked_wider(
    ask: Callable[[datetime, datetime], Awaitable[list[R]]],
    window: Window,
    length_of: Callable[[R], timedelta],
) -> list[R]:
    """Ask for a window with a margin of one period; once more where rows turn out to be longer.

    Windows of a few hours begin with a margin of their own length. Rows longer than `LONGEST` are
    found if the server shows one of them.
    """
    length = window.end - window.start
    margin = LONGEST if length >= _SHORT else length
    rows = await ask(window.start - margin, window.end + margin)
    longest = max(map(length_of, rows), default=LONGEST)
    if longest <= margin:
        return rows
    return await ask(window.start - longest, window.end + longest)


def settle(window: Window, answer: Iterable[R], source: Source[R]) -> Batch[R]:
    """Keep the rows of `window`, each once.

    Raises:
        DecodeFailed: A row says it belongs to another asset, or it cannot be placed because its
            start is missing or carries no zone, or whatever else is odd about it. The whole window
            is refused: dropping one row would change the sum without a word.
    """
    with readable():
        rows = answer if isinstance(answer, list) else list(answer)
        return _settle_plain(window, rows, source) or _settle_any(window, rows, source)


def _settle_plain(window: Window, rows: list[R], source: Source[R]) -> Batch[R] | None:
    """Settle what nearly every answer is: rows of one asset whose starts only grow.

    Quicker than looking at each row in turn; None where that must be done.
    """
    starts: list[Any] = list(map(source.start_of, rows))
    owners = set(map(source.owner_of, rows)) - {None, window.asset_id}
    if any(asset_key(owner) != window.asset_id for owner in owners if owner is not None):
        return None
    try:
        # A start without a zone, or none at all, cannot be compared with the window's.
        first, last = (bisect_left(starts, edge) for edge in (window.start, window.end))
        if not all(map(operator.lt, starts, starts[1:])):
            return None
    except TypeError:
        return None
    return answered(window, rows[first:last], neighbours=len(rows) - (last - first))


def _settle_any(window: Window, answer: list[R], source: Source[R]) -> Batch[R]:
    by_place: dict[tuple[datetime, Hashable], list[R]] = defaultdict(list)
    neighbours = duplicates = 0
    for number, row in enumerate(answer):
        start = _placed(window, number, row, source)
        place = start, source.key_of(row)
        if not window.start <= start < window.end:
            neighbours += 1
        elif row in by_place[place]:
            duplicates += 1
        else:
            by_place[place].append(row)
    places = sorted(by_place, key=itemgetter(0))
    kept = [row for place in places for row in by_place[place]]
    conflicts = dict.fromkeys(place[0] for place in places if len(by_place[place]) > 1)
    return answered(
        window, kept, neighbours=neighbours, duplicates=duplicates, conflicts=tuple(conflicts)
    )


def _placed(window: Window, number: int, row: R, source: Source[R]) -> datetime:
    owner = source.owner_of(row)
    if owner is not None and asset_key(owner) != window.asset_id:
        raise _refused(window, f"$[{number}]", f"the row belongs to {owner}")
    start = source.start_of(row)
    if start is None:
        raise _refused(window, f"$[{number}]", "the row has no start")
    if start.utcoffset() is None:
        raise _refused(window, f"$[{number}]", f"its start {start.isoformat()} has no time zone")
    return start


def _refused(window: Window, path: str, reason: str) -> DecodeFailed:
    return DecodeFailed(f"{reason} - at `{path}` of {window}", path=path)
