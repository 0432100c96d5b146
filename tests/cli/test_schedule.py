"""`trlyr schedule`: files in, findings or a schedule in force out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from energy_async.delivery import BERLIN, delivery_day_of, quarter_hours
from tests.clock import TODAY

if TYPE_CHECKING:
    from pathlib import Path

    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command

DAY = delivery_day_of(TODAY, BERLIN) + timedelta(days=3)
TIMES = [quarter.start for quarter in quarter_hours(DAY, BERLIN)]
PUT = "virtual_assets.update_block_schedule"


@pytest.fixture(autouse=True)
def _reachable(sandbox: Sandbox) -> None:
    """Every test has a sandbox, so that none can reach out of this machine."""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def csv(power: float = 100.0, header: str = "time,power", **changes: Any) -> Path:
        """A day of one power; `changes` are powers by index, such as `_12="x"`."""
        powers: list[Any] = [power] * len(TIMES)
        for name, value in changes.items():
            powers[int(name[1:])] = value
        rows = [row for row in zip(TIMES, powers, strict=True) if row[1] is not ...]
        lines = [f"{time.isoformat()},{one}" for time, one in rows]
        path = tmp_path / "day.csv"
        path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        return path

    return csv


@pytest.fixture
def place(sandbox: Sandbox) -> tuple[str, str]:
    """The second asset and its block: 5 MW each way, 10 MWh."""
    battery = sandbox.world.fleet[1]
    return battery.id, sandbox.world.noise.uuid("block", battery.id, "WHOLESALE")


def test_a_good_file_is_good_without_a_server(
    command: Command, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRLYR_USERNAME")
    ended = command("trlyr", "schedule", "check", write(_3=-50.5), "--day", str(DAY))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{len(TIMES)} quarter-hours, \N{MINUS SIGN}50.5 to 100.0 kW, ")
    assert ended.out.endswith("UTC: no errors\n")


def test_everything_wrong_is_listed(command: Command, write: Callable[..., Path]) -> None:
    path = write(_3="", _4="nan", _7=...)
    ended = command("trlyr", "schedule", "check", path, "--day", str(DAY))
    assert (ended.code, ended.err) == (2, "")
    *errors, last = ended.out.splitlines()
    assert len(errors) == 4
    assert all(line.startswith("error: ") for line in errors)
    assert last.endswith(": 4 errors")
    gap = command("trlyr", "schedule", "check", write(_7=...))
    assert gap.code == 0
    assert gap.out.startswith("warning: ")
    assert gap.out.endswith(": no errors, 1 warning\n")


def test_parquet_and_other_columns_work_too(command: Command, tmp_path: Path) -> None:
    table = pa.table({"start": TIMES, "kw": [1.0] * len(TIMES)})
    pq.write_table(table, tmp_path / "day.parquet")
    columns = ["--time", "start", "--power", "kw", "--day", str(DAY)]
    ended = command("trlyr", "schedule", "check", tmp_path / "day.parquet", *columns)
    assert (ended.code, ended.err) == (0, "")
    assert "1.0 to 1.0 kW" in ended.out
    ended = command("trlyr", "schedule", "check", tmp_path / "day.parquet")
    assert ended.code == 2
    assert "no column 'time'; it has start, kw" in ended.err


def test_a_file_is_checked_against_its_block(
    command: Command, write: Callable[..., Path], place: tuple[str, str], sandbox: Sandbox
) -> None:
    asset, block = place
    where = ["--asset", asset, "--block", block]
    ended = command("trlyr", "schedule", "check", write(_9=5001), *where)
    assert ended.code == 2
    assert "5,001 kW of discharge, and 5,000 kW are available" in ended.out
    ended = command("trlyr", "schedule", "check", write(5), *where)
    assert (ended.code, ended.err) == (0, "")
    assert "are these MW?" in ended.out
    assert not any(name == PUT for name, _ in sandbox.counters.requests)
    alone = command("trlyr", "schedule", "check", write(), "--block", block)
    assert alone.code == 2
    assert "--block, --chart and --propose need --asset" in alone.err


def test_a_file_is_followed_through_its_battery(
    command: Command, write: Callable[..., Path], place: tuple[str, str], tmp_path: Path
) -> None:
    """The battery is half full: 4 MW all day are more than it has; the proposal can be had."""
    chart, proposal = tmp_path / "day.png", tmp_path / "better.csv"
    ended = command(
        "trlyr", "schedule", "check", write(4000), "--asset", place[0],
        "--chart", chart, "--propose", proposal,
    )  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    assert "the battery is empty for " in ended.out
    assert f"chart in {chart}" in ended.out
    assert f"proposal in {proposal}: " in ended.out
    assert chart.read_bytes().startswith(b"\x89PNG")
    again = command("trlyr", "schedule", "check", proposal, "--asset", place[0], "--day", str(DAY))
    assert again.code == 0
    assert "is empty" not in again.out
    sent = command("trlyr", "schedule", "submit", *place, proposal, "--day", str(DAY))
    assert sent.code == 0
    assert "adjusted" not in sent.out


def test_a_block_is_asked_for_where_there_are_several(
    command: Command, write: Callable[..., Path], place: tuple[str, str]
) -> None:
    ended = command("trlyr", "schedule", "check", write(), "--asset", place[0], "--block", place[0])
    assert ended.code == 2
    assert f"--block: give one of {place[1]}" in ended.err


BAD = [
    pytest.param("time,power\nnoon,1\n", "line 2: 'noon' is no time such as", id="no time"),
    pytest.param(
        "time,power\n2026-06-01T12:00:00Z,1;5\n", "line 2: '1;5' is no number", id="no number"
    ),
    pytest.param("time;power\n", "has no column 'time'; its first line has time;power", id="semi"),
    pytest.param("", "its first line has nothing", id="empty"),
    pytest.param("time,power\n" + "x,1\n" * 9, "and 6 more lines", id="many"),
    pytest.param("time,power\n", "the schedule has no points", id="no rows"),
    pytest.param("time,power\n2026-06-01T12:00:00,1\n", "has no time zone", id="naive"),
]


@pytest.mark.parametrize(("content", "words"), BAD)
@pytest.mark.parametrize("verb", ["check", "submit"])
def test_a_bad_file_is_named_in_a_line_or_two(
    command: Command, tmp_path: Path, place: tuple[str, str], content: str, words: str, verb: str
) -> None:
    path = tmp_path / "day.csv"
    path.write_text(content, encoding="utf-8")
    before = place if verb == "submit" else ()
    ended = command("trlyr", "schedule", verb, *before, path)
    assert ended.code == 2
    assert words in ended.out + ended.err
    assert len((ended.out + ended.err).splitlines()) <= 2


@pytest.mark.parametrize(
    ("name", "content", "words", "code"),
    [
        ("day.xlsx", b"", "named .csv or .parquet", 2),
        ("day.csv", b"\xff\xfe\x00", "is not a text file", 2),
        ("day.parquet", b"time,power\n", "is no Parquet file", 2),
        ("missing.csv", None, "No such file", 1),
    ],
)
def test_what_is_no_schedule_is_named(
    command: Command, tmp_path: Path, name: str, content: bytes | None, words: str, code: int
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ended = command("trlyr", "schedule", "check", tmp_path / name)
    assert ended.code == code
    assert name in ended.err
    assert words in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_day_that_is_none_is_named(command: Command, write: Callable[..., Path]) -> None:
    ended = command("trlyr", "schedule", "check", write(), "--day", "someday")
    assert ended.code == 2
    assert "--day: expected a day such as 2026-10-25, got 'someday'" in ended.err


def test_a_schedule_is_put_in_force(
    command: Command, write: Callable[..., Path], place: tuple[str, str]
) -> None:
    ended = command("trlyr", "schedule", "submit", *place, write(0, _8=-2000), "--day", str(DAY))
    assert ended.code == 0
    assert ended.err.startswith("note: ")
    assert "energy: the energy at the start is not known" in ended.err
    first, second = ended.out.splitlines()
    assert first.startswith(
        f"in force: {len(TIMES)} quarter-hours, \N{MINUS SIGN}2,000.0 to 0.0 kW"
    )
    assert second.startswith("out of balance: This block is projected to be over-charged by ")
    again = command("trlyr", "schedule", "submit", *place, write(0))
    assert again.out.splitlines()[1] == "balanced: no charge or discharge is missing"


def test_warnings_and_adjustments_are_said(
    command: Command, write: Callable[..., Path], place: tuple[str, str]
) -> None:
    ended = command("trlyr", "schedule", "submit", *place, write(4000, _90=...))
    assert ended.code == 0
    assert ended.err.startswith("note: ")
    assert f"1 of {len(TIMES)} quarter-hours are missing" in ended.err
    assert "adjusted by the server: " in ended.out


def test_a_bad_schedule_is_never_sent_and_the_first_error_is_said(
    command: Command, write: Callable[..., Path], place: tuple[str, str], sandbox: Sandbox
) -> None:
    ended = command("trlyr", "schedule", "submit", *place, write(9000))
    assert (ended.code, ended.out) == (2, "")
    first, second = ended.err.splitlines()
    assert "9,000 kW of discharge, and 5,000 kW are available" in first
    assert f"and {len(TIMES) - 1} more errors; trlyr schedule check" in second
    one = command("trlyr", "schedule", "submit", *place, write(_7=9000))
    assert len(one.err.splitlines()) == 1
    late = command(
        "trlyr", "schedule", "submit", *place, write(), "--deadline", "2020-01-01T00:00Z"
    )
    assert late.code == 1
    assert "deadline" in late.err
    assert not any(name == PUT for name, _ in sandbox.counters.requests)


def test_a_lost_answer_is_looked_up(
    command: Command, write: Callable[..., Path], place: tuple[str, str], sandbox: Sandbox
) -> None:
    sandbox.inject("cut_body", operation=PUT)
    sandbox.inject("status", operation=PUT, status=400)
    ended = command("trlyr", "schedule", "submit", *place, write())
    assert ended.code == 0
    assert ended.out == "in force: upstream has what was sent, and did not have it before\n"
    assert "may have been carried out" in ended.err


def test_a_schedule_is_in_the_journal_before_it_is_sent(
    command: Command, write: Callable[..., Path], place: tuple[str, str], tmp_path: Path
) -> None:
    journal = ["--journal", str(tmp_path / "desk.sqlite")]
    ended = command("trlyr", "schedule", "submit", *place, write(), *journal, "--reason", "Ann")
    assert ended.code == 0
    listed = command("trlyr", "desk", *journal, "--format", "json")
    assert listed.code == 0
    (row,) = json.loads(listed.out)
    assert (row["operation"], row["verdict"], row["reason"]) == (
        PUT.split(".")[1],
        "in_force",
        "Ann",
    )
