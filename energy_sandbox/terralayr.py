"""The terralayr API: who may come in, and the handlers of all its areas over one state."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import TYPE_CHECKING

from energy_sandbox.areas import (
    ancillary,
    auctions,
    blocks,
    monitoring,
    operational,
    physical_assets,
    revenue,
    virtual_assets,
)
from energy_sandbox.handling import Handler
from energy_sandbox.problems import Refusal
from energy_sandbox.state.state import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from energy_sandbox.counters import Counters
    from energy_sandbox.tokens import TokenBook
    from energy_sandbox.validation import Call
    from energy_sandbox.world.world import World

_AREAS = (
    ancillary, auctions, blocks, monitoring, operational, physical_assets, revenue, virtual_assets,
)  # fmt: skip


class Terralayr:
    """Answers for every terralayr operation that the documents hold."""

    def __init__(
        self, world: World, tokens: TokenBook, counters: Counters, *,
        username: str, password: str, now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._tokens, self._counters = tokens, counters
        self._username, self._password = username, password
        self._state = State(world, now)

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each operation."""
        handlers = {
            name: handler.over(self._state)
            for area in _AREAS
            for name, handler in area.HANDLERS.items()
        }
        return handlers | {
            "auth.authenticate": Handler(self._log_in),
            "auth.refresh": Handler(self._refresh),
        }

    def authorise(self, authorization: str | None) -> None:
        """Let a request pass if its token is valid (see `TokenBook.check`)."""
        self._tokens.check(authorization)

    def _log_in(self, call: Call) -> object:
        body = call.body if isinstance(call.body, Mapping) else {}
        given = body.get("username"), body.get("password")
        if not all(isinstance(text, str) for text in given):
            raise Refusal(400, "request body: expected the texts `username` and `password`")
        wanted = self._username, self._password
        pairs = zip(map(str, given), wanted, strict=True)
        if not all(compare_digest(one.encode(), other.encode()) for one, other in pairs):
            raise Refusal(401, "wrong username or password")
        self._counters.logins += 1
        return self._tokens.issue(self._username)

    def _refresh(self, call: Call) -> object:
        return self._tokens.renew(str(call.body["refresh_token"]))
