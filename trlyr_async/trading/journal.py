"""Submissions as plain data, and where they are recorded: a small protocol, and SQLite."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from datetime import datetime  # noqa: TC003 - read by msgspec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self, TypeAlias

import anyio
import msgspec

from trlyr_async.trading.standing import Evidence, StandingValue  # noqa: TC001 - read by msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "Entry",
    "Intent",
    "Journal",
    "Record",
    "SqliteJournal",
    "Verdict",
    "entries_of",
    "intent_of",
]

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

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS intents (id TEXT PRIMARY KEY, intent BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records
    (number INTEGER PRIMARY KEY, intent_id TEXT NOT NULL, record BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS records_of ON records (intent_id);
"""
_BUSY: Final = 10.0
_VERSION: Final = 1

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
        before: What upstream had in its place; None where that could not be read.
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
    of `submit_...` carries its intent, as do those that were raised from it, or group it.
    """
    waiting: list[BaseException | None] = [error]
    seen = set[int]()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        found = getattr(one, "intent", None)
        if isinstance(found, Intent):
            return found
        seen.add(id(one))
        waiting += [one.__context__, one.__cause__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
    return None


class Journal(Protocol):
    """Records submissions beyond the life of a process. What was written is durable on return."""

    async def begin(self, intent: Intent, record: Record) -> None:
        """Write an intent and its first record, both or neither; nothing is sent before."""

    async def add(self, record: Record) -> None:
        """Write what happened to an intent."""

    async def entries(self) -> list[Entry]:
        """Give all submissions, in order of sending; `entries_of` puts them together."""


class SqliteJournal:
    """A journal in one SQLite file, which any number of processes of a machine may share.

    Writes are synchronous (WAL, `synchronous=FULL`) and done in a worker thread. Do not put it on a
    network drive. The file is created with mode 0600: it has prices and powers, no credentials.

    Raises:
        ValueError: The file is no journal, or one of a newer version; or the intent is in it.
        OSError: It cannot be opened, read or written, or was locked for ten seconds.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path, self._lock = Path(path), threading.Lock()
        self._connection: sqlite3.Connection | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def begin(self, intent: Intent, record: Record) -> None:
        """Write an intent and its first record, both or neither."""
        await anyio.to_thread.run_sync(self._write, intent, record)

    async def add(self, record: Record) -> None:
        """Write what happened to an intent."""
        await anyio.to_thread.run_sync(self._write, None, record)

    async def entries(self) -> list[Entry]:
        """Give all submissions, in order of sending."""
        return await anyio.to_thread.run_sync(self._read)

    async def aclose(self) -> None:
        """Close the file. Closing twice does nothing."""
        await anyio.to_thread.run_sync(self._close)

    def _write(self, intent: Intent | None, record: Record) -> None:
        with self._opened() as connection:
            if intent is not None:
                row = intent.id, msgspec.json.encode(intent)
                connection.execute("INSERT INTO intents VALUES (?, ?)", row)
            row = record.intent_id, msgspec.json.encode(record)
            connection.execute("INSERT INTO records (intent_id, record) VALUES (?, ?)", row)

    def _read(self) -> list[Entry]:
        with self._opened() as connection:
            records = connection.execute("SELECT record FROM records ORDER BY number").fetchall()
            intents = connection.execute("SELECT intent FROM intents").fetchall()
            return entries_of(
                [msgspec.json.decode(text, type=Intent) for (text,) in intents],
                [msgspec.json.decode(text, type=Record) for (text,) in records],
            )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Give the connection, for one transaction; errors of SQLite become Python's own."""
        path = self._path
        try:
            with self._lock:
                if self._connection is None:
                    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
                    self._connection = _connect(path)
                with self._connection as connection:
                    yield connection
        except sqlite3.OperationalError as exc:
            raise OSError(f"the journal {path} cannot be used now: {exc}") from exc
        except sqlite3.IntegrityError as exc:
            raise ValueError(f"the submission is in {path} already; prepare another one") from exc
        except (sqlite3.Error, msgspec.DecodeError) as exc:
            raise ValueError(f"{path} cannot be used as a journal: {exc}") from exc

    def _close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            message = f"{path} is a journal of version {version}: update trlyr-async"
            raise ValueError(message)  # noqa: TRY301 - the connection is closed below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(f"{_TABLES} PRAGMA user_version={_VERSION};")
    except BaseException:
        connection.close()
        raise
    return connection
