"""`trlyr revenue pull` and `show`: every row once, whatever happens on the way."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pytest

from tests.clock import TODAY
from trlyr_async import bulk

if TYPE_CHECKING:
    from pathlib import Path

    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command, Started


OCTOBER = ("--start", "2026-10-01", "--end", "2026-11-01")
TWO_DAYS = ("--start", "2026-10-24", "--end", "2026-10-26")
FAST = ("--rate", "500")


def test_a_complete_pull_ends_with_0_and_tells_rows_and_euros(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    out, report = tmp_path / "revenue", tmp_path / "report.json"
    ended = command("trlyr", "revenue", "pull", *OCTOBER, *FAST, "--out", out, "--report", report)
    told, table = json.loads(report.read_text()), bulk.read(out)
    assert ended.code == 0
    assert (told["complete"], told["failed"], told["logins"]) == (True, [], 1)
    assert told["assets"] == sorted(sandbox.virtual_asset_ids)
    assert (told["start"], told["end"]) == ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")
    assert told["total"]["counts_from"] == "2026-10-01"
    assert told["total"]["counts_to"] == "2026-10-31"
    assert told["rows"] == table.num_rows > 0
    assert ended.out.endswith(f"dataset in {out}\n")
    euros = sum(one["revenue"] for one in told["streams"])
    assert euros == pytest.approx(pc.sum(table["revenue"]).as_py(), abs=0.005)
    assert f"{euros:,.2f}" in ended.out
    assert f"{table.num_rows:,}" in ended.out


def test_euros_per_megawatt_and_year_follow_their_definition(
    command: Command, tmp_path: Path
) -> None:
    """EUR by the mean of rated charge and discharge power and by days, times 365."""
    assets = list(csv.DictReader(io.StringIO(command("trlyr", "assets").out)))
    powers = [
        (float(one["rated_charge_power"]) + float(one["rated_discharge_power"])) / 2 / 1000
        for one in assets
    ]
    report = tmp_path / "report.json"
    days = ("--start", "2026-03-28", "--end", "2026-03-30")  # 47 hours
    command("trlyr", "revenue", "pull", *days, *FAST, "--out", tmp_path / "r", "--report", report)
    told = json.loads(report.read_text())
    assert told["mean_rated_power_mw"] == pytest.approx(sum(powers))
    for one in told["streams"]:
        expected = one["revenue"] / sum(powers) / 2 * 365
        assert one["per_mw_year"] == pytest.approx(expected)


def test_provisional_operations_are_noted_in_one_line(command: Command, tmp_path: Path) -> None:
    ended = run_apart("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", tmp_path / "r")
    (line,) = [line for line in ended.stderr.splitlines() if "provisional" in line]
    assert line.startswith("note: provisional: wholesale, ancillary, virtual_battery_auction: ")
    assert "note" not in ended.stdout.replace(str(tmp_path), "")


@pytest.mark.parametrize("window", ["6h", "1d", "50h", "3w"])
def test_any_window_gives_the_same_rows(command: Command, tmp_path: Path, window: str) -> None:
    plain, cut = tmp_path / "plain", tmp_path / "cut"
    assert command("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", plain).code == 0
    ended = command("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", cut, "--window", window)
    assert ended.code == 0
    assert bulk.read(cut).equals(bulk.read(plain))


def test_failed_windows_end_in_3_are_listed_and_fetched_by_the_same_command(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    out, whole = tmp_path / "revenue", tmp_path / "whole"
    fault = sandbox.inject("status", operation="get_ancillary_revenue", status=403, times=2)
    pull = ("trlyr", "revenue", "pull", *TWO_DAYS, *FAST)
    first = command(*pull, "--out", out)
    assert (first.code, fault.hits) == (3, 2)
    assert "INCOMPLETE" in first.out
    assert first.err.count("ancillary of ") == 2
    before = sandbox.counters.count("get_tolling_revenue")
    assert command(*pull, "--out", out).code == 0
    assert sandbox.counters.count("get_tolling_revenue") == before
    assert command(*pull, "--out", whole).code == 0
    assert bulk.read(out).equals(bulk.read(whole))


def test_rows_that_came_in_several_runs_are_all_added_up(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    out, report = tmp_path / "revenue", tmp_path / "report.json"
    sandbox.inject("status", operation="get_wholesale_revenue", status=403, times=2)
    for code in (3, 0):
        ended = command(
            "trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", out, "--report", report
        )
        assert ended.code == code
    euros = math.fsum(one["revenue"] for one in json.loads(report.read_text())["streams"])
    assert euros == pytest.approx(pc.sum(bulk.read(out)["revenue"]).as_py(), abs=0.005)


def test_assets_are_those_that_lived_in_the_time_asked_for(
    command: Command, tmp_path: Path
) -> None:
    """And not those of the server's default, which lies around the present day."""
    long_ago = ("--start", "1999-01-01", "--end", "1999-02-01")
    ended = command("trlyr", "revenue", "pull", *long_ago, "--out", tmp_path / "r")
    assert ended.code == 2
    assert "has no virtual asset from 1999-01-01 00:00 to 1999-02-01 00:00" in ended.err


