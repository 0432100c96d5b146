"""Tokens in Redis, with a real one: one login for all, a lock that ends, nothing that is shown."""

from __future__ import annotations

import logging
import pickle
import time
from typing import Any

import anyio
import pytest

from energy_async import RedisTokenStore, TokenStore
from energy_async.transport.redis_link import connect
from energy_async.transport.tokens.token import TokenCache
from energy_async.transport.tokens.token_life import Grant, StoredToken
from energy_async.transport.tokens.token_store import AccountStore

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def store(redis_server: Any) -> RedisTokenStore:
    return RedisTokenStore(redis_server.url)


def test_it_is_a_token_store(store: RedisTokenStore) -> None:
    found: TokenStore = store
    assert found is store


async def test_what_was_saved_is_loaded_as_it_was_and_forgotten_in_time(
    store: RedisTokenStore, redis_server: Any
) -> None:
    assert await store.load(KEY) is None
    await store.save(KEY, b"\x00first")
    await store.save(KEY, b"\x00second")
    assert await store.load(KEY) == b"\x00second"
    redis = connect(redis_server.url, 5)
    assert 86_000 < await redis.ttl(f"trlyr:token:{KEY}") <= 86_400
    await redis.aclose()


async def test_a_prefix_is_a_place_of_its_own(store: RedisTokenStore, redis_server: Any) -> None:
    other = RedisTokenStore(redis_server.url, prefix="desk:", keep=60)
    await other.save(KEY, b"theirs")
    assert await store.load(KEY) is None
    redis = connect(redis_server.url, 5)
    assert await redis.keys() == [f"desk:{KEY}".encode()]
    await redis.aclose()


async def test_one_holds_the_lock_at_a_time(store: RedisTokenStore) -> None:
    inside = most = turns = 0

    async def hold() -> None:
        nonlocal inside, most, turns
        async with store.locked(KEY):
            inside += 1
            most = max(most, inside)
            await anyio.sleep(0.01)
            inside -= 1
            turns += 1

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(hold)
    assert (most, turns) == (1, 5)


async def test_locks_of_different_accounts_have_nothing_to_do_with_each_other(
    store: RedisTokenStore,
) -> None:
    with anyio.fail_after(60):
        async with store.locked(KEY), store.locked(KEY[::-1]):
            pass


async def test_a_lock_whose_holder_died_ends_and_the_late_holder_frees_no_one_elses(
    redis_server: Any,
) -> None:
    store = RedisTokenStore(redis_server.url, lock_limit=0.1)
    patient = RedisTokenStore(redis_server.url)
    late = store.locked(KEY)
    await late.__aenter__()
    async with patient.locked(KEY):
        await late.__aexit__(None, None, None)
        with anyio.move_on_after(0.2) as scope:
            async with patient.locked(KEY):
                pytest.fail("the lock was freed by one who did not hold it any more")
        assert scope.cancelled_caught


async def test_a_cancelled_wait_leaves_the_lock_free(
    store: RedisTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if Redis had given the lock and only the answer was still on its way."""
    from redis.asyncio import Redis  # noqa: PLC0415

    set_it = Redis.set

    async def slow(self: Any, *args: Any, **kwargs: Any) -> Any:
        await set_it(self, *args, **kwargs)
        await anyio.sleep(60)

    with monkeypatch.context() as patched:
        patched.setattr(Redis, "set", slow)
        with anyio.move_on_after(0.2):
            async with store.locked(KEY):
                pytest.fail("the answer never came")
    with anyio.fail_after(60):
        async with store.locked(KEY):
            pass


async def test_clients_on_many_machines_log_in_once(store: RedisTokenStore) -> None:
    logins = 0

    async def login() -> Grant:
        nonlocal logins
        logins += 1
        await anyio.sleep(0.05)
        return Grant(f"token-{logins}", 3600)

    tokens = []

    async def ask() -> None:
        account = AccountStore(store, "https://api.example", "me")
        tokens.append((await TokenCache(login, store=account).token()).value)

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(ask)
    assert logins == 1
    assert tokens == ["token-1"] * 8


async def test_without_redis_a_login_goes_on_and_nothing_secret_is_told(
    store: RedisTokenStore, redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.kill()
    account = AccountStore(store, "https://api.example", "me")

    async def login() -> Grant:
        return Grant("a-secret-token")

    with caplog.at_level(logging.DEBUG):
        began = time.monotonic()
        assert (await TokenCache(login, store=account).token()).value == "a-secret-token"
        assert time.monotonic() - began < 30
        await account.save(StoredToken(token="a-secret-token"))
    assert "ConnectionError" in caplog.text
    assert "hush" not in caplog.text
    assert "secret" not in caplog.text


async def test_a_redis_that_accepts_and_says_nothing_is_given_up() -> None:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as silent:
        port = silent.extra(anyio.abc.SocketAttribute.local_port)
        began = time.monotonic()
        with pytest.raises(Exception, match=r"(?i)time"):
            await RedisTokenStore(f"redis://127.0.0.1:{port}").load(KEY)
        assert time.monotonic() - began < 30


def test_it_travels_and_shows_no_password() -> None:
    store = RedisTokenStore("rediss://user:hush-hush@cache.example:6380/2?password=hush")
    assert repr(store) == "RedisTokenStore('rediss://cache.example:6380/2', prefix='trlyr:token:')"
    assert repr(pickle.loads(pickle.dumps(store))) == repr(store)


@pytest.mark.parametrize("fields", [{"keep": 0}, {"lock_limit": 0}, {"url": "cache:hush@here"}])
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        RedisTokenStore(**{"url": "redis://cache", **fields})
    assert "hush" not in str(caught.value)
