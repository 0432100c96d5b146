"""What notebooks show: tables in place of a page of repr."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHOWN: Final = 50


def table_html(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], remark: str = ""
) -> str:
    """Give a table as HTML; numbers stand to the right, None is a dash, all text is escaped."""
    found = list(rows)
    head = "".join(f"<th>{escape(one)}</th>" for one in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in found[:_SHOWN])
    rest = f"… and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if found else ""
    notes = "".join(f"<p>{escape(one)}</p>" for one in (rest, remark) if one)
    return f"<div><p><strong>{escape(title)}</strong></p>{table}{notes}</div>"


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
        return f'<td style="text-align:right">{text}</td>'
    shown = "\N{EN DASH}" if value is None else escape(str(value))
    return f'<td style="text-align:left">{shown}</td>'
