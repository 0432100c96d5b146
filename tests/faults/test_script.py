"""The script that prints the table."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tests.faults import __main__ as script
from tests.faults.clients import STACKS
from tests.faults.matrix import FAULTS

CLOSED = next(fault for fault in FAULTS if fault.name == "closed before reply")
JUNK = next(fault for fault in FAULTS if fault.name == "junk behind the body")


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "FAULTS", (CLOSED, JUNK))
    monkeypatch.setattr(script, "MISHAPS", ())
    monkeypatch.setattr(sys, "argv", ["faults", "--bids", "20"])


def test_it_prints_the_table_what_leaked_and_the_bids(capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main() == 0
    printed = capsys.readouterr().out
    assert "ConnectionBroken x3" in printed
    assert "aiohttp: OutcomeUnknown x2" in printed
    assert all(f"{stack}: " in printed for stack in STACKS)
    assert "leaks: none" in printed
    assert "20 bids" in printed
    assert "bids placed twice, or denied: none" in printed


def test_it_says_what_is_not_as_expected(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "FAULTS", (replace(CLOSED, repeatable="ok x1"),))
    assert script.main() == 1
    assert "closed before reply, GET: " in capsys.readouterr().out
