"""`nanocorp day-ahead` and its like: one form for all feeds, by delivery day, in any zone."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from energy_async.cli.screen import grid
from nanocorp_async import tidy
from nanocorp_async.cli.prices import parse_period, views
from nanocorp_async.tidy import MarketRow

if TYPE_CHECKING:
    from pathlib import Path

    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command, Ended

PARIS = ZoneInfo("Europe/Paris")
COMMANDS = {
    "day-ahead": {"day-ahead"},
    "fcr": {"fcr-capacity"},
    "afrr": {"afrr-capacity", "afrr-energy"},
    "mfrr": {"mfrr-capacity", "mfrr-energy"},
    "capacity": {"fcr-capacity", "afrr-capacity", "mfrr-capacity"},
    "energy": {"afrr-energy", "mfrr-energy"},
}


@pytest.fixture(autouse=True)
def _reachable(sandbox: Sandbox) -> None:
    """Every test has a sandbox, so that none can reach out of this machine."""


def rows_of(ended: Ended) -> list[dict[str, str]]:
    assert ended.code == 0, ended.err
    return list(csv.DictReader(io.StringIO(ended.out)))


def yesterday(command: Command) -> str:
    """The delivery day that the energy feeds cover."""
    rows = rows_of(command("nanocorp", "energy"))
    return datetime.fromisoformat(rows[0]["start"]).astimezone(PARIS).date().isoformat()


@pytest.mark.parametrize(("name", "feeds"), COMMANDS.items())
def test_csv_has_a_row_for_each_price_in_order_of_time(
    command: Command, name: str, feeds: set[str]
) -> None:
    rows = rows_of(command("nanocorp", name))
    assert {row["feed"] for row in rows} == feeds
    starts = [row["start"] for row in rows]
    assert starts == sorted(starts)
    assert all(start.endswith("Z") for start in starts)
    assert {row["price_unit"] for row in rows} <= {"EUR/MWh", "EUR/MW (period not documented)"}


@pytest.mark.parametrize("name", COMMANDS)
def test_json_and_parquet_hold_the_same_rows(command: Command, name: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    assert command("nanocorp", name, "-o", path).code == 0
    table = pq.read_table(path)
    found = json.loads(command("nanocorp", name, "-f", "json").out)
    assert table.num_rows == len(found) > 0
    assert [row["price"] for row in found] == table["price"].to_pylist()
    assert (table.schema.field("contracted_volume_mw").metadata or {})[b"unit"] == b"MW"


@pytest.mark.parametrize(("name", "feeds"), COMMANDS.items())
def test_a_table_for_each_feed_says_zone_and_unit(
    command: Command, name: str, feeds: set[str]
) -> None:
    out = command("nanocorp", name, "-f", "table", "--tz", "Europe/Paris").out
    assert out.count(", France") == len(feeds)
    assert "Europe/Paris" in out
    assert "UTC" not in out
    assert ("EUR/MWh" in out) == (name not in {"fcr", "capacity"})


@pytest.mark.parametrize("zone", [None, "Europe/Paris"])
def test_a_price_has_room_on_the_smallest_usual_screen(zone: str | None) -> None:
    moment = datetime(2026, 10, 25, tzinfo=ZoneInfo("UTC"))
    row = MarketRow(
        feed="afrr-capacity", start=moment, end=moment + timedelta(hours=1), direction="DOWNWARD",
        time_horizon="DAILY", price=6.34, price_unit="EUR/MW (period not documented)",
        contracted_volume_mw=542.0, offered_volume_mw=558.0, volume_mw=549.0,
    )  # fmt: skip
    ((rows, view),) = views([row], zone)
    heads = [str(column.header) for column in grid(tidy.to_arrow(rows), view, 80).columns]
    assert any(head.startswith("price") for head in heads)
    assert any(head.startswith("direction") for head in heads)


def test_a_day_is_a_paris_day_in_any_zone(command: Command) -> None:
    day = yesterday(command)
    offsets = []
    for zone in ("UTC", "Europe/Paris", "America/New_York"):
        rows = rows_of(command("nanocorp", "energy", "--day", day, "--tz", zone))
        starts = [datetime.fromisoformat(row["start"]) for row in rows]
        assert {f"{one.astimezone(PARIS):%Y-%m-%d}" for one in starts} == {day}
        offsets.append(f"{starts[0]:%z}")
    assert offsets[0] == "+0000"
    assert offsets[1] in {"+0100", "+0200"}
    assert offsets[2] in {"-0400", "-0500"}


def test_a_day_cuts_the_window_of_a_feed(command: Command) -> None:
    day = yesterday(command)
    cut, whole = (
        rows_of(command("nanocorp", "day-ahead", *words)) for words in (("--day", day), ())
    )
    assert len(cut) in {92, 96, 100}
    assert len(whole) > 25 * 96


def test_a_day_that_the_feed_does_not_hold_is_told_with_those_it_holds(command: Command) -> None:
    ended = command("nanocorp", "day-ahead", "--day", "2020-01-01")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("note: day-ahead: no rows for 2020-01-01; rows start from ")


def test_what_a_day_lacks_is_told(command: Command) -> None:
    """The recent rows are a few minutes of the day."""
    day = yesterday(command)
    ended = command("nanocorp", "energy", "--recent", "--day", day)
    lines = ended.err.splitlines()
    assert len(lines) == 4
    assert all(" of " in line and "; missing " in line for line in lines)
    assert sum(line.startswith("note: afrr-energy UPWARD: 45 of ") for line in lines) == 1
    assert command("nanocorp", "energy", "--day", day).err == ""


def test_a_capacity_price_is_converted_only_for_a_period_that_is_said(command: Command) -> None:
    plain = rows_of(command("nanocorp", "capacity"))
    hourly = rows_of(command("nanocorp", "capacity", "--price-period", "15min"))
    assert {row["price_unit"] for row in hourly} == {"EUR/MW/h"}
    for before, after in zip(plain, hourly, strict=True):
        assert float(after["price"]) == pytest.approx(4 * float(before["price"]))


def test_a_period_leaves_energy_alone(command: Command) -> None:
    rows = rows_of(command("nanocorp", "afrr", "--price-period", "4h"))
    units = {row["feed"]: row["price_unit"] for row in rows}
    assert units == {"afrr-capacity": "EUR/MW/h", "afrr-energy": "EUR/MWh"}


@pytest.mark.parametrize(
    ("text", "length"),
    [("15min", timedelta(minutes=15)), ("1h", timedelta(hours=1)), ("1 d", timedelta(days=1))],
)
def test_periods_are_read(text: str, length: timedelta) -> None:
    assert parse_period(text) == length


@pytest.mark.parametrize("text", ["", "15", "0h", "-1h", "1w", "99999999999999d"])
def test_other_periods_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="15min, 1h, 4h, 1d or row"):
        parse_period(text)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--tz", "Europe/Atlantis"), "unknown time zone 'Europe/Atlantis'"),
        (("--day", "25.10.2026"), "--day: expected a day such as 2026-10-25"),
        (("--price-period", "soon"), "--price-period"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked(
    command: Command, sandbox: Sandbox, words: tuple[str, str], complaint: str
) -> None:
    ended = command("nanocorp", "fcr", *words)
    assert (ended.code, ended.out) == (2, "")
    assert complaint in ended.err
    assert sandbox.counters.requests == {}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_chart_is_drawn(command: Command, name: str, tmp_path: Path) -> None:
    path = tmp_path / "chart.png"
    ended = command("nanocorp", name, "--plot", path)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_rows_are_written_beside_a_chart_if_asked_for(command: Command, tmp_path: Path) -> None:
    ended = command("nanocorp", "fcr", "--plot", tmp_path / "chart.png", "-f", "csv")
    assert len(rows_of(ended)) > 100
    assert (tmp_path / "chart.png").exists()


def test_a_chart_that_cannot_be_written_is_told(command: Command, tmp_path: Path) -> None:
    ended = command("nanocorp", "fcr", "--plot", tmp_path / "no such folder" / "chart.png")
    assert ended.code == 2
    assert "no such folder" in ended.err
    assert "Traceback" not in ended.err


def test_a_zero_of_mfrr_is_explained_under_its_table(command: Command) -> None:
    out = command("nanocorp", "energy", "-f", "table").out
    assert out.count("a zero may stand for no activation") == 1


def test_a_volume_of_zero_has_its_column_and_a_missing_one_has_none() -> None:
    row = MarketRow(feed="fcr-capacity", price=0.0, contracted_volume_mw=0.0)
    ((_, view),) = views([row], None)
    assert view.columns == ["price", "contracted_volume_mw"]


def test_a_token_without_subscription_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NANOCORP_TOKEN", "no-such-token")
    ended = command("nanocorp", "fcr", "--verbose")
    assert ended.code == 1
    assert "no active subscription" in ended.err
    assert "NANOCORP_TOKEN" in ended.err
    assert "no-such-token" not in ended.err


def test_a_missing_token_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NANOCORP_TOKEN")
    ended = command("nanocorp", "fcr")
    assert (ended.code, ended.out) == (2, "")
    assert "NANOCORP_TOKEN" in ended.err


def test_an_answer_of_another_shape_is_told_with_its_place(
    command: Command, sandbox: Sandbox
) -> None:
    sandbox.inject("wrong_schema", operation="market_feeds.*", times=None)
    ended = command("nanocorp", "day-ahead")
    assert ended.code == 1
    assert "$" in ended.err
    assert ended.out == ""
