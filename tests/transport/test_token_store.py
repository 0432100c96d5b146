"""A store of the user's own: three methods, and whatever it does, a login is possible."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import pytest

from energy_async import LoginFailed, TokenStore
from energy_async.transport.tokens.token import TokenCache
from energy_async.transport.tokens.token_life import Grant, StoredToken
from energy_async.transport.tokens.token_store import AccountStore
from tests.clock import SleepClock

BASE = "https://api.example"


class MemoryStore:
    """A store as a user may write one."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.locks = defaultdict[str, anyio.Semaphore](lambda: anyio.Semaphore(1))

    def locked(self, key: str) -> AbstractAsyncContextManager[object]:
        return self.locks[key]

    async def load(self, key: str) -> bytes | None:
        return self.kept.get(key)

    async def save(self, key: str, content: bytes) -> None:
        self.kept[key] = content


class Server:
    """Counts logins and refreshes; a refresh token works once."""

    def __init__(self, lifetime: float = 600) -> None:
        self.lifetime = lifetime
        self.logins = self.refreshes = 0
        self.valid = ""
        self.delay = 0.005

    def _grant(self) -> Grant:
        number = self.logins + self.refreshes
        self.valid = f"r-{number}"
        return Grant(f"token-{number}", self.lifetime, self.valid)

    async def login(self) -> Grant:
        self.logins += 1
        await anyio.sleep(self.delay)
        return self._grant()

    async def refresh(self, refresh_token: str) -> Grant:
        await anyio.sleep(self.delay)
        if refresh_token != self.valid:
            raise LoginFailed("reused")
        self.refreshes += 1
        return self._grant()


def account(store: TokenStore, user: str = "anna", lock_limit: float = 0.05) -> AccountStore:
    return AccountStore(store, BASE, user, call_limit=0.05, lock_limit=lock_limit)


def cache_on(
    store: TokenStore, server: Server, clock: SleepClock | None = None, *, lock_limit: float = 0.05
) -> TokenCache:
    clock = clock or SleepClock()
    place = account(store, lock_limit=lock_limit)
    return TokenCache(server.login, refresh=server.refresh, store=place, clock=clock, wall=clock)


async def renewed(cache: TokenCache) -> str:
    """What there is after what asking begins."""
    cache.token_now() or await cache.token()
    if cache._task is not None:
        await cache._task._over.wait()
    return (await cache.token()).value


async def tokens_of(caches: list[TokenCache]) -> list[str]:
    """What all get when all ask at once."""
    found: list[str] = []

    async def ask(cache: TokenCache) -> None:
        found.append((cache.token_now() or await cache.token()).value)

    async with anyio.create_task_group() as group:
        for cache in caches:
            group.start_soon(ask, cache)
    return found


async def test_clients_that_share_a_store_log_in_once_and_refresh_in_turn() -> None:
    store, server, clock = MemoryStore(), Server(), SleepClock()
    caches = [cache_on(store, server, clock, lock_limit=10) for _ in range(5)]
    for life in range(1, 5):
        assert set(await tokens_of(caches)) == {f"token-{life}"}
        clock.now += 700
    assert (server.logins, server.refreshes) == (1, 3)


async def test_near_the_end_one_client_renews_and_the_others_take_it_over() -> None:
    store, server, clock = MemoryStore(), Server(), SleepClock()
    caches = [cache_on(store, server, clock, lock_limit=10) for _ in range(5)]
    await tokens_of(caches)
    clock.now += 490
    assert set(await tokens_of(caches)) == {"token-1"}
    assert {await renewed(cache) for cache in caches} == {"token-2"}
    assert (server.logins, server.refreshes) == (1, 1)


async def test_a_renewal_that_another_client_is_at_is_not_waited_for() -> None:
    store, server, clock = MemoryStore(), Server(), SleepClock()
    first, second = (cache_on(store, server, clock) for _ in range(2))
    await tokens_of([first, second])
    clock.now += 490
    (lock,) = store.locks.values()
    async with lock:
        assert await renewed(second) == "token-1"
        task = second._task
        assert second.token_now() is not None
        assert second._task is task, "it is not tried again at once"
    assert (server.logins, server.refreshes) == (1, 0)
    clock.now += 6
    assert await renewed(second) == "token-2"


async def test_the_password_is_not_in_the_store_and_accounts_have_keys_of_their_own() -> None:
    store = MemoryStore()
    for base_url, user in [(BASE, "anna"), (BASE, "berta"), ("https://other.example", "anna")]:
        place = AccountStore(store, base_url, user)
        assert await place.load() is None
        await place.save(StoredToken(token=f"{base_url} {user}".replace(" ", "-")))
    assert len(store.kept) == 3
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in store.kept)
    found = await account(store, "berta").load()
    assert found is not None
    assert found.token == f"{BASE}-berta"


