"""Looking after a table: what does not belong to it, what is damaged, and what to do about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from energy_async.storage.errors import DatasetDamaged, DatasetMismatch
from energy_async.storage.log import Change

if TYPE_CHECKING:
    from collections.abc import Callable

    from energy_async.storage.log import Part, Snapshot
    from energy_async.storage.place import Entry
    from energy_async.storage.table import Table

_LOG: Final = re.compile(r"_log/(\d+\.(commit|state)|newest|\.lock)")
_NO_DATA: Final = re.compile(r"(.*/)?(\.DS_Store|Thumbs\.db|desktop\.ini|\.lock)")
_PASSING: Final = re.compile(r"(.*/)?(\..*\.tmp|probe-[0-9a-f]{32})")
_OURS: Final = re.compile(rf"(.*/)?part-[0-9a-f]{{32}}\.[^/]+|{_PASSING.pattern}")
LEFT_OVER: Final = timedelta(hours=1)
"""After that long a file that no commit names is taken for left over from a killed run."""


def strays(table: Table, snapshot: Snapshot) -> list[Entry]:
    """List the files in a table's place that do not belong to it, but for those of the system."""
    return [
        one
        for one in table.place.list()
        if one.name not in snapshot.parts
        and not _LOG.fullmatch(one.name)
        and not _NO_DATA.fullmatch(one.name)
    ]


def is_passing(name: str) -> bool:
    """Whether a file is there only while another one is being written."""
    return bool(_PASSING.fullmatch(name))


def refuse_foreign(table: Table, snapshot: Snapshot, no: str) -> None:
    """Refuse to begin a table where other things are, and `no` table; the message says so."""
    table.refuse_older()
    foreign = [one.name for one in strays(table, snapshot) if not is_passing(one.name)]
    if foreign:
        raise DatasetMismatch(
            f"{table} holds other things ({', '.join(foreign[:3])}{', ...' if foreign[3:] else ''})"
            f" and {no}; choose an empty or a new folder"
        )


def damaged(table: Table, snapshot: Snapshot) -> list[tuple[Part, DatasetDamaged]]:
    """Read every file of a table and list those that are not what was written, or gone."""
    found = []
    for part in snapshot.parts.values():
        try:
            table.read_blob(part)
        except DatasetDamaged as exc:
            found.append((part, exc))
    return found


def clean(
    table: Table,
    *,
    older_than: timedelta = LEFT_OVER,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Delete what killed runs left behind; give the number of files.

    A commit says first which files those are. So a writer that only slept finds out when it
    wants to commit one of them, and a file that was committed is never deleted.
    """
    found = [one.name for one in table.place.list() if _OURS.fullmatch(one.name)
             and one.modified <= now() - older_than]  # fmt: skip
    if not found:
        return 0
    doomed: list[str] = []

    def build(snapshot: Snapshot, _at: datetime) -> Change | None:
        doomed[:] = [name for name in found if name not in snapshot.parts]
        return Change(doomed=doomed) if doomed else None

    table.commit(build)
    return len(doomed)
