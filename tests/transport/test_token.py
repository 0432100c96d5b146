"""One login however many tasks ask, and a renewal that nobody notices."""

from __future__ import annotations

import base64
import json
import math

import anyio
import pytest

from energy_async import ConnectError, Event, LoginFailed, TokenRenewed
from energy_async.transport.token import StaticToken, TokenCache
from energy_async.transport.token_life import Grant, lifetime_of
from tests.transport.conftest import Clock


class Login:
    """Gives out numbered tokens; `fail` is raised instead while it is set."""

    def __init__(self, lifetime: float | None = 600, delay: float = 0.0) -> None:
        self.count = 0
        self.lifetime = lifetime
        self.delay = delay
        self.fail: Exception | None = None

    async def __call__(self) -> Grant:
        self.count += 1
        number = self.count
        await anyio.sleep(self.delay)
        if self.fail is not None:
            raise self.fail
        return Grant(f"token-{number}", self.lifetime)


def cache_on(login: Login, clock: Clock, wall: Clock | None = None) -> TokenCache:
    return TokenCache(login, clock=clock, wall=wall or clock)


async def gather(cache: TokenCache, tasks: int) -> list[str]:
    found: list[str] = []

    async def take() -> None:
        found.append((await cache.token()).value)

    async with anyio.create_task_group() as group:
        for _ in range(tasks):
            group.start_soon(take)
    return found


async def test_a_thousand_cold_callers_cause_one_login() -> None:
    login, clock = Login(delay=0.005), Clock()
    found = await gather(cache_on(login, clock), 1000)
    assert login.count == 1
    assert set(found) == {"token-1"}


async def test_a_hundred_refusals_of_one_token_cause_one_login() -> None:
    login, clock = Login(delay=0.005), Clock()
    cache = cache_on(login, clock)
    first = await cache.token()

    async def again() -> None:
        cache.refused(first)
        await cache.token()

    async with anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(again)
    assert login.count == 2
    cache.refused(first)
    assert cache.token_now() is not None, "a late refusal of an old token drops nothing"


async def test_a_fresh_token_needs_no_waiting() -> None:
    cache = cache_on(Login(), Clock())
    assert cache.token_now() is None
    token = await cache.token()
    assert cache.token_now() is token


async def test_near_its_end_one_caller_renews_and_the_others_go_on() -> None:
    login, clock = Login(delay=0.01), Clock()
    cache = cache_on(login, clock)
    await cache.token()
    clock.now += 600 - 119
    assert cache.token_now() is None, "the first caller is asked to renew"
    async with anyio.create_task_group() as group:
        group.start_soon(cache.token)
        await anyio.wait_all_tasks_blocked()
        present = cache.token_now()
        assert present is not None
        assert present.value == "token-1"
    renewed = cache.token_now()
    assert renewed is not None
    assert renewed.value == "token-2"
    assert login.count == 2


async def test_a_failed_early_renewal_is_not_seen_and_tried_again_later() -> None:
    login, clock = Login(), Clock()
    cache = cache_on(login, clock)
    await cache.token()
    clock.now += 600 - 119
    login.fail = ConnectError("down")
    assert (await cache.token()).value == "token-1"
    assert cache.token_now() is not None, "nobody tries again at once"
    assert login.count == 2
    clock.now += 6
    login.fail = None
    assert cache.token_now() is None
    assert (await cache.token()).value == "token-3"


async def test_at_its_end_all_callers_wait_for_one_login() -> None:
    login, clock = Login(delay=0.005), Clock()
    cache = cache_on(login, clock)
    await cache.token()
    clock.now += 600 - 29
    assert set(await gather(cache, 50)) == {"token-2"}
    assert login.count == 2


async def test_a_token_of_two_seconds_serves_for_most_of_them() -> None:
    login, clock = Login(lifetime=2), Clock()
    cache = cache_on(login, clock)
    for _ in range(100):
        if cache.token_now() is None:
            await cache.token()
        clock.now += 0.1
    assert login.count <= 7


@pytest.mark.parametrize("which", ["clock", "wall"])
async def test_either_clock_can_end_a_token(which: str) -> None:
    """The monotonic clock stops while some machines sleep; the wall clock can be set back."""
    login, clock, wall = Login(), Clock(), Clock(1e9)
    cache = cache_on(login, clock, wall)
    await cache.token()
    if which == "clock":
        clock.now += 700
        wall.now -= 3600
    else:
        wall.now += 700
    assert cache.token_now() is None
    assert (await cache.token()).value == "token-2"


