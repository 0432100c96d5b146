"""The terralayr client: environments, login, and the transport underneath."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self, Unpack

from energy_async.transport.bodies import body_bytes
from energy_async.transport.client import ApiClient
from energy_async.transport.errors import (
    DeadlineExceeded,
    DecodeFailed,
    LoginFailed,
    RequestTimeout,
    StatusError,
)
from energy_async.transport.redact import SecretBytes, SecretText
from energy_async.transport.request import Operation, Reply, Request
from energy_async.transport.tokens.token import TokenCache
from energy_async.transport.tokens.token_life import Grant, is_sendable, seconds_from
from energy_async.transport.urls import base_url_from
from trlyr_async._paths import check_paths, paths_from, sibling_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_async.transport.options import ClientOptions
    from energy_async.transport.tokens.token_life import StoredToken
    from energy_async.transport.tokens.token_store import AccountStore, TokenStore
    from trlyr_async.trading.limits import Limits

__all__ = ["Trlyr"]

_ENVIRONMENTS: Final = {
    "production": "https://api.trlyr.com",
    "sandbox": "https://api.sandbox.trlyr.com",
}
_REFUSED: Final = frozenset({400, 401, 403, 422})
_LIMIT: Final = 10.0

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
_REFRESH: Final = Operation[bytes](
    name="auth.refresh",
    method="POST",
    path="/auth/public/refresh",
    returns=bytes,
    repeatable=False,  # the first try may use the refresh token up
    authenticated=False,
    lane="urgent",
    # Its path has not been read anywhere. `provisional` would warn users of a call that they did
    # not make, and that the login stands in for.
    provenance="partial",
)


class Trlyr(ApiClient[Literal["Trlyr"]]):
    """A client of the terralayr API. One for each event loop; share it between tasks.

    The login happens with the first request that needs a token, once for all tasks.

    Args:
        username: As set when the invitation to the organisation was accepted.
        password: Kept in memory only.
        environment: `production`, `sandbox`, or a base URL.
        token_store: A `FileTokenStore` shares the token with other processes on this machine; a
            `RedisTokenStore`, or a `TokenStore` of your own, also between machines.
        limits: What bids and schedules of this client may say at most; see `trading.Limits`.
        paths: Path templates that are right where ours are not, by operation, such as
            `{"revenue_reporting.get_wholesale_revenue": "/revenue/{virtualAssetID}/spot"}`. The
            same may stand as JSON in the file that `TRLYR_PATHS` names, for `from_env` and `trlyr`.
        options: `rate`, `burst`, `concurrency`, `retries`, `timeout`, `max_response_bytes`,
            `backend`, `on_event`, `headers`, `user_agent` and `wall`, as `energy_async.ApiClient`
            has them. terralayr publishes no limit, so the default rate of 10 a second is polite.
    """

    api: ClassVar[str] = "Trlyr"

    def __init__(
        self,
        username: str,
        password: str,
        *,
        environment: str = "production",
        token_store: TokenStore | None = None,
        limits: Limits | None = None,
        paths: Mapping[str, str] = {},
        **options: Unpack[ClientOptions],
    ) -> None:
        password = SecretText(password)
        check_paths(paths)
        if "base_url" in options:
            message = (
                f'environment= takes a URL: {type(self).__name__}(..., environment="https://...")'
            )
            raise TypeError(message)
        if not username or not password:
            message = "username and password must not be empty"
            raise ValueError(message)
        if not is_text(username) or not is_text(password):
            message = "username or password holds half a surrogate pair, which cannot be sent"
            raise ValueError(message)
        base_url = base_url_of(environment)
        store = None if token_store is None else _account_store(token_store, base_url, username)
        self._username = username
        self._password = password
        self._limit = _LIMIT
        self._tokens = TokenCache(
            self._log_in,
            refresh=self._refresh,
            secrets=(password,),
            store=store,
            on_event=self.tell,
            wall=options.get("wall", time.time),
            sleep=self._sleep,
            draw=self._draw,
        )
        super().__init__(
            base_url, auth=self._tokens, guard=limits, paths=paths, probe=sibling_of, **options
        )

    @classmethod
    def from_env(
        cls,
        *,
        environment: str | None = None,
        token_store: TokenStore | None = None,
        limits: Limits | None = None,
        paths: Mapping[str, str] | None = None,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """A client for `TRLYR_USERNAME`, `TRLYR_PASSWORD` and, if set, `TRLYR_ENVIRONMENT`.

        Paths are corrected as the file says that `TRLYR_PATHS` names, if it is set.

        Raises:
            ValueError: A variable is missing, and the message names all that are; or a path is
                not one for its operation.
        """
        names = ("TRLYR_USERNAME", "TRLYR_PASSWORD")
        username, password = values = [SecretText(os.environ.get(name, "")) for name in names]
        if missing := [name for name, value in zip(names, values, strict=True) if not value]:
            message = f"set the environment variables {' and '.join(missing)}"
            raise ValueError(message)
        chosen = environment or os.environ.get("TRLYR_ENVIRONMENT") or "production"
        return cls(
            str(username),
            password,
            environment=chosen,
            token_store=token_store,
            limits=limits,
            paths=paths_from(os.environ.get("TRLYR_PATHS")) if paths is None else paths,
            **options,
        )

    async def log_in(self) -> StoredToken:
        """The token in use, for whoever keeps it; after a login if there is none.

        Requests log in by themselves: this checks credentials before there is one.

        Raises:
            EnergyApiError: As a request would.
        """
        await self._tokens.token(tries=self._retries + 1)
        return self._tokens.stored()

    async def _log_in(self) -> Grant:
        """Try once. A server that is slow gets twice the time after each try that took too long."""
        try:
            reply = await self.send_raw(self._login_request(), retries=0, timeout=self._limit)
        except DeadlineExceeded as error:
            if isinstance(error.__cause__, RequestTimeout):
                self._limit *= 2
                raise error.__cause__ from None
            raise
        except StatusError as error:
            if error.status in _REFUSED and error.body.lstrip().startswith(b"{"):
                raise self._refused(error) from error
            raise
        except DecodeFailed as error:  # a page
            raise _unusable(error.message, _LOGIN, error.attempts) from None
        self._limit = _LIMIT
        return self._grant_in(reply, _LOGIN)

    async def _refresh(self, refresh_token: str) -> Grant:
        """Try once: whatever goes wrong, a login follows."""
        body = body_bytes({"refresh_token": str(refresh_token)})
        request = Request(_REFRESH, body=SecretBytes(body))
        reply = await self.send_raw(request, retries=0, timeout=_LIMIT)
        return self._grant_in(reply, _REFRESH)

    def _grant_in(self, reply: Reply, operation: Operation[bytes]) -> Grant:
        grant = grant_from(reply.body)
        if grant is None:
            # No cause, no body: whatever came may hold a token.
            message = f"{self.base_url} answered {operation.path} without a usable access_token"
            raise _unusable(message, operation, reply.attempts)
        return grant

    def _login_request(self) -> Request[bytes]:
        body = {"username": self._username, "password": str(self._password)}
        return Request(_LOGIN, body=SecretBytes(body_bytes(body)))

    def _refused(self, error: StatusError) -> LoginFailed:
        said = f" the server says: {error.detail};" if error.detail else ""
        return LoginFailed(
            f"the login at {self.base_url} was refused (HTTP {error.status});{said} check"
            " TRLYR_USERNAME, TRLYR_PASSWORD and that the account belongs to this environment",
            operation=_LOGIN.name,
            attempts=error.attempts,
            request_id=error.request_id,
        )

    async def _sleep(self, seconds: float) -> None:
        await self._clocks.sleep(seconds)

    def _draw(self) -> float:
        return self._clocks.draw()


def is_text(text: str) -> bool:
    """Whether it can be sent; an error of the encoder would quote it."""
    return text.encode("utf-8", "replace").decode() == text


def _unusable(message: str, operation: Operation[bytes], attempts: int) -> LoginFailed:
    error = LoginFailed(message, operation=operation.name, attempts=attempts)
    error.passing = True
    return error


def _account_store(store: TokenStore, base_url: str, username: str) -> AccountStore:
    from energy_async.transport.tokens.token_store import (  # noqa: PLC0415 - of use to few, on demand
        AccountStore,
    )

    return AccountStore(store, base_url, username)


def grant_from(body: bytes) -> Grant | None:
    """The answer to a login, None if it holds no token; a lifetime that means nothing is None."""
    try:
        answer = json.loads(body)  # forgiving where msgspec is strict: NaN, numbers of any size
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    token, refresh_token = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(token, str) or not is_sendable(token):
        return None
    is_usable = isinstance(refresh_token, str) and is_sendable(refresh_token)
    kept = refresh_token if is_usable else None
    return Grant(token, seconds_from(answer.get("expires_in")), kept)


def base_url_of(environment: str) -> str:
    """The base URL behind `production`, `sandbox` or a URL."""
    if environment in _ENVIRONMENTS:
        return _ENVIRONMENTS[environment]
    if "://" not in environment:
        message = f"environment must be production, sandbox or a base URL, got {environment!r}"
        raise ValueError(message)
    return base_url_from(environment)
