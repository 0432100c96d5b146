"""`nanocorp live`: a view in a terminal, a snapshot elsewhere."""

from __future__ import annotations

import io
import os
import re
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from nanocorp_async.cli.live import age, view
from nanocorp_async.live import Board
from nanocorp_async.tidy import MarketRow
from tests.cli import command_at
from tests.clock import TODAY

if TYPE_CHECKING:
    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command

NOW = datetime(2026, 10, 25, 8, 5, tzinfo=UTC)
ALTERNATE, NORMAL = "\x1b[?1049h", "\x1b[?1049l"
CURSOR_BACK = "\x1b[?25h"


@pytest.fixture(autouse=True)
def _reachable(sandbox: Sandbox) -> None:
    """Every test has a sandbox, so that none can reach out of this machine."""


def printed(board: Board, width: int) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(view(board, NOW, width))
    return console.export_text()


def held() -> Board:
    board = Board()
    start = NOW.replace(minute=0)
    board.day_ahead.rows = [
        MarketRow(feed="day-ahead", start=start, end=start + timedelta(minutes=15), price=-1.5)
    ]
    board.day_ahead.answered_at = NOW - timedelta(seconds=75)
    board.day_ahead.next_at = NOW + timedelta(seconds=20)
    board.capacity.error = "the server failed [bold]badly[/]"
    return board


def test_a_pipe_gets_one_snapshot(command: Command, sandbox: Sandbox) -> None:
    ended = command("nanocorp", "live")
    assert (ended.code, ended.err) == (0, "")
    for name in ("Day-ahead now", "FCR capacity", "aFRR energy upward", "mFRR energy downward"):
        assert ended.out.count(name) == 1
    assert "fresh" in ended.out
    assert "\x1b" not in ended.out
    assert sum(sandbox.counters.requests.values()) == 3


def test_a_snapshot_with_a_failed_feed_says_so(
    command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NANOCORP_TOKEN", "secret-of-mine")
    ended = command("nanocorp", "live")
    assert ended.code == 1
    assert ended.err.count("note: ") == 3
    assert "no active subscription" in ended.err
    assert ended.out.count("no answer") == 7
    assert "secret-of-mine" not in ended.out + ended.err


def test_mistakes_are_told_before_anything_is_asked(command: Command, sandbox: Sandbox) -> None:
    ended = command("nanocorp", "live", "--price-period", "soon")
    assert ended.code == 2
    assert sandbox.counters.requests == {}


def test_the_view_has_ages_states_and_errors() -> None:
    text = printed(held(), 120)
    assert "Sun 2026-10-25 09:05:00 in Paris" in text
    (now,) = re.findall(r"Day-ahead now.*", text)
    assert now.split() == [
        "Day-ahead", "now", "\N{MINUS SIGN}1.50", "EUR/MWh", "fresh",
        "09:00\N{EN DASH}09:15", "current",
    ]  # fmt: skip
    assert "day-ahead prices: answered 1 min ago, asked again in 20 s" in text
    assert "balancing capacity: no answer yet" in text
    assert "the server failed [bold]badly[/]" in text
    assert re.search(r"FCR capacity +no answer", text)
    assert re.search(r"aFRR energy +waiting", text)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_the_view_fits_its_screen(width: int) -> None:
    lines = printed(held(), width).splitlines()
    assert max(map(len, lines)) <= width
    assert any("Day-ahead now" in line and "1.50" in line for line in lines)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"),
     (172_799, "47 h"), (172_800, "2 d")],
)  # fmt: skip
def test_ages_have_one_unit(seconds: float, text: str) -> None:
    assert age(seconds) == text


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_ctrl_c_ends_it_and_gives_the_screen_back(sandbox: Sandbox) -> None:
    """In a terminal of its own: the alternate screen, values, Ctrl-C, and the screen as before."""
    import pty  # noqa: PLC0415 - not on Windows

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, command_at.__file__, TODAY.isoformat(), "nanocorp", "live"],
        stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True, start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "110", "LINES": "30"},
    )  # fmt: skip
    os.close(theirs)
    try:
        seen = read_until(ours, "mFRR energy downward")
        assert seen.startswith(ALTERNATE) or ALTERNATE in seen
        process.send_signal(signal.SIGINT)
        seen = read_until(ours, None)
        assert process.wait(200) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert NORMAL in seen
    assert CURSOR_BACK in seen
    assert "Traceback" not in seen
    assert sum(sandbox.counters.requests.values()) == 3


def read_until(terminal: int, text: str | None) -> str:
    """Read what is written until a text has come, or until the end."""
    seen, end = b"", time.monotonic() + 200
    while time.monotonic() < end:
        if text is not None and text.encode() in seen:
            break
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            chunk = os.read(terminal, 65_536)
        except OSError:  # Linux: the other side is closed
            break
        if not chunk:
            break
        seen += chunk
    return seen.decode()
