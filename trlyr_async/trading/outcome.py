"""Was it sent? What upstream holds, held against what was sent and what stood there before.

`judge` is the whole decision, a plain function; `look_up` asks upstream until it can be made.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
import msgspec

from energy_async.transport.errors import EnergyApiError, OutcomeUnknown
from trlyr_async.trading.records import Record, Verdict
from trlyr_async.trading.standing import (
    Evidence,
    Standing,
    StandingPrice,
    StandingValue,
    clock_ahead,
    inquire,
    is_same,
    read_standing,
)
from trlyr_async.trading.submission import SubmissionUnknown, report

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from energy_async.transport.client import ApiClient

__all__ = ["Answer", "Outcome", "look_up"]

Answer: TypeAlias = Literal["sent", "not_seen", "cannot_tell"]
"""What became of a request whose answer never came."""

_VERDICTS: Final[dict[Answer, Verdict]] = {
    "sent": "in_force",
    "not_seen": "not_seen",
    "cannot_tell": "cannot_tell",
}
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 4.0
_LEAST_TIME: Final = 5.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request whose answer never came.

    Attributes:
        answer: `sent`, `not_seen` or `cannot_tell`. `not_seen` is no proof: upstream does not show
            it, but what is held up on the way may still arrive.
        in_force: Whether upstream holds just what was sent, by this request or by another one.
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

    Upstream says nothing about how soon a submission can be read back, so that it is asked again,
    in growing intervals, until `settle` seconds have passed; `not_seen` is never said before. For
    `sent` there must be a difference between what stood there before and what stands there now:
    the `submit_...` functions of this module look first, and their error carries what they saw. An
    error of a generated function has no such memory, and a match is `cannot_tell` with `in_force`;
    auctions alone stamp their bids with a time, which is held against this machine's clock by what
    upstream's `Date` says of the difference between the two.

    Another process that bids for the same products at the same time cannot be told apart.

    Args:
        client: Asks, in the lane `urgent`.
        error: From `submit_schedule`, `submit_bids`, `submit_auction_bid`, or from one of the
            generated functions under them.
        settle: Seconds until `not_seen` may be said. A proxy on the way may hold a request for as
            long as its own limit, often a minute; a longer `settle` makes `not_seen` safer.

    Raises:
        ValueError: The error is of an operation that cannot be looked up; the message names those
            that can.
    """
    with client.span("trlyr_async.look_up"):
        outcome = await look_up_with(client, error, settle)
        if isinstance(error, SubmissionUnknown) and error.intent is not None:
            verdict = _VERDICTS[outcome.answer]
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
    ahead = None if before is not None else await clock_ahead(client, inquiry)
    while True:
        looks += 1
        try:
            left = max(until - now(), _LEAST_TIME)
            found = await read_standing(client, inquiry, timeout=left)
        except EnergyApiError as failure:
            outcome = _unreadable(inquiry.sent, before, failure)
        else:
            outcome = judge(inquiry.sent, before, found, sent_at=error.sent_at, ahead=ahead)
        left = until - now()
        if _is_final(outcome, before) or left <= 0:
            return msgspec.structs.replace(outcome, looks=looks)
        await sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _is_final(outcome: Outcome, before: Standing | None) -> bool:
    """Whether waiting can change nothing: it is there, or nothing could tell it from what was."""
    if outcome.answer == "cannot_tell" and outcome.in_force:
        return not _ids(before or {})
    return outcome.answer == "sent"


def judge(
    sent: Standing,
    before: Standing | None,
    found: Standing,
    *,
    sent_at: datetime | None = None,
    ahead: timedelta | None = None,
) -> Outcome:
    """Decide by what was sent, what stood there before (None: not known) and what stands there now.

    `ahead` is how far upstream's clock is before the one that `sent_at` is of, at least; None if
    that is not known. `not_seen` holds once a submission had the time to show.
    """
    in_force = all(is_same(value, found.get(key)) for key, value in sent.items())
    if any(isinstance(value, StandingPrice) for value in sent.values()):
        answer, why = _about_auction(
            sent, before, found, None if ahead is None or sent_at is None else sent_at + ahead
        )
    elif before is None:
        answer, why = _without_memory(found, in_force=in_force)
    else:
        answer, why = _by_difference(sent, before, found)
    return Outcome(
        answer=answer,
        in_force=in_force,
        why=why,
        evidence=_evidence(sent, before, found),
        before_known=before is not None,
    )


