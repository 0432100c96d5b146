"""What became of a submission, by what upstream has, had before, and by what came later."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
import msgspec

from energy_async.transport.errors import EnergyApiError, OutcomeUnknown
from trlyr_async.trading.journal import Entry, Record, Verdict
from trlyr_async.trading.standing import (
    Evidence,
    Standing,
    StandingPrice,
    StandingValue,
    inquire,
    is_same,
    read_standing,
)
from trlyr_async.trading.submission import SubmissionUnknown, report

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from energy_async.transport.client import ApiClient
    from trlyr_async.trading.journal import Intent, Journal

__all__ = ["Answer", "Outcome", "look_up", "settle"]

Answer: TypeAlias = Literal["sent", "not_seen", "cannot_tell"]
"""What became of a request whose answer never came."""

_LOOKING: Final = timedelta(seconds=10)
"""How old what a submission saw before it may be; a block that was given may be older."""

LATE: Final = timedelta(minutes=5)
"""How long something between here and upstream may delay a request and still deliver it; a guess"""
_Place: TypeAlias = tuple[str, ...]
"""Asset, block or auction, and the key in it: what two submissions can both be about."""
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 4.0
_LEAST_TIME: Final = 5.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request whose answer never came.

    Attributes:
        answer: `sent`, `not_seen` or `cannot_tell`. `not_seen` is no proof: upstream does not show
            it, but what is delayed on the way may still arrive.
        in_force: Whether upstream has just what was sent, by this request or by another one.
            True with `cannot_tell` means that nothing need be sent again.
        why: The reason, in a sentence.
        evidence: What was sent and what was found, one for each quarter-hour, product or auction.
        before_known: Whether it is known what stood there before.
        looks: How many times upstream was asked.
    """

    answer: Answer
    in_force: bool
    why: str
    evidence: tuple[Evidence, ...] = ()
    before_known: bool = False
    looks: int = 0


async def look_up(client: ApiClient, error: OutcomeUnknown, *, settle: float = 10.0) -> Outcome:
    """Find out whether a bid or a schedule whose answer never came has reached upstream.

    Upstream is asked again, in growing intervals, until `settle` seconds have passed; `not_seen` is
    never the answer before. `sent` needs a difference between what stood there before, which the
    error of a `submit_...` function carries, and what stands there now. An error of a generated
    function does not, and a match is `cannot_tell` with `in_force`. Another process that bids for
    the same products at the same time cannot be told apart.

    Args:
        client: Asks, in the lane `urgent`.
        error: From `submit_schedule`, `submit_bids`, `submit_auction_bid`, or from one of the
            generated functions under them.
        settle: Seconds until `not_seen` may be the answer. A proxy may delay a request for as long
            as its own limit, often a minute; a longer `settle` makes `not_seen` safer.

    Raises:
        ValueError: The error is of an operation that cannot be looked up; the message names those
            that can.
    """
    with client.span("trlyr_async.look_up"):
        outcome = await look_up_with(client, error, settle)
        if isinstance(error, SubmissionUnknown) and error.intent is not None:
            verdict: Verdict = "in_force" if outcome.answer == "sent" else outcome.answer
            record = Record(
                intent_id=error.intent.id, at=client.now(), verdict=verdict, why=outcome.why
            )
            report(client, error.intent, record)
    return outcome


