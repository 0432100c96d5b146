"""Where submissions are kept: a small protocol, and SQLite for those who have no other place."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

import anyio
import msgspec

from trlyr_async.trading.records import Entry, Intent, Record, entries_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Journal", "SqliteJournal"]

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS intents (id TEXT PRIMARY KEY, intent BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records
    (number INTEGER PRIMARY KEY, intent_id TEXT NOT NULL, record BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS records_of ON records (intent_id);
"""
_BUSY: Final = 10.0
_VERSION: Final = 1


class Journal(Protocol):
    """Keeps submissions beyond the life of a process. What a call wrote is durable on return."""

    async def begin(self, intent: Intent, record: Record) -> None:
        """Keep an intent and its first record, both or neither; nothing is sent before."""

    async def add(self, record: Record) -> None:
        """Keep what happened to an intent."""

    async def entries(self) -> list[Entry]:
        """Give all submissions, in order of sending; `entries_of` puts them together."""


class SqliteJournal:
    """A journal in one SQLite file, which any number of processes of a machine may share.

    Writes are synchronous (WAL, `synchronous=FULL`) and done in a worker thread. Do not put it on a
    network drive. The file is created with mode 0600: it holds prices and powers, no credentials.

    Raises:
        ValueError: The file is no journal, or one of a newer version; or the intent is in it.
        OSError: It cannot be opened, read or written, or another process held it for ten seconds.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def begin(self, intent: Intent, record: Record) -> None:
        """Keep an intent and its first record, both or neither."""
        await anyio.to_thread.run_sync(self._write, intent, record)

    async def add(self, record: Record) -> None:
        """Keep what happened to an intent."""
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
            connection.execute(
                "INSERT INTO records (intent_id, record) VALUES (?, ?)",
                (record.intent_id, msgspec.json.encode(record)),
            )

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
        """Give the connection, for one transaction; errors of SQLite become those of Python."""
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
