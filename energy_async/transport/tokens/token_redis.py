"""Tokens shared between machines, through Redis."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import anyio

from energy_async.transport.redis_link import check_library, connect, shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis

__all__ = ["RedisTokenStore"]

_LIMIT: Final = 1.0
_POLL: Final = 0.05
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisTokenStore:
    """Keeps tokens in a Redis, so that processes on any number of machines log in once.

    Give it to the client as `token_store=`. Needs the extra `[redis]`, and asyncio: `redis.asyncio`
    runs on no other loop. Tokens and refresh tokens lie there unencrypted, the password never does:
    who can read the Redis can act as the account, so use `rediss://` and a password outside a
    network that is yours alone. A connection is opened for each use, a few in the life of a token;
    so a store can be pickled, shared between clients and event loops, and needs no closing.

    Args:
        url: `redis://`, `rediss://` (TLS) or `unix://`, with user and password if need be; never
            shown or logged.
        prefix: What the names of the keys begin with.
        keep: Seconds after which a token that nobody renewed is forgotten.
        lock_limit: Seconds after which a lock ends by itself, should its holder have died; longer
            than a login takes.

    Raises:
        ValueError: The URL is none of a Redis, or a number is not positive.
        ImportError: `redis` is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "trlyr:token:",
        keep: float = 86_400.0,
        lock_limit: float = 60.0,
    ) -> None:
        if not (keep > 0 and lock_limit > 0):
            raise ValueError("keep and lock_limit must be positive numbers of seconds")
        check_library("RedisTokenStore")
        self._shown = shown(url)
        self._url = url
        self._prefix = prefix
        self._keep = round(keep * 1000)
        self._lock_limit = round(lock_limit * 1000)

    def __repr__(self) -> str:
        return f"RedisTokenStore({self._shown!r}, prefix={self._prefix!r})"

    @asynccontextmanager
    async def locked(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of `key`; only who holds it can free it, or its time limit."""
        name, owner = f"{self._prefix}{key}:lock", secrets.token_hex(16)
        try:
            async with self._connected() as redis:
                while not await redis.set(  # noqa: ASYNC110 - freed elsewhere: no event tells
                    name, owner, nx=True, px=self._lock_limit
                ):
                    await anyio.sleep(_POLL)
            yield
        finally:  # also when entering was cancelled: by then it may have been taken
            with anyio.CancelScope(shield=True), anyio.move_on_after(_LIMIT):
                async with self._connected() as redis:
                    await redis.eval(_RELEASE, 1, name, owner)

    async def load(self, key: str) -> bytes | None:
        """What was saved last, None if nothing was or it has been forgotten."""
        async with self._connected() as redis:
            found = await redis.get(self._prefix + key)
        return found if isinstance(found, bytes) else None

    async def save(self, key: str, content: bytes) -> None:
        """Replace what is there."""
        async with self._connected() as redis:
            await redis.set(self._prefix + key, content, px=self._keep)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Redis]:
        redis = connect(self._url, _LIMIT)
        try:
            yield redis
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(_LIMIT):
                await redis.aclose()
