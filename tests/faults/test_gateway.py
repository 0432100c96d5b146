"""What the client says of bids and schedules is what the ledger says."""

from __future__ import annotations

import pytest

from tests.faults.gateway import place


@pytest.mark.parametrize("closing", [False, True], ids=["open", "closing"])
async def test_a_gateway_that_answers_anything_makes_no_verdict_wrong(
    stack: str, *, closing: bool
) -> None:
    tally = await place(stack, 300, closing=closing)
    assert tally.wrong == []
    assert sum(tally.said.values()) == 300
    assert {"success, carried out 1", "SubmissionUnknown, carried out 1"} <= set(tally.said)
    if not closing:
        assert any(words.endswith("carried out 0") for words in tally.said)
