"""A desk that is killed again and again knows what became of everything it sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trading.restarts import trial


@pytest.mark.filterwarnings("ignore::energy_async.transport.provisional.ProvisionalEndpointWarning")
async def test_every_verdict_after_kills_is_what_was_carried_out(tmp_path: Path) -> None:
    found = await trial(12, 5, tmp_path / "desk.sqlite")
    assert found["submissions"] >= 12
    assert (found["wrong"], found["sent twice"], found["lost"]) == ([], 0, 0)
    assert found["killed"] >= 1
