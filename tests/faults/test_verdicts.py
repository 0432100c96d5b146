"""What is said of a request is so, whatever the answer."""

from __future__ import annotations

import pytest

from tests.faults.verdicts import FEW, SOME, ask, ask_in_memory


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_no_answer_at_all_makes_a_verdict_wrong(anyio_backend: str) -> None:
    """All statuses, all spellings of a page, whatever was asked."""
    assert anyio_backend
    count = await ask_in_memory()
    assert count.wrong == []
    assert count.asked == 400 * 15 * 5


async def test_no_backend_makes_a_verdict_wrong(stack: str) -> None:
    """The same over sockets, for some statuses."""
    count = await ask(stack, SOME if stack == "aiohttp" else FEW)
    assert count.wrong == []
    assert {"success", "OutcomeUnknown"} <= set(count.verdicts)
