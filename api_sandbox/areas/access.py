"""Logging in and renewing tokens."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import TYPE_CHECKING

from api_sandbox.handling import Handler
from api_sandbox.problems import Refusal

if TYPE_CHECKING:
    from api_sandbox.counters import Counters
    from api_sandbox.tokens import TokenBook
    from api_sandbox.validation import Call


class Access:
    """The operations of `auth`."""

    def __init__(
        self, tokens: TokenBook, counters: Counters, *, username: str, password: str
    ) -> None:
        self._tokens, self._counters = tokens, counters
        self._username, self._password = username, password

    def handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each route."""
        return {
            "POST /auth/public/authenticate": Handler(self._log_in),
            "POST /auth/public/refresh": Handler(self._refresh),
        }

    def _log_in(self, call: Call) -> object:
        body = call.body if isinstance(call.body, Mapping) else {}
        given = [body.get("username"), body.get("password")]
        if not all(isinstance(text, str) for text in given):
            raise Refusal(400, "request body: expected the texts `username` and `password`")
        wanted = [self._username, self._password]
        if not all(
            compare_digest(str(a).encode(), b.encode()) for a, b in zip(given, wanted, strict=True)
        ):
            self._counters.failed_logins += 1
            raise Refusal(401, "wrong username or password")
        self._counters.logins += 1
        return self._tokens.issue(self._username)

    def _refresh(self, call: Call) -> object:
        return self._tokens.renew(str(call.body["refresh_token"]))
