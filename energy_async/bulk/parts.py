"""The Parquet files of a dataset: rows, and in the footer which windows they answer.

A part names its windows itself and appears by one rename, so there is no journal that could say
something else than the data. Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from energy_async.bulk.buffer import Piece
from energy_async.bulk.errors import DatasetMismatch
from energy_async.bulk.report import WindowReport
from energy_async.columns import Same, arrow_column, load_pyarrow
from energy_async.tables import parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa

    from energy_async.bulk.folder import Folder

__all__ = [
    "Footer",
    "Part",
    "find",
    "next_number",
    "read_all_windows",
    "read_footer",
    "read_part",
    "read_pieces",
    "read_rows",
    "read_schema",
    "write_part",
]

_WINDOWS: Final = b"energy_async.windows"
_REVISION: Final = b"energy_async.revision"
_NAME: Final = re.compile(r"stream=([^/]+)/month=(\d{4}-\d{2})/part-(\d+)\.parquet")


class Part(NamedTuple):
    """A part of a dataset, by what its name says."""

    stream: str
    month: str
    number: int

    @property
    def name(self) -> str:
        """Its place inside the dataset."""
        return f"stream={self.stream}/month={self.month}/part-{self.number:05}.parquet"


class Footer(NamedTuple):
    """What a part says of itself.

    `revision` counts how often corrections have changed rows of it.
    """

    windows: list[WindowReport]
    revision: int = 0

    @property
    def rows(self) -> int:
        """How many rows the part holds."""
        return sum(one.rows for one in self.windows)


def find(folder: Folder) -> list[Part]:
    """Give every part of the dataset, in order of stream, month and number."""
    found = (_NAME.fullmatch(name) for name in folder.files("stream=*/month=*/part-*.parquet"))
    return sorted(Part(one[1], one[2], int(one[3])) for one in found if one)


def next_number(parts: Iterable[Part]) -> int:
    """Give the number for the next part, above all those there are."""
    return max((one.number for one in parts), default=0) + 1


def write_part(folder: Folder, part: Part, pieces: Iterable[Piece], revision: int = 0) -> Footer:
    """Write one part whole, sorted by asset and time, in place of one that may be there.

    Raises:
        WriteFailed: The store refused; what was there before is untouched.
    """
    ordered = sorted(pieces, key=lambda one: one.report.window)
    footer = Footer([one.report for one in ordered], revision)
    pa = load_pyarrow()
    table = pa.concat_tables([one.table for one in ordered]).unify_dictionaries()
    metadata = {
        **(table.schema.metadata or {}),
        _WINDOWS: msgspec.json.encode(footer.windows),
        _REVISION: str(revision).encode(),
    }
    folder.write(part.name, parquet_bytes(table.replace_schema_metadata(metadata)))
    return footer


def read_footer(folder: Folder, part: Part) -> Footer:
    """Read what a part says of itself, without reading its rows.

    Raises:
        DatasetMismatch: The file is damaged or was not written by a bulk pull.
    """
    load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with folder.open(part.name) as file:
            return _footer(parquet.read_metadata(file).metadata or {})
    except (OSError, ValueError, KeyError) as exc:
        raise _damaged(folder, part, exc) from exc


def read_all_windows(folder: Folder) -> Iterator[tuple[Part, WindowReport]]:
    """Give every window that the dataset answers, with the part that holds it."""
    for part in find(folder):
        for one in read_footer(folder, part).windows:
            yield part, one


def read_pieces(folder: Folder, part: Part) -> tuple[list[Piece], int]:
    """Read the rows of a part window by window, and how often it was revised.

    Raises:
        DatasetMismatch: The file is damaged or was not written by a bulk pull.
    """
    load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with folder.open(part.name) as file:
            # In this thread alone: Arrow's own would each keep what they have allocated.
            table = parquet.ParquetFile(file).read(use_threads=False)
        footer = _footer(table.schema.metadata or {})
        pieces = list(_cut(part, table, footer))
    except (OSError, ValueError, KeyError) as exc:
        raise _damaged(folder, part, exc) from exc
    return pieces, footer.revision


def read_part(folder: Folder, part: Part) -> pa.Table:
    """Read the rows of one part, with the stream as the last column."""
    return read_rows(folder, part.name, part.stream)


def read_schema(folder: Folder, part: Part) -> pa.Schema:
    """Read the columns of one part, without its rows."""
    load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415

    with folder.open(part.name) as file:
        return parquet.read_schema(file)


def read_rows(folder: Folder, name: str, stream: str) -> pa.Table:
    """Read the rows of one file, with the stream as the last column."""
    pa = load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415

    with folder.open(name) as file:
        table = parquet.ParquetFile(file).read()
    field = pa.field("stream", pa.dictionary(pa.int32(), pa.string()))
    return table.append_column(field, arrow_column(Same(stream, table.num_rows), field))


def _cut(part: Part, table: pa.Table, footer: Footer) -> Iterator[Piece]:
    """Give each window its rows: they stand in the order in which the footer names them."""
    if footer.rows != table.num_rows:
        raise ValueError(f"its windows hold {footer.rows} rows, it has {table.num_rows}")
    kept = {k: v for k, v in table.schema.metadata.items() if k not in (_WINDOWS, _REVISION)}
    table = table.replace_schema_metadata(kept)
    first = 0
    for report in footer.windows:
        yield Piece(part.month, table.slice(first, report.rows), report)
        first += report.rows


def _footer(metadata: Mapping[bytes, bytes]) -> Footer:
    windows = msgspec.json.decode(metadata[_WINDOWS], type=list[WindowReport])
    return Footer(windows, int(metadata.get(_REVISION, b"0")))


def _damaged(folder: Folder, part: Part, exc: Exception) -> DatasetMismatch:
    return DatasetMismatch(
        f"{folder}/{part.name} is damaged or not a part of a bulk pull ({exc}); "
        "move it away and run again to fetch its windows anew"
    )
