"""Open submissions settled: upstream is asked what it holds, and the journal what came later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trlyr_async.trading.entries import Entry, Record
from trlyr_async.trading.held import Held, inquire, is_same
from trlyr_async.trading.outcome import look_up
from trlyr_async.trading.sending import SubmissionUnknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from energy_async.transport.client import ApiClient
    from trlyr_async.trading.entries import Verdict
    from trlyr_async.trading.intents import Intent
    from trlyr_async.trading.journal import Journal
    from trlyr_async.trading.outcome import Outcome

__all__ = ["judged", "settle"]

_WITHOUT_EFFECT: Final = frozenset({"refused", "not_sent"})

LATE: Final = timedelta(minutes=5)
"""How long something between here and upstream may hold a request and still deliver it; a guess."""


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
    it was sent, or its last moment has passed. Nothing is ever sent again.

    Args:
        client: Asks upstream, in the lane `urgent`. Entries for another base URL are left open.
        journal: What is to be settled; the results are written to it.
        seconds: How long each look-up waits for a submission to show.
        late: How long something on the way may hold a request and still deliver it.

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
            outcome = await look_up(client, _as_error(entry), settle=seconds)
            verdict, why = judged(entry, outcome, entries[index + 1 :], client.now(), late)
            record = Record(
                intent_id=entry.intent.id,
                at=client.now(),
                verdict=verdict,
                why=why,
                evidence=outcome.evidence,
            )
            await journal.add(record)
            entry = Entry(intent=entry.intent, records=(*entry.records, record))  # noqa: PLW2901
        settled.append(entry)
    return settled


def judged(
    entry: Entry, outcome: Outcome, later: Sequence[Entry], now: datetime, late: timedelta
) -> tuple[Verdict, str]:
    """Give the verdict on an open entry, and why.

    Args:
        entry: What is judged.
        outcome: What a look-up has found.
        later: The entries that were sent after it.
        now: Aware.
        late: See `settle`.
    """
    if outcome.answer == "sent":
        return "in_force", outcome.why
    if replaced := _replaced(entry.intent, later):
        return replaced
    if outcome.answer == "cannot_tell":
        return _undecided(entry, outcome, now, late)
    end = entry.sent_at + late
    if entry.intent.last_moment is not None:
        end = min(end, max(entry.intent.last_moment, entry.sent_at))
    if now < end:
        return "not_seen", f"{outcome.why}; it may still be delivered until {end:%H:%M:%SZ}"
    return "not_sent", outcome.why


def _undecided(
    entry: Entry, outcome: Outcome, now: datetime, late: timedelta
) -> tuple[Verdict, str]:
    """Leave it open while time may still bring a decision: nothing could be read."""
    unread = all(one.found is None for one in outcome.evidence)
    if unread and now < entry.sent_at + late:
        return "unknown", outcome.why
    return "cannot_tell", outcome.why


def _replaced(intent: Intent, later: Iterable[Entry]) -> tuple[Verdict, str] | None:
    """What later submissions for the same say: they saw it in force, or have covered it up."""
    sent = _keys(intent)
    new = {
        key: value
        for key, value in sent.items()
        if intent.before is not None and not is_same(value, intent.before.get(key))
    }
    over = [one for one in later if one.verdict not in _WITHOUT_EFFECT]
    over = [one for one in over if sent.keys() & _keys(one.intent).keys()]
    for other in over:
        seen = other.intent.before or {}
        mine = [key for key in new if key in seen]
        if mine and all(is_same(new[key], seen[key]) for key in mine):
            return "superseded", f"the submission {other.intent.id}, sent later, found it in force"
    if over:
        return "cannot_tell", f"the submission {over[0].intent.id}, sent later, took its place"
    return None


def _keys(intent: Intent) -> Held:
    return inquire(intent.operation, intent.path, intent.body).sent


def _as_error(entry: Entry) -> SubmissionUnknown:
    intent = entry.intent
    return SubmissionUnknown(
        entry.last.why,
        before=intent.before,
        method=intent.method,
        path=intent.path,
        body=intent.body,
        sent_at=entry.sent_at,
        operation=intent.operation,
    )
