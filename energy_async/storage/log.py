"""What a table is, as its log says: numbered commits, each created only if nobody has that number.

A commit lists the files that it adds and those that it takes out, and the notes that it replaces.
All commits in turn, or a saved state and those after it, give the table. Pure.
"""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")
FORMAT: Final = 3
_NULL: Final = msgspec.Raw(b"null")
_HEAD: Final = 64
_AT_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a table.

    Attributes:
        path: Its name in the table's place.
        kind: What it holds, such as `rows` or `revisions`.
        keys: What stands in the names of its folders.
        rows: How many rows it holds.
        size: Its bytes.
        sha256: Of its bytes, in hexadecimal digits.
        note: Anything that its writer says of it, as JSON; see `note_as`.
        at: When it was committed; aware. Set by the commit.
    """

    path: str
    kind: str
    keys: dict[str, str]
    rows: int
    size: int
    sha256: str
    note: msgspec.Raw = _NULL
    at: datetime | None = None

    def note_as(self, type_: type[T]) -> T:
        """Give the note; `msgspec.ValidationError` if it is of another type."""
        return msgspec.json.decode(self.note, type=type_)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit changes.

    Attributes:
        add: Files that belong to the table from now on. One that does already gets its new note.
        remove: Paths of files that do not from now on; they are deleted afterwards.
        notes: Notes to replace, each anything that is JSON; None takes one away.
        doomed: Paths of files that were left over and are about to be deleted.
        remark: Anything about this commit alone; see `Table.since`.
    """

    add: list[Part] = []
    remove: list[str] = []
    notes: dict[str, object] = {}
    doomed: list[str] = []
    remark: object = None


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a table; `before` is the digest of the step before it."""

    number: int
    id: str
    at: datetime
    before: str = ""
    format: int = FORMAT
    add: list[Part] = []
    remove: list[str] = []
    doomed: list[str] = []
    notes: dict[str, msgspec.Raw] = {}
    remark: msgspec.Raw = _NULL


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A table after its commit of a number, 0 before the first; `at` grows with every commit.

    `digest` is that of the commit's text, `notes` any JSON beside the files, by name; see `note`.
    """

    number: int
    at: datetime
    digest: str
    parts: dict[str, Part]
    notes: dict[str, msgspec.Raw]
    format: int = FORMAT

    def note(self, name: str, type_: type[T]) -> T | None:
        """Give a note, None if there is none."""
        there = self.notes.get(name)
        return None if there is None else msgspec.json.decode(there, type=type_)

    def of_kind(self, kind: str) -> list[Part]:
        """Give the files of one kind, by path."""
        return sorted(
            (one for one in self.parts.values() if one.kind == kind), key=lambda one: one.path
        )


EMPTY: Final = Snapshot(number=0, at=_AT_FIRST, digest="", parts={}, notes={})
"""A table before its first commit."""


def fold(snapshot: Snapshot, commit: Commit, text: bytes) -> Snapshot:
    """Give the table after a commit, whose text is `text`."""
    if (commit.number, commit.before) != (snapshot.number + 1, snapshot.digest):
        raise ValueError("does not follow the commit before it")
    parts = dict(snapshot.parts)
    for path in commit.remove:
        parts.pop(path, None)
    for one in commit.add:
        known = parts.get(one.path)
        at = commit.at if known is None else known.at
        parts[one.path] = msgspec.structs.replace(one, at=one.at or at)
    notes = {**snapshot.notes, **commit.notes}
    return Snapshot(
        number=commit.number,
        at=commit.at,
        digest=digest(text),
        parts=parts,
        notes={name: one for name, one in notes.items() if bytes(one) != b"null"},
    )


def commit_of(snapshot: Snapshot, change: Change, id_: str, at: datetime) -> Commit:
    """Give the commit that makes a change to a snapshot."""
    return Commit(
        number=snapshot.number + 1,
        id=id_,
        at=at,
        before=snapshot.digest,
        add=change.add,
        remove=change.remove,
        doomed=change.doomed,
        notes={name: _raw(one) for name, one in change.notes.items()},
        remark=_raw(change.remark),
    )


def encode(what: Commit | Snapshot) -> bytes:
    """Give the content of a file of the log: a checksum in hexadecimal, and JSON, compressed."""
    body = gzip.compress(msgspec.json.encode(what), 1, mtime=0)
    return digest(body).encode() + body


def decode(text: bytes, type_: type[T]) -> T:
    """Read a file of the log; `ValueError` if it is damaged or of another format."""
    body = text[_HEAD:]
    if digest(body).encode() != text[:_HEAD]:
        raise ValueError("is damaged: its checksum is another one")
    content = gzip.decompress(body)
    written = msgspec.json.decode(content, type=_Format).format
    if written != FORMAT:
        raise ValueError(
            f"is of format {written}, this version reads {FORMAT}: update this library"
        )
    return msgspec.json.decode(content, type=type_)


def digest(content: bytes | memoryview) -> str:
    """Give the SHA-256 of bytes in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


class _Format(msgspec.Struct):
    format: int


def _raw(value: object) -> msgspec.Raw:
    return value if isinstance(value, msgspec.Raw) else msgspec.Raw(msgspec.json.encode(value))
