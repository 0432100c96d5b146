"""Where processes share tokens: the protocol of a store, and one account's place in it."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, TypeVar

import anyio
import msgspec

from energy_async.transport.tokens.token_life import StoredToken, is_sendable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

__all__ = ["AccountStore", "LockState", "TokenStore"]

T = TypeVar("T")

LockState: TypeAlias = Literal["held", "busy", "broken"]
"""Ours; somebody else's; not to be had, because the store fails."""

_log: Final = logging.getLogger("energy_async")
_VERSION: Final = 1
_WAIT_AGAIN: Final = 60.0


class TokenStore(Protocol):
    """A place that processes share tokens through: bytes under a key, and a lock for each key.

    `FileTokenStore` is one for a machine, `RedisTokenStore` for a network; another is these three
    methods. They may raise anything and may hang: the client logs it, waits 2 seconds for an answer
    and 5 for a lock that somebody else holds, and then logs in as if there were no store. A `key`
    is 32 characters out of 0-9 and a-f, made from base URL and user. The content is a secret, like
    a password: keep it where only its owner can read it.
    """

    def locked(self, key: str) -> AbstractAsyncContextManager[object]:
        """A lock that one holder in all processes has at a time; entering waits for it.

        Let it end by itself if its holder dies (a time limit of a minute does). If entering is
        cancelled, the lock must not stay taken. What is held must not be a cancel scope or a task
        group of anyio.
        """

    async def load(self, key: str) -> bytes | None:
        """What was saved last, None if nothing was; called with and without the lock."""

    async def save(self, key: str, content: bytes) -> None:
        """Replace what is there, as a whole."""


class AccountStore:
    """One account's place in a store. Nothing here raises: a store may fail, a login must not."""

    def __init__(
        self,
        store: TokenStore,
        base_url: str,
        user: str,
        *,
        call_limit: float = 2.0,
        lock_limit: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._key = hashlib.sha256(f"{base_url}\n{user}".encode()).hexdigest()[:32]
        self._call_limit = call_limit
        self._lock_limit = lock_limit
        self._clock = clock
        self._stays_taken = False
        self._silent_until = -math.inf

    async def load(self) -> StoredToken | None:
        """The token in the store, if there is one that can be understood."""
        if self._is_silent:
            return None
        content = await self._asked("load", lambda: self._store.load(self._key))
        if content is None:
            return None
        try:
            found = msgspec.json.decode(content, type=StoredToken)
        except Exception:  # noqa: BLE001 - however damaged or deeply nested
            found = None
        if found is None or found.version != _VERSION or not is_sendable(found.token):
            _log.warning("token store: what is stored is damaged or of another version; ignored")
            return None
        return found

    async def save(self, token: StoredToken) -> None:
        """Keep a token for others, also if the caller is cancelled meanwhile."""
        if self._is_silent:
            return
        content = msgspec.json.encode(msgspec.structs.replace(token, version=_VERSION))
        with anyio.CancelScope(shield=True):
            await self._asked("save", lambda: self._store.save(self._key, content))

    @asynccontextmanager
    async def locked(self, *, early: bool = False) -> AsyncIterator[LockState]:
        """Hold the account's lock for the block, if it can be had in time.

        A lock that nobody ever frees costs the limit once, and then a tenth of it each time; so
        does one that is asked for `early`, for what can be put off.
        """
        is_short = early or self._stays_taken
        lock, state = await self._enter(self._lock_limit / 10 if is_short else self._lock_limit)
        if state == "busy" and not early:
            _log.warning("token store: the lock stays taken; going on without")
            self._stays_taken = True
        if state != "busy":
            self._stays_taken = False
        try:
            yield state
        finally:
            if lock is not None:
                with anyio.CancelScope(shield=True):
                    await self._asked("unlock", lambda: lock.__aexit__(None, None, None))

    async def _enter(
        self, patience: float
    ) -> tuple[AbstractAsyncContextManager[object] | None, LockState]:
        if self._is_silent:
            return None, "broken"
        entered = False
        try:
            with anyio.move_on_after(patience):
                lock = self._store.locked(self._key)
                await lock.__aenter__()
                entered = True
        except Exception as error:  # noqa: BLE001 - a store is anybody's code
            _log.warning("token store: no lock (%s); going on without", type(error).__name__)
            return None, "broken"
        return (lock, "held") if entered else (None, "busy")

    @property
    def _is_silent(self) -> bool:
        return self._clock() < self._silent_until

    async def _asked(self, doing: str, call: Callable[[], Awaitable[T]]) -> T | None:
        """What `call` gives; None, and a line in the log, if it fails or hangs.

        What hangs is not asked again for a minute, so that a login waits for it once.
        """
        try:
            with anyio.move_on_after(self._call_limit):
                return await call()
        except Exception as error:  # noqa: BLE001 - a store is anybody's code
            # The text stays out of the log: a store's error may quote what it was given.
            _log.warning("token store: %s failed (%s)", doing, type(error).__name__)
            return None
        _log.warning("token store: no answer to %s; left alone for a minute", doing)
        self._silent_until = self._clock() + _WAIT_AGAIN
        return None
