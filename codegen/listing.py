"""Every operation as a table: Python name, method, path, provenance, source."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from codegen.interface import Interface

__all__ = ["as_json", "as_table", "rows_of"]

_HEADINGS = ["PYTHON NAME", "METHOD", "PATH", "PROVENANCE", "SOURCE"]
Row = Mapping[str, str | bool]


def rows_of(area: str, interface: Interface) -> list[Row]:
    """The operations of one area, by name."""
    return [
        {
            "name": f"{area}.{name}",
            "method": one.method,
            "path": one.path,
            "provenance": one.provenance,
            "source": one.source,
            "deprecated": bool(one.deprecation),
        }
        for name, one in interface.functions.items()
    ]


def as_table(rows: Sequence[Row]) -> list[str]:
    """Aligned columns, then how many operations each area has of each provenance."""
    cells = [_HEADINGS]
    for row in rows:
        provenance = f"{row['provenance']}{', deprecated' if row['deprecated'] else ''}"
        texts = (row["name"], row["method"], row["path"], provenance, row["source"] or "-")
        cells.append([str(text) for text in texts])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, cell, widths)).rstrip() for cell in cells]
    counts = [
        f"{area}: {sum(found.values())} ({', '.join(f'{n} {what}' for what, n in found.items())})"
        for area, found in _tally(rows).items()
    ]
    return [*lines, "", *counts, f"all areas: {len(rows)}"]


def as_json(rows: Sequence[Row]) -> str:
    """The same for programs."""
    return json.dumps({"operations": rows, "counts": _tally(rows)}, indent=2, ensure_ascii=False)


def _tally(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        area = str(row["name"]).partition(".")[0]
        counts.setdefault(area, Counter())[str(row["provenance"])] += 1
    return {area: dict(sorted(found.items())) for area, found in counts.items()}
