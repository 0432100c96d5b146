"""No answer raises what is not ours, and none ends a pull."""

from __future__ import annotations

import pytest

from tests.faults.fuzz import pulls, single_calls


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_no_answer_ends_a_pull(anyio_backend: str) -> None:
    assert anyio_backend
    found = await pulls(3000, seed=2)
    assert found.foreign == []
    assert found.ended == 0
    assert {"value", "DecodeFailed", "StatusError", "ServerError"} <= set(found.outcomes)


async def test_no_answer_raises_what_is_not_ours(stack: str) -> None:
    found = await single_calls(stack, 300, seed=3)
    assert found.foreign == []
    assert {"OutcomeUnknown", "DecodeFailed"} <= set(found.outcomes)
