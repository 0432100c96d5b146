"""The terralayr API: its doorkeeper, and the handlers of all its areas over one state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api_sandbox.areas.access import Access
from api_sandbox.areas.ancillary import Ancillary
from api_sandbox.areas.auctions import Auctions
from api_sandbox.areas.blocks import Blocks
from api_sandbox.areas.monitoring import Monitoring
from api_sandbox.areas.operational import Operational
from api_sandbox.areas.physical_assets import PhysicalAssets
from api_sandbox.areas.physical_bids import PhysicalBids
from api_sandbox.areas.revenue import Revenue
from api_sandbox.areas.unavailabilities import Unavailabilities
from api_sandbox.areas.virtual_assets import VirtualAssets
from api_sandbox.state.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from api_sandbox.counters import Counters
    from api_sandbox.handling import Handler
    from api_sandbox.tokens import TokenBook
    from api_sandbox.world.world import World

_AREAS = (
    Ancillary, Auctions, Blocks, Monitoring, Operational, PhysicalAssets, PhysicalBids, Revenue,
    Unavailabilities, VirtualAssets,
)  # fmt: skip


class Terralayr:
    """Answers for every terralayr operation that the documents hold."""

    def __init__(
        self, world: World, tokens: TokenBook, counters: Counters, *,
        username: str, password: str, now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._tokens = tokens
        self._state = State(world, now)
        self._access = Access(tokens, counters, username=username, password=password)

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        handlers = dict(self._access.handlers())
        for area in _AREAS:
            handlers |= area(self._state).handlers()
        return handlers

    def authorise(self, authorization: str | None) -> None:
        """Let a request pass if its token is valid (see `TokenBook.check`)."""
        self._tokens.check(authorization)