async def test_what_is_stored_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    store, server = MemoryStore(), Server()
    token = await cache_on(store, server).token()
    place = account(store)
    stored = await place.load()
    assert stored is not None
    assert (stored.token, stored.refresh_token) == (token.value, "r-1")
    (key,) = store.kept
    store.kept[key] = b'{"version": 1, "token": "two\\nlines"}'
    assert await place.load() is None
    for secret in ("token-1", "r-1", "lines"):
        assert secret not in f"{stored!r} {caplog.text}"


class Broken(MemoryStore):
    """Its backend is down: the methods named fail at once."""

    def __init__(self, *broken: str) -> None:
        super().__init__()
        self.broken = broken

    def _fail(self, name: str) -> None:
        if name in self.broken:
            raise RuntimeError("redis://:secret-password@host refused the connection")

    @asynccontextmanager
    async def _lock(self, key: str) -> AsyncIterator[None]:
        self._fail("enter")
        async with self.locks[key]:
            yield
        self._fail("exit")

    def locked(self, key: str) -> AbstractAsyncContextManager[object]:
        self._fail("locked")
        return self._lock(key)

    async def load(self, key: str) -> bytes | None:
        self._fail("load")
        return await super().load(key)

    async def save(self, key: str, content: bytes) -> None:
        self._fail("save")
        await super().save(key, content)


class Hanging(Broken):
    """Its backend does not answer."""

    @asynccontextmanager
    async def _lock(self, key: str) -> AsyncIterator[None]:
        await self._hang("enter")
        async with self.locks[key]:
            yield
        await self._hang("exit")

    async def _hang(self, name: str) -> None:
        if name in self.broken:
            await anyio.sleep_forever()

    async def load(self, key: str) -> bytes | None:
        await self._hang("load")
        return await MemoryStore.load(self, key)

    async def save(self, key: str, content: bytes) -> None:
        await self._hang("save")
        await MemoryStore.save(self, key, content)


CASES = [
    *((Broken, name) for name in ("locked", "enter", "exit", "load", "save")),
    *((Hanging, name) for name in ("enter", "exit", "load", "save")),
]


@pytest.mark.parametrize(("kind", "broken"), CASES)
async def test_a_store_that_fails_or_hangs_costs_a_login_and_a_line_in_the_log(
    kind: type[Broken], broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    store, server, clock = kind(broken), Server(), SleepClock()
    with anyio.fail_after(60):
        assert (await cache_on(store, server, clock).token()).value == "token-1"
        await cache_on(store, server, clock).token()
    still_shared = broken in {"locked", "enter", "exit"}
    assert server.logins == (1 if still_shared else 2)
    assert any(record.levelno == logging.WARNING for record in caplog.records)
    assert "secret-password" not in caplog.text


async def test_everything_broken_at_once_costs_only_logins() -> None:
    for kind in (Broken, Hanging):
        store, server, clock = (
            kind("locked", "enter", "exit", "load", "save"),
            Server(),
            SleepClock(),
        )
        cache = cache_on(store, server, clock)
        for _ in range(3):
            await renewed(cache)
            clock.now += 500
        assert server.logins == 3


async def test_a_store_that_hangs_is_waited_for_once_and_asked_again_after_a_minute() -> None:
    store, clock = Hanging("load", "save", "enter"), SleepClock()
    place = AccountStore(store, BASE, "anna", call_limit=0.01, lock_limit=3600, clock=clock)
    await place.load()
    with anyio.fail_after(60):
        async with place.locked() as state:
            assert state == "broken"
    store.broken = ()
    await place.save(StoredToken(token="t"))
    assert store.kept == {}
    clock.now += 60
    await place.save(StoredToken(token="t"))
    assert await place.load() == StoredToken(token="t", version=1)


async def test_a_store_that_falls_silent_under_the_lock_is_still_unlocked() -> None:
    store = Hanging()
    place = account(store)
    async with place.locked() as state:
        assert state == "held"
        store.broken = ("load",)
        assert await place.load() is None
    (lock,) = store.locks.values()
    assert lock.value == 1


async def test_the_refresh_token_that_counts_is_the_stored_one() -> None:
    """A client that slept through another's renewals, and one that has just started."""
    store, server, clock = MemoryStore(), Server(), SleepClock()
    idle, busy = (cache_on(store, server, clock) for _ in range(2))
    await idle.token()
    for client in (busy, busy, idle, cache_on(store, server, clock)):
        clock.now += 700
        await client.token()
    assert (server.logins, server.refreshes) == (1, 4)


async def test_a_token_in_the_store_needs_no_lock() -> None:
    store, server, clock = MemoryStore(), Server(), SleepClock()
    await cache_on(store, server, clock).token()
    (lock,) = store.locks.values()
    async with lock:
        with anyio.fail_after(60):
            assert await tokens_of([cache_on(store, server, clock, lock_limit=3600)]) == ["token-1"]


async def test_a_lock_that_stays_taken_is_waited_for_at_length_but_once() -> None:
    store, patience = MemoryStore(), list[float]()

    class Observed(AccountStore):
        async def _enter(self, seconds: float) -> Any:
            patience.append(seconds)
            return await super()._enter(0.001)

    place = Observed(store, BASE, "anna", lock_limit=5.0)
    lock = store.locks[place._key]
    async with lock:
        for early in (True, False, False, True):
            async with place.locked(early=early) as state:
                assert state == "busy"
    async with place.locked() as state:
        assert state == "held"
    async with place.locked() as state:
        assert state == "held"
    assert patience == [0.5, 5.0, 0.5, 0.5, 0.5, 5.0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"token":' * 9_000,
        b"\0" * 5000,
        b'{"token":5}',
    ],
)
async def test_whatever_lies_in_the_store_is_replaced(content: bytes) -> None:
    store, server = MemoryStore(), Server()
    await cache_on(store, server).token()
    (key,) = store.kept
    store.kept[key] = content
    assert (await cache_on(store, server).token()).value == "token-2"
    assert (await cache_on(store, server).token()).value == "token-2"


