"""Processes that share a token file: logins counted at the server.

`python bench/tokens.py` does the same at full size.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "bench" / "tokens.py"


@pytest.fixture
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_tokens", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_processes_that_start_cold_log_in_once(bench: ModuleType) -> None:
    counts = await bench.count(processes=4, tasks=50, lifetime=3600)
    assert (counts.logins, counts.refreshes, counts.refused) == (1, 0, 0)
    assert (counts.answered, counts.failed) == (4 * 50, 0)


@pytest.mark.parametrize("refresh", [True, False])
async def test_while_tokens_end_there_is_one_renewal_for_each_life_and_no_failure(
    bench: ModuleType, refresh: bool
) -> None:
    """Four processes that renewed each for itself would count four times as many."""
    counts = await bench.count(processes=4, tasks=4, lifetime=2, seconds=4, refresh=refresh)
    assert counts.failed == 0
    assert counts.answered >= 4 * 4
    lives = counts.logins + counts.refreshes
    assert 2 <= lives <= 6
    assert counts.logins == 1 if refresh else counts.refreshes == 0
