"""Submissions that outlive their process: intents, the journal, and what `settle` makes of it."""

from __future__ import annotations

import asyncio
import pickle
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from energy_async.transport.errors import EnergyApiError
from trlyr_async import trading
from trlyr_async.trading.outcome import judged

if TYPE_CHECKING:
    from tests.trading.conftest import Desk

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def bid(desk: Desk, price: float = 7.0) -> trading.Bid:
    return trading.Bid(
        product="POS_08_12", delivery_day=desk.day, offered_capacity=1000, capacity_price=price,
        energy_price=2.0,
    )  # fmt: skip


def intent(path: str = "/auctions/x/bids", **fields: object) -> trading.Intent:
    plain = trading.Intent(
        id="1", operation="auctions.submit_bid", method="POST", path=path, body=b'{"price":7}',
        base_url="http://x.test", prepared_at=NOW,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **fields)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.sqlite"


async def test_a_submission_is_in_the_journal_with_its_answer(desk: Desk, path: Path) -> None:
    async with trading.SqliteJournal(path) as journal:
        receipt = await trading.submit_bids(
            *desk.asset, [bid(desk)], journal=journal, reason="model 7, Ann"
        )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with trading.SqliteJournal(path) as again:
        (entry,) = await again.entries()
    assert entry.intent == receipt.intent
    assert [record.verdict for record in entry.records] == ["sending", "in_force"]
    assert (entry.last.status, entry.last.answer) == (receipt.status, receipt.answer)
    assert entry.intent.reason == "model 7, Ann"
    assert desk.asset_id in entry.intent.subject
    assert not entry.is_open


async def test_nothing_is_sent_that_the_journal_cannot_keep(desk: Desk, path: Path) -> None:
    path.write_bytes(b"something else" * 100)
    async with trading.SqliteJournal(path) as journal:
        with pytest.raises(ValueError, match="cannot be used as a journal"):
            await trading.submit_bids(*desk.asset, [bid(desk)], journal=journal)
    assert desk.requests("submit_ancillary_bids") == 0


async def test_a_journal_of_a_newer_version_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    async with trading.SqliteJournal(path) as journal:
        with pytest.raises(ValueError, match="version 99"):
            await journal.entries()


async def test_a_failing_journal_does_not_hide_a_success(desk: Desk, path: Path) -> None:
    class Failing(trading.SqliteJournal):
        async def add(self, record: trading.Record) -> None:  # noqa: ARG002
            raise OSError("the disk is full")

    async with Failing(path) as journal:
        receipt = await trading.submit_bids(*desk.asset, [bid(desk)], journal=journal)
        assert receipt.unrecorded == "the journal does not have this: the disk is full"
        (entry,) = await journal.entries()
        assert entry.verdict == "sending"


@pytest.mark.parametrize(
    ("fault", "status", "verdict"), [("status", 400, "refused"), ("cut_body", None, "unknown")]
)
async def test_a_failure_is_kept_with_what_it_says(
    desk: Desk,
    path: Path,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    status: int | None,
    verdict: str,
) -> None:
    caplog.set_level("INFO", "trlyr_async.trading")
    options = {} if status is None else {"status": status}
    desk.sandbox.inject(fault, operation="submit_ancillary_bids", **options)  # type: ignore[arg-type]
    async with trading.SqliteJournal(path) as journal:
        with pytest.raises(EnergyApiError) as caught:
            await trading.submit_bids(*desk.asset, [bid(desk)], journal=journal)
        (entry,) = await journal.entries()
    assert (entry.verdict, entry.last.status) == (verdict, status)
    (line,) = [one for one in caplog.records if one.name == "trlyr_async.trading"]
    said = vars(line)
    assert (said["virtualAssetID"], said["verdict"]) == (desk.asset_id, verdict)
    assert said["submission"] == entry.intent.id
    assert trading.intent_of(caught.value) == entry.intent


