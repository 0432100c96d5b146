"""A submission as plain data: what was to be sent, and what is known of it since. Pure."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - read by msgspec
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from trlyr_async.trading.standing import Evidence, StandingValue  # noqa: TC001 - read by msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Entry", "Intent", "Record", "Verdict", "entries_of", "intent_of"]

Verdict: TypeAlias = Literal[
    "sending", "unknown", "not_seen", "in_force", "refused", "not_sent", "superseded", "cannot_tell"
]
"""What became of a submission.

`sending`: it is on its way, or its process died. `unknown`: it may have arrived. `not_seen`:
upstream did not show it yet; something on the way may still deliver it. These three are open, the
others are final: `in_force`: upstream took it. `refused`: upstream refused it. `not_sent`: it never
left, or upstream does not show it although nothing can deliver it any more. `superseded`: it was in
force until a later one took its place. `cannot_tell`: nothing upstream shows can decide it.
"""

OPEN: frozenset[Verdict] = frozenset({"sending", "unknown", "not_seen"})


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
    before: dict[str, StandingValue] | None = None
    prepared_at: datetime
    last_moment: datetime | None = None
    subject: str = ""
    reason: str = ""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a submission.

    Attributes:
        intent_id: Of the intent.
        at: When, aware and in UTC.
        verdict: What is known from then on.
        why: In a sentence.
        status: Of upstream's answer, if there was one.
        request_id: Upstream's identifier of the request, if it gave one.
        answer: Upstream's answer, as it came.
        evidence: What was sent and what was found, if upstream was asked.
    """

    intent_id: str
    at: datetime
    verdict: Verdict
    why: str = ""
    status: int | None = None
    request_id: str | None = None
    answer: bytes | None = None
    evidence: tuple[Evidence, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A submission with all that happened to it, in order."""

    intent: Intent
    records: tuple[Record, ...]

    @property
    def last(self) -> Record:
        """What happened to it last."""
        return self.records[-1]

    @property
    def verdict(self) -> Verdict:
        """What is known of it."""
        return self.last.verdict

    @property
    def is_open(self) -> bool:
        """Whether it still has to be settled."""
        return self.verdict in OPEN

    @property
    def sent_at(self) -> datetime:
        """When its sending began, aware and in UTC."""
        return self.records[0].at


def entries_of(intents: Iterable[Intent], records: Iterable[Record]) -> list[Entry]:
    """Put intents and records together, in order of sending; intents without a record are left out.

    A final verdict stands: what an older process writes after it does not open the entry again.
    """
    by_id: dict[str, list[Record]] = {}
    for record in records:
        so_far = by_id.setdefault(record.intent_id, [])
        if not so_far or so_far[-1].verdict in OPEN or record.verdict not in OPEN:
            so_far.append(record)
    known = [Entry(intent=one, records=tuple(by_id[one.id])) for one in intents if one.id in by_id]
    return sorted(known, key=lambda entry: entry.sent_at)


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
