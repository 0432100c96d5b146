"""What notebooks show: tables in place of a page of repr, and how far a pull is."""

from __future__ import annotations

from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from energy_async.bulk.engine import OnProgress
    from energy_async.bulk.report import Progress

_OFTEN: Final = 0.2
"""Seconds between two drawings."""
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


def progress_bar(show: Callable[[str], Callable[[str], object]] | None = None) -> OnProgress:
    """Give an `on_progress` that draws a bar in a notebook.

    Args:
        show: Shows HTML and gives what replaces it; by default IPython's `display`.

    Raises:
        ImportError: IPython is not installed.
    """
    replace: Callable[[str], object] | None = None
    drawn = -_OFTEN

    def step(progress: Progress) -> None:
        nonlocal replace, drawn
        if progress.done < progress.total and progress.elapsed - drawn < _OFTEN:
            return
        drawn = progress.elapsed
        text = (
            f'<progress value="{progress.done}" max="{progress.total}"></progress>'
            f" {progress.done:,} of {progress.total:,} windows, {progress.rows:,} rows"
            f"{f', {progress.failed:,} failed' if progress.failed else ''} ({progress.phase})"
        )
        if replace is None:
            replace = (show or _show)(text)
        else:
            replace(text)

    return step


def _show(text: str) -> Callable[[str], object]:
    shown: Any = import_module("IPython.display")
    handle = shown.display(shown.HTML(text), display_id=True)
    return lambda newer: handle.update(shown.HTML(newer))


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
        return f'<td style="text-align:right">{text}</td>'
    shown = "\N{EN DASH}" if value is None else escape(str(value))
    return f'<td style="text-align:left">{shown}</td>'