async def look_up_with(
    client: ApiClient,
    error: OutcomeUnknown,
    settle: float,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> Outcome:
    """Do what `look_up` does, by a clock of the caller's own."""
    inquiry = inquire(error.operation, error.path, error.body)
    before = error.before if isinstance(error, SubmissionUnknown) else None
    until, pause, looks = now() + settle, _FIRST_PAUSE, 0
    while True:
        looks += 1
        try:
            left = max(until - now(), _LEAST_TIME)
            found = await read_standing(client, inquiry, timeout=left)
            outcome = judge(inquiry.sent, before, found)
        except EnergyApiError as failure:
            why = f"what upstream has cannot be read: {failure}"
            outcome = _outcome("cannot_tell", why, inquiry.sent, before, {})
        left = until - now()
        if _is_final(outcome, before) or left <= 0:
            return msgspec.structs.replace(outcome, looks=looks)
        await sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _is_final(outcome: Outcome, before: Standing | None) -> bool:
    """Whether waiting can change nothing: it is there, or is just what was there before."""
    if outcome.answer == "cannot_tell" and outcome.in_force:
        return not _marks(before or {})
    return outcome.answer == "sent"


def judge(sent: Standing, before: Standing | None, found: Standing) -> Outcome:
    """Decide by what was sent, what stood there before (None: not known) and what stands there now.

    `not_seen` is right once a submission had the time to show.
    """
    decided = _alone(sent, found) if before is None else _by_difference(sent, before, found)
    return _outcome(*decided, sent, before, found)


def _outcome(
    answer: Answer, why: str, sent: Standing, before: Standing | None, found: Standing
) -> Outcome:
    return Outcome(
        answer=answer,
        in_force=bool(found) and _shows(found, sent),
        why=why,
        evidence=tuple(
            Evidence(key=key, sent=value, before=(before or {}).get(key), found=found.get(key))
            for key, value in sent.items()
        ),
        before_known=before is not None,
    )


def _shows(found: Standing, wanted: Standing) -> bool:
    return all(is_same(value, found.get(key)) for key, value in wanted.items())


def _alone(sent: Standing, found: Standing) -> tuple[Answer, str]:
    if _shows(found, sent):
        return "cannot_tell", "upstream has what was sent; whether it had it before is not known"
    if not any(found.values()):
        return "not_seen", "upstream has nothing in the place of what was sent"
    return "cannot_tell", "upstream has something else, which may be older or newer"


def _by_difference(sent: Standing, before: Standing, found: Standing) -> tuple[Answer, str]:
    new = {key: value for key, value in sent.items() if not is_same(value, before.get(key))}
    old_marks, marks = _marks(before), _marks(found)
    if not new:  # the very same stood there before: only marks that upstream made can tell
        if not _shows(found, sent):
            return "cannot_tell", "upstream had just what was sent before, and no longer has it"
        if old_marks and marks and not old_marks & marks:
            return "sent", "upstream has what was sent, under other ids or times than before"
        return "cannot_tell", "upstream had just what was sent before, and still has it"
    if _shows(found, new):
        return "sent", "upstream has what was sent, and did not have it before"
    if _shows(found, {key: before.get(key) for key in new}) and not marks - old_marks:
        return "not_seen", "upstream still has what stood there before, which is not what was sent"
    return "cannot_tell", (
        "upstream has neither what was sent nor what stood there before, or a part of it, or the"
        " same placed anew: somebody else may have changed it"
    )


def _marks(standing: Standing) -> set[str]:
    """Give what upstream marks bids with: ids, or in an auction the time of the bid."""
    values = standing.values()
    bids = [bid.bid_id for value in values if isinstance(value, tuple) for bid in value]
    times = [value.timestamp for value in values if isinstance(value, StandingPrice)]
    return {mark for mark in (*bids, *times) if mark is not None}


# Settling


async def settle(
    client: ApiClient,
    journal: Journal,
    *,
    seconds: float = 10.0,
    late: timedelta = LATE,
) -> list[Entry]:
    """Find out what became of every open submission of a journal, oldest first.

    Call it after a restart, before anything else is submitted, and again while entries stay open.
    Each is looked up as `look_up` does, and what a later entry of the journal saw counts as well.
    What upstream does not show stays `not_seen` until nothing can deliver it any more: `late` after
    its sending is known to be over. Nothing is ever sent again.

    Args:
        client: Asks upstream, in the lane `urgent`. Entries for another base URL are left open.
        journal: What is to be settled; the results are written to it.
        seconds: How long each look-up waits for a submission to show.
        late: How long something on the way may delay a request and still deliver it.

    Returns:
        The entries that were open, as they stand now.

    Raises:
        OSError: The journal cannot be written. What upstream does not answer is `cannot_tell`.
    """
    entries = await journal.entries()
    settled: list[Entry] = []
    for index, entry in enumerate(entries):
        if not entry.is_open:
            continue
        if entry.intent.base_url == client.base_url:
            others = [one for one in entries if one.intent.id != entry.intent.id]
            record = await _settled(client, entry, others, seconds, late)
            await journal.add(record)
            entries[index] = Entry(intent=entry.intent, records=(*entry.records, record))
        settled.append(entries[index])
    return settled


async def _settled(
    client: ApiClient, entry: Entry, others: Sequence[Entry], seconds: float, late: timedelta
) -> Record:
    intent = entry.intent
    lost = SubmissionUnknown(entry.last.why, intent=intent, sent_at=entry.sent_at)
    with client.span("trlyr_async.settle"):
        try:
            outcome = await look_up_with(client, lost, seconds)
        except ValueError as error:  # an intent of other software
            return Record(
                intent_id=intent.id, at=client.now(), verdict="cannot_tell", why=str(error)
            )
        now, evidence = client.now(), outcome.evidence
        verdict, why = judged(entry, outcome, others, now, late)
        record = Record(intent_id=intent.id, at=now, verdict=verdict, why=why, evidence=evidence)
        report(client, intent, record)
    return record


def judged(
    entry: Entry, outcome: Outcome, others: Sequence[Entry], now: datetime, late: timedelta
) -> tuple[Verdict, str]:
    """Give the verdict on an open entry, and why, by a look-up and the journal's other entries."""
    rivals = [one for one in others if _competes(one, entry, late)]
    changes, before = _changes(entry.intent), entry.intent.before
    new = {
        place: value
        for place, value in changes.items()
        if before is not None and not is_same(value, before.get(place[-1]))
    }
    if outcome.answer == "sent":
        twin = _explained(new or changes, rivals)
        but = f"; but the submission {twin.intent.id} says the same" if twin else ""
        return "cannot_tell" if twin else "in_force", outcome.why + but
    later = [one for one in rivals if one.sent_at >= entry.sent_at]
    if later:
        return _replaced(new, rivals, later)
    end = _end(entry, now, late)
    if outcome.answer == "cannot_tell":
        is_unread = all(one.found is None for one in outcome.evidence)
        return "unknown" if is_unread and now < end else "cannot_tell", outcome.why
    if twin := _explained({place: (before or {}).get(place[-1]) for place in new}, rivals):
        return "cannot_tell", f"{outcome.why}; the submission {twin.intent.id} may have restored it"
    still = f"; it may still be delivered until {end:%H:%M:%SZ}" if now < end else ""
    return "not_seen" if still else "not_sent", outcome.why + still


def _replaced(
    new: Mapping[_Place, StandingValue], rivals: Sequence[Entry], later: Sequence[Entry]
) -> tuple[Verdict, str]:
    """Decide by submissions for the same that were sent later: what they saw in force before."""
    for other in later:
        seen, theirs = other.intent.before or {}, _changes(other.intent)
        mine = {place: new[place] for place in new if place in theirs and place[-1] in seen}
        is_seen = mine and all(is_same(value, seen[place[-1]]) for place, value in mine.items())
        if is_seen and not _explained(mine, [one for one in rivals if one is not other]):
            return "superseded", f"the submission {other.intent.id}, sent later, found it in force"
    return "cannot_tell", f"the submission {later[0].intent.id}, sent later, took its place"


def _end(entry: Entry, now: datetime, late: timedelta) -> datetime:
    """Until when it may still be delivered: counted from when its sending is known to be over."""
    return (entry.records[1].at if len(entry.records) > 1 else now) + late


def _competes(other: Entry, entry: Entry, late: timedelta) -> bool:
    """Whether another submission may have changed the same place after this one looked at it."""
    theirs = _changes(other.intent)
    shared = [place for place in _changes(entry.intent) if place in theirs]
    if not shared or other.verdict in {"refused", "not_sent"}:
        return False
    if other.sent_at >= entry.sent_at:
        return True
    looked_at = entry.intent.prepared_at - _LOOKING
    if other.is_open or other.verdict == "cannot_tell":
        return looked_at < _end(other, looked_at, late)
    before = entry.intent.before or {}
    was_seen = all(is_same(theirs[place], before.get(place[-1])) for place in shared)
    return looked_at < other.last.at and not was_seen


def _explained(values: Mapping[_Place, StandingValue], rivals: Iterable[Entry]) -> Entry | None:
    """Give a rival if rivals alone explain all these values."""
    found = None
    for place, value in values.items():
        says = ((one, _changes(one.intent)) for one in rivals)
        found = next((one for one, it in says if place in it and is_same(it[place], value)), None)
        if found is None:
            return None
    return found


def _changes(intent: Intent) -> Mapping[_Place, StandingValue]:
    return _parsed(intent.operation, intent.path, intent.body)


@lru_cache(maxsize=4096)
def _parsed(operation: str, path: str, body: bytes) -> Mapping[_Place, StandingValue]:
    try:
        inquiry = inquire(operation, path, body)
    except ValueError:  # an intent of other software; what it changes is not known
        return {}
    names = ("auctionID", "virtualAssetID", "blockID")
    where = [inquiry.path[name].lower() for name in names if name in inquiry.path]
    return {(*where, key): value for key, value in inquiry.sent.items()}
