"""What a dataset adds up to, as a table: the same after a pull, an update, and for `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from energy_async.cli.screen import NOTHING, add_columns, counted, number, plain_table
from energy_async.cli.times import Range

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.table import Table

    from trlyr_async.bulk.figures import Cut, Figure, Figures

__all__ = ["facts_of", "summary_table", "title_of"]

_DEFINITION: Final = (
    "EUR/MW/year: EUR by mean rated power (MW) and days in service that were answered and have"
    " passed, times 365"
)


def title_of(found: Figures, as_of: datetime | None = None) -> str:
    """Say what is added up, and whether all of it is there."""
    state = ", INCOMPLETE" if found.total.covers.lacks == "no answer" else ""
    state += f" as known on {as_of:%Y-%m-%d %H:%M} UTC" if as_of else ""
    asked = found.manifest
    span = Range(asked.start, asked.end, asked.zone)
    return f"Revenue of {counted(len(asked.assets), found.subject)}{state}\n{span}"


def summary_table(
    found: Figures, cuts: Sequence[Cut] = ("stream",), *, title: str = "", caption: str = ""
) -> Table:
    """Lay figures out, the total at the foot; a dash stands where a figure would mislead."""
    total = found.total
    lines = [caption, f"counted: {total.covers}", _DEFINITION]
    table = plain_table(title or title_of(found), "\n".join(filter(None, lines)))
    table.show_footer = True
    lacks = bool(total.covers.lacks)
    *rows, last = [_cells(one, cuts, lacks=lacks) for one in (*found.by(*cuts), total)]
    foot = ["total", *[""] * (len(cuts) - 1), *list(last.values())[len(cuts) :]]
    add_columns(table, cuts, list(last)[len(cuts) :])
    for column, cell in zip(table.columns, foot, strict=True):
        column.footer = cell
    for row in rows:
        table.add_row(*row.values())
    return table


def facts_of(found: Figures) -> dict[str, Any]:
    """Give what a dataset adds up to for a report in JSON."""
    return {
        "start": found.manifest.start,
        "end": found.manifest.end,
        "assets": found.manifest.assets,
        "mean_rated_power_mw": found.megawatts,
        "streams": found.table("stream").to_pylist(),
        "total": found.table().to_pylist()[0],
    }


def _cells(one: Figure, cuts: Sequence[Cut], *, lacks: bool) -> dict[str, str]:
    keys = {
        "asset": one.asset_id,
        "portfolio": one.portfolio_id or NOTHING,
        "stream": one.stream,
        "month": f"{one.first:%Y-%m}" if one.first else "",
        "day": str(one.first),
    }
    cells: dict[str, str] = {cut: keys[cut] for cut in cuts}
    cells["EUR"] = _number(one.revenue, 2)
    cells["EUR/MW/year"] = _number(one.per_mw_year)
    if "asset" not in cuts:
        cells["assets"] = number(one.assets)
    if "stream" in cuts:
        cells["of these"] = _number(one.per_mw_year_of_those)
    cells |= {"rows": number(one.rows), "no figure": number(one.unknown)}
    return cells | ({"lacks": one.covers.lacks} if lacks else {})


def _number(value: float | None, digits: int = 0) -> str:
    return NOTHING if value is None else number(value, digits)
