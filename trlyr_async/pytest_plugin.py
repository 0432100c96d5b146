"""`trlyr_client`, a client of the sandbox as a fixture; pytest loads this by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from trlyr_async import Trlyr


@pytest.fixture
async def trlyr_client(
    terralayr_sandbox: Any,  # noqa: ANN401 - the sandbox, which no client imports
    sandbox_clock: Callable[[], datetime],
) -> AsyncIterator[Trlyr]:
    """A client of the sandbox's account, on the sandbox's clock."""
    from trlyr_async import Trlyr  # noqa: PLC0415 - so that pytest starts quickly

    async with Trlyr(
        terralayr_sandbox.username,
        terralayr_sandbox.password,
        environment=terralayr_sandbox.url,
        rate=1000,
        wall=lambda: sandbox_clock().timestamp(),
    ) as client:
        yield client
