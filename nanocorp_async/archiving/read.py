"""Archives read back: as Arrow tables, and what is wrong with them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Final, cast

from energy_async.columns import load_pyarrow
from energy_async.delivery import require_aware
from energy_async.storage import Table, place_at, strays
from nanocorp_async.archiving.merge import holding
from nanocorp_async.archiving.series import EXTRA, SERIES, SeriesName, schema_of
from nanocorp_async.archiving.state import Gap, State
from nanocorp_async.archiving.store import STATE, manifest_of, parts_of, read_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pyarrow as pa

    from energy_async.storage import PlaceLike, Snapshot

_FETCHED, _REPLACED = EXTRA[0], EXTRA[-1]
_IN_A_DAY: Final = re.compile(
    rf"feed=({'|'.join(SERIES)})/day=(\d{{4}}-\d\d-\d\d)[^/]*/[^/]+\.parquet"
)
_AT_ONCE: Final = 8
"""Files read at the same time: in a store each takes as long as a request does."""


def read_archive(
    path: PlaceLike,
    series: SeriesName,
    *,
    first: date | None = None,
    last: date | None = None,
    revisions: bool = False,
    columns: Sequence[str] | None = None,
    as_of: datetime | None = None,
) -> pa.Table:
    """Read the rows of one series, in order of time.

    Every file is held against its checksum.

    Args:
        path: The folder of the archive, or its URL. One that is being written can be read.
        series: A feed, or `afrr-energy-steps` or `mfrr-energy-directions`.
        first: The first Paris delivery day; by default all there are.
        last: The last one, included.
        revisions: Whether rows that were corrected or replaced come too. Without, each row is as
            upstream last had it.
        columns: Only these.
        as_of: The rows as they were at that moment, aware: what upstream had shown by then.

    Returns:
        Upstream's own columns, units in the fields' metadata; `fetched_at`, when this row was first
        seen; `revision`, 0 for what was published first; `noticed_at`, when a correction was
        noticed; and with `revisions` also `replaced_at`, null while a row holds.

    Raises:
        DatasetMismatch: The place holds no archive.
        DatasetDamaged: A file is damaged or gone; `repair_archive` sets it aside.
        ReadFailed: The disk or store refuses.
        ValueError: There is no such series, or `as_of` is naive.
        KeyError: It has no such column.
        ImportError: pyarrow is not installed, or obstore for a URL.
    """
    arrow = load_pyarrow()
    if series not in SERIES:
        raise ValueError(f"unknown series {series!r}; there are {', '.join(SERIES)}")
    schema = schema_of(series)
    names = _columns(schema, columns, revisions=revisions)
    moment = None if as_of is None else require_aware(as_of, "as_of")
    table = Table(place_at(path))

    def work(snapshot: Snapshot) -> pa.Table:
        manifest_of(table, snapshot)
        wanted = sorted(
            (day, part)
            for (name, day), part in parts_of(snapshot).items()
            if name == series and (first is None or day >= first) and (last is None or day <= last)
        )
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            days = pool.map(lambda one: read_day(table, one[1], series), wanted)
            found = [_seen(rows, moment, revisions=revisions).select(names) for rows in days]
        empty = arrow.schema([schema.field(name) for name in names]).empty_table()
        rows: pa.Table = arrow.concat_tables([empty, *found])
        return rows

    return table.reading(work)


def archive_files(path: PlaceLike, series: SeriesName) -> list[str]:
    """Name the Parquet files whose rows are a series, for DuckDB, polars and others.

    Whatever else lies there (a sync tool's copy, what a killed run left) is not among them.

    Raises:
        DatasetMismatch: The place holds no archive.
        DatasetDamaged: Its log is damaged.
    """
    table, snapshot = _opened(path)
    parts = sorted(parts_of(snapshot).items())
    return [table.place.url(part.path) for (name, _), part in parts if name == series]


def archive_gaps(path: PlaceLike) -> list[Gap]:
    """Read what is wrong with delivery days of an archive, by series, day and kind.

    The place is listed as well: a copy of a day's file, say, is added up by other readers.

    Raises:
        DatasetMismatch: The place holds no archive.
        DatasetDamaged: Its log is damaged.
    """
    table, snapshot = _opened(path)
    known = snapshot.note(STATE, State) or State()
    found = ((one, _IN_A_DAY.fullmatch(one.name)) for one in strays(table, snapshot))
    return known.all_gaps(
        Gap(
            series=cast("SeriesName", named[1]),
            day=date.fromisoformat(named[2]),
            kind="stray file",
            what=f"{table}/{one.name} does not belong to the archive; other readers add it up",
            noticed_at=one.modified,
        )
        for one, named in found
        if named
    )


def _opened(path: PlaceLike) -> tuple[Table, Snapshot]:
    table = Table(place_at(path))
    snapshot = table.load()
    manifest_of(table, snapshot)
    return table, snapshot


def _seen(rows: pa.Table, moment: datetime | None, *, revisions: bool) -> pa.Table:
    """Give the rows that were seen by a moment, and the times as they were known then."""
    if moment is not None:
        pa = load_pyarrow()
        from pyarrow import compute  # noqa: PLC0415 - an extra

        rows = rows.filter(compute.less_equal(rows.column(_FETCHED), pa.scalar(moment)))
        ends = rows.column(_REPLACED)
        by_then = compute.less_equal(ends, pa.scalar(moment, ends.type))
        ends = compute.if_else(by_then, ends, pa.scalar(None, ends.type))
        place = rows.schema.get_field_index(_REPLACED)
        rows = rows.set_column(place, rows.schema.field(place), ends)
    return rows if revisions else holding(rows)


def _columns(schema: pa.Schema, wanted: Sequence[str] | None, *, revisions: bool) -> list[str]:
    names = [name for name in schema.names if revisions or name != _REPLACED]
    if wanted is None:
        return names
    if missing := [name for name in wanted if name not in names]:
        raise KeyError(f"no column {', '.join(missing)}; there are {', '.join(names)}")
    return list(wanted)
