"""An archive put right: damaged files set aside, and read what could not be read before."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from energy_async.columns import load_pyarrow
from energy_async.storage import Change, DatasetDamaged, Part, Table, place_at
from energy_async.storage.log import digest
from nanocorp_async import tolerant
from nanocorp_async.archiving.answer import Came, put_late, what_is_unread
from nanocorp_async.archiving.run import ArchiveReport
from nanocorp_async.archiving.series import SERIES
from nanocorp_async.archiving.state import FORMAT, Manifest, State
from nanocorp_async.archiving.store import MANIFEST, STATE, Store
from nanocorp_async.feeds import OPERATIONS, Validators
from nanocorp_async.watching.events import OddAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from energy_async.storage import PlaceLike
    from nanocorp_async.archiving.state import Unread
    from nanocorp_async.archiving.store import Draft
    from nanocorp_async.watching.events import ArchiveEvent

_OLD = "_archive.json"
_OLD_DAY = re.compile(r"feed=([a-z-]+)/month=[0-9-]+/([0-9]{4}-[0-9]{2}-[0-9]{2})\.parquet")


def _wall_clock() -> datetime:
    return datetime.now(UTC)


def repair_archive(
    path: PlaceLike,
    *,
    on_event: Callable[[ArchiveEvent], None] | None = None,
    now: Callable[[], datetime] = _wall_clock,
) -> ArchiveReport:
    """Set damaged files of an archive aside, and read again what could not be read.

    Rows that only a damaged file held are gone, unless a copy of it is put back; each such day is a
    gap of the kind `damaged`, and the next run of the archive stores what the feed still shows.
    Answers that were put aside take their place in time: rows that came later say what holds. An
    archive of the first format is taken over, its files as they are.

    Args:
        path: The folder of the archive, or its URL. Runs may go on meanwhile.
        on_event: Told of what was set aside and stored.
        now: The time, aware.

    Raises:
        DatasetMismatch: The place holds no archive.
        DatasetDamaged: Its log is damaged.
        WriteFailed: The disk or store refuses.
        ImportError: pyarrow is not installed, or obstore for a URL.
    """
    _take_over(Table(place_at(path)))
    store, at = Store(path).open(create=False), now()

    def work(draft: Draft) -> list[ArchiveEvent]:
        return [*_set_aside(draft, at), *_read_again(draft)]

    report = ArchiveReport()
    for event in store.commit(work):
        report.count(event)
        if on_event is not None:
            on_event(event)
    report.gaps = tuple(store.state.all_gaps())
    return report


def _take_over(table: Table) -> None:
    """Make an archive of the format before this one a table; its files stay where they are."""
    place = table.place
    names = [entry.name for entry in place.list()]
    if _OLD not in names:
        return
    if not table.exists():
        base_url = msgspec.json.decode(place.read(_OLD), type=Manifest).base_url
        manifest = Manifest(format=FORMAT, base_url=base_url)
        notes: dict[str, object] = {MANIFEST: manifest, STATE: State()}
        parts = [_named(table, one) for name in names if (one := _OLD_DAY.fullmatch(name))]
        table.commit(lambda *_: Change(add=parts, notes=notes), create=True)
    place.remove([_OLD, "_state.json", ".lock"])


def _named(table: Table, name: re.Match[str]) -> Part:
    pa = load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    content = table.place.read(name[0])
    try:
        rows = parquet.read_table(pa.BufferReader(content)).num_rows
    except (pa.ArrowException, OSError, ValueError) as exc:
        raise DatasetDamaged(str(table), name[0], f"is damaged ({exc}); move it away") from exc
    return Part(
        path=name[0], kind="rows", keys={"feed": name[1], "day": name[2]}, rows=rows,
        size=len(content), sha256=digest(content),
    )  # fmt: skip


def _set_aside(draft: Draft, at: datetime) -> Iterator[ArchiveEvent]:
    for (name, day), damage in draft.damaged():
        gap = draft.set_aside(name, day, damage, at)
        yield OddAnswer(feed=SERIES[name].feed, at=at, what=f"{name} {day}: {gap.what}")


def _read_again(draft: Draft) -> Iterator[ArchiveEvent]:
    for unread in sorted(draft.state.unread, key=lambda one: one.at):
        try:
            body = draft.body(unread)
        except DatasetDamaged as exc:
            what = f"an answer that was put aside is lost: {exc}"
            yield OddAnswer(feed=unread.feed, at=unread.at, what=what)
            draft.drop(unread)
        else:
            if body is not None:
                yield from _read_one(draft, unread, body)


def _read_one(draft: Draft, unread: Unread, body: bytes) -> Iterator[ArchiveEvent]:
    reading = tolerant.decode_partly(body, OPERATIONS[unread.feed].returns)
    came = Came(unread.feed, body, Validators(digest=unread.digest), unread.at)
    yield from put_late(draft, came, reading, unread.later, unread.later_from)
    if what := what_is_unread(reading, reading.unknown):
        unread.what = what
    else:
        draft.drop(unread)
