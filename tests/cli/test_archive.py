"""`nanocorp archive` and `nanocorp watch`: lines, JSON lines, notes and exit codes."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from nanocorp_async import read_archive

if TYPE_CHECKING:
    from pathlib import Path

    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command, Started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "prices"


def test_once_stores_what_there_is_and_says_so(
    command: Command, sandbox: Sandbox, folder: Path
) -> None:
    done = command("nanocorp", "archive", folder, "--once")
    assert (done.code, done.err.count("\n")) == (0, 1)
    assert "6 requests, 0 unchanged" in done.err
    assert "day-ahead: " in done.out
    assert ": 96 rows added\n" in done.out
    assert read_archive(folder, "afrr-energy").num_rows >= 276
    again = command("nanocorp", "archive", folder, "--once")
    assert (again.code, again.out) == (0, "")
    assert "0 rows added; 0 corrected; 6 requests, 6 unchanged" in again.err


def test_feeds_can_be_chosen_and_lines_be_json(
    command: Command, sandbox: Sandbox, folder: Path
) -> None:
    done = command("nanocorp", "archive", folder, "--once", "--json", "--feed", "mfrr-energy")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert {one["event"] for one in events} == {"rows_stored"}
    assert {one["series"] for one in events} == {"mfrr-energy", "mfrr-energy-directions"}
    assert {path[0].partition(".")[2] for path in sandbox.counters.requests} == {"get_mfrr_energy"}


def test_no_subscription_is_said_and_ends_it(
    command: Command, sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NANOCORP_TOKEN", "wrong")
    for words in (("archive", folder), ("archive", folder, "--once"), ("watch", "day-ahead")):
        done = command("nanocorp", *words)
        assert (done.code, done.out) == (1, "")
        assert "no active subscription" in done.err
        assert "check NANOCORP_TOKEN" in done.err


def test_without_a_token_nothing_is_made(
    command: Command, sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NANOCORP_TOKEN")
    for words in (("archive", folder, "--once"), ("watch", "day-ahead")):
        done = command("nanocorp", *words)
        assert (done.code, "NANOCORP_TOKEN" in done.err) == (2, True)
    assert not folder.exists()


@pytest.mark.parametrize(("kind", "said"), [("html", "login page"), ("bad_json", "expected JSON")])
def test_a_feed_without_an_answer_is_said_and_the_rest_is_stored(
    command: Command, sandbox: Sandbox, folder: Path, kind: str, said: str
) -> None:
    sandbox.inject(kind, operation="get_fcr_capacity", times=None)  # type: ignore[arg-type]
    done = command("nanocorp", "archive", folder, "--once")
    assert done.code == 3
    assert "no answer from fcr-capacity" in done.err
    (line,) = [one for one in done.out.splitlines() if "fcr-capacity: no answer" in one]
    assert said in line
    assert read_archive(folder, "afrr-capacity").num_rows > 0


def test_a_folder_of_something_else_is_a_misuse(
    command: Command, sandbox: Sandbox, folder: Path
) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    done = command("nanocorp", "archive", folder, "--once")
    assert done.code == 2
    assert "thesis.txt" in done.err


def test_a_repair_sets_damaged_files_aside(
    command: Command, sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("nanocorp", "archive", folder, "--once", "--feed", "day-ahead")
    file = min(folder.rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-9])
    monkeypatch.delenv("NANOCORP_TOKEN")
    done = command("nanocorp", "archive", folder, "--repair")
    assert (done.code, done.out.count("is damaged")) == (0, 1)
    assert done.err == "note: 0 rows added; 0 corrected; 1 odd answer; 1 day damaged\n"
    assert read_archive(folder, "day-ahead").num_rows > 0


def test_an_unknown_feed_is_a_misuse(command: Command, sandbox: Sandbox, folder: Path) -> None:
    assert command("nanocorp", "watch", "gas").code == 2
    assert command("nanocorp", "archive", folder, "--feed", "gas").code == 2


def test_a_watch_prints_at_once_and_ends_with_ctrl_c(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    process = started("nanocorp", "watch", "day-ahead", "--json")
    with process:
        assert process.stdout is not None
        event = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=200)
    assert (event["event"], event["was_there"], event["feed"]) == (
        "day_published",
        True,
        "day-ahead",
    )
    assert (process.returncode, err) == (130, "interrupted\n")


def test_an_archive_runs_until_it_is_stopped(started: Started, folder: Path) -> None:
    process = started("nanocorp", "archive", folder)
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        second = started("nanocorp", "archive", folder, "--once")
        _, told = second.communicate(timeout=200)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=200)
    assert "rows added" in line
    assert second.returncode == 0
    assert "6 requests" in told  # several may write into one archive
    assert process.returncode == 130


def test_an_archive_is_shown_drawn_exported_and_put_on_a_sheet(
    command: Command, sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("nanocorp", "archive", "--once", folder).code == 0
    asked = sum(sandbox.counters.requests.values())
    monkeypatch.delenv("NANOCORP_TOKEN")
    shown = command("nanocorp", "archive", "show", folder, "yesterday", "--feed", "day-ahead")
    assert (shown.code, shown.out.count("\n")) == (0, 97)
    rows = command("nanocorp", "archive", "export", folder, "yesterday", "-f", "json")
    assert len(json.loads(rows.out)) == 96
    chart, page = folder.parent / "chart.svg", folder.parent / "day.html"
    assert command("nanocorp", "archive", "plot", folder, "-o", chart).code == 0
    assert "day-ahead" not in chart.read_text("utf-8")[:100]
    ended = command("nanocorp", "sheet", "--archive", folder, "--day", "yesterday", "-o", page)
    assert ended.code == 0
    assert f"archive {folder}" in page.read_text("utf-8")
    assert sum(sandbox.counters.requests.values()) == asked


def test_nothing_in_an_archive_is_said_and_is_code_3(
    command: Command, sandbox: Sandbox, folder: Path
) -> None:
    command("nanocorp", "archive", folder, "--once", "--feed", "day-ahead")
    page = folder.parent / "day.html"
    for words in (
        ("archive", "show", folder, "2020-01-01"),
        ("archive", "export", folder, "2020-01-01"),
        ("archive", "plot", folder, "2020-01-01", "-o", folder.parent / "a.png"),
        ("sheet", "--archive", folder, "--day", "2020-01-01", "-o", page),
    ):
        ended = command("nanocorp", *words)
        assert (ended.code, ended.out) == (3, "")
        assert "nothing" in ended.err
    assert not page.exists()
    assert command("nanocorp", "archive", "show", folder.parent / "no").code == 2
