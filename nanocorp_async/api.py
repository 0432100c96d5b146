"""The API itself: what the feeds do today, against what this client expects of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio

from energy_async import contact
from energy_async.contact import Api, Contact, to_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from nanocorp_async._client import Nanocorp

__all__ = ["Contact", "check", "record", "to_json"]

_API: Final = Api(
    "nanocorp", "nanocorp_async", {"market_feeds": ""}, most={"MW": 50_000, "EUR/MWh": 20_000}
)
"""No reserve of France comes near 50 GW, no price near 20,000 EUR/MWh."""


async def check(
    client: Nanocorp,
    *,
    pause: float = 0.5,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> Contact:
    """Ask every feed once, and say what it did. Upstream publishes no document to compare.

    Args:
        client: Whose token is used.
        pause: Seconds between requests.
        sleep: Waits.
    """
    return await contact.check(client, _API, known={}, pause=pause, sleep=sleep)


def record(found: Contact, *, words: Sequence[str] = ()) -> Contact:
    """What can be shared of a check; see `trlyr_async.api.record`."""
    environment = "production" if found.asked.endswith(".nanocorp.app") else "other"
    return contact.shared(found, contact.vocabulary(_API, words), environment)
