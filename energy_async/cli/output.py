"""Tables to where the user wants them: standard output or a file, in one of five formats."""

from __future__ import annotations

import io
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from energy_async import tables
from energy_async.cli.entry import close_stdout
from energy_async.cli.formats import Format, Target
from energy_async.cli.screen import View, grid, least_width
from energy_async.columns import arrow_column, load_pyarrow
from energy_async.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import pyarrow as pa
    from rich.console import RenderableType

__all__ = ["emit", "encode", "show", "stdout_is_terminal", "width_for", "write_bytes"]

_WIDE: Final = 200
"""Columns of a table that goes to a file or a pipe."""


def stdout_is_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()


def emit(table: pa.Table, view: View, target: Target) -> None:
    """Write a table."""
    if target.format is Format.TABLE:
        show(grid(table, view, width_for(target)), path=target.path)
    else:
        notes = [line for line in f"{view.title}\n{view.caption}".splitlines() if line]
        write_bytes(encode(table, target.format, view.zone, notes), target.path)


def encode(
    table: pa.Table, chosen: Format, zone: str | None = None, notes: Sequence[str] = ()
) -> bytes:
    """Encode a table as CSV, JSON, Parquet or Excel, its times in UTC or a zone.

    `notes` have their place in Excel alone.
    """
    writer: dict[Format, Callable[[pa.Table, Path], None]] = {
        Format.CSV: tables.write_csv,
        Format.JSON: tables.write_json,
        Format.PARQUET: tables.write_parquet,
        Format.XLSX: partial(tables.write_excel, zone=zone or "UTC", notes=notes),
    }
    if chosen is not Format.XLSX:
        table = _localised(table, zone, chosen)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        writer[chosen](table, path)
        return path.read_bytes()


def width_for(target: Target) -> int:
    """Give the columns that a table may take."""
    on_screen = target.path is None and stdout_is_terminal()
    return Console().width if on_screen else _WIDE


def show(*parts: RenderableType, path: Path | None = None) -> None:
    """Print for people: on a terminal in colour and in its width, elsewhere plain and wide.

    Where a terminal is too narrow for the figures of a table, the table keeps them whole and the
    terminal breaks its lines.
    """
    if path is None and stdout_is_terminal():
        screen = _Screen(highlight=False)
        screen.width = max(screen.width, *map(least_width, parts))
        screen.print(*parts, sep="\n")
        return
    sink = io.StringIO()
    plain = Console(file=sink, width=_WIDE, highlight=False, color_system=None)
    plain.print(*parts, sep="\n")
    lines = "".join(f"{line.rstrip()}\n" for line in sink.getvalue().splitlines())
    write_bytes(lines.encode(), path)


def write_bytes(content: bytes, path: Path | None) -> None:
    """Write to a file as a whole, or to standard output."""
    if path is not None:
        write_whole(path, content)
        return
    try:
        sys.stdout.flush()
        _write_all(memoryview(content))
    except BrokenPipeError:
        raise typer.Exit(close_stdout()) from None


def _write_all(content: memoryview) -> None:
    """Write everything; under PYTHONUNBUFFERED one call may take a part only."""
    stream = sys.stdout.buffer
    while content:
        content = content[stream.write(content) :]
    stream.flush()


class _Screen(Console):
    def on_broken_pipe(self) -> None:
        """End as every tool does whose reader went away."""
        raise typer.Exit(close_stdout())


def _localised(table: pa.Table, zone: str | None, chosen: Format) -> pa.Table:
    """Put the times of a table into a zone: as a type in Parquet, with their offset in text."""
    pa = load_pyarrow()
    if zone is None:
        return table
    for index, field in enumerate(table.schema):
        if not pa.types.is_timestamp(field.type):
            continue
        if chosen is Format.PARQUET:
            kind = pa.timestamp("us", tz=zone)
            column = table.column(index).cast(kind)
        else:
            kind = pa.string()
            texts = [_local_text(value, zone) for value in table.column(index).to_pylist()]
            column = arrow_column(texts, pa.field(field.name, kind))
        table = table.set_column(index, field.with_type(kind), column)
    return table


def _local_text(value: datetime | None, zone: str) -> str | None:
    return None if value is None else value.astimezone(ZoneInfo(zone)).isoformat()
