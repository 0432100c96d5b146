"""The terralayr client: environments, login, and the transport underneath."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Self, Unpack

import msgspec

from energy_async.transport.client import ApiClient
from energy_async.transport.errors import LoginFailed, StatusError
from energy_async.transport.request import Operation, Request
from energy_async.transport.token import TokenCache, TokenStore
from energy_async.transport.token_life import Grant
from energy_async.transport.urls import base_url_from

if TYPE_CHECKING:
    from energy_async.transport.events import Event
    from energy_async.transport.options import ClientOptions

__all__ = ["Trlyr"]

_ENVIRONMENTS: Final = {
    "production": "https://api.trlyr.com",
    "sandbox": "https://api.sandbox.trlyr.com",
}
_REFUSED: Final = frozenset({400, 401, 403, 404, 422})


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float | None = None

    def __repr__(self) -> str:
        return "_TokenAnswer(***)"


_LOGIN: Final = Operation[bytes](
    name="auth.authenticate",
    method="POST",
    path="/auth/public/authenticate",
    returns=bytes,
    repeatable=True,  # a second login does no harm
    authenticated=False,
    lane="urgent",
    provenance="documented",
)


class Trlyr(ApiClient):
    """A client of the terralayr API. One for each event loop; share it between tasks.

    The login happens with the first request that needs a token, once for all tasks.

    Args:
        username: As set when the invitation to the organisation was accepted.
        password: Kept in memory only.
        environment: `production`, `sandbox`, or a base URL.
        token_store: A `FileTokenStore` shares the token with other processes on this machine.
        options: `rate`, `burst`, `concurrency`, `retries`, `timeout`, `max_response_bytes`,
            `backend` and `on_event`, as `energy_async.ApiClient` has them. terralayr publishes no
            limit, so the default rate of 10 a second is polite.
    """

    def __init__(
        self,
        username: str,
        password: str,
        *,
        environment: str = "production",
        token_store: TokenStore | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        if not username or not password:
            message = "username and password must not be empty"
            raise ValueError(message)
        base_url = base_url_of(environment)
        store = None if token_store is None else token_store.bound_to(base_url, username)
        self._username = username
        self._password = password
        super().__init__(
            base_url,
            auth=TokenCache(self._log_in, secrets=(password,), store=store, on_event=self._tell),
            **options,
        )

    @classmethod
    def from_env(
        cls,
        *,
        environment: str | None = None,
        token_store: TokenStore | None = None,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """A client for `TRLYR_USERNAME`, `TRLYR_PASSWORD` and, if set, `TRLYR_ENVIRONMENT`.

        Raises:
            ValueError: A variable is missing; the message names all that are.
        """
        names = ("TRLYR_USERNAME", "TRLYR_PASSWORD")
        values = [os.environ.get(name, "") for name in names]
        if missing := [name for name, value in zip(names, values, strict=True) if not value]:
            message = f"set the environment variables {' and '.join(missing)}"
            raise ValueError(message)
        chosen = environment or os.environ.get("TRLYR_ENVIRONMENT") or "production"
        return cls(values[0], values[1], environment=chosen, token_store=token_store, **options)

    async def _log_in(self) -> Grant:
        try:
            reply = await self.send_raw(self._login_request())
        except StatusError as error:
            if error.status in _REFUSED:
                raise self._refused(error) from error
            raise
        try:
            answer = msgspec.json.decode(reply.body, type=_TokenAnswer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            answer = None
        if answer is None or not _can_be_sent(answer.access_token):
            # No cause, no body: whatever came may hold a token.
            message = f"{self.base_url} answered the login without a usable access_token"
            raise LoginFailed(message, operation=_LOGIN.name, attempts=reply.attempts) from None
        return Grant(answer.access_token, answer.expires_in)

    def _login_request(self) -> Request[bytes]:
        """Made apart, so that no frame of a login that fails has the password in a variable."""
        body = {"username": self._username, "password": self._password}
        return Request(_LOGIN, body=body)

    def _refused(self, error: StatusError) -> LoginFailed:
        said = f" the server says: {error.detail};" if error.detail else ""
        return LoginFailed(
            f"the login at {self.base_url} was refused (HTTP {error.status});{said} check"
            " TRLYR_USERNAME, TRLYR_PASSWORD and that the account belongs to this environment",
            operation=_LOGIN.name,
            attempts=error.attempts,
            request_id=error.request_id,
        )

    def _tell(self, event: Event) -> None:
        self._watch.tell(event)


def _can_be_sent(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def base_url_of(environment: str) -> str:
    """The base URL behind `production`, `sandbox` or a URL."""
    if environment in _ENVIRONMENTS:
        return _ENVIRONMENTS[environment]
    if "://" not in environment:
        message = f"environment must be production, sandbox or a base URL, got {environment!r}"
        raise ValueError(message)
    return base_url_from(environment)
