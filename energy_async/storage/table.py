"""A table of Parquet files that commits rows, and what is noted beside them, as one.

```text
revenue/
  _log/
    000000000012.commit     what the twelfth commit changed
    000000000016.state      the whole table after the sixteenth
    newest                  the number of a late commit; a hint that is never trusted
  stream=tolling/month=2026-03/part-5f0c….parquet
```

A commit exists once the file of its number does, which only one writer can create. Whoever finds
the number taken looks at what the other one did, and tries the next one; so no writer waits for
another, and one that slept or died harms nobody. A listing is never taken for the table: files
that no commit names do not belong to it. Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import logging
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from energy_async.columns import load_pyarrow
from energy_async.files import WriteFailed
from energy_async.storage import log
from energy_async.storage.errors import DatasetDamaged, DatasetMismatch, DatasetMissing
from energy_async.storage.log import Change, Commit, Part, Snapshot
from energy_async.tables import parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from energy_async.storage.place import Place

T = TypeVar("T")
_logger = logging.getLogger("energy_async.storage")

_HINT: Final = "_log/newest"
_OLDER: Final = {
    "_dataset.json": "trlyr revenue upgrade {}",
    "_archive.json": "nanocorp archive {} --repair",
}
"""Files of older formats, and the commands that take them over."""
COMMITS_ON_TOP: Final = 16
"""A reader takes about this many commits on top of a saved state; more where states are large."""
COMMITS_KEPT: Final = 512
_LONGEST_PAUSE: Final = 5.0
_RELOADS: Final = 5


def utc_now() -> datetime:
    """Tell the time, aware."""
    return datetime.now(UTC)


class Table:
    """A table in a place. Making one touches nothing. Safe between threads."""

    def __init__(
        self,
        place: Place,
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.place = place
        self._now = now
        self._sleep = sleep
        self._draw = random.Random()  # noqa: S311 - for pauses
        self._known = log.EMPTY
        self._doomed: set[str] = set()
        self._leapt = False
        self._state = 0
        self._turn = threading.RLock()

    def __str__(self) -> str:
        return str(self.place)

    def exists(self) -> bool:
        """Whether there is a table."""
        return self._latest().number > 0

    def load(self) -> Snapshot:
        """Give the table after its newest commit.

        Raises:
            DatasetMissing: There is no table.
            DatasetDamaged: A file of the log is damaged or gone.
            ReadFailed: The disk or the store refuses.
        """
        found = self._latest()
        if not found.number:
            self.refuse_older()
            raise DatasetMissing(f"{self} holds no dataset")
        return found

    def refuse_older(self) -> None:
        """Raise `DatasetMismatch` if the place holds what versions before this one wrote."""
        for name, command in _OLDER.items():
            with contextlib.suppress(FileNotFoundError):
                self.place.read(name)
                advice = f"`{command.format(self)}` takes it over"
                raise DatasetMismatch(f"{self} is of an older format; {advice}")

    def commit(
        self, build: Callable[[Snapshot, datetime], Change | None], *, create: bool = False
    ) -> Snapshot:
        """Change the table, as of its newest commit.

        Args:
            build: Given the newest snapshot and the moment of the commit to be, gives the change;
                None if there is nothing to change. It is called again whenever another writer
                was first, and must be right for whatever that one has done.
            create: Begin with an empty snapshot where there is no table.

        Returns:
            The table after the commit.

        Raises:
            DatasetMissing: There is no table, and not `create`.
            WriteFailed: The disk or the store refuses; the table is as it was, or, where the
                answer was lost, as it is after this commit.
            DatasetDamaged: A file of the log is damaged or gone.
            UnsafeStore: The store ignores conditions.
        """
        with self._turn:
            self.place.prepare()
            for attempt in itertools.count():
                before = self._latest() if create else self.load()
                at = max(self._now(), before.at + timedelta(microseconds=1))
                try:
                    change = build(before, at)
                except DatasetDamaged as exc:
                    # This one slept, and what it wants to read was replaced meanwhile.
                    if not exc.is_gone or self._latest().number == before.number:
                        raise
                    continue
                if change is None:
                    return before
                self._refuse_doomed(before, change)
                commit = log.commit_of(before, change, self.place.fresh(), at)
                text = log.encode(commit)
                if self._put(commit.number, text):
                    self._known = log.fold(before, commit, text)
                    self._tidy(change)
                    return self._known
                self._pause(attempt)
            raise AssertionError("unreachable")

    def rescue(self) -> list[str]:
        """Take out of the log what cannot be read, and all that builds on it; give their names.

        What the table was before that stands from then on. Nobody else may write meanwhile.
        """
        broken: list[str] = []
        while True:
            try:
                self.load()
            except DatasetDamaged:
                first = self._known.number + 1
                names = [one.name for one in self.place.list("_log") if _number(one.name) >= first]
                broken += [name for name in names if name.endswith(".commit")]
                self.place.remove([*names, _HINT])
            else:
                return broken

    def since(self, number: int) -> Iterator[Commit]:
        """Give the commits after one, in turn."""
        for wanted in range(number + 1, self.load().number + 1):
            found = self._read_commit(wanted)
            if found is None:
                raise WriteFailed(
                    errno.ESTALE,
                    f"more than {COMMITS_KEPT} commits of other writers came in between; run again",
                    str(self),
                )
            yield found[0]

    def write_rows(
        self, table: pa.Table, keys: Mapping[str, str], *, kind: str = "rows", note: object = None
    ) -> Part:
        """Write rows as a Parquet file that belongs to the table once it is committed."""
        content = parquet_bytes(table)
        return self.write_blob(content, keys, kind=kind, note=note, rows=table.num_rows)

    def write_blob(
        self,
        content: bytes | memoryview,
        keys: Mapping[str, str],
        *,
        kind: str,
        suffix: str = "parquet",
        note: object = None,
        rows: int = 0,
    ) -> Part:
        """Write any bytes; see `write_rows`."""
        self.place.prepare()
        folder = "" if kind == "rows" else f"_{kind}/"
        folder += "".join(f"{key}={value}/" for key, value in keys.items())
        part = Part(
            path=f"{folder}part-{self.place.fresh()}.{suffix}",
            kind=kind,
            keys=dict(keys),
            rows=rows,
            size=len(content),
            sha256=log.digest(content),
            note=msgspec.Raw(msgspec.json.encode(note)),
        )
        self.place.write(part.path, content)
        return part

    def read_blob(self, part: Part) -> bytes:
        """Read a file whole and see that it is what was written.

        Raises `DatasetDamaged` if it is damaged or gone, `ReadFailed` if the store refuses.
        """
        try:
            content = self.place.read(part.path)
        except FileNotFoundError:
            raise DatasetDamaged(str(self), part.path, "is gone", is_gone=True) from None
        if log.digest(content) != part.sha256:
            raise DatasetDamaged(
                str(self), part.path, "is damaged: its checksum is not the one of the log"
            )
        return content

    def read_rows(self, part: Part, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the rows of a file; see `read_blob`."""
        pa = load_pyarrow()
        from pyarrow import parquet  # noqa: PLC0415

        # In this thread alone: Arrow's own would each keep what they have allocated.
        file = parquet.ParquetFile(pa.BufferReader(self.read_blob(part)))
        return file.read(columns=columns, use_threads=False)

    def drop(self, made: Iterable[Part], snapshot: Snapshot) -> None:
        """Delete files that were written for a commit and that it then did without."""
        gone = sorted({one.path for one in made} - snapshot.parts.keys())
        try:
            self.place.remove(gone)
        except OSError as exc:
            _logger.warning("after a commit to %s: %s", self, exc)

    def reading(self, work: Callable[[Snapshot], T]) -> T:
        """Read from the newest snapshot, and from a newer one if files vanish meanwhile."""
        for _ in range(_RELOADS):
            snapshot = self.load()
            try:
                return work(snapshot)
            except DatasetDamaged as exc:
                if not exc.is_gone or self.load().number == snapshot.number:
                    raise
        return work(self.load())

    def _put(self, number: int, text: bytes) -> bool:
        """Create the file of a commit; False if another writer has that number.

        Where the answer was lost, what is there tells whether it is ours.
        """
        name = _commit_name(number)
        for attempt in itertools.count():
            try:
                return self.place.create(name, text) or self.place.read(name) == text
            except OSError:  # also where nothing is there, though it was refused
                if attempt >= self.place.retries:
                    raise
            with contextlib.suppress(OSError):
                return self.place.read(name) == text
            self._pause(attempt)
        raise AssertionError("unreachable")

    def _tidy(self, change: Change) -> None:
        """Tidy up after a commit; nothing that goes wrong here undoes it."""
        known = self._known
        try:
            if known.number - self._state >= max(COMMITS_ON_TOP, len(known.parts) // 100):
                self.place.create(_state_name(known.number), log.encode(known))
                self._state = known.number
                self._forget(known.number - COMMITS_KEPT)
            self.place.write(_HINT, _hint(known.number, self._state), lasting=False)
            self.place.remove(sorted({*change.remove, *change.doomed} - known.parts.keys()))
        except OSError as exc:
            _logger.warning("after a commit to %s: %s", self, exc)

    def _forget(self, number: int) -> None:
        """Remove what the log says of commits so old that no reader needs them."""
        names = (one.name for one in self.place.list("_log"))
        self.place.remove([name for name in names if 0 < _number(name) < number])

    def _latest(self) -> Snapshot:
        with self._turn:
            if not self._known.number:
                self._known = self._saved()
            self._follow()
            if self._newest() > self._known.number and self._is_hole():
                self._leap()
            return self._known

    def _follow(self) -> None:
        """Take over every commit after the one that is known."""
        while (found := self._read_commit(self._known.number + 1)) is not None:
            commit, text = found
            try:
                self._known = log.fold(self._known, commit, text)
            except ValueError as exc:
                raise self._damaged(_commit_name(commit.number), str(exc)) from exc
            self._doomed.update(commit.doomed)

    def _is_hole(self) -> bool:
        # Else it was committed a moment ago, and belongs to the next look.
        return self._read_commit(self._known.number + 1) is None

    def _leap(self) -> None:
        """Go on from a saved state, for the next commit is gone: it is old, or lost."""
        before, found = self._known.number, self._saved()
        if found.number <= before:
            raise self._damaged(_commit_name(before + 1), "is gone", is_gone=True)
        self._known, self._leapt = found, bool(before)
        self._follow()

    def _saved(self) -> Snapshot:
        """Give the newest snapshot that was saved, from which commits go on."""
        self._newest()
        # Where one is damaged, an older one and the commits after it say the same.
        for number in itertools.chain([self._state] if self._state else [], self._states()):
            with contextlib.suppress(FileNotFoundError, DatasetDamaged):
                found, _ = self._read(_state_name(number), Snapshot)
                self._state = number
                return found
        return log.EMPTY

    def _states(self) -> Iterator[int]:
        names = [one.name for one in self.place.list("_log") if one.name.endswith(".state")]
        yield from sorted(map(_number, names), reverse=True)

    def _newest(self) -> int:
        """Give the number of a commit that there was, or is: no older one is the newest."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            number, state = _numbers_of(self.place.read(_HINT))
            self._state = max(self._state, state)
            return number
        return max((_number(one.name) for one in self.place.list("_log")), default=0)

    def _read_commit(self, number: int) -> tuple[Commit, bytes] | None:
        try:
            return self._read(_commit_name(number), Commit)
        except FileNotFoundError:
            return None

    def _read(self, name: str, type_: type[T]) -> tuple[T, bytes]:
        text = self.place.read(name)
        try:
            return log.decode(text, type_), text
        except (ValueError, OSError, EOFError, msgspec.MsgspecError) as exc:
            raise self._damaged(name, str(exc)) from exc

    def _damaged(self, name: str, reason: str, *, is_gone: bool = False) -> DatasetDamaged:
        return DatasetDamaged(str(self), name, reason, is_gone=is_gone)

    def _refuse_doomed(self, before: Snapshot, change: Change) -> None:
        """Refuse files that another process may have taken for left over and deleted."""
        new = {one.path for one in change.add} - before.parts.keys()
        if new & self._doomed or (new and self._leapt):
            self._leapt = False
            raise WriteFailed(
                errno.ESTALE,
                "it was not committed for so long that another process took it for left over; what"
                " was committed before stays, run again",
                f"{self}/{min(new)}",
            )

    def _pause(self, attempt: int) -> None:
        longest = min(_LONGEST_PAUSE, 0.05 * 2**attempt)
        self._sleep(self._draw.uniform(0, longest))


def _commit_name(number: int) -> str:
    return f"_log/{number:012}.commit"


def _state_name(number: int) -> str:
    return f"_log/{number:012}.state"


def _number(name: str) -> int:
    digits = name.rpartition("/")[2].partition(".")[0]
    return int(digits) if digits.isdigit() else 0


def _hint(number: int, state: int) -> bytes:
    text = f"{number} {state}"
    return f"{text} {log.digest(text.encode())}".encode()


def _numbers_of(hint: bytes) -> tuple[int, int]:
    text, _, checksum = hint.decode().rpartition(" ")
    if log.digest(text.encode()) != checksum:
        raise ValueError("damaged")
    number, _, state = text.partition(" ")
    return int(number), int(state)