def test_show_adds_up_what_the_pull_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "revenue"
    pulled = command("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", out)
    monkeypatch.setenv("TRLYR_ENVIRONMENT", "http://127.0.0.1:9")
    shown = command("trlyr", "revenue", "show", out)
    figures = [line.split() for line in pulled.out.splitlines() if line.startswith(" ")]
    assert shown.code == 0
    assert [line.split() for line in shown.out.splitlines() if line.startswith(" ")] == figures


def test_a_stream_without_a_figure_has_a_dash_and_not_a_zero(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.inject("status", operation="get_wholesale_revenue", status=403, times=None)
    pulled = command("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", tmp_path / "r")
    shown = command("trlyr", "revenue", "show", tmp_path / "r")
    for text in (pulled.out, shown.out):
        cells = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}
        assert cells["wholesale"] == [*"\N{EN DASH}\N{EN DASH}0\N{EN DASH}00", "no", "answer"]
        assert [one == "\N{EN DASH}" for one in cells["total"][:4]] == [False, True, False, True]


def test_show_tells_what_is_missing(command: Command, sandbox: Sandbox, tmp_path: Path) -> None:
    out = tmp_path / "revenue"
    sandbox.inject("status", operation="get_wholesale_revenue", status=403, times=1)
    command("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", out)
    shown = command("trlyr", "revenue", "show", out)
    assert shown.code == 3
    assert "missing: 1 gap, the first is wholesale of" in shown.err
    assert "INCOMPLETE" in shown.out


def test_chosen_assets_and_streams_are_all_that_is_asked(
    command: Command, sandbox: Sandbox, tmp_path: Path
) -> None:
    chosen = sandbox.virtual_asset_ids[1:3]
    listed = tmp_path / "assets.csv"
    listed.write_text(f"id\n{chosen[1]}\n")
    ended = command(
        "trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", tmp_path / "r",
        "--asset", chosen[0].upper(), "--assets-file", listed, "--asset", chosen[0],
        "--stream", "wholesale",
    )  # fmt: skip
    table = bulk.read(tmp_path / "r")
    assert ended.code == 0
    assert set(table["virtual_asset_id"].to_pylist()) == set(chosen)
    assert set(table["stream"].to_pylist()) == {"wholesale"}
    assert sandbox.counters.count("get_wholesale_revenue") == 2


def test_without_an_organisation_the_power_is_unknown_and_not_guessed(
    command: Command, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRLYR_ORGANISATION_ID")
    asset = sandbox.virtual_asset_ids[0]
    pull = ("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", tmp_path / "r")
    ended = command(*pull, "--asset", asset)
    assert ended.code == 0
    assert re.search(r"total +[\d,.]+ +\N{EN DASH} ", ended.out)
    assert "1 without a known power" in ended.out
    assert command("trlyr", "revenue", "pull", *TWO_DAYS).code == 2


@pytest.mark.parametrize("wrong", ["foo", "11111111-1111-1111-1111-111111111111"])
def test_a_corrected_command_works_where_an_asset_was_mistyped(
    command: Command, sandbox: Sandbox, tmp_path: Path, wrong: str
) -> None:
    """Nothing is asked for an asset that is none, and nothing of it is written."""
    into = ("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", tmp_path / "r", "--asset")
    ended = command(*into, wrong)
    assert ended.code == 2
    assert f"'{wrong}'" in ended.err
    assert not (tmp_path / "r").exists()
    assert command(*into, sandbox.virtual_asset_ids[0]).code == 0


def test_a_folder_that_holds_something_else_is_left_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    ended = command("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", tmp_path)
    assert ended.code == 2
    assert "thesis.txt" in ended.err
    assert command("trlyr", "revenue", "show", tmp_path).code == 2
    assert sorted(one.name for one in tmp_path.iterdir() if one.name != "home") == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "r").touch()
    ended = command("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", tmp_path / "r")
    assert ended.code == 1
    assert "choose a name that no file has" in ended.err


