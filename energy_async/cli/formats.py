"""Which format goes where."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from energy_async.files import check_writable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Format", "Target", "check_suffix", "choose"]


class Format(StrEnum):
    """What a command can write."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    XLSX = "xlsx"


class Target(NamedTuple):
    """A format and the file that it goes to; standard output if there is none."""

    format: Format
    path: Path | None


_BINARY: Final = frozenset({Format.PARQUET, Format.XLSX})
_SUFFIXES: Final = {
    ".csv": Format.CSV,
    ".json": Format.JSON,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".txt": Format.TABLE,
    ".xlsx": Format.XLSX,
}


def choose(wanted: Format | None, path: Path | None, *, is_terminal: bool) -> Target:
    """Settle what to write: what was asked for, else what the file's name or the terminal says."""
    if path is None or str(path) == "-":
        is_terminal = is_terminal and path is None
        if wanted in _BINARY and is_terminal:
            raise ValueError(f"{wanted} is not for a terminal: name a file with -o, or pipe it on")
        return Target(wanted or (Format.TABLE if is_terminal else Format.CSV), None)
    suffix = path.suffix.lower()
    named = _SUFFIXES.get(suffix)
    if named is None and (wanted is None or suffix):
        raise ValueError(f"{path}: end the name with one of {', '.join(sorted(_SUFFIXES))}")
    if wanted not in {None, named} and suffix:
        raise ValueError(f"{path}: the name ends as that of {named}, and --format says {wanted}")
    check_writable(path)
    return Target(wanted or named or Format.TABLE, path)


def check_suffix(path: Path, *suffixes: str) -> None:
    """Refuse a file whose name ends as that of something else, or which cannot be written."""
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"{path}: end the name with {' or '.join(suffixes)}")
    check_writable(path)
