"""The API itself: what the feeds do today, against what this client expects of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from energy_async import contact
from energy_async.contact import Api, Contact, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nanocorp_async._client import Nanocorp

__all__ = ["Contact", "check", "record", "to_json"]

_API: Final = Api(
    "nanocorp",
    "nanocorp_async",
    {"market_feeds": ""},
    {"https://co-c8jb.nanocorp.app": "production"},
    {"MW": 50_000, "EUR/MWh": 20_000},  # no reserve and no price of France comes near
)


async def check(client: Nanocorp, *, pause: float = 0.5) -> Contact:
    """Ask every feed once, `pause` seconds apart, and say what it did."""
    return await contact.check(client, _API, known={}, pause=pause)


def record(found: Contact, *, words: Sequence[str] = ()) -> Contact:
    """What can be shared of a check; see `trlyr_async.api.record`."""
    return contact.shared(found, _API, words)
