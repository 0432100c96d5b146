"""What corrections have changed: for every changed row what it was and what it became.

```text
revenue/
  _revisions/
    stream=tolling/
      month=2026-03/
        part-00001-00002.parquet  what the second revision of part-00001 changed
```

A file of revisions is written before the part is replaced, and the part's footer counts its
revisions. So a file whose number is above that count belongs to a replacement that never happened:
it is not read, the next attempt writes it anew, and nothing is ever told twice. Everything here
blocks; call it in a thread.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.bulk import parts
from energy_async.bulk.manifest import read_manifest
from energy_async.bulk.ordering import in_order
from energy_async.columns import Same, arrow_column, load_pyarrow
from energy_async.tables import parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import pyarrow as pa

    from energy_async.bulk.folder import Folder

__all__ = ["Revision", "drop_orphans", "find", "read", "write"]

_PATTERN: Final = "_revisions/stream=*/month=*/part-*.parquet"
_NAME: Final = re.compile(
    r"_revisions/stream=([^/]+)/month=(\d{4}-\d{2})/part-(\d+)-(\d+)\.parquet"
)


class Revision(NamedTuple):
    """One replacement of a part: its first, second and so on."""

    part: parts.Part
    number: int

    @property
    def name(self) -> str:
        """The place inside the dataset of the file that tells what was changed."""
        return f"_revisions/{self.part.name.removesuffix('.parquet')}-{self.number:05}.parquet"


def find(folder: Folder) -> list[Revision]:
    """Give every file of revisions, also one whose replacement never happened."""
    found = (_NAME.fullmatch(name) for name in folder.files(_PATTERN))
    return sorted(
        Revision(parts.Part(one[1], one[2], int(one[3])), int(one[4])) for one in found if one
    )


def drop_orphans(
    folder: Folder, found: Iterable[Revision], held: Mapping[parts.Part, parts.Footer]
) -> None:
    """Remove the files whose replacement never happened, after a killed run."""
    for one in found:
        if not _has_happened(one, held):
            folder.remove(one.name)


def write(
    folder: Folder,
    revision: Revision,
    changes: Iterable[tuple[pa.Table, pa.Table]],
    noticed_at: datetime,
) -> None:
    """Write what rows were before and what they are after, the part still being as it was.

    Raises:
        WriteFailed: The store refused.
    """
    pa = load_pyarrow()
    tables = [
        _told(table, state, noticed_at)
        for change in changes
        for state, table in zip(("before", "after"), change, strict=True)
        if table.num_rows
    ]
    folder.write(revision.name, parquet_bytes(pa.concat_tables(tables).unify_dictionaries()))


def read(folder: Folder) -> pa.Table | None:
    """Read all revisions in the order in which they were noticed; None if there are none.

    The columns are those of the rows, with `noticed_at` (UTC) before and `state` (`before`,
    `after`) and `stream` behind them.

    Raises:
        DatasetMismatch: The folder holds no dataset, or a part is damaged.
    """
    read_manifest(folder)
    found = find(folder)
    revised = {one.part for one in found}.intersection(parts.find(folder))
    held = {part: parts.read_footer(folder, part) for part in revised}
    tables = [
        parts.read_rows(folder, one.name, one.part.stream)
        for one in found
        if _has_happened(one, held)
    ]
    if not tables:
        return None
    pa = load_pyarrow()
    table = pa.concat_tables([one.replace_schema_metadata() for one in tables])
    names = table.column_names
    first = ["noticed_at", *(name for name in names if name != "noticed_at")]
    return in_order(table.select(first).unify_dictionaries(), [names[0], "stream", "start"])


def _has_happened(one: Revision, held: Mapping[parts.Part, parts.Footer]) -> bool:
    # Of a part that somebody took away, what is told of it stays.
    return one.part not in held or one.number <= held[one.part].revision


def _told(table: pa.Table, state: str, noticed_at: datetime) -> pa.Table:
    pa = load_pyarrow()
    when = pa.field("noticed_at", pa.timestamp("us", tz="UTC"))
    what = pa.field("state", pa.string())
    table = table.append_column(when, arrow_column(Same(noticed_at, table.num_rows), when))
    return table.append_column(what, arrow_column(Same(state, table.num_rows), what))
