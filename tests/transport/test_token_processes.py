"""Processes that share a token file: logins counted at the server.

`python -m tests.transport.token_processes` does the same at full size.
"""

from __future__ import annotations

import pytest

from tests.transport.token_processes import count


async def test_processes_that_start_cold_log_in_once() -> None:
    counts = await count(processes=3, tasks=50, lifetime=3600)
    assert (counts.logins, counts.refreshes, counts.refused) == (1, 0, 0)
    assert (counts.answered, counts.failed) == (3 * 50, 0)


@pytest.mark.parametrize("refresh", [True, False])
async def test_while_tokens_end_there_is_one_renewal_for_each_life_and_no_failure(
    refresh: bool,
) -> None:
    """Three processes that renewed each for itself would count three times as many."""
    counts = await count(processes=3, tasks=1, lifetime=5, seconds=7.5, refresh=refresh)
    assert counts.failed == 0
    assert counts.answered == 3 * 150
    lives = counts.logins + counts.refreshes
    assert 2 <= lives <= 3 + counts.seconds / 3.75  # a busy machine lets more of them pass
    assert counts.refreshes > 0 if refresh else counts.refreshes == 0
