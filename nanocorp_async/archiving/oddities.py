"""What is odd about the rows that an answer has of a delivery day, in words. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from nanocorp_async.archiving.merge import identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from nanocorp_async.archiving.series import Series
    from nanocorp_async.archiving.state import GapKind

__all__ = ["ODDITIES", "oddities"]

ODDITIES: Final[tuple[GapKind, ...]] = (
    "two prices",
    "overlap",
    "backwards",
    "zero prices",
    "no prices",
)
_Identity = tuple[Any, ...]


def oddities(series: Series, rows: pa.Table) -> dict[GapKind, str]:
    """Say what is odd about the rows of a day, by kind."""
    known = Counter(identities(rows, series.key))
    found: dict[GapKind, str] = {}
    if doubled := [count for count in known.values() if count > 1]:
        most = "two" if max(doubled) == 2 else f"up to {max(doubled)}"  # noqa: PLR2004
        found["two prices"] = f"{_counted(len(doubled), 'period')} with {most} prices"
    if backwards := sum(end is not None and end <= start for start, end, *_ in known):
        found["backwards"] = f"{_counted(backwards, 'row')} not ending after the start"
    if overlapping := sum(map(_overlaps, _lines(known))):
        found["overlap"] = f"{_counted(overlapping, 'row')} reaching into the next one"
    prices = [one for name in series.prices for one in rows.column(name).to_pylist()]
    there = [one for one in prices if one is not None]
    if series.feed != "mfrr-energy" and prices and not any(there):
        if there:
            found["zero prices"] = f"all {len(there):,} prices are zero, as where none is there yet"
        else:
            found["no prices"] = f"all {len(prices):,} prices are missing"
    return found


def _lines(known: Counter[_Identity]) -> Iterator[list[_Identity]]:
    lines: defaultdict[_Identity, list[_Identity]] = defaultdict(list)
    for start, end, *kinds in known:
        if end is not None and end > start:
            lines[tuple(kinds)].append((start, end))
    yield from map(sorted, lines.values())


def _overlaps(periods: Sequence[_Identity]) -> int:
    count, reached = 0, None
    for start, end in periods:
        count += reached is not None and start < reached
        reached = end if reached is None else max(reached, end)
    return count


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
