"""`french_feeds`, a client of the sandbox as a fixture; pytest loads this by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from nanocorp_async import Nanocorp


@pytest.fixture
async def french_feeds(
    terralayr_sandbox: Any,  # noqa: ANN401 - the sandbox, which no client imports
    sandbox_clock: Callable[[], datetime],
) -> AsyncIterator[Nanocorp]:
    """A client of the sandbox's French feeds, on the sandbox's clock."""
    from nanocorp_async import Nanocorp  # noqa: PLC0415 - so that pytest starts quickly

    async with Nanocorp(
        terralayr_sandbox.token,
        base_url=terralayr_sandbox.feeds_url,
        rate=1000,
        wall=lambda: sandbox_clock().timestamp(),
    ) as client:
        yield client
