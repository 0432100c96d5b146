"""`trlyr login` and `trlyr assets` against a sandbox."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from tests.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command, Started


HELPS = [
    ("trlyr", ["login", "assets", "revenue", "schedule", "sandbox"]),
    ("trlyr login", ["--store", "UTC", "Example"]),
    ("trlyr assets", ["kW", "kWh", "UTC", "Example"]),
    ("trlyr revenue", ["pull", "show"]),
    ("trlyr revenue pull", ["EUR", "UTC", "Europe/Berlin", "not included", "Example"]),
    ("trlyr revenue show", ["EUR/MW/year", "Example"]),
    ("trlyr schedule", ["check", "submit"]),
    ("trlyr schedule check", ["kW", "Europe/Berlin", "discharge positive", "Example"]),
    ("trlyr schedule submit", ["kW", "kWh", "--deadline", "gate closure", "Example"]),
    ("trlyr sandbox", ["--port", "Example"]),
    ("nanocorp", ["NANOCORP_TOKEN", "UTC", "energy"]),
    ("nanocorp fcr", ["EUR/MW", "not documented", "Example"]),
]


@pytest.mark.parametrize(("words", "needed"), HELPS, ids=[words for words, _ in HELPS])
def test_help_tells_units_zone_and_an_example(
    command: Command, monkeypatch: pytest.MonkeyPatch, words: str, needed: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    ended = command(*words.split(), "--help")
    text = " ".join(ended.out.split())
    assert ended.code == 0
    assert [word for word in needed if word not in text] == []


@pytest.mark.parametrize("program", ["trlyr", "nanocorp"])
def test_version_is_one_line(command: Command, program: str) -> None:
    ended = command(program, "--version")
    assert ended.code == 0
    assert ended.out.startswith(program)
    assert ended.out.count("\n") == 1


def test_login_says_where_who_and_until_when_and_keeps_nothing(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    ended = command("trlyr", "login")
    assert ended.code == 0
    assert sandbox.url in ended.out
    assert sandbox.username in ended.out
    assert "UTC" in ended.out
    assert not (tmp_path / "home").exists()


def test_a_stored_token_saves_the_next_login_and_the_password(
    command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("trlyr", "login", "--store").code == 0
    monkeypatch.delenv("TRLYR_PASSWORD")
    assert command("trlyr", "assets").code == 0
    assert sandbox.counters.logins == 1


def test_without_store_every_command_logs_in_anew(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert command("trlyr", "login").code == 0
    assert command("trlyr", "assets").code == 0
    assert sandbox.counters.logins == 2
    assert not (tmp_path / "home").exists()


def test_a_wrong_password_is_refused_in_words(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRLYR_PASSWORD", "wrong-password")
    for words in (["login"], ["assets"]):
        ended = command("trlyr", *words)
        assert ended.code == 1
        assert ended.out == ""
        assert "TRLYR_PASSWORD" in ended.err
        assert "wrong-password" not in ended.err
        assert len(ended.err.splitlines()) <= 3


@pytest.fixture(autouse=True)
def _reachable(sandbox: Sandbox) -> None:
    """Every test has a sandbox, so that none can reach out of this machine."""


@pytest.mark.parametrize(
    ("unset", "named"),
    [
        (["TRLYR_USERNAME"], ["TRLYR_USERNAME"]),
        (["TRLYR_PASSWORD"], ["TRLYR_PASSWORD"]),
        (["TRLYR_USERNAME", "TRLYR_PASSWORD"], ["TRLYR_USERNAME", "TRLYR_PASSWORD"]),
        (["TRLYR_ORGANISATION_ID"], ["TRLYR_ORGANISATION_ID", "--organisation"]),
    ],
)
def test_what_is_missing_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch, unset: list[str], named: list[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for name in unset:
        monkeypatch.delenv(name)
    ended = command("trlyr", "assets")
    assert ended.code == 2
    assert ended.out == ""
    assert [name for name in named if name not in ended.err] == []


def test_an_unreachable_server_is_named(command: Command) -> None:
    port = free_port()
    ended = command("trlyr", "assets", "--environment", f"http://127.0.0.1:{port}")
    assert ended.code == 1
    assert f"127.0.0.1:{port}" in ended.err
    assert "Traceback" not in ended.err


def test_an_unknown_environment_is_a_mistake_of_the_caller(command: Command) -> None:
    ended = command("trlyr", "assets", "--environment", "staging")
    assert ended.code == 2
    assert "production, sandbox or a base URL" in ended.err


def test_csv_is_what_a_pipe_gets_and_it_parses(command: Command, sandbox: Sandbox) -> None:
    rows = list(csv.DictReader(io.StringIO(command("trlyr", "assets").out)))
    assert [row["id"] for row in rows] == sandbox.virtual_asset_ids
    assert all(float(row["rated_charge_power"]) > 0 for row in rows)


def test_json_is_clean_and_parses(command: Command, sandbox: Sandbox) -> None:
    rows = json.loads(command("trlyr", "assets", "--format", "json").out)
    assert [row["id"] for row in rows] == sandbox.virtual_asset_ids


def test_parquet_keeps_types_and_units(command: Command, sandbox: Sandbox, tmp_path: Path) -> None:
    ended = command("trlyr", "assets", "-o", tmp_path / "assets.parquet")
    table = pq.read_table(tmp_path / "assets.parquet")
    assert (ended.code, ended.out) == (0, "")
    assert table["id"].to_pylist() == sandbox.virtual_asset_ids
    assert table.schema.field("rated_charge_power").metadata[b"unit"] == b"kW"


def test_the_table_has_units_and_every_asset(command: Command, sandbox: Sandbox) -> None:
    ended = command("trlyr", "assets", "--format", "table")
    assert [one for one in sandbox.virtual_asset_ids if one not in ended.out] == []
    assert ended.out.split().count("kW") == 2
    assert ended.out.split().count("kWh") == 2
    assert "\x1b" not in ended.out


def test_assets_can_be_asked_for_a_time_they_lived_in(command: Command) -> None:
    before = command("trlyr", "assets", "--start", "1999-01-01", "--end", "1999-02-01")
    assert (before.code, before.out) == (3, "")
    assert "no virtual asset from 1999-01-01 00:00 to 1999-02-01 00:00" in before.err


def test_verbose_tells_all_but_secrets(command: Command, sandbox: Sandbox) -> None:
    ended = command("trlyr", "assets", "--verbose")
    assert "get_virtual_assets" in ended.err
    assert sandbox.password not in ended.err
    assert "eyJ" not in ended.err


def test_verbose_shows_a_traceback_without_secrets(
    command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRLYR_PASSWORD", "wrong-password")
    ended = command("trlyr", "assets", "--verbose")
    assert "Traceback" in ended.err
    assert "wrong-password" not in ended.err


def test_a_file_that_cannot_be_written_is_named(command: Command, tmp_path: Path) -> None:
    ended = command("trlyr", "assets", "-o", tmp_path / "no" / "a.csv")
    assert ended.code == 2
    assert "a.csv: there is no folder" in ended.err


def test_a_folder_in_the_place_of_a_file_is_told(command: Command, tmp_path: Path) -> None:
    ended = command("trlyr", "assets", "-f", "csv", "-o", tmp_path)
    assert ended.code == 2
    assert ended.err.endswith("give the name of a file\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_error(
    started: Started, monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    process = started("nanocorp", "day-ahead")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 141


def test_trlyr_sandbox_refuses_what_it_cannot_do(command: Command) -> None:
    ended = command("trlyr", "sandbox", "--port", "70000")
    assert ended.code == 2
    assert "port" in ended.err
