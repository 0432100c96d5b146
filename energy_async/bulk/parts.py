"""The Parquet files of a dataset: rows, and in the footer which windows they answer.

A part names its windows itself and appears by one rename, so there is no journal that could say
something else than the data. Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from energy_async.bulk.errors import DatasetMismatch
from energy_async.bulk.report import WindowReport
from energy_async.columns import load_pyarrow
from energy_async.tables import parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from energy_async.bulk.folder import Folder

__all__ = ["Part", "find", "next_number", "read_part", "read_windows", "write_part"]

_KEY: Final = b"energy_async.windows"
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


def find(folder: Folder) -> list[Part]:
    """Give every part of the dataset, in order of stream, month and number."""
    found = (_NAME.fullmatch(name) for name in folder.files("stream=*/month=*/part-*.parquet"))
    return sorted(Part(one[1], one[2], int(one[3])) for one in found if one)


def next_number(parts: Iterable[Part]) -> int:
    """Give the number for the next part, above all those there are."""
    return max((one.number for one in parts), default=0) + 1


def write_part(folder: Folder, part: Part, table: pa.Table, windows: list[WindowReport]) -> None:
    """Write one part whole.

    Raises:
        WriteFailed: The disk refused; no part has appeared.
    """
    metadata = {**(table.schema.metadata or {}), _KEY: msgspec.json.encode(windows)}
    folder.write(part.name, parquet_bytes(table.replace_schema_metadata(metadata)))


def read_windows(folder: Folder, part: Part) -> list[WindowReport]:
    """Read which windows a part answers, without reading its rows.

    Raises:
        DatasetMismatch: The file is damaged or was not written by a bulk pull.
    """
    load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with folder.open(part.name) as file:
            metadata = parquet.read_metadata(file).metadata or {}
        return msgspec.json.decode(metadata[_KEY], type=list[WindowReport])
    except (OSError, ValueError, KeyError) as exc:
        raise DatasetMismatch(
            f"{folder}/{part.name} is damaged or not a part of a bulk pull ({exc}); "
            "move it away and run again to fetch its windows anew"
        ) from exc


def read_all_windows(folder: Folder) -> Iterator[tuple[Part, WindowReport]]:
    """Give every window that the dataset answers, with the part that holds it."""
    for part in find(folder):
        for one in read_windows(folder, part):
            yield part, one


def read_part(folder: Folder, part: Part) -> pa.Table:
    """Read the rows of one part, with the stream as the last column."""
    pa = load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415

    with folder.open(part.name) as file:
        table = parquet.ParquetFile(file).read()
    kind = pa.dictionary(pa.int32(), pa.string())
    from energy_async.columns import arrow_column  # noqa: PLC0415

    column = arrow_column([part.stream] * table.num_rows, pa.field("stream", kind))
    return table.append_column(pa.field("stream", kind), column)
