"""Tokens: one that never changes, or one that is fetched, shared and renewed in time."""

from __future__ import annotations

import copy
import math
import random
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

import anyio
import msgspec

from energy_async.transport.errors import (
    ClientClosed,
    DeadlineExceeded,
    EnergyApiError,
    LoginFailed,
)
from energy_async.transport.events import Event, RetryScheduled, TokenRenewed
from energy_async.transport.redact import SecretText, without_frames
from energy_async.transport.tokens.own_task import OwnTask
from energy_async.transport.tokens.token_life import (
    Allowance,
    Grant,
    Life,
    Rest,
    StoredToken,
    is_sendable,
    lifetime_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from energy_async.transport.tokens.token_store import AccountStore

__all__ = ["Auth", "Grant", "StaticToken", "Token", "TokenCache"]

_REFUSAL_REMEMBERED: Final = 5.0
_LONGEST_REMEMBERED: Final = 60.0
_RENEW_AGAIN: Final = 5.0
_REFRESH_AGAIN: Final = 3600.0
_SECRETS_KEPT: Final = 8


class Token:
    """A token in use. `generation` tells it from the ones before and after it."""

    __slots__ = ("generation", "header", "value")

    def __init__(self, value: str, generation: int) -> None:
        self.value: SecretText = SecretText(value)
        self.generation: int = generation
        self.header: SecretText = SecretText(f"Bearer {value}")

    def __repr__(self) -> str:
        return f"Token(***, generation={self.generation})"


class Auth(Protocol):
    """Where the transport gets its token from."""

    def token_now(self) -> Token | None:
        """The token if it can be used at once; None if `token` must be awaited."""

    async def token(self, *, within: float = math.inf, tries: float = 1) -> Token:
        """The token, fetched if need be, within so many seconds and so many tries."""

    def refused(self, token: Token) -> bool:
        """The server answered 401 to `token`; True if another one may fare better."""

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not appear in anything that is shown."""

    async def aclose(self) -> None:
        """End what is under way; nothing begins after that."""


class StaticToken:
    """A token that the user got elsewhere and that cannot be renewed."""

    def __init__(self, value: str) -> None:
        value = SecretText(value)
        if not is_sendable(value):
            message = "the token is empty or holds characters that no header can carry"
            raise ValueError(message)
        self._token = Token(value, 1)

    def token_now(self) -> Token:
        """The token."""
        return self._token

    async def token(self, *, within: float = math.inf, tries: float = 1) -> Token:  # noqa: ARG002
        """The token."""
        return self._token

    def refused(self, token: Token) -> bool:  # noqa: ARG002 - the protocol's signature
        """False: there is no other token."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self._token.value,)

    async def aclose(self) -> None:
        """Nothing is under way."""

    def __repr__(self) -> str:
        return "StaticToken(***)"


@dataclass(eq=False)
class _Caller:
    """Somebody who waits for a token: until when, and how many failed logins long."""

    deadline: float
    tries: float
    error: Exception | None = None
    served: anyio.Event = field(default_factory=anyio.Event)


class TokenCache:
    """One login for any number of tasks, in a task that belongs to none of them.

    While there is a token that is good, nobody waits: `token_now` gives it, and shortly before its
    end has it renewed beside the requests that go on with it. If that fails, nobody notices, and it
    is tried again some seconds later. Where there is none, callers wait. Neither their deadlines
    nor their cancellations end the login that they wait for, and there is never more than one.

    A login that fails is repeated as long as somebody waits who can bear it, each time after a
    longer rest. Only `LoginFailed` that is not `passing` is final. Then an account is not locked:
    refused credentials are remembered for 5 seconds, twice as long each time, up to a minute. Nor
    does a server that refuses good tokens see a storm of logins: refusals cost 5 in a row at most,
    then one every 5 seconds; in between a 401 is passed on.

    `login` tries once, and raises `LoginFailed` if the credentials are refused. `refresh` is tried
    first where a token is renewed in time; whatever error it raises, `login` follows, and it is
    left alone for an hour. The monotonic `clock` stands still while some machines sleep, so `wall`,
    seconds since the epoch, counts too.
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
        sleep: Callable[[float], Awaitable[None]] | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._login = login
        self._refresh = refresh
        self._secrets = tuple(map(SecretText, secrets))
        self._store = store
        self._on_event = on_event
        self._clock = clock
        self._wall = wall
        self._sleep = sleep or anyio.sleep
        self._draw = draw
        self._token: Token | None = None
        self._life = Life()
        self._generation = 0
        self._refresh_token: SecretText | None = None
        self._refresh_after = -math.inf
        self._seen: deque[SecretText] = deque(maxlen=_SECRETS_KEPT)
        self._refused_value: str | None = None
        self._was_refused = False
        self._replacements = Allowance(5, every=5.0)
        self._renew_after = -math.inf
        self._refusals = 0
        self._refusal: LoginFailed | None = None
        self._refused_until = -math.inf
        self._task: OwnTask | None = None
        self._closed = False
        self._callers: set[_Caller] = set()
        self._rest = Rest()
        self._nap: anyio.CancelScope | None = None

    def __repr__(self) -> str:
        return f"TokenCache(generation={self._generation}, has_token={self._token is not None})"

    def secrets(self) -> tuple[str, ...]:
        """The password, and the last tokens: a late answer may quote one that has been replaced."""
        return (*self._secrets, *self._seen)

    def token_now(self) -> Token | None:
        """The token if it is good; near its end, a renewal begins beside it."""
        token = self._token
        if token is None:
            return None
        now = self._clock()
        if now < self._life.renew_at and self._wall() < self._life.renew_at_wall:
            return token
        if not self._is_good(now):
            return None
        if now >= self._renew_after:
            self._begin()
        return token

    def _is_good(self, now: float) -> bool:
        return (
            self._token is not None
            and now < self._life.ends_at
            and self._wall() < self._life.ends_at_wall
        )

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

    async def token(self, *, within: float = math.inf, tries: float = 1) -> Token:
        """The token, after a login if need be. A caller that leaves does not end the login.

        It can wait for `within` seconds, and bear `tries` failed logins.

        Raises:
            LoginFailed: The credentials were refused, now or not long ago.
            DeadlineExceeded: There was no token in time.
            EnergyApiError: The login could not be carried out.
        """
        if (token := self.token_now()) is not None:
            return token
        caller = _Caller(self._clock() + within, tries)
        while True:
            now = self._clock()
            if self._refusal is not None and now < self._refused_until:
                raise _copy(self._refusal)
            await self._served(caller)
            if caller.error is not None:
                raise caller.error
            if (token := self.token_now()) is not None:
                return token

    def stored(self) -> StoredToken:
        """The present token as others may use it.

        Raises:
            RuntimeError: There is none.
        """
        if self._token is None:
            raise RuntimeError("there is no token")
        life, refresh_token = self._life, self._refresh_token
        return StoredToken(
            token=str(self._token.value),
            ends_at=life.ends_at_wall if life.ends_at_wall < math.inf else None,
            lifetime=life.lifetime,
            refresh_token=None if refresh_token is None else str(refresh_token),
        )

    async def _served(self, caller: _Caller) -> None:
        caller.served = anyio.Event()
        self._callers.add(caller)
        try:
            self._begin()
            if self._rest.hurry(caller.deadline) and self._nap is not None:
                self._nap.cancel()  # this caller would miss its deadline
            with anyio.move_on_after(caller.deadline - self._clock()):
                await caller.served.wait()
                return
        finally:
            self._callers.discard(caller)
        raise DeadlineExceeded(self._rest.described("the deadline passed before there was a token"))

    def _begin(self) -> None:
        if self._closed:
            raise ClientClosed("the client was closed before the request could be sent")
        if self._task is None or not self._task.is_running:
            self._task = OwnTask(self._work, "energy_async login")

    async def aclose(self) -> None:
        """End the login if one is under way; no other will begin."""
        self._closed = True
        if self._task is not None:
            await self._task.end()

    # In the client's own task

    async def _work(self) -> None:
        self._rest, generation = Rest(), self._generation
        try:
            while (error := await self._try()) is not None:
                self._answer(error)
                if self._callers:
                    await self._pause(error)
                if not self._callers:
                    break
        finally:  # whatever has ended it
            if self._generation == generation:
                rest = min(_RENEW_AGAIN, self._life.patience)
                self._renew_after = max(self._refused_until, self._clock() + rest)
            for caller in self._callers:
                caller.served.set()

    async def _try(self) -> Exception | None:
        """What a login fails with, without the frames that know the password; None if it works."""
        self._rest.began(self._clock())
        try:
            await self._renew(present=self._token if self._is_good(self._clock()) else None)
        except Exception as error:  # noqa: BLE001 - of whatever kind: nobody else would see it
            without_frames(error)
            return error
        return None

    def _answer(self, error: Exception) -> None:
        self._rest.failed(error, self._clock(), self._draw())
        is_final = not isinstance(error, EnergyApiError)
        if isinstance(error, LoginFailed) and not error.passing:
            is_final = True
            self._remember_refusal(error)
        for caller in self._callers:
            caller.tries -= self._rest.counts
            self._rest.hurry(caller.deadline)
        for caller in tuple(self._callers):
            if is_final or caller.tries <= 0 or self._rest.is_too_long(caller.deadline):
                caller.error = _copy(error)
                caller.served.set()
                self._callers.discard(caller)

    def _remember_refusal(self, error: LoginFailed) -> None:
        remembered = min(_REFUSAL_REMEMBERED * 2.0**self._refusals, _LONGEST_REMEMBERED)
        self._refusal, self._refused_until = error, self._clock() + remembered
        self._refusals = min(self._refusals + 1, 10)

    async def _pause(self, error: Exception) -> None:
        if self._on_event is not None:
            delay = self._rest.left(self._clock())
            name, reason = getattr(error, "operation", ""), type(error).__name__
            self._on_event(RetryScheduled(name, self._rest.tries, delay, reason))
        while (left := self._rest.left(self._clock())) > 0:
            with anyio.CancelScope() as self._nap:
                await self._sleep(left)
            if not self._nap.cancelled_caught:
                break
        self._nap = None

    async def _renew(self, present: Token | None) -> None:
        """Use a new token; none if another process is fetching one and `present` is good."""
        store = self._store
        if store is None:
            await self._obtain(self._refresh_token)
            return
        if self._use_stored(await store.load(), present):
            return
        async with store.locked(early=present is not None) as state:
            stored = await store.load()
            if self._use_stored(stored, present) or (state == "busy" and present is not None):
                return
            # A refresh token may work only once, so without the lock it is not touched. The stored
            # one is the newest that any process has.
            known = self._refresh_token if stored is None else stored.refresh_token
            await self._obtain(known if state == "held" else None)
            await store.save(self.stored())

    def _use_stored(self, stored: StoredToken | None, present: Token | None) -> bool:
        """Use a stored token, unless it was refused or is over, or near its end beside another."""
        known = self._token.value if self._token is not None else None
        if stored is None or stored.token in {self._refused_value, known}:
            return False
        left = stored.ends_at
        if left is not None:  # a clock that was set back must not lengthen its life
            left = min(left - self._wall(), stored.lifetime or math.inf)
        now = self._clock()
        life = Life.starting(now, self._wall(), left, stored.lifetime)
        if now >= (life.ends_at if present is None else life.renew_at):
            return False
        self._take(stored.token, stored.refresh_token, life, "store")
        return True

    async def _obtain(self, refresh_token: str | None) -> None:
        asked_at = self._clock()
        grant = await self._refreshed(refresh_token)
        if grant is not None:
            self._accept(grant, "refresh", asked_at)
        else:
            self._accept(await self._login(), "login", asked_at)

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
        except Exception:  # noqa: BLE001 - whatever it is, a login follows
            self._refresh_after = self._clock() + _REFRESH_AGAIN
            return None
        if grant.refresh_token is None:  # not rotated: the old one goes on
            grant = msgspec.structs.replace(grant, refresh_token=refresh_token)
        return grant

    def _accept(self, grant: Grant, source: Literal["login", "refresh"], asked_at: float) -> None:
        """Use a grant. Its life began on the server, at worst as soon as it was asked for."""
        now, wall = self._clock(), self._wall()
        left = lifetime = lifetime_of(grant, wall=wall)
        if left is not None:
            left -= min(now - asked_at, left / 10)
        life = Life.starting(now, wall, left, lifetime)
        self._take(grant.token, grant.refresh_token, life, source)

    def _take(
        self,
        value: str,
        refresh_token: str | None,
        life: Life,
        source: Literal["login", "store", "refresh"],
    ) -> None:
        self._remember(value, refresh_token)
        self._generation += 1
        self._token = Token(value, self._generation)
        self._refresh_token = None if refresh_token is None else SecretText(refresh_token)
        self._life, self._refusal = life, None
        self._was_refused, self._refusals = False, 0
        if self._on_event is not None:
            self._on_event(TokenRenewed(self._generation, life.lifetime, source))

    def _remember(self, *secrets: str | None) -> None:
        self._seen.extend(SecretText(one) for one in secrets if one and one not in self._seen)


def _copy(error: Exception) -> Exception:
    """A copy for one of several callers: an error that is raised grows a traceback."""
    try:
        copied = copy.copy(error)
    except Exception:  # noqa: BLE001 - a foreign error need not bear it
        return error
    copied.__cause__ = error.__cause__
    return copied