async def test_a_cancellation_carries_the_intent_and_is_kept(desk: Desk, path: Path) -> None:
    desk.sandbox.inject("delay", delay=30.0, operation="submit_ancillary_bids")
    async with trading.SqliteJournal(path) as journal:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.3):
                await trading.submit_bids(*desk.asset, [bid(desk)], journal=journal)
        (entry,) = await journal.entries()
    assert entry.verdict == "unknown"
    assert trading.intent_of(caught.value) == entry.intent


async def test_a_cancellation_without_a_journal_carries_the_intent(desk: Desk) -> None:
    desk.sandbox.inject("delay", delay=30.0, operation="update_block_schedule")
    time = datetime.combine(desk.day, datetime.min.time(), UTC) + timedelta(hours=12)
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.3):
            await trading.submit_schedule(*desk.block, {time: 10.0})
    found = trading.intent_of(caught.value)
    assert found is not None
    assert found.before == {f"{time:%Y-%m-%dT%H:%M:%SZ}": 0.0}
    assert trading.intent_of(ValueError()) is None


async def test_what_is_beyond_a_limit_is_kept_as_never_sent(desk: Desk, path: Path) -> None:
    limits = trading.Limits(max_price=5.0)
    who = desk.sandbox.username, desk.sandbox.password
    client = type(desk.client)(
        *who, environment=desk.sandbox.url, limits=limits, wall=desk.clock.wall
    )
    async with client, trading.SqliteJournal(path) as journal:
        with pytest.raises(trading.LimitExceeded, match="capacityPrice 7 EUR is above 5 EUR"):
            await trading.submit_bids(client, *desk.asset[1:], [bid(desk)], journal=journal)
        (entry,) = await journal.entries()
    assert entry.verdict == "not_sent"
    assert desk.requests("submit_ancillary_bids") == 0


async def test_open_submissions_are_settled_after_a_restart(desk: Desk, path: Path) -> None:
    """One arrived, one did not; the process knew of neither."""
    async with trading.SqliteJournal(path) as journal:
        for fault, price in (("cut_body", 7.0), ("connect_reset", 9.0)):
            submission = await trading.prepare_bids(*desk.asset, [bid(desk, price)])
            await journal.begin(
                submission.intent,
                trading.Record(intent_id=submission.intent.id, at=desk.clock(), verdict="sending"),
            )
            if fault == "cut_body":
                await submission.send()
    async with trading.SqliteJournal(path) as journal:
        first, second = await trading.settle(desk.client, journal, seconds=0.0)
        assert (first.verdict, second.verdict) == ("in_force", "not_seen")
        await trading.settle(desk.client, journal, seconds=0.0, late=timedelta(0))
        assert [one.verdict for one in await journal.entries()] == ["in_force", "not_sent"]
        assert await trading.settle(desk.client, journal) == []


def found(answer: trading.Answer, *, read: bool = True) -> trading.Outcome:
    value = trading.StandingPrice(price="1") if read else None
    evidence = trading.Evidence(key="x", sent=None, before=None, found=value)
    return trading.Outcome(answer=answer, in_force=False, why="so", evidence=(evidence,))


def entry(submission: trading.Intent, verdict: trading.Verdict = "unknown") -> trading.Entry:
    records = [
        trading.Record(intent_id=submission.id, at=NOW, verdict=one) for one in ("sending", verdict)
    ]
    return trading.Entry(intent=submission, records=tuple(records))


@pytest.mark.parametrize(
    ("outcome", "minutes", "verdict"),
    [
        (found("sent"), 0, "in_force"),
        (found("not_seen"), 4, "not_seen"),
        (found("not_seen"), 5, "not_sent"),
        (found("cannot_tell"), 0, "cannot_tell"),
        (found("cannot_tell", read=False), 0, "unknown"),
        (found("cannot_tell", read=False), 6, "cannot_tell"),
    ],
)
def test_a_verdict_is_final_when_nothing_can_change_it(
    outcome: trading.Outcome, minutes: int, verdict: str
) -> None:
    now = NOW + timedelta(minutes=minutes)
    assert judged(entry(intent()), outcome, [], now, timedelta(minutes=5))[0] == verdict