def _without_memory(found: Standing, *, in_force: bool) -> tuple[Answer, str]:
    if in_force:
        return "cannot_tell", (
            "upstream holds just what was sent, but whether it did so before is not known, and it"
            " gives no time"
        )
    if not any(found.values()):
        return "not_seen", "upstream holds nothing in the place of what was sent"
    return "cannot_tell", (
        "upstream holds something else, which may be older than what was sent, or newer"
    )


def _by_difference(sent: Standing, before: Standing, found: Standing) -> tuple[Answer, str]:
    changed = [key for key, value in sent.items() if not is_same(value, before.get(key))]
    if not changed:
        return _among_equals(sent, before, found)
    if all(is_same(sent[key], found.get(key)) for key in changed):
        return "sent", "upstream holds what was sent, which did not stand there before"
    if all(is_same(before.get(key), found.get(key)) for key in changed):
        return (
            "not_seen",
            "upstream still holds what stood there before, and that is not what was sent",
        )
    return "cannot_tell", (
        "upstream holds neither what was sent nor what stood there before, or only a part of it:"
        " somebody else may have changed it"
    )


def _among_equals(sent: Standing, before: Standing, found: Standing) -> tuple[Answer, str]:
    """Decide where the very same stood there before: only identifiers of bids can tell."""
    if not all(is_same(value, found.get(key)) for key, value in sent.items()):
        return "cannot_tell", "upstream held just what was sent before, and holds it no more"
    old, new = _ids(before), _ids(found)
    if old and new and not old & new:
        return "sent", "upstream holds what was sent, under other identifiers than before"
    return "cannot_tell", (
        "upstream held just what was sent before, and holds it still; nothing tells the two apart"
    )


def _about_auction(
    sent: Standing, before: Standing | None, found: Standing, sent_at: datetime | None
) -> tuple[Answer, str]:
    """Decide on a bid in an auction; `sent_at` is by upstream's clock, at the earliest."""
    ((key, ours),) = sent.items()
    there = found.get(key)
    if not isinstance(there, StandingPrice):
        return "not_seen", "the auction shows no bid"
    if before is not None:
        return _by_stamp(is_same(ours, there), before.get(key), there)
    return _by_clock(is_same(ours, there), _moment(there.timestamp), sent_at)


def _by_stamp(is_ours: bool, old: StandingValue, there: StandingPrice) -> tuple[Answer, str]:  # noqa: FBT001
    if old == there and is_ours:
        return "cannot_tell", (
            "a bid of the same price stood there before, and upstream may have left it as it was"
        )
    if old == there:
        return "not_seen", "the auction shows the bid that stood there before, and no newer one"
    if is_ours:
        return "sent", "the auction shows a bid of this price that was not there before"
    return "cannot_tell", "the auction shows another bid, which was not there before either"


def _by_clock(
    is_ours: bool,  # noqa: FBT001
    stamped: datetime | None,
    sent_at: datetime | None,
) -> tuple[Answer, str]:
    """Clocks may say that a bid of ours is new; that it is not, they never prove."""
    if not is_ours:
        return "cannot_tell", "the auction shows a bid of another price, older or newer than this"
    if stamped is None or sent_at is None:
        return "cannot_tell", (
            "the auction shows a bid of this price, but when it was placed cannot be held against"
            " the time of sending"
        )
    if stamped >= sent_at:
        return "sent", f"the auction shows a bid of this price, placed {stamped.isoformat()}"
    return "cannot_tell", (
        f"the auction shows a bid of this price, of {stamped.isoformat()}: by the clocks it may be"
        " this one or an older one"
    )


def _ids(held: Standing) -> set[str]:
    bids = [bid for value in held.values() if isinstance(value, tuple) for bid in value]
    return {bid.bid_id for bid in bids if bid.bid_id is not None}


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return None if moment.utcoffset() is None else moment.astimezone(UTC)


def _evidence(sent: Standing, before: Standing | None, found: Standing) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(key=key, sent=value, before=(before or {}).get(key), found=found.get(key))
        for key, value in sent.items()
    )


def _unreadable(sent: Standing, before: Standing | None, failure: EnergyApiError) -> Outcome:
    return Outcome(
        answer="cannot_tell",
        in_force=False,
        why=f"what upstream holds cannot be read: {failure}",
        evidence=_evidence(sent, before, {}),
        before_known=before is not None,
    )
