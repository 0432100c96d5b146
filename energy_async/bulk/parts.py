"""The Parquet files of a dataset: rows, and in the footer which windows they answer.

A part names its windows itself and appears by one rename, so there is no journal that could say
something else than the data. Everything here blocks; call it in a thread.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from energy_async.bulk.errors import DatasetMismatch
from energy_async.bulk.report import WindowReport
from energy_async.columns import load_pyarrow
from energy_async.files import disk_errors, write_whole
from energy_async.tables import parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

__all__ = ["next_number", "part_files", "read_part", "read_windows", "remove_stale", "write_part"]

_KEY: Final = b"energy_async.windows"
_NAME: Final = re.compile(r"part-(\d+)\.parquet")
_STALE: Final = re.compile(r"\.(part-\d+\.parquet|_dataset\.json)\.tmp")


def part_files(root: Path) -> list[Path]:
    """Give every part of the dataset, in order of stream and number."""
    found = [one for one in root.glob("stream=*/part-*.parquet") if _NAME.fullmatch(one.name)]
    return sorted(found, key=lambda one: (one.parent.name, _number(one)))


def next_number(parts: Iterable[Path]) -> int:
    """Give the number for the next part, above all those there are."""
    return max(map(_number, parts), default=0) + 1


def remove_stale(root: Path) -> None:
    """Delete what a killed run left half written. Only the holder of the lock may."""
    with disk_errors(root):
        for folder in (root, *root.glob("stream=*")):
            for file in folder.glob(".*.tmp"):
                if _STALE.fullmatch(file.name):
                    file.unlink()


def write_part(
    root: Path, stream: str, number: int, table: pa.Table, windows: list[WindowReport]
) -> None:
    """Write one part whole.

    Raises:
        WriteFailed: The disk refused; no part has appeared.
    """
    path = root / f"stream={stream}" / f"part-{number:05}.parquet"
    metadata = {**(table.schema.metadata or {}), _KEY: msgspec.json.encode(windows)}
    content = parquet_bytes(table.replace_schema_metadata(metadata))
    with disk_errors(path):
        path.parent.mkdir(exist_ok=True)
    write_whole(path, content)


def read_windows(path: Path) -> list[WindowReport]:
    """Read which windows a part answers, without reading its rows.

    Raises:
        DatasetMismatch: The file is damaged or was not written by a bulk pull.
    """
    load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415

    try:
        metadata = parquet.read_metadata(path).metadata or {}
        return msgspec.json.decode(metadata[_KEY], type=list[WindowReport])
    except (OSError, ValueError, KeyError) as exc:
        raise DatasetMismatch(
            f"{path} is damaged or not a part of a bulk pull ({exc}); "
            "move it away and run again to fetch its windows anew"
        ) from exc


def read_part(path: Path) -> pa.Table:
    """Read the rows of one part, with the stream as the last column."""
    pa = load_pyarrow()
    from pyarrow import parquet  # noqa: PLC0415

    with path.open("rb") as file:
        table = parquet.ParquetFile(file).read()
    stream = path.parent.name.partition("=")[2]
    column = _repeated(stream, table.num_rows)
    return table.append_column(pa.field("stream", pa.string()), column).replace_schema_metadata()


def _repeated(text: str, count: int) -> pa.Array:
    from energy_async.columns import arrow_column  # noqa: PLC0415

    pa = load_pyarrow()
    return arrow_column([text] * count, pa.field("stream", pa.string()))


def _number(path: Path) -> int:
    found = _NAME.fullmatch(path.name)
    return int(found[1]) if found else 0


def read_all_windows(root: Path) -> Iterator[tuple[Path, WindowReport]]:
    """Give every window that the dataset answers, with the part that holds it."""
    for path in part_files(root):
        for one in read_windows(path):
            yield path, one