def test_a_deadline_does_not_stop_what_is_under_way() -> None:
    """It bounds when the request could leave, not when a proxy lets it go."""
    late = entry(intent(last_moment=NOW + timedelta(minutes=1)))
    after = NOW + timedelta(minutes=2)
    assert judged(late, found("not_seen"), [], after, timedelta(hours=1))[0] == "not_seen"


def test_the_wait_for_late_delivery_begins_when_the_sending_is_known_to_be_over() -> None:
    killed = entry(intent())
    killed = msgspec.structs.replace(killed, records=killed.records[:1])
    after = NOW + timedelta(hours=9)  # the process may have lived for long
    assert judged(killed, found("not_seen"), [], after, timedelta(minutes=5))[0] == "not_seen"


def block_intent(asset: str, power: float, **fields: object) -> trading.Intent:
    body = f'{{"schedule":[{{"time":"2026-11-21T00:00:00Z","power":{power}}}]}}'.encode()
    return intent(
        f"/organisations/o/virtual-assets/{asset}/blocks/b", body=body, method="PUT",
        operation="virtual_assets.update_block_schedule",
        before={"2026-11-21T00:00:00Z": 0.0}, **fields,
    )  # fmt: skip


@pytest.mark.parametrize("answer", ["sent", "not_seen"])
def test_a_submission_for_another_battery_says_nothing(answer: trading.Answer) -> None:
    """Quarter-hours and products are the same for all batteries."""
    other = entry(block_intent("another", 5.0, id="2"), "in_force")
    verdict, _ = judged(entry(block_intent("this", 5.0)), found(answer), [other], NOW, timedelta(1))
    assert verdict == {"sent": "in_force", "not_seen": "not_seen"}[answer]


@pytest.mark.parametrize("verdict", ["sending", "unknown", "in_force", "refused"])
def test_of_two_that_say_the_same_none_is_proved_to_have_arrived(verdict: trading.Verdict) -> None:
    twin = entry(block_intent("this", 5.0, id="2"), verdict)
    got, why = judged(entry(block_intent("THIS", 5.0)), found("sent"), [twin], NOW, timedelta(1))
    assert got == ("in_force" if verdict == "refused" else "cannot_tell")
    assert (twin.intent.id in why) == (got == "cannot_tell")


def test_what_a_twin_explains_was_not_superseded() -> None:
    """The third saw the power, which the second may have brought."""
    seen = block_intent("this", 7.0, id="3")
    seen = msgspec.structs.replace(seen, before={"2026-11-21T00:00:00Z": 5.0})
    third, twin = entry(seen, "in_force"), entry(block_intent("this", 5.0, id="2"))
    one = entry(block_intent("this", 5.0))
    assert judged(one, found("cannot_tell"), [third], NOW, timedelta(1))[0] == "superseded"
    assert judged(one, found("cannot_tell"), [twin, third], NOW, timedelta(1))[0] == "cannot_tell"


async def test_an_intent_of_other_software_holds_up_no_other(desk: Desk, path: Path) -> None:
    async with trading.SqliteJournal(path) as journal:
        for number, operation in enumerate(("x.y", "auctions.submit_bid")):
            one = intent(id=str(number), operation=operation, base_url=desk.client.base_url)
            await journal.begin(
                one, trading.Record(intent_id=one.id, at=desk.clock(), verdict="sending")
            )
        first, second = await trading.settle(desk.client, journal, seconds=0.0)
    assert (first.verdict, second.verdict) == ("cannot_tell", "unknown")


async def test_a_submission_is_sent_once(desk: Desk, path: Path) -> None:
    submission = await trading.prepare_bids(*desk.asset, [bid(desk)])
    await submission.send()
    with pytest.raises(RuntimeError, match="sent once"):
        await submission.send()
    async with trading.SqliteJournal(path) as journal:
        record = trading.Record(intent_id="1", at=NOW, verdict="sending")
        await journal.begin(intent(), record)
        with pytest.raises(ValueError, match="already; prepare"):
            await journal.begin(intent(), record)
    assert desk.requests("submit_ancillary_bids") == 1


