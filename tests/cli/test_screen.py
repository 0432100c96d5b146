"""Tables that people read: units above every figure, and no figure ever cut short."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
import pytest
from rich.console import Console

from energy_async.cli import output
from energy_async.cli.screen import (
    MOST_ROWS,
    View,
    add_columns,
    grid,
    least_width,
    number,
    plain_table,
)
from energy_async.tables import to_arrow

MW = msgspec.Meta(extra={"unit": "MW"})


class Row(msgspec.Struct):
    name: str
    start_utc: datetime | None = None
    power_mw: Annotated[float | None, MW] = None
    remark: str | None = None


def printed(rows: list[Row], view: View, width: int = 100) -> str:
    sink = io.StringIO()
    Console(file=sink, width=width, color_system=None).print(grid(to_arrow(rows, Row), view, width))
    return sink.getvalue()


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1234567.891, 2, "1,234,567.89"),
        (-0.001, 2, "0.00"),
        (-0.006, 2, "\N{MINUS SIGN}0.01"),
        (-1200, 0, "\N{MINUS SIGN}1,200"),
        (0, 0, "0"),
    ],
)
def test_numbers_have_thousands_and_a_sign_only_where_something_is_left(
    value: float, digits: int, text: str
) -> None:
    assert number(value, digits) == text


def test_names_and_units_stand_above_and_unknown_values_are_a_dash() -> None:
    lines = printed([Row("a", power_mw=1.25), Row("b")], View("Powers")).splitlines()
    head = [line.split() for line in lines if "power" in line or "MW" in line]
    assert lines[0].strip() == "Powers"
    assert head == [["power"], ["name", "MW"]]
    assert any(line.split() == ["a", "1.25"] for line in lines)
    assert any(line.split() == ["b", "\N{EN DASH}"] for line in lines)


def test_the_doubled_hour_is_told_apart_by_its_offset() -> None:
    hours = [datetime(2026, 10, 25, hour, tzinfo=UTC) for hour in (0, 1)]
    text = printed([Row("a", hour) for hour in hours], View("", zone="Europe/Paris"))
    assert "2026-10-25 02:00 +02" in text
    assert "2026-10-25 02:00 +01" in text
    assert "Europe/Paris" in text


def test_seconds_appear_where_a_step_has_some() -> None:
    start = datetime(2026, 5, 23, 21, 59, 56, tzinfo=UTC)
    assert "2026-05-23 21:59:56" in printed([Row("a", start)], View(""))


@pytest.mark.parametrize("width", range(12, 60, 3))
def test_a_narrow_screen_drops_whole_columns_and_says_which(width: int) -> None:
    """A figure that is cut short would be another figure."""
    text = printed([Row("alpha", power_mw=1234567.5, remark="fine")], View(""), width)
    shown = "1,234,567.50" in text
    assert shown or "no room for:" in " ".join(text.split())
    assert shown or "1,23" not in text


@pytest.mark.parametrize("width", [14, 17])
def test_what_matters_most_is_the_last_to_go(width: int) -> None:
    rows = [Row("alpha", power_mw=1234567.5, remark="fine")]
    lines = printed(rows, View("", keep=["power_mw"]), width).splitlines()
    assert any(line.split() == ["1,234,567.50"] for line in lines)
    assert "no room for: name, remark" in " ".join(" ".join(lines).split())


def test_where_room_is_short_a_long_unit_takes_several_lines_and_none_from_others() -> None:
    unit = {"power_mw": "EUR/MW (period not documented)"}
    text = printed([Row("alpha", power_mw=1.5, remark="fine")], View("", units=unit), 34)
    assert "EUR/MW (period" in text
    assert "not documented)" in text
    assert "fine" in text
    wide = printed([Row("alpha", power_mw=1.5, remark="fine")], View("", units=unit), 60)
    assert unit["power_mw"] in wide


def test_figures_beside_texts_are_never_cut_whatever_the_room() -> None:
    """A terminal that is narrower than this breaks the lines, and cuts nothing."""
    table = plain_table("")
    add_columns(table, ["stream"], ["EUR", "rows"])
    table.columns[1].footer = "113,508,388.13"
    table.add_row("virtual_battery_auction", "9,122,496.37", "16,425")
    width = least_width(table)
    assert width == 2 + 12 + 2 + 14 + 2 + 6
    table.show_footer = True
    sink = io.StringIO()
    Console(file=sink, width=width, color_system=None).print(table)
    assert {"113,508,388.13", "9,122,496.37", "16,425"} <= set(sink.getvalue().split())
    assert "\N{HORIZONTAL ELLIPSIS}" not in sink.getvalue()


def test_on_a_terminal_that_is_too_narrow_figures_stay_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "stdout_is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "24")
    table = plain_table("Revenue")
    add_columns(table, ["stream"], ["EUR", "EUR/MW/year"])
    table.add_row("wholesale", "51,606,206.54", "51,946")
    output.show(table, "and a text")
    assert {"51,606,206.54", "51,946"} <= set(capsys.readouterr().out.split())


def test_only_tables_ask_for_room() -> None:
    assert least_width("a long line of text") == 0


def test_more_rows_than_fit_are_counted_and_the_newest_are_kept() -> None:
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [Row(f"r{n}", origin + timedelta(hours=n)) for n in range(MOST_ROWS + 7)]
    newest = printed(rows, View("", newest=True))
    assert "7 earlier rows" in newest
    assert "r106" in newest
    assert "r6 " not in newest
    assert "7 more rows" in printed(rows, View(""))


def test_a_table_without_rows_still_has_its_heads() -> None:
    text = printed([], View("Powers"))
    assert "Powers" in text
    assert "remark" in text


def test_text_from_the_server_is_never_taken_for_markup() -> None:
    assert "[bold]x[/] [/nonsense]" in printed([Row("[bold]x[/] [/nonsense]")], View("[/b]"))
