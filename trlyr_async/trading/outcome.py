"""Was it sent? What upstream has, compared with what was sent and what stood there before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
import msgspec

from energy_async.transport.errors import EnergyApiError, OutcomeUnknown
from trlyr_async.trading.journal import Record, Verdict
from trlyr_async.trading.standing import (
    Evidence,
    Standing,
    StandingPrice,
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

    Upstream is asked again, in growing intervals, until `settle` seconds have passed; `not_seen` is
    never the answer before. `sent` needs a difference between what stood there before, which the
    error of a `submit_...` function carries, and what stands there now. An error of a generated
    function does not, and a match is `cannot_tell` with `in_force`. Another process that bids for
    the same products at the same time cannot be told apart.

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
    """Whether waiting can change nothing: it is there, or nothing could tell it from what was."""
    if outcome.answer == "cannot_tell" and outcome.in_force:
        return not _marks(before or {})
    return outcome.answer == "sent"


def judge(sent: Standing, before: Standing | None, found: Standing) -> Outcome:
    """Decide by what was sent, what stood there before (None: not known) and what stands there now.

    `not_seen` holds once a submission had the time to show.
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
