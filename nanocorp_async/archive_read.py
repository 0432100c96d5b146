"""Archives read back: as Arrow tables, and the gaps in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from energy_async.bulk.errors import DatasetMismatch
from energy_async.columns import load_pyarrow
from nanocorp_async.archive_series import EXTRA, SERIES, SeriesName, schema_of
from nanocorp_async.archive_store import day_files, read_manifest, read_state

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from datetime import date

    import pyarrow as pa

    from nanocorp_async.archive_state import Gap

__all__ = ["archive_gaps", "read_archive"]

_HOLDS: Final = "replaced_at"


def read_archive(
    path: str | os.PathLike[str],
    series: SeriesName,
    *,
    first: date | None = None,
    last: date | None = None,
    revisions: bool = False,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Read the rows of one series, in order of time.

    Args:
        path: The folder of the archive. One that is being written can be read.
        series: A feed, or `afrr-energy-steps` or `mfrr-energy-directions`.
        first: The first Paris delivery day; by default all there are.
        last: The last one, included.
        revisions: Whether rows that were corrected come too. Without, each row is as upstream last
            had it.
        columns: Only these.

    Returns:
        Upstream's own columns, units in the fields' metadata; `fetched_at`, when this row was first
        seen; `revision`, 0 for what was published first; `noticed_at`, when a correction was
        noticed; and with `revisions` also `replaced_at`, null while a row holds.

    Raises:
        DatasetMismatch: The folder holds no archive.
        ValueError: There is no such series.
        KeyError: It has no such column.
        ImportError: pyarrow is not installed.
    """
    pa = load_pyarrow()
    from pyarrow import dataset  # noqa: PLC0415 - an extra

    root = Path(path)
    schema = _schema(series)
    read_manifest(root)
    names = _columns(schema, columns, revisions=revisions)
    files = [
        str(file)
        for day, file in day_files(root, series)
        if (first is None or day >= first) and (last is None or day <= last)
    ]
    if not files:
        return pa.schema([schema.field(name) for name in names]).empty_table()
    wanted = None if revisions else dataset.field(_HOLDS).is_null()
    try:
        table = dataset.dataset(files, schema=schema, format="parquet").to_table(
            columns=names, filter=wanted
        )
    except (pa.ArrowException, OSError) as exc:
        raise DatasetMismatch(f"{root} holds a damaged file ({exc})") from exc
    return table.cast(pa.schema([schema.field(name) for name in names]))


def archive_gaps(path: str | os.PathLike[str]) -> list[Gap]:
    """Read which delivery days of an archive lack rows for good, by series and day.

    Raises:
        DatasetMismatch: The folder holds no archive.
    """
    root = Path(path)
    read_manifest(root)
    return read_state(root).all_gaps()


def _schema(series: SeriesName) -> pa.Schema:
    if series not in SERIES:
        raise ValueError(f"unknown series {series!r}; there are {', '.join(SERIES)}")
    return schema_of(series)


def _columns(schema: pa.Schema, wanted: Sequence[str] | None, *, revisions: bool) -> list[str]:
    hidden = () if revisions else EXTRA[-1:]
    names = [name for name in schema.names if name not in hidden]
    if wanted is None:
        return names
    if missing := [name for name in wanted if name not in names]:
        raise KeyError(f"no column {', '.join(missing)}; there are {', '.join(names)}")
    return list(wanted)
