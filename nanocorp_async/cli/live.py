"""`nanocorp live`: the newest values of all feeds, in a view that can be left open."""

from contextlib import suppress
from datetime import datetime
from typing import Final

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.notes import masked, note
from energy_async.cli.output import show, stdout_is_terminal
from energy_async.cli.screen import number, plain_table
from energy_async.delivery import PARIS, time_zone
from nanocorp_async._market_row import capacity_unit
from nanocorp_async.cli.access import Feeds
from nanocorp_async.cli.price_commands import PeriodOption
from nanocorp_async.cli.prices import parse_period
from nanocorp_async.live.board import Board, Entry, EntryState, FeedStatus, entries
from nanocorp_async.live.watch import ask_once, watch
from nanocorp_async.sheet.tables import span
from nanocorp_async.tidy import PricePeriod

_COLOURS: Final[dict[EntryState, str]] = {
    "fresh": "green",
    "late": "bold red",
    "not published yet": "yellow",
    "no answer": "bold red",
    "waiting": "dim",
}
_COLUMNS: Final = {
    "": 0, "price": 0, "unit": 76, "MW": 84, "state": 0, "period (Paris)": 62, "data age": 96,
    "vendor fetched": 124, "remark": 158,
}  # fmt: skip
"""The columns, and how wide a screen must be for each."""
_UNKNOWN_PERIOD: Final = "EUR/MW (?)"
_NUMBERS: Final = frozenset({"price", "MW"})
_WIDE: Final = 200
_FOOT: Final = (
    f"{_UNKNOWN_PERIOD}: for a period that is not documented. What is late is judged by habit: "
    "publication times are not documented. Ctrl-C ends."
)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def live(*, price_period: PeriodOption = None, feeds: Feeds) -> None:
    """Show the newest values of all feeds, and keep them fresh until Ctrl-C.

    Day-ahead prices of this and the next quarter-hour, today's reserve capacity, the last aFRR and
    mFRR prices; with the age of the data, and whether it is fresh, late, or not published yet (by
    habit: publication times are not documented). The feeds are asked every 5 to 15 minutes, never
    on the full hour. A feed that fails keeps its last values, and the error stands below.

    Where standard output is no terminal, one snapshot is printed.

    Example: nanocorp live
    """
    period = parse_period(price_period)
    feeds.require_token()
    if stdout_is_terminal():
        _stay(period, feeds)
    else:
        raise typer.Exit(_snapshot(period, feeds))


def view(board: Board, now: datetime, width: int, *, staying: bool = True) -> RenderableType:
    """Lay the board out for a screen of `width` columns.

    Args:
        board: What is known.
        now: The time, aware; ages are counted from it.
        width: Of the screen. What does not fit is left out, the least important first.
        staying: Whether the view stays and is kept fresh.
    """
    local = now.astimezone(time_zone(PARIS))
    title = f"French market feeds, {local:%a %Y-%m-%d %H:%M:%S} in Paris"
    table = _table(entries(board, now), now, width, title)
    if not staying:
        return table
    lines = [_status(name, status, now) for name, status in board.statuses.items()]
    return Group(table, *lines, Text(_FOOT, style="dim"))


def age(seconds: float) -> str:
    """Write how long ago something was, in one unit."""
    if seconds < _MINUTE:
        return f"{max(seconds, 0):.0f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min"
    return f"{seconds // _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds // _DAY:.0f} d"


def _table(found: list[Entry], now: datetime, width: int, title: str) -> Table:
    table = plain_table(title)
    columns = [name for name, least in _COLUMNS.items() if width >= least]
    for name in columns:
        table.add_column(name, justify="right" if name in _NUMBERS else "left")
    for one in found:
        cells = _cells(one, now)
        table.add_row(*(cells[name] for name in columns))
    return table


def _cells(one: Entry, now: datetime) -> dict[str, Text]:
    texts = {
        "price": "" if one.start is None else _price(one.price),
        "unit": _UNKNOWN_PERIOD if one.unit == capacity_unit(None) else one.unit,
        "MW": "" if one.volume_mw is None else number(one.volume_mw),
        "period (Paris)": _period(one, now),
        "data age": _data_age(one, now),
        "vendor fetched": _ago(one.fetched_at, now),
        "remark": one.remark,
    }
    return {
        "": Text(one.name),
        "state": Text(one.state, style=_COLOURS[one.state]),
        **{name: Text(text) for name, text in texts.items()},
    }


def _price(price: float | None) -> str:
    return "\N{EN DASH}" if price is None else number(price, 2)


def _period(one: Entry, now: datetime) -> str:
    if one.start is None or one.end is None:
        return ""
    first = one.start.astimezone(time_zone(PARIS))
    today = now.astimezone(time_zone(PARIS)).date()
    day = "" if first.date() == today else f"{first:%d %b} "
    return day + span(one.start, one.end)


def _data_age(one: Entry, now: datetime) -> str:
    if one.start is None or one.end is None:
        return ""
    if one.start > now:
        return "ahead"
    return "current" if one.end > now else age((now - one.end).total_seconds())


def _ago(moment: datetime | None, now: datetime) -> str:
    return "" if moment is None else f"{age((now - moment).total_seconds())} ago"


def _status(name: str, status: FeedStatus, now: datetime) -> Text:
    if status.asking:
        after = "asking now"
    elif status.next_at is None:
        after = "not asked yet"
    else:
        after = f"asked again in {age((status.next_at - now).total_seconds())}"
    answered = _ago(status.answered_at, now)
    words = [f"{name}: answered {answered}" if answered else f"{name}: no answer yet", after]
    line = Text(", ".join(words), style="dim")
    if status.error:
        line.append(f"\n  {masked(status.error)}", style="not dim red")
    return line


def _stay(period: PricePeriod | None, feeds: Feeds) -> None:
    screen = Console(highlight=False)
    with (
        suppress(KeyboardInterrupt),
        Live(console=screen, screen=True, auto_refresh=False) as shown,
    ):

        def show_board(board: Board, now: datetime) -> None:
            shown.update(view(board, now, screen.width), refresh=True)

        feeds.run(lambda client: watch(client, show_board, price_period=period))


def _snapshot(period: PricePeriod | None, feeds: Feeds) -> ExitCode:
    board = feeds.run(lambda client: ask_once(client, price_period=period))
    show(view(board, clock.now(), _WIDE, staying=False))
    failed = {name: one.error for name, one in board.statuses.items() if one.error}
    for name, error in failed.items():
        note(f"{name}: {error}")
    return ExitCode.ERROR if failed else ExitCode.DONE