async def test_without_the_lock_a_refresh_token_is_not_used_up() -> None:
    store, server, clock = MemoryStore(), Server(), SleepClock()
    cache = cache_on(store, server, clock)
    await cache.token()
    clock.now += 700
    (lock,) = store.locks.values()
    async with lock:
        await cache.token()
    assert (server.logins, server.refreshes) == (2, 0)


async def test_a_cancelled_caller_leaves_the_token_for_the_others() -> None:
    class Slow(MemoryStore):
        async def save(self, key: str, content: bytes) -> None:
            scope.cancel()
            await anyio.sleep(0.001)
            await super().save(key, content)

    store, server, clock = Slow(), Server(), SleepClock()
    with anyio.CancelScope() as scope:
        await cache_on(store, server, clock).token()
    assert scope.cancel_called
    await cache_on(store, server, clock).token()
    assert server.logins == 1
    (lock,) = store.locks.values()
    assert lock.value == 1


async def test_a_client_closed_while_logging_in_frees_the_lock() -> None:
    store, server, clock = MemoryStore(), Server(), SleepClock()
    server.delay = 3600
    cache = cache_on(store, server, clock)
    with anyio.move_on_after(0.01):
        await cache.token()
    (lock,) = store.locks.values()
    assert lock.value == 0, "the login goes on without the caller"
    await cache.aclose()
    assert lock.value == 1


async def test_a_token_near_its_end_in_the_store_serves_while_it_is_renewed() -> None:
    store, server, clock = MemoryStore(), Server(), SleepClock()
    await cache_on(store, server, clock).token()
    clock.now += 590
    late = cache_on(store, server, clock)
    assert (await late.token()).value == "token-1"
    assert await renewed(late) == "token-2"


async def test_clients_whose_tokens_are_all_refused_do_not_multiply_the_logins() -> None:
    """Each takes over what another one fetched before it fetches one itself."""
    store, server, clock = MemoryStore(), Server(), SleepClock()
    server.delay = 0
    caches = [cache_on(store, server, clock) for _ in range(8)]
    for _ in range(1000):
        clock.now += 0.1
        for cache in caches:
            cache.refused(cache.token_now() or await cache.token())
    assert server.logins <= 2 * (5 + 100 / 5 + 1)


async def test_a_clock_that_was_set_back_does_not_lengthen_a_life() -> None:
    store, server, clock, wall = MemoryStore(), Server(), SleepClock(), SleepClock(1e9)
    await cache_on(store, server, wall).token()
    late = TokenCache(server.login, store=account(store), clock=clock, wall=wall)
    wall.now -= 86_400
    assert (await late.token()).value == "token-1"
    clock.now += 601
    wall.now += 601
    assert late.token_now() is None
    assert server.logins == 1


@pytest.mark.parametrize(
    "stored",
    [
        StoredToken(token="old", ends_at=-1e300, lifetime=600),
        StoredToken(token="old", ends_at=0, lifetime=-5),
        StoredToken(token="old", ends_at=1e9, lifetime=-5),
        StoredToken(token="old", ends_at=1e9 + 1e-9, lifetime=1e-9),
    ],
)
async def test_absurd_times_in_the_store_are_survived(stored: StoredToken) -> None:
    store, server, clock = MemoryStore(), Server(), SleepClock(1e9)
    await account(store).save(stored)
    assert (await cache_on(store, server, clock).token()).value == "token-1"
