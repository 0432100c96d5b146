"""Every fault, with every method, through every backend."""

from __future__ import annotations

import pytest

from tests.faults.clients import METHODS
from tests.faults.matrix import FAULTS, Fault, run
from tests.faults.mishaps import MISHAPS, Mishap


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_fault_ends_as_the_table_says(fault: Fault, stack: str) -> None:
    """The same error and as many requests through each backend, and nothing is left open."""
    found = {method: (await run(fault, method, stack)).outcome for method in METHODS}
    assert found == {method: fault.expected(method, stack) for method in METHODS}


@pytest.mark.parametrize("mishap", MISHAPS, ids=lambda mishap: mishap.name)
@pytest.mark.parametrize("method", METHODS)
async def test_a_mishap_ends_as_the_table_says(mishap: Mishap, method: str, stack: str) -> None:
    assert await mishap.happen(method, stack) == mishap.expected(method, stack)