async def test_errors_of_sqlite_are_those_of_files(tmp_path: Path, path: Path) -> None:
    record = trading.Record(intent_id="1", at=NOW, verdict="sending")
    async with trading.SqliteJournal(path) as journal:
        await journal.begin(intent(), record)
        with sqlite3.connect(path) as damaged:
            damaged.execute("DROP TABLE records")
        damaged.close()
        with pytest.raises(OSError, match="cannot be used now: no such table"):
            await journal.add(record)
    async with trading.SqliteJournal(tmp_path) as journal:
        with pytest.raises(IsADirectoryError):
            await journal.entries()


async def test_a_cancellation_while_the_journal_is_written_was_not_sent(
    desk: Desk, path: Path
) -> None:
    class Slow(trading.SqliteJournal):
        async def begin(self, one: trading.Intent, record: trading.Record) -> None:
            await super().begin(one, record)
            await asyncio.sleep(30)

    async with Slow(path) as journal:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.3):
                await trading.submit_bids(*desk.asset, [bid(desk)], journal=journal)
        (one,) = await journal.entries()
    assert (one.verdict, trading.intent_of(caught.value)) == ("not_sent", one.intent)
    assert desk.requests("submit_ancillary_bids") == 0


def test_processes_may_begin_one_journal_at_once(path: Path) -> None:
    code = (
        "import anyio,sys;from datetime import *;from trlyr_async import trading as t\n"
        "async def main():\n"
        " async with t.SqliteJournal(sys.argv[1]) as j:\n"
        "  for n in range(5):\n"
        "   i=t.Intent(id=sys.argv[2]+str(n),operation='o',method='PUT',path='/',body=b'',"
        "base_url='',prepared_at=datetime.now(UTC))\n"
        "   await j.begin(i,t.Record(intent_id=i.id,at=datetime.now(UTC),verdict='sending'))\n"
        "anyio.run(main)"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, path, f"p{n}-"]) for n in range(2)]
    assert [process.wait() for process in running] == [0] * 2
    assert len(asyncio.run(trading.SqliteJournal(path).entries())) == 10


@pytest.mark.parametrize(
    ("before", "seen", "verdict"),
    [
        (trading.StandingPrice(price="5"), trading.StandingPrice(price="7"), "superseded"),
        (trading.StandingPrice(price="5"), trading.StandingPrice(price="5"), "cannot_tell"),
        (trading.StandingPrice(price="7"), trading.StandingPrice(price="7"), "cannot_tell"),
        (None, trading.StandingPrice(price="7"), "cannot_tell"),
    ],
)
def test_a_later_submission_tells_what_it_found(
    before: trading.StandingPrice | None, seen: trading.StandingPrice, verdict: str
) -> None:
    first = entry(intent(before=None if before is None else {"x": before}))
    later = entry(intent(id="2", before={"x": seen}), "in_force")
    outcome = found("not_seen")
    assert judged(first, outcome, [later], NOW, timedelta(hours=1))[0] == verdict
    other = entry(intent("/auctions/y/bids", id="2", before={"y": seen}), "in_force")
    assert judged(first, outcome, [other], NOW, timedelta(hours=1))[0] == "not_seen"
    refused = entry(intent(id="2", before={"x": seen}), "refused")
    assert judged(first, outcome, [refused], NOW, timedelta(hours=1))[0] == "not_seen"


def test_a_final_verdict_is_not_opened_again() -> None:
    one = intent()
    said = [
        trading.Record(intent_id="1", at=NOW, verdict=verdict)
        for verdict in ("sending", "in_force", "unknown")
    ]
    (kept,) = trading.entries_of([one, intent(id="2")], said)
    assert kept.verdict == "in_force"


def test_an_intent_survives_msgspec_and_pickle() -> None:
    one = intent(before={"2026-01-01T00:00:00Z": 1.5, "y": None}, last_moment=NOW)
    assert msgspec.json.decode(msgspec.json.encode(one), type=trading.Intent) == one
    assert pickle.loads(pickle.dumps(one)) == one
