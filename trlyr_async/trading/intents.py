"""A submission as plain data: what will be sent, what stood there before, why and by when."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - read by msgspec
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from trlyr_async.trading.held import HeldValue  # noqa: TC001 - read by msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Intent", "intent_of", "new_id"]


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One submission, from before it is sent; msgspec and pickle carry it anywhere.

    Attributes:
        id: Identifies it for good, also in another process or on another machine.
        operation: Such as `virtual_assets.submit_ancillary_bids`.
        method: Of the request.
        path: Of the request, percent-encoded, without a base path.
        body: Of the request, as it is sent.
        base_url: The API that it is for.
        before: What upstream held in its place; None where that could not be read.
        prepared_at: When it was made, aware and in UTC.
        last_moment: By when upstream must have it: deadline or gate closure; None if not known.
        subject: What it is for, in ids and products, for people.
        reason: The caller's words: why, and who wants it.
    """

    id: str
    operation: str
    method: str
    path: str
    body: bytes
    base_url: str
    before: dict[str, HeldValue] | None = None
    prepared_at: datetime
    last_moment: datetime | None = None
    subject: str = ""
    reason: str = ""


def new_id() -> str:
    """Give an id that no other intent has."""
    return uuid4().hex


def intent_of(error: BaseException) -> Intent | None:
    """Give the intent of the submission that an error has ended; None if there is none.

    Also for a cancellation, and for the `TimeoutError` that `asyncio.timeout` makes of it: an error
    of `submit_...` carries its intent, as do those that were raised from it.
    """
    for one in _chain(error):
        found = getattr(one, "intent", None)
        if isinstance(found, Intent):
            return found
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error, and all those that it comes from or groups."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [each for each in (one.__context__, one.__cause__) if each is not None]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
