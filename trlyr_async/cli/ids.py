"""Identifiers as the command line takes them: checked before anything is asked."""

from __future__ import annotations

import csv
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final
from uuid import UUID

from energy_async.bulk import asset_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["check_id", "check_known", "gather_ids", "read_ids"]

_EXAMPLE: Final = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
_OTHER: Final = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._:~-]{3,99}")
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F-]{12,}")
_MARKS: Final = ",;\t"
_SHOWN: Final = 60


def gather_ids(named: Iterable[str] | None, file: Path | None) -> tuple[str, ...]:
    """Give the identifiers that options and a file name, each once."""
    ids = [check_id(one) for one in named or ()]
    if file is not None:
        ids += read_ids(file)
    return tuple(dict.fromkeys(ids))


def check_id(text: str, where: str = "") -> str:
    """Give the one spelling of an identifier."""
    if not _is_id(text.strip()):
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise ValueError(f"{where}{shown!r} is no identifier such as {_EXAMPLE}")
    return asset_key(text)


def check_known(what: str, named: Iterable[str], there: Sequence[str]) -> None:
    """Refuse names that are not among those that are there."""
    unknown = next((one for one in named if one not in there), None)
    if unknown is not None:
        close = get_close_matches(unknown, there, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(there)}"
        raise ValueError(f"{what}: there is no {unknown!r}; {hint}")


def read_ids(path: Path) -> list[str]:
    """Read identifiers: one a line, `#` begins a remark; or a CSV file with a column `id`.

    The cells of a CSV file stand between commas, semicolons or tabs. Without a line of names the
    identifiers must be the only ones in a line.
    """
    try:
        rows = _rows(path.read_text("utf-8-sig"))
    except (UnicodeDecodeError, csv.Error) as exc:
        raise ValueError(f"{path} is neither text nor CSV in UTF-8: {exc}") from exc
    names = [cell.lower() for cell in rows[0][1]] if rows else []
    if names.count("id") > 1:
        raise ValueError(f"{path} has more than one column id")
    if "id" in names:
        at = names.index("id")
        found = [(line, row[at] if at < len(row) else "") for line, row in rows[1:]]
    else:
        found = [(line, _only_id(row, f"{path}, line {line}: ")) for line, row in rows]
    if not found:
        raise ValueError(f"{path} names no identifier")
    return [check_id(cell, f"{path}, line {line}: ") for line, cell in found]


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Give the lines that say something, as their cells, with their numbers."""
    lines = [line.partition("#")[0] for line in text.splitlines()]
    first = next(filter(str.strip, lines), "")
    mark = max(_MARKS, key=first.count)
    reader = csv.reader(lines, delimiter=mark)
    rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    return [(line, row) for line, row in rows if any(row) and row[0].lower() != "sep="]


def _only_id(row: Sequence[str], where: str) -> str:
    """Give the one identifier of a line that names no column."""
    found = [cell for cell in row if _is_id(cell)]
    if len(found) > 1:
        raise ValueError(f"{where}which of {len(found)} identifiers is meant? Name the column id")
    if found or len(row) == 1:
        return found[0] if found else row[0]
    raise ValueError(f"{where}no identifier, and no column named id: {', '.join(row)[:_SHOWN]!r}")


def _is_id(text: str) -> bool:
    """Whether it is a UUID, or may be an identifier of another form: the API states none for all.

    Hexadecimal digits alone are a UUID, or one that was cut short.
    """
    try:
        return bool(UUID(text))
    except ValueError:
        return bool(_OTHER.fullmatch(text)) and not _HEXADECIMAL.fullmatch(text)