@pytest.mark.parametrize("which", ["clock", "wall"])
async def test_a_token_past_its_end_on_either_clock_is_not_handed_out(which: str) -> None:
    login, clock, wall = Login(), Clock(), Clock(1e9)
    cache = cache_on(login, clock, wall)
    await cache.token()
    (clock if which == "clock" else wall).now += 700
    login.fail = ConnectError("down")
    with pytest.raises(ConnectError):
        await cache.token()


async def test_a_token_without_known_end_is_kept_until_refused() -> None:
    login, clock = Login(lifetime=None), Clock()
    cache = cache_on(login, clock)
    token = await cache.token()
    clock.now += 1e7
    assert cache.token_now() is token
    cache.refused(token)
    assert cache.token_now() is None


async def test_refused_credentials_are_remembered_so_that_no_account_is_locked() -> None:
    login, clock = Login(), Clock()
    login.fail = LoginFailed("wrong password")
    cache = cache_on(login, clock)
    for _ in range(500):
        with pytest.raises(LoginFailed, match="wrong password"):
            await cache.token()
    assert login.count == 1
    clock.now += 6
    login.fail = None
    assert (await cache.token()).value == "token-2"


async def test_all_who_waited_for_a_failed_login_fail_with_it() -> None:
    """They do not try one after the other while the server is down."""
    login = Login(delay=0.01)
    login.fail = ConnectError("down")
    cache = cache_on(login, Clock())
    failed = 0

    async def take() -> None:
        nonlocal failed
        with pytest.raises(ConnectError):
            await cache.token()
        failed += 1

    async with anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(take)
    assert (login.count, failed) == (1, 100)
    with pytest.raises(ConnectError):
        await cache.token()
    assert login.count == 2, "a later caller tries again: this was no refusal"


async def test_the_next_waiter_takes_over_from_a_cancelled_leader() -> None:
    login, clock = Login(delay=0.02), Clock()
    cache = cache_on(login, clock)
    leader = anyio.CancelScope()
    found: list[str] = []

    async def lead() -> None:
        with leader:
            await cache.token()

    async def follow() -> None:
        found.append((await cache.token()).value)

    async with anyio.create_task_group() as group:
        group.start_soon(lead)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(follow)
        group.start_soon(follow)
        await anyio.lowlevel.checkpoint()
        leader.cancel()
    assert found == ["token-2", "token-2"]
    assert login.count == 2


async def test_each_new_token_is_an_event_without_the_token() -> None:
    events: list[Event] = []
    login, clock = Login(), Clock()
    cache = TokenCache(login, clock=clock, wall=clock, on_event=events.append)
    await cache.token()
    assert events == [TokenRenewed(1, 600, "login")]
    assert "token-1" not in f"{events} {cache!r} {await cache.token()!r} {Grant('token-1')!r}"


def jwt(**claims: float) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.{part('signature')}"


WALL = 1_000_000.0


@pytest.mark.parametrize(
    ("token", "expires_in", "expected"),
    [
        ("opaque", 300, 300),
        ("opaque", None, None),
        ("opaque", 0, None),
        ("opaque", -5, None),
        ("opaque", math.nan, None),
        ("opaque", math.inf, None),
        ("a.b.c", 60, 60),
        (jwt(exp=WALL + 100), None, 100),
        (jwt(exp=WALL + 100), 3600, 100),
        (jwt(exp=WALL + 7200), 3600, 3600),
        (jwt(exp=WALL - 10), None, None),
        (jwt(exp=WALL - 5000, iat=WALL - 6000), None, 1000),
        (jwt(sub=1), None, None),
        (jwt(exp=True), None, None),
    ],
)
def test_the_lifetime_is_the_earlier_of_what_is_known(
    token: str, expires_in: float | None, expected: float | None
) -> None:
    """A JWT's own `exp` counts, from its `iat` where it has one: clocks differ."""
    assert lifetime_of(Grant(token, expires_in), wall=WALL) == expected


@pytest.mark.parametrize("value", ["", " a", "a\nb", "a\x00", "schlüssel"])
def test_a_static_token_that_no_header_can_carry_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="token"):
        StaticToken(value)


def test_a_static_token_has_no_successor() -> None:
    auth = StaticToken("secret-token")
    assert not auth.refused(auth.token_now())
    assert auth.token_now().header == "Bearer secret-token"
    assert "secret-token" not in repr(auth)
