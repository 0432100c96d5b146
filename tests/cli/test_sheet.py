"""`nanocorp sheet`: a page, whole or not at all, and what is wrong on standard error too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.clock import TODAY

if TYPE_CHECKING:
    from pathlib import Path

    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def _reachable(sandbox: Sandbox) -> None:
    """Every test has a sandbox, so that none can reach out of this machine."""


def today() -> str:
    return f"{TODAY.astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%d}"


def test_a_page_is_written(command: Command, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "sheet.html"
    ended = command("nanocorp", "sheet", "-o", path)
    assert (ended.code, ended.out) == (0, "")
    html = path.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert html.rstrip().endswith("</html>")
    assert sum(sandbox.counters.requests.values()) == 3


def test_what_is_not_there_is_noted(command: Command) -> None:
    ended = command("nanocorp", "sheet", "--day", "2020-01-01", "-o", "-")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.count("note: ") == 7
    assert "note: day-ahead: no longer held: 2020-01-01 is older" in ended.err
    assert "no feed holds anything of 2020-01-01; nothing was written" in ended.err


def test_tomorrow_is_not_published_yet(command: Command) -> None:
    day = f"{datetime.fromisoformat(today()) + timedelta(days=2):%Y-%m-%d}"
    ended = command("nanocorp", "sheet", "--day", day, "-o", "-")
    assert ended.err.count("not published yet") == 6


def test_a_period_reaches_the_page(command: Command) -> None:
    ended = command("nanocorp", "sheet", "--day", today(), "--price-period", "15min", "-o", "-")
    assert "EUR/MW/h" in ended.out
    assert "<strong>not documented</strong>" not in ended.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--day", "25.10.2026"), "--day: expected a day such as 2026-10-25"),
        (("--price-period", "soon"), "--price-period"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked(
    command: Command, sandbox: Sandbox, tmp_path: Path, words: tuple[str, str], complaint: str
) -> None:
    ended = command("nanocorp", "sheet", "-o", tmp_path / "x.html", *words)
    assert ended.code == 2
    assert complaint in ended.err
    assert sandbox.counters.requests == {}
    assert not (tmp_path / "x.html").exists()


def test_a_refused_token_leaves_no_page(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NANOCORP_TOKEN", "wrong")
    ended = command("nanocorp", "sheet", "-o", tmp_path / "x.html")
    assert ended.code == 1
    assert "check NANOCORP_TOKEN" in ended.err
    assert not (tmp_path / "x.html").exists()
