"""Tokens: one that never changes, or one that is fetched, shared and renewed in time."""

from __future__ import annotations

import copy
import math
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Literal, Protocol

import anyio
import msgspec

from energy_async.transport.errors import EnergyApiError, LoginFailed
from energy_async.transport.events import Event, TokenRenewed
from energy_async.transport.token_life import (
    Allowance,
    Grant,
    Life,
    StoredToken,
    is_sendable,
    lifetime_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from energy_async.transport.token_store import AccountStore

__all__ = ["Auth", "Grant", "StaticToken", "Token", "TokenCache"]

_REFUSAL_REMEMBERED: Final = 5.0
_LONGEST_REMEMBERED: Final = 60.0
_ADVISORY_AGAIN: Final = 5.0
_EARLY_LIMIT: Final = 10.0
_REFRESH_AGAIN: Final = 3600.0
_SECRETS_KEPT: Final = 8


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


class StaticToken:
    """A token that the user got elsewhere and that cannot be renewed."""

    def __init__(self, value: str) -> None:
        if not is_sendable(value):
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
    for it. If the caller that logs in is cancelled, the next one takes over.

    An account is not locked by it: refused credentials are remembered for 5 seconds, twice as long
    each time, up to a minute. Nor does a server that refuses good tokens see a storm of logins:
    refusals cost 5 in a row at most, then one every 5 seconds; in between a 401 is passed on.

    Args:
        login: Fetches a new token; raises `LoginFailed` if the credentials are refused.
        refresh: Exchanges a refresh token for a new grant. Tried first where a token is renewed in
            time; whatever error it raises, `login` follows, and it is left alone for an hour.
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
        refresh: Callable[[str], Awaitable[Grant]] | None = None,
        secrets: tuple[str, ...] = (),
        store: AccountStore | None = None,
        on_event: Callable[[Event], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._login = login
        self._refresh = refresh
        self._secrets = secrets
        self._store = store
        self._on_event = on_event
        self._clock = clock
        self._wall = wall
        self._token: Token | None = None
        self._life = Life()
        self._generation = 0
        self._refresh_token: str | None = None
        self._refresh_after = -math.inf
        self._seen: deque[str] = deque(maxlen=_SECRETS_KEPT)
        self._refused_value: str | None = None
        self._was_refused = False
        self._replacements = Allowance(5, every=5.0)
        self._lock: anyio.Lock | None = None
        self._advisory_after = -math.inf
        self._failures = 0
        self._refusals = 0
        self._failure: EnergyApiError | None = None
        self._failed_at = -math.inf

    def __repr__(self) -> str:
        return f"TokenCache(generation={self._generation}, has_token={self._token is not None})"

    def secrets(self) -> tuple[str, ...]:
        """The password, and the last tokens: a late answer may quote one that has been replaced."""
        return (*self._secrets, *self._seen)

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
        is_renewing = self._lock is not None and self._lock.locked()
        return not is_renewing and now >= self._advisory_after

    def refused(self, token: Token) -> bool:
        """Drop `token` if it is still the present one; a newer one stays.

        False, and the token stays, if refusals have cost too many logins of late: then it is not
        the token that is wrong, and another one would fare no better.
        """
        if self._token is None or token.generation != self._token.generation:
            return True
        if not self._replacements.spend(self._clock()):
            return False
        self._refused_value = token.value
        self._was_refused = True
        self._token = None
        return True

    async def token(self) -> Token:
        """The token, after a login if need be.

        Raises:
            LoginFailed: The credentials were refused, now or not long ago.
            EnergyApiError: The login could not be carried out.
        """
        if (fresh := self.token_now()) is not None:
            return fresh
        if self._lock is None:
            self._lock = anyio.Lock(fast_acquire=True)
        now = self._clock()
        if self._token is not None and self._is_usable(now) and self._should_renew(now):
            return await self._renew_early(self._token, self._lock)
        failures = self._failures
        async with self._lock:
            token = self._token
            if token is not None and self._is_usable(self._clock()):
                return token
            self._raise_remembered(failures)
            return await self._renew(None)

    async def _renew_early(self, present: Token, lock: anyio.Lock) -> Token:
        renewed = present
        lock.acquire_nowait()  # free, as `_should_renew` has seen
        try:
            with anyio.move_on_after(_EARLY_LIMIT):
                renewed = await self._renew(present)
        except EnergyApiError:
            pass  # remembered; the present token is still good
        finally:
            lock.release()
        if renewed is present:
            self._advisory_after = self._clock() + min(_ADVISORY_AGAIN, self._life.patience)
        return renewed

    def _raise_remembered(self, failures: int) -> None:
        """Pass on a failure that came while this caller waited, or a refusal of a moment ago."""
        error = self._failure
        if error is None:
            return
        remembered = min(_REFUSAL_REMEMBERED * 2.0 ** (self._refusals - 1), _LONGEST_REMEMBERED)
        is_recent = self._clock() - self._failed_at < remembered
        if self._failures > failures or (isinstance(error, LoginFailed) and is_recent):
            raise copy.copy(error) from error

    async def _renew(self, present: Token | None) -> Token:
        """A new token; `present`, if given, where another process is fetching one."""
        try:
            if self._store is None:
                return await self._obtain(self._refresh_token)
            return await self._renew_through(self._store, present)
        except EnergyApiError as error:
            self._failures += 1
            self._refusals = min(self._refusals + isinstance(error, LoginFailed), 10)
            self._failure, self._failed_at = error, self._clock()
            raise

    async def _renew_through(self, store: AccountStore, present: Token | None) -> Token:
        if (token := self._adopt(await store.load())) is not None:
            return token
        async with store.locked(early=present is not None) as state:
            stored = await store.load()
            if (token := self._adopt(stored)) is not None:
                return token
            if state == "busy" and present is not None:
                return present
            # A refresh token may work only once, so without the lock it is not touched. The stored
            # one is the newest that any process has.
            known = self._refresh_token if stored is None else stored.refresh_token
            token = await self._obtain(known if state == "held" else None)
            await store.save(
                StoredToken(
                    token=token.value,
                    ends_at=self._life.ends_at_wall,
                    lifetime=self._life.lifetime,
                    refresh_token=self._refresh_token,
                )
            )
            return token

    def _adopt(self, stored: StoredToken | None) -> Token | None:
        """Use a stored token, unless it was refused or is about to end."""
        present = self._token.value if self._token is not None else None
        if stored is None or stored.token in {self._refused_value, present}:
            return None
        left = stored.ends_at
        if left is not None:  # a clock that was set back must not lengthen its life
            left = min(left - self._wall(), stored.lifetime or math.inf)
        life = Life.starting(self._clock(), self._wall(), left, stored.lifetime)
        if self._clock() >= life.renew_at:
            return None
        return self._take(stored.token, stored.refresh_token, life, "store")

    async def _obtain(self, refresh_token: str | None) -> Token:
        asked_at = self._clock()
        grant = await self._refreshed(refresh_token)
        if grant is not None:
            return self._accept(grant, "refresh", asked_at)
        return self._accept(await self._login(), "login", asked_at)

    async def _refreshed(self, refresh_token: str | None) -> Grant | None:
        """A grant for the refresh token; None if that is not possible or not worth trying.

        After a refusal it is not: what a token comes from may be refused for the same reason.
        """
        if self._refresh is None or refresh_token is None or self._was_refused:
            return None
        if self._clock() < self._refresh_after:
            return None
        self._remember(refresh_token)
        try:
            grant = await self._refresh(refresh_token)
        except EnergyApiError:
            self._refresh_after = self._clock() + _REFRESH_AGAIN
            return None
        if grant.refresh_token is None:  # not rotated: the old one goes on
            grant = msgspec.structs.replace(grant, refresh_token=refresh_token)
        return grant

    def _accept(self, grant: Grant, source: Literal["login", "refresh"], asked_at: float) -> Token:
        """Use a grant. Its life began on the server, at worst as soon as it was asked for."""
        now, wall = self._clock(), self._wall()
        left = lifetime = lifetime_of(grant, wall=wall)
        if left is not None:
            left -= min(now - asked_at, left / 10)
        life = Life.starting(now, wall, left, lifetime)
        return self._take(grant.token, grant.refresh_token, life, source)

    def _take(
        self,
        value: str,
        refresh_token: str | None,
        life: Life,
        source: Literal["login", "store", "refresh"],
    ) -> Token:
        self._remember(value, refresh_token)
        self._generation += 1
        self._token = token = Token(value, self._generation)
        self._refresh_token = refresh_token
        self._life, self._failure = life, None
        self._was_refused, self._refusals = False, 0
        if self._on_event is not None:
            self._on_event(TokenRenewed(self._generation, life.lifetime, source))
        return token

    def _remember(self, *secrets: str | None) -> None:
        self._seen.extend(secret for secret in secrets if secret and secret not in self._seen)
