"""No bid twice, and no bid denied."""

from __future__ import annotations

from tests.faults.bids import place_bids


async def test_no_bid_is_placed_twice_or_denied(stack: str) -> None:
    """Whatever the server drops and when; what was cancelled is open too."""
    tally = await place_bids(stack, 300)
    assert tally.wrong == []
    assert max(tally.held.values()) == 1
    assert sum(tally.answers.values()) == 300
    assert {"ok, held 1", "OutcomeUnknown, held 0", "OutcomeUnknown, held 1"} <= set(tally.answers)