def test_another_pull_into_the_same_folder_is_refused(command: Command, tmp_path: Path) -> None:
    pull = ("trlyr", "revenue", "pull", *FAST, "--out", tmp_path / "r")
    assert command(*pull, *TWO_DAYS).code == 0
    ended = command(*pull, *OCTOBER)
    assert ended.code == 2
    assert "another pull" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--start", "2026-10-02", "--end", "2026-10-02"], "--end must be later than --start"),
        (["--start", "2026-10-02T00:00", "--end", "2026-10-03"], "no offset"),
        ([*TWO_DAYS, "--window", "0d"], "--window"),
        ([*TWO_DAYS, "--stream", "coffee"], "coffee"),
        ([*TWO_DAYS, "--concurrency", "0"], "concurrency"),
        ([*TWO_DAYS, "--rate", "0"], "rate"),
        ([*TWO_DAYS, "--assets-file", "does-not-exist.txt"], "does-not-exist.txt"),
        (["--end", "2026-10-03"], "--start"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_misuse_is_told_before_anything_is_made(
    command: Command, tmp_path: Path, words: list[str], said: str
) -> None:
    ended = command("trlyr", "revenue", "pull", *words, "--out", tmp_path / "r")
    assert ended.code in {1, 2}
    assert said in ended.err
    assert ended.out == ""
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    "words",
    [("pull", "--start", "2020-01-01"), ("points", "pull", "virtual_asset", "daily", "--start",
      "2020-01-01")],
    ids=["pull", "points"],
)  # fmt: skip
@pytest.mark.parametrize(("days", "told"), [(-1, False), (2, True)])
def test_time_that_is_still_to_come_is_told(
    command: Command, tmp_path: Path, words: tuple[str, ...], days: int, told: bool
) -> None:
    """No row of tomorrow is an answer too, and the same command would never ask again."""
    end = (TODAY + timedelta(days=days)).date().isoformat()
    ended = command("trlyr", "revenue", *words, "--end", end, "--out", tmp_path / "r", "--plan")
    assert ("which is still to come" in ended.err) == told


def test_a_refused_login_ends_the_pull_in_words(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRLYR_PASSWORD", "wrong-password")
    ended = command("trlyr", "revenue", "pull", *TWO_DAYS, "--out", tmp_path / "r")
    assert ended.code == 1
    assert "TRLYR_PASSWORD" in ended.err
    assert "wrong-password" not in ended.err
    assert "To go on" not in ended.err  # the same command would be refused again


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param([signal.SIGINT], 130, id="Ctrl-C"),
        pytest.param([signal.SIGINT, signal.SIGINT], 130, id="Ctrl-C twice"),
        pytest.param([signal.SIGTERM], 143, id="SIGTERM"),
    ],
)
def test_an_interruption_keeps_what_came_and_the_same_command_goes_on(
    command: Command,
    sandbox: Sandbox,
    started: Started,
    tmp_path: Path,
    sent: list[signal.Signals],
    code: int,
) -> None:
    out, whole = tmp_path / "revenue", tmp_path / "whole"
    slow = sandbox.inject("delay", operation="revenue_reporting.*", skip=6, times=None, delay=20)
    pull = ("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--concurrency", "2")
    process = started(*pull, "--out", out)
    give_up_at = time.monotonic() + 200
    while slow.hits < 2 and time.monotonic() < give_up_at:
        time.sleep(0.01)
    for number in sent:
        process.send_signal(number)
    _, err = process.communicate(timeout=200)
    assert process.returncode == code
    assert "To go on, run the same command" in err
    assert f"--out {out}" in err
    assert "Traceback" not in err
    slow.remove()
    ended = command(*pull, "--out", out)
    assert ended.code == 0
    assert "6 windows were there already" in ended.out
    assert command(*pull, "--out", whole).code == 0
    assert bulk.read(out).equals(bulk.read(whole))


def test_a_pull_loads_no_analysis_library(tmp_path: Path) -> None:
    """Neither pandas nor matplotlib is needed to fetch rows."""
    code = (
        "import sys; from energy_async.cli.entry import run;"
        " code = run('trlyr', 'trlyr_async.cli.app', sys.argv[1:]);"
        " heavy = {'pandas', 'polars', 'matplotlib'} & set(sys.modules);"
        " sys.exit(code or ','.join(sorted(heavy)) or 0)"
    )
    words = ["revenue", "pull", *TWO_DAYS, *FAST, "--out", str(tmp_path / "r")]
    ended = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr.splitlines()[-1][:13]) == (0, "16/16 windows")


@pytest.fixture(autouse=True)
def _reachable(sandbox: Sandbox) -> None:
    """Every test has a sandbox, so that none can reach out of this machine."""


def run_apart(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a fresh process, where no warning was given yet."""
    program, *arguments = map(str, words)
    module = {"trlyr": "trlyr_async.cli"}[program]
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False
    )
