"""The sandbox as a fixture, `terralayr_sandbox`, set by a marker; pytest loads this by itself.

    @pytest.mark.sandbox(seed=7, now="2026-10-24T09:00:00Z")
    async def test_my_service(terralayr_sandbox, trlyr_client, french_feeds): ...

The clients of it are fixtures of their packages. Async fixtures need a plugin that runs them;
anyio's is installed with the library.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from energy_sandbox import Sandbox

NOON: Final = datetime(2026, 11, 17, 12, tzinfo=UTC)
"""The time in the sandbox where a test names none: no test depends on the day it runs."""
MARKER: Final = (
    "sandbox(now=None, **options): the time in the sandbox, an aware datetime or ISO text, and what"
    " energy_sandbox.Sandbox takes: seed, assets, faults, feeds, rate, token_lifetime, upstream"
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker("sandbox")
    return {"now": NOON, "assets": 3, **(marker.kwargs if marker else {})}


@pytest.fixture
def sandbox_clock(request: pytest.FixtureRequest) -> Callable[[], datetime]:
    """The time in the sandbox and its clients: it starts as marked and runs on."""
    now = _options(request)["now"]
    start = datetime.fromisoformat(now) if isinstance(now, str) else now
    if not isinstance(start, datetime) or start.tzinfo is None:
        raise pytest.UsageError(f"sandbox(now={now!r}): an aware datetime, or text with its zone")
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


@pytest.fixture
async def terralayr_sandbox(
    request: pytest.FixtureRequest, sandbox_clock: Callable[[], datetime]
) -> AsyncIterator[Sandbox]:
    """A running sandbox of both APIs, with three assets unless the marker says otherwise."""
    from energy_sandbox import Sandbox  # noqa: PLC0415 - quick to load, and an extra

    options = _options(request)
    del options["now"]
    async with Sandbox(clock=sandbox_clock, **options) as sandbox:
        yield sandbox
