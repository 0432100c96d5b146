"""Every operation as a table: Python name, method, path, provenance, source."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codegen.interface import Interface

__all__ = ["Row", "as_json", "as_table", "rows_of"]

_HEADINGS = ("PYTHON NAME", "METHOD", "PATH", "PROVENANCE", "SOURCE")


@dataclass(frozen=True)
class Row:
    """One operation."""

    name: str
    method: str
    path: str
    provenance: str
    source: str
    deprecated: bool


def rows_of(area: str, interface: Interface) -> list[Row]:
    """The operations of one area, by name."""
    return [
        Row(
            f"{area}.{name}",
            one.method,
            one.path,
            one.provenance,
            one.source,
            bool(one.deprecation),
        )
        for name, one in interface.functions.items()
    ]


def as_table(rows: Sequence[Row]) -> list[str]:
    """Aligned columns, then how many operations each area has of each provenance."""
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(cell[column]) for cell in cells) for column in range(len(_HEADINGS))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True)).rstrip()
             for cell in cells]  # fmt: skip
    return [*lines, "", *_counts(rows)]


def as_json(rows: Iterable[Row]) -> str:
    """The same for programs."""
    rows = list(rows)
    told = {"operations": [vars(row) for row in rows], "counts": _tally(rows)}
    return json.dumps(told, indent=2, ensure_ascii=False)


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    provenance = row.provenance + (", deprecated" if row.deprecated else "")
    return row.name, row.method, row.path, provenance, row.source or "-"


def _tally(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.name.partition(".")[0], Counter())[row.provenance] += 1
    return {area: dict(sorted(found.items())) for area, found in counts.items()}


def _counts(rows: Sequence[Row]) -> list[str]:
    lines = [
        f"{area}: {sum(found.values())} ({', '.join(f'{n} {what}' for what, n in found.items())})"
        for area, found in _tally(rows).items()
    ]
    return [*lines, f"all areas: {len(rows)}"]
