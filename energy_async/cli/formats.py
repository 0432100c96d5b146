"""Which format goes where. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Format", "Target", "choose"]


class Format(StrEnum):
    """What a command can write."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class Target(NamedTuple):
    """A format and the file that it goes to; standard output if there is none."""

    format: Format
    path: Path | None


_SUFFIXES: Final = {
    ".csv": Format.CSV,
    ".json": Format.JSON,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".txt": Format.TABLE,
}


def choose(wanted: Format | None, path: Path | None, *, is_terminal: bool) -> Target:
    """Settle what to write: what was asked for, else what the file's name or the terminal says.

    Raises:
        ValueError: The file's name says nothing, or Parquet would land on a terminal.
    """
    if path is not None and str(path) == "-":
        path, is_terminal = None, False
    if path is not None:
        chosen = wanted or _SUFFIXES.get(path.suffix.lower())
        if chosen is None:
            known = ", ".join(sorted(_SUFFIXES))
            raise ValueError(f"{path}: say --format, or end the name with one of {known}")
        return Target(chosen, path)
    if wanted is Format.PARQUET and is_terminal:
        raise ValueError("Parquet is not for a terminal: name a file with -o, or pipe it on")
    return Target(wanted or (Format.TABLE if is_terminal else Format.CSV), None)
