"""What a pull is asked to do, gathered from the command line."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import msgspec

from energy_async.bulk import Place, asset_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from trlyr_async.bulk import Stream

__all__ = ["Job", "gather", "read_ids"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A pull of revenue. `[start, end)` is half-open; no `ids` stand for all assets."""

    start: datetime
    end: datetime
    window: timedelta | None
    streams: tuple[Stream, ...]
    ids: tuple[str, ...]
    organisation: str | None
    out: Place


def gather(
    *,
    start: datetime,
    end: datetime,
    window: timedelta | None,
    streams: Iterable[Stream],
    ids: Sequence[str],
    ids_file: Path | None,
    organisation: str | None,
    out: Place,
) -> Job:
    """Settle a job. An asset that is named twice is asked once.

    Raises:
        ValueError: There is nothing between start and end, or the file names no asset.
        OSError: The file cannot be read.
    """
    if end <= start:
        raise ValueError("--end must be later than --start")
    if ids_file is not None:
        ids = [*ids, *read_ids(ids_file)]
    return Job(
        start=start,
        end=end,
        window=window,
        streams=tuple(dict.fromkeys(streams)),
        ids=tuple(dict.fromkeys(map(asset_key, ids))),
        organisation=organisation,
        out=out,
    )


def read_ids(path: Path) -> list[str]:
    """Read identifiers: one a line, `#` begins a remark; or a CSV file with a column `id`.

    Raises:
        ValueError: The file names no asset, or is not text.
        OSError: It cannot be read.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as exc:
        raise ValueError(f"{path} is not a text file") from exc
    header = next(csv.reader(lines[:1]), [])
    if "id" in header:
        found = [row["id"] or "" for row in csv.DictReader(lines)]
    else:
        found = [line.partition("#")[0] for line in lines]
    ids = [one.strip() for one in found if one.strip()]
    if not ids:
        raise ValueError(f"{path} names no asset")
    return ids
