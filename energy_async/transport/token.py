"""Tokens: one that never changes, or one that is fetched, shared and renewed in time."""

from __future__ import annotations

import copy
import math
import time
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import anyio

from energy_async.transport.errors import EnergyApiError, LoginFailed
from energy_async.transport.events import Event, TokenRenewed
from energy_async.transport.token_life import Grant, Life, lifetime_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Auth", "Grant", "StaticToken", "Token", "TokenCache", "TokenStore"]

_REFUSAL_REMEMBERED: Final = 5.0
_ADVISORY_AGAIN: Final = 5.0


class Token:
    """A token in use. `generation` tells it from the ones before and after it."""

    __slots__ = ("generation", "header", "value")

    def __init__(self, value: str, generation: int) -> None:
        self.value = value
        self.generation = generation
        self.header = f"Bearer {value}"

    def __repr__(self) -> str:
        return f"Token(***, generation={self.generation})"


class Auth(Protocol):
    """Where the transport gets its token from."""

    def token_now(self) -> Token | None:
        """The token if it can be used at once; None if `token` must be awaited."""

    async def token(self) -> Token:
        """The token, fetched or renewed if need be."""

    def refused(self, token: Token) -> bool:
        """The server answered 401 to `token`; True if another one may fare better."""

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not appear in anything that is shown."""


class TokenStore(Protocol):
    """A place that processes share tokens through."""

    def bound_to(self, base_url: str, user: str) -> TokenStore:
        """The same place for one account; the other methods are called on this one only."""

    async def acquire(self) -> object:
        """Lock the place if possible; never fails. Returns what `release` takes."""

    def release(self, held: Any) -> None:  # noqa: ANN401 - the store's own
        """Unlock it; does not wait."""

    async def load(self) -> tuple[str, float | None, float | None] | None:
        """Token, its end (seconds since the epoch) and its lifetime, as far as known."""

    async def save(self, token: str, ends_at: float | None, lifetime: float | None) -> None:
        """Keep a token for others. Never fails: what cannot be kept is logged."""


class StaticToken:
    """A token that the user got elsewhere and that cannot be renewed."""

    def __init__(self, value: str) -> None:
        if not value or value != value.strip() or not value.isascii() or not value.isprintable():
            message = "the token is empty or holds characters that no header can carry"
            raise ValueError(message)
        self._token = Token(value, 1)

    def token_now(self) -> Token:
        """The token."""
        return self._token

    async def token(self) -> Token:
        """The token."""
        return self._token

    def refused(self, token: Token) -> bool:  # noqa: ARG002 - the protocol's signature
        """False: there is no other token."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self._token.value,)

    def __repr__(self) -> str:
        return "StaticToken(***)"


