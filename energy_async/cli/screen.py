"""Arrow tables as text for people: aligned, with units under the names."""

from __future__ import annotations

import textwrap
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

from energy_async.tables import units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

__all__ = [
    "MOST_ROWS",
    "NOTHING",
    "View",
    "add_columns",
    "counted",
    "grid",
    "least_width",
    "number",
    "plain_table",
]

MOST_ROWS: Final = 100
"""Rows of a table that are shown; files and pipes get all of them."""
_ENDLESS: Final = 10_000
NOTHING: Final = "\N{EN DASH}"
"""Stands where there is no value."""
_UNIT_WIDTH: Final = 16
"""Where room is short, a longer unit takes several lines, lest it push other columns out."""
_TEXT_WIDTH: Final = 12
"""What texts beside figures can do with where room is short."""
_GAP: Final = 2
_TAILS: Final = ("_utc", "_eur_mwh", "_mw", "_ts")


class View(NamedTuple):
    """How a table is shown.

    Attributes:
        title: Stands above it.
        columns: Names to show, in order; empty for all that hold something.
        titles: Other words for some names.
        units: Other units than the table's own metadata says.
        zone: Times are shown in it; None for UTC.
        caption: Stands below it.
        newest: Whether the last rows are shown where there are too many, and not the first.
        keep: Columns that go last where there is no room for all.
    """

    title: str
    columns: Sequence[str] = ()
    titles: Mapping[str, str] = {}
    units: Mapping[str, str] = {}
    zone: str | None = None
    caption: str = ""
    newest: bool = False
    keep: Sequence[str] = ()


def grid(table: pa.Table, view: View, width: int) -> Table:
    """Lay a table out in `width` columns.

    Where room is short, long units take several lines. What does not fit even so is left out and
    named below, rows beyond `MOST_ROWS` and columns on the right, those of `view.keep` last: a
    figure that is cut short would be another figure.
    """
    filled = [name for name in table.column_names if table[name].null_count < len(table)]
    names = list(view.columns) or filled or list(table.column_names)
    dropped: list[str] = []
    found = _laid_out(table, view, names, dropped, _ENDLESS)
    if _natural_width(found) <= width:
        return found
    while True:
        found = _laid_out(table, view, names, dropped, _UNIT_WIDTH)
        if len(names) <= 1 or _natural_width(found) <= width:
            return found
        least = [name for name in names if name not in view.keep] or names
        dropped.insert(0, least[-1])
        names = [name for name in names if name != least[-1]]


def _laid_out(
    table: pa.Table, view: View, names: list[str], dropped: list[str], unit_width: int
) -> Table:
    cut = table.num_rows - MOST_ROWS
    shown = table.slice(cut if view.newest and cut > 0 else 0, MOST_ROWS)
    caption = "\n".join(filter(None, [view.caption, *_left_out(cut, view, dropped)]))
    found = plain_table(view.title, caption)
    texts = [_add_column(found, shown, name, view, unit_width) for name in names]
    for row in zip(*texts, strict=True):
        found.add_row(*map(Text, row))  # text as it came, no markup in it
    return found


def _left_out(cut: int, view: View, dropped: list[str]) -> Iterator[str]:
    if cut > 0:
        which = "earlier" if view.newest else "more"
        yield f"… {cut:,} {which} rows"
    if dropped:
        yield f"… no room for: {', '.join(_title(name, view) for name in dropped)}"
    if cut > 0 or dropped:
        yield "-o FILE or --format csv gives all"


def plain_table(title: str, caption: str = "") -> Table:
    """Begin a table as all commands show them."""
    return Table(
        title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        caption=Text(caption) if caption else None, caption_justify="left", caption_style="dim",
        padding=(0, 1, 0, 0), pad_edge=False,
    )  # fmt: skip


def add_columns(table: Table, texts: Sequence[str], figures: Iterable[str]) -> None:
    """Give a table columns of texts, then of figures: to the right, never cut, never broken."""
    for name in texts:
        table.add_column(name, overflow="fold")
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)


def least_width(part: object) -> int:
    """Give the columns below which figures of a table would be cut; 0 for what is no table."""
    return sum(map(_least_width, part.columns)) if isinstance(part, Table) else 0


def _least_width(column: Column) -> int:
    texts = (column.header, *column.cells, column.footer)
    widest = max(cell_len(str(one)) for one in texts)
    return _GAP + (widest if column.no_wrap else min(widest, _TEXT_WIDTH))


def _natural_width(table: Table) -> int:
    bare = Console(width=_ENDLESS)
    table.caption, kept = None, table.caption
    try:
        return Measurement.get(bare, bare.options, table).maximum
    finally:
        table.caption = kept


def number(value: float, digits: int = 0) -> str:
    """Write a number with its thousands apart; a proper minus sign, and no minus before zero."""
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def counted(count: int, what: str) -> str:
    """Write a count with its noun: 1 row, 2,976 rows."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _add_column(found: Table, table: pa.Table, name: str, view: View, unit_width: int) -> list[str]:
    zone: tzinfo = ZoneInfo(view.zone) if view.zone else UTC
    values = table[name].to_pylist()
    unit = {**units(table), **view.units}.get(name, "")
    if any(isinstance(value, datetime) for value in values):
        unit = view.zone or "UTC"
    title = _title(name, view)
    is_number = any(isinstance(value, int | float) for value in values)
    lines = "\n".join(textwrap.wrap(unit, unit_width, break_long_words=False))
    found.add_column(
        f"{title}\n[dim]{lines}[/]" if unit else title,
        justify="right" if is_number else "left",
        overflow="fold",
        vertical="middle",
    )
    return _texts(values, zone)


def _title(name: str, view: View) -> str:
    if name in view.titles:
        return view.titles[name]
    for tail in _TAILS:
        name = name.removesuffix(tail)
    return name.replace("_", " ")


def _texts(values: list[Any], zone: tzinfo) -> list[str]:
    numbers = [value for value in values if isinstance(value, float)]
    digits = 0 if all(value.is_integer() for value in numbers) else 2
    moments = [value for value in values if isinstance(value, datetime)]
    seconds = "%H:%M:%S" if any(value.second for value in moments) else "%H:%M"
    return [_text(value, digits, f"%Y-%m-%d {seconds}", zone) for value in values]


def _text(value: Any, digits: int, clock: str, zone: tzinfo) -> str:  # noqa: ANN401, PLR0911
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return number(value, digits)
        case datetime():
            return _moment(value.astimezone(zone), clock)
        case date():
            return value.isoformat()
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _moment(local: datetime, clock: str) -> str:
    """Write a time; outside UTC with its offset, which tells the doubled hour apart."""
    text = local.strftime(clock)
    return text if local.tzinfo is UTC else f"{text} {local:%z}"[:-2]
