"""`trlyr revenue update` and `show --columns`."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import compute

from tests.storage.editing import rewrite
from trlyr_async import bulk

if TYPE_CHECKING:
    from pathlib import Path

    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command, Started

FAST = ("--rate", "500")
TWO_DAYS = ("--start", "2026-10-24", "--end", "2026-10-26")
FOUR_DAYS = ("--start", "2026-10-24", "--end", "2026-10-28")
UPDATE = ("trlyr", "revenue", "update")


@pytest.fixture
def folder(command: Command, tmp_path: Path) -> Path:
    place = tmp_path / "revenue"
    ended = command("trlyr", "revenue", "pull", *TWO_DAYS, *FAST, "--out", place)
    assert ended.code == 0
    return place


def age(folder: Path, euros: float) -> int:
    """Make a part of the dataset one from before a correction; how many rows differ."""

    def less(rows: Any) -> Any:
        place = rows.column_names.index("revenue")
        changed = compute.subtract(rows.column("revenue"), euros)
        return rows.set_column(place, rows.schema.field("revenue"), changed)

    return rewrite(folder, less, stream="tolling")


def test_an_update_brings_what_is_new_and_what_was_corrected(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    count = age(folder, euros=2.0)
    report = tmp_path / "report.json"
    ended = command(*UPDATE, folder, "--end", "2026-10-28", *FAST, "--report", report)
    assert ended.code == 0
    command("trlyr", "revenue", "pull", *FOUR_DAYS, *FAST, "--out", tmp_path / "whole")
    assert bulk.read(folder).equals(bulk.read(tmp_path / "whole"))
    told = json.loads(report.read_text())
    assert (told["complete"], told["failed"]) == (True, [])
    changes = told["changes"]
    assert (changes["corrected"], changes["vanished"], changes["added"]) == (count, 0, 0)
    assert changes["euros"]["revenue"] == pytest.approx(2.0 * count)
    assert told["rows"] == bulk.read(folder).num_rows
    assert f"{count} rows corrected, 0 vanished, 0 added, +{2 * count:.2f} EUR" in ended.out
    assert "to 2026-10-28 00:00 (Europe/Berlin)" in ended.out
    assert "up to date" in ended.err
    revisions = bulk.read_revisions(folder)
    assert revisions is not None
    assert revisions.num_rows == 2 * count


def test_a_window_that_fails_is_listed_and_the_code_is_3(
    command: Command, sandbox: Sandbox, folder: Path
) -> None:
    before = bulk.read(folder)
    sandbox.inject("status", operation="get_wholesale_revenue", status=403, times=1)
    ended = command(*UPDATE, folder, "--end", "2026-10-26", *FAST)
    assert ended.code == 3
    assert "failed: 1 window" in ended.err
    assert bulk.read(folder).equals(before)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("--recheck", "soon"), "--recheck", id="recheck"),
        pytest.param(("--end", "yesterday"), "--end", id="end"),
    ],
)
def test_misuse_is_told(command: Command, folder: Path, words: tuple[str, ...], said: str) -> None:
    ended = command(*UPDATE, folder, *words)
    assert ended.code == 2
    assert said in ended.err


def test_no_dataset_no_update(command: Command, tmp_path: Path) -> None:
    ended = command(*UPDATE, tmp_path / "none")
    assert ended.code == 2
    assert "no dataset" in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGTERM")
def test_sigterm_ends_an_update_and_the_same_command_goes_on(
    command: Command, sandbox: Sandbox, started: Started, folder: Path, tmp_path: Path
) -> None:
    age(folder, euros=2.0)
    slow = sandbox.inject("delay", operation="revenue_reporting.*", skip=3, times=None, delay=20)
    words = (*UPDATE, folder, "--end", "2026-10-28", *FAST, "--concurrency", "1")
    process = started(*words)
    give_up_at = time.monotonic() + 200
    while slow.hits < 1 and time.monotonic() < give_up_at:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=200)
    assert process.returncode == 143
    assert "To go on, run the same command" in err
    assert "Traceback" not in err
    slow.remove()
    assert command(*words).code == 0
    command("trlyr", "revenue", "pull", *FOUR_DAYS, *FAST, "--out", tmp_path / "whole")
    assert bulk.read(folder).equals(bulk.read(tmp_path / "whole"))


def test_show_tells_the_columns_with_units_and_how_well_they_are_known(
    command: Command, folder: Path
) -> None:
    ended = command("trlyr", "revenue", "show", folder, "--columns")
    assert ended.code == 0
    lines = {line.split()[0]: line for line in ended.out.splitlines() if line.strip()}
    assert "EUR" in lines["revenue"]
    assert "provisional" in lines["revenue"]
    assert "timestamp[us, tz=UTC]" in lines["start"]
    assert "Europe/Berlin" in lines["month"]


@pytest.fixture(autouse=True)
def _reachable(sandbox: Sandbox) -> None:
    """Every test has a sandbox, so that none can reach out of this machine."""
