"""Changes to a dataset that its own writer would not make, committed like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from energy_async.storage import Change, Part, Snapshot, Table, place_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    import pyarrow as pa


def rewrite(folder: Path, change: Callable[[pa.Table], pa.Table], **keys: str) -> int:
    """Change the rows of all files with some keys; give how many rows those hold."""
    table = Table(place_at(folder))
    found = chosen(table, keys)
    for part in found:
        rows = table.read_rows(part)
        new = table.write_rows(change(rows), part.keys, note=part.note)
        replace(table, part.path, new)
    return sum(one.rows for one in found)


def lose(folder: Path, **keys: str) -> None:
    """Take all files with some keys out of a dataset."""
    table = Table(place_at(folder))
    for part in chosen(table, keys):
        replace(table, part.path)


def chosen(table: Table, keys: dict[str, str]) -> list[Part]:
    """Give the files of rows with some keys; there is at least one."""
    found = [one for one in table.load().of_kind("rows") if keys.items() <= one.keys.items()]
    assert found
    return found


def replace(table: Table, old: str, *new: Part) -> None:
    """Commit a file in place of another."""

    def build(_snapshot: Snapshot, _at: datetime) -> Change:
        return Change(add=list(new), remove=[old])

    table.commit(build)
