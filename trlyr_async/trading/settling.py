"""Open submissions settled by what upstream shows, and by what later submissions saw."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from trlyr_async.trading.journal import Entry, Record
from trlyr_async.trading.outcome import look_up_with
from trlyr_async.trading.standing import inquire, is_same
from trlyr_async.trading.submission import SubmissionUnknown, report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from energy_async.transport.client import ApiClient
    from trlyr_async.trading.journal import Intent, Journal, Verdict
    from trlyr_async.trading.outcome import Outcome
    from trlyr_async.trading.standing import StandingValue

__all__ = ["settle"]

_LOOKING: Final = timedelta(seconds=10)
"""How old what a submission saw before it may be; a block that was given may be older."""

LATE: Final = timedelta(minutes=5)
"""How long something between here and upstream may delay a request and still deliver it; a guess"""


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
    lost = SubmissionUnknown.of(intent, entry.last.why, entry.sent_at)
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
    said, before = _said(entry.intent), entry.intent.before
    new = {
        place: value
        for place, value in said.items()
        if before is not None and not is_same(value, before.get(place[-1]))
    }
    if outcome.answer == "sent":
        twin = _explained(new or said, rivals)
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
        seen, theirs = other.intent.before or {}, _said(other.intent)
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
    theirs = _said(other.intent)
    shared = [place for place in _said(entry.intent) if place in theirs]
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
        says = ((one, _said(one.intent)) for one in rivals)
        found = next((one for one, it in says if place in it and is_same(it[place], value)), None)
        if found is None:
            return None
    return found


_Place: TypeAlias = tuple[str, ...]
"""Asset, block or auction, and the key in it: what two submissions can both be about."""


def _said(intent: Intent) -> Mapping[_Place, StandingValue]:
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
