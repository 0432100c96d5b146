"""How much more than a window is asked, since no page says what the ends of a range mean.

A server may include the end of a range or not, and pick rows by their start, their end, by overlap
or by containment. All of them give every row that starts in a window, if the range that is asked
reaches one period further on both sides.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from energy_async.bulk.windows import Window

__all__ = ["LONGEST", "asked_wider"]

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
