"""Sections of an answer as Arrow tables. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from energy_async.cli.screen import View
from energy_async.columns import arrow_column, load_pyarrow
from energy_async.tables import to_arrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from nanocorp_async.cli.feeds import Section

__all__ = ["joined", "section_table", "view_of"]


_TITLES: Final = {
    f"{what}_{end}_utc": end for what in ("hour", "bucket", "period") for end in ("start", "end")
}
_KEEP: Final = (*(name for name, end in _TITLES.items() if end == "start"), "direction", "price")


def section_table(section: Section) -> pa.Table:
    """Give the rows of a section, start and end first."""
    table = to_arrow(section.rows, section.row_type)
    times = [n for n in table.column_names if n.endswith(("_start_utc", "_end_utc"))]
    times.sort(key=lambda name: name.endswith("_end_utc"))
    return table.select([*times, *(n for n in table.column_names if n not in times)])


def joined(sections: Sequence[Section]) -> pa.Table:
    """Give the rows of all sections under each other, with the product as the first column.

    Columns that a product lacks are null there. aFRR buckets are named as the other periods are.
    """
    pa = load_pyarrow()
    field = pa.field("product", pa.string())
    tables = []
    for section in sections:
        table = section_table(section)
        names = [name.replace("bucket_", "period_") for name in table.column_names]
        product = arrow_column([section.product] * table.num_rows, field)
        tables.append(table.rename_columns(names).add_column(0, field, product))
    return pa.concat_tables(tables, promote_options="default") if tables else pa.table({})


def view_of(section: Section, zone: str | None) -> View:
    """Say how a section is shown."""
    return View(
        title=section.title,
        zone=zone,
        caption="\n".join(section.facts),
        titles=_TITLES,
        newest=True,
        keep=_KEEP,
    )
