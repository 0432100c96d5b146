"""Each test runs on each backend, and with httpx on each event loop."""

from __future__ import annotations

import pytest

from tests.faults.clients import STACKS, loop_of


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    """A backend and the event loop it runs on."""
    return str(request.param)


@pytest.fixture
def anyio_backend(stack: str) -> str:
    return loop_of(stack)