class TokenCache:
    """One login for any number of tasks.

    While the token is fresh, `token_now` answers without waiting. Shortly before its end one caller
    renews it while all others go on with the present one; if that fails, nobody notices, and it
    is tried again some seconds later. Only when the token is about to end, or there is none, do
    callers wait for the one login that is under way. A login that fails, fails for all who waited
    for it; refused credentials are remembered for 5 seconds, so that many tasks cannot lock the
    account. If the caller that logs in is cancelled, the next one takes over.

    Args:
        login: Fetches a new token; raises `LoginFailed` if the credentials are refused.
        secrets: Texts to mask, such as the password.
        store: Shares the token with other processes.
        on_event: Told of each new token.
        clock: A monotonic clock; stands still while some machines sleep, so `wall` counts too.
        wall: Seconds since the epoch.
    """

    def __init__(
        self,
        login: Callable[[], Awaitable[Grant]],
        *,
        secrets: tuple[str, ...] = (),
        store: TokenStore | None = None,
        on_event: Callable[[Event], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._login = login
        self._secrets = secrets
        self._store = store
        self._on_event = on_event
        self._clock = clock
        self._wall = wall
        self._token: Token | None = None
        self._life = Life()
        self._generation = 0
        self._refused_value: str | None = None
        self._lock: anyio.Lock | None = None
        self._renewing = False
        self._advisory_after = -math.inf
        self._failures = 0
        self._failure: EnergyApiError | None = None
        self._failed_at = -math.inf

    def __repr__(self) -> str:
        return f"TokenCache(generation={self._generation}, has_token={self._token is not None})"

    def secrets(self) -> tuple[str, ...]:
        """The password and the present token."""
        return self._secrets if self._token is None else (*self._secrets, self._token.value)

    def token_now(self) -> Token | None:
        """The token, unless it is time to renew it and this caller is the one to do so."""
        token = self._token
        if token is None:
            return None
        now = self._clock()
        if now < self._life.renew_at and self._wall() < self._life.renew_at_wall:
            return token
        return token if self._is_usable(now) and not self._should_renew(now) else None

    def _is_usable(self, now: float) -> bool:
        return now < self._life.usable_until and self._wall() < self._life.usable_until_wall

    def _should_renew(self, now: float) -> bool:
        return not self._renewing and now >= self._advisory_after

    def refused(self, token: Token) -> bool:
        """Drop `token` if it is still the present one; a newer one stays."""
        if self._token is not None and token.generation == self._token.generation:
            self._refused_value = token.value
            self._token = None
        return True

    async def token(self) -> Token:
        """The token, after a login if need be.

        Raises:
            LoginFailed: The credentials were refused, now or in the last seconds.
            EnergyApiError: The login could not be carried out.
        """
        if self._token is not None and self._is_usable(self._clock()):
            return await self._renew_early(self._token)
        failures = self._failures
        if self._lock is None:
            self._lock = anyio.Lock(fast_acquire=True)
        async with self._lock:
            token = self._token
            if token is not None and self._is_usable(self._clock()):
                return token
            self._raise_remembered(failures)
            return await self._renew()

    async def _renew_early(self, present: Token) -> Token:
        if not self._should_renew(self._clock()):
            return present
        self._renewing = True
        try:
            return await self._renew()
        except EnergyApiError:
            self._advisory_after = self._clock() + min(_ADVISORY_AGAIN, self._life.patience)
            return present
        finally:
            self._renewing = False

    def _raise_remembered(self, failures: int) -> None:
        """Pass on a failure that came while this caller waited, or a refusal of a moment ago."""
        error = self._failure
        if error is None:
            return
        is_recent = self._clock() - self._failed_at < _REFUSAL_REMEMBERED
        if self._failures > failures or (isinstance(error, LoginFailed) and is_recent):
            raise copy.copy(error) from error

    async def _renew(self) -> Token:
        try:
            if self._store is None:
                return self._accept(await self._login())
            return await self._renew_through(self._store)
        except EnergyApiError as error:
            self._failures += 1
            self._failure, self._failed_at = error, self._clock()
            raise

    async def _renew_through(self, store: TokenStore) -> Token:
        held = await store.acquire()
        try:
            stored = await store.load()
            if stored is not None and (token := self._adopt(*stored)) is not None:
                return token
            grant = await self._login()
            token = self._accept(grant)
            await store.save(token.value, self._life.ends_at_wall, self._life.lifetime)
            return token
        finally:
            store.release(held)

    def _adopt(self, value: str, ends_at: float | None, lifetime: float | None) -> Token | None:
        """Use a stored token, unless it was refused or is about to end."""
        present = self._token.value if self._token is not None else None
        if value in {self._refused_value, present}:
            return None
        left = None if ends_at is None else ends_at - self._wall()
        life = Life.starting(self._clock(), self._wall(), left, lifetime)
        if self._clock() >= life.renew_at:
            return None
        return self._take(value, life, "store")

    def _accept(self, grant: Grant) -> Token:
        wall = self._wall()
        lifetime = lifetime_of(grant, wall=wall)
        return self._take(grant.token, Life.starting(self._clock(), wall, lifetime), "login")

    def _take(self, value: str, life: Life, source: Literal["login", "store"]) -> Token:
        self._generation += 1
        self._token = token = Token(value, self._generation)
        self._life, self._failure = life, None
        if self._on_event is not None:
            self._on_event(TokenRenewed(self._generation, life.lifetime, source))
        return token
