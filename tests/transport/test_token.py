"""One login however many tasks ask, and a renewal that nobody notices."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import math

import anyio
import anyio.lowlevel
import pytest
from anyio import to_thread

from energy_async import (
    ConnectError,
    DeadlineExceeded,
    Event,
    LoginFailed,
    NotFound,
    RateLimited,
    ServerError,
    TokenRenewed,
    Unauthorized,
)
from energy_async.transport.tokens.token import StaticToken, TokenCache
from energy_async.transport.tokens.token_life import (
    Allowance,
    Grant,
    Life,
    lifetime_of,
    seconds_from,
)
from tests.clock import SleepClock


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


def cache_on(login: Login, clock: SleepClock, wall: SleepClock | None = None) -> TokenCache:
    return TokenCache(login, clock=clock, wall=wall or clock, sleep=clock.sleep, draw=lambda: 1.0)


@pytest.fixture(params=["asyncio", "trio"])
def loop_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def renewed(cache: TokenCache) -> None:
    """Ask, and wait until what that began is over."""
    cache.token_now() or await cache.token()
    if cache._task is not None:
        await cache._task._over.wait()


async def gather(cache: TokenCache, tasks: int) -> list[str]:
    found: list[str] = []

    async def take() -> None:
        found.append((await cache.token()).value)

    async with anyio.create_task_group() as group:
        for _ in range(tasks):
            group.start_soon(take)
    return found


async def test_a_thousand_cold_callers_cause_one_login() -> None:
    login, clock = Login(delay=0.005), SleepClock()
    found = await gather(cache_on(login, clock), 1000)
    assert login.count == 1
    assert set(found) == {"token-1"}


async def test_a_hundred_refusals_of_one_token_cause_one_login() -> None:
    login, clock = Login(delay=0.005), SleepClock()
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
    cache = cache_on(Login(), SleepClock())
    assert cache.token_now() is None
    token = await cache.token()
    assert cache.token_now() is token


async def test_near_its_end_it_is_renewed_while_nobody_waits() -> None:
    login, clock = Login(delay=0.01), SleepClock()
    cache = cache_on(login, clock)
    first = await cache.token()
    clock.now += 600 - 119
    for _ in range(5):
        assert cache.token_now() is first
        await anyio.lowlevel.checkpoint()
    await renewed(cache)
    now = cache.token_now()
    assert now is not None
    assert now.value == "token-2"
    assert login.count == 2


async def test_a_failed_early_renewal_is_not_seen_and_tried_again_later() -> None:
    login, clock = Login(), SleepClock()
    cache = cache_on(login, clock)
    first = await cache.token()
    clock.now += 600 - 119
    login.fail = ConnectError("down")
    for _ in range(5):
        await renewed(cache)
        assert cache.token_now() is first
    assert login.count == 2, "nobody tries again at once"
    clock.now += 6
    login.fail = None
    await renewed(cache)
    assert (await cache.token()).value == "token-3"


async def test_a_renewal_whose_loop_ends_rests_like_any_other(loop_name: str) -> None:
    """Whatever ended it, the next caller does not begin another one at once."""
    login, clock = Login(), SleepClock()
    cache = cache_on(login, clock)

    async def begin() -> None:
        await cache.token()
        clock.now += 600 - 119
        login.delay = 3600
        assert cache.token_now() is not None
        await anyio.wait_all_tasks_blocked()

    async def go_on() -> int:
        cache.token_now()
        await anyio.wait_all_tasks_blocked()
        return login.count

    await to_thread.run_sync(lambda: anyio.run(begin, backend=loop_name))
    assert await to_thread.run_sync(lambda: anyio.run(go_on, backend=loop_name)) == 2
    clock.now += 6
    assert await to_thread.run_sync(lambda: anyio.run(go_on, backend=loop_name)) == 3


async def test_at_its_end_all_callers_wait_for_one_login() -> None:
    login, clock = Login(delay=0.005), SleepClock()
    cache = cache_on(login, clock)
    await cache.token()
    clock.now += 600
    assert set(await gather(cache, 50)) == {"token-2"}
    assert login.count == 2


async def test_a_token_of_two_seconds_serves_for_most_of_them() -> None:
    login, clock = Login(lifetime=2), SleepClock()
    cache = cache_on(login, clock)
    for _ in range(100):
        if cache.token_now() is None:
            await cache.token()
        clock.now += 0.1
    assert login.count <= 7


@pytest.mark.parametrize("which", ["clock", "wall"])
async def test_either_clock_can_end_a_token(which: str) -> None:
    """The monotonic clock stops while some machines sleep; the wall clock can be set back."""
    login, clock, wall = Login(), SleepClock(), SleepClock(1e9)
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
    login, clock, wall = Login(), SleepClock(), SleepClock(1e9)
    cache = cache_on(login, clock, wall)
    await cache.token()
    (clock if which == "clock" else wall).now += 700
    login.fail = ConnectError("down")
    with pytest.raises(ConnectError):
        await cache.token()


async def test_a_token_without_known_end_is_kept_until_refused() -> None:
    login, clock = Login(lifetime=None), SleepClock()
    cache = cache_on(login, clock)
    token = await cache.token()
    clock.now += 1e7
    assert cache.token_now() is token
    cache.refused(token)
    assert cache.token_now() is None


async def test_refused_credentials_are_remembered_so_that_no_account_is_locked() -> None:
    login, clock = Login(), SleepClock()
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
    cache = cache_on(login, SleepClock())
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


async def test_two_hundred_cancelled_callers_leave_one_login_to_the_last() -> None:
    login = Login(delay=0.02)
    cache = cache_on(login, SleepClock())
    for number in range(200):
        with anyio.move_on_after(0.0001 if number % 2 else 0):
            await cache.token()
    assert (await cache.token()).value == "token-1"
    assert login.count == 1


async def test_callers_with_less_time_than_a_login_takes_are_answered_in_the_end() -> None:
    login = Login(delay=0.05)
    cache = cache_on(login, SleepClock())
    with pytest.raises(DeadlineExceeded, match="the login was still under way"):
        await cache.token(within=0.02)
    for _ in range(7):
        with contextlib.suppress(DeadlineExceeded):
            await cache.token(within=0.02)
    assert cache.token_now() is not None
    assert login.count == 1


@pytest.mark.parametrize(
    ("tries", "within", "logins"), [(1, math.inf, 1), (4, math.inf, 4), (math.inf, 30.0, 0)]
)
async def test_a_login_that_fails_is_repeated_as_long_as_somebody_can_bear_it(
    tries: float, within: float, logins: int
) -> None:
    login, clock = Login(), SleepClock()
    login.fail = ServerError("odd", status=520, operation="auth.authenticate")
    cache = cache_on(login, clock)
    began = clock.now
    with pytest.raises(ServerError) as caught:
        await cache.token(within=within, tries=tries)
    assert caught.value.attempts == (0 if tries == 1 else login.count)
    if logins:
        assert login.count == logins
    else:
        assert 25 < clock.now - began < 30, "not given up while there was time for another"
        assert max(clock.slept) <= 5


async def test_what_may_pass_is_repeated_and_a_refusal_is_not() -> None:
    passing = LoginFailed("a page")
    passing.passing = True
    for error, logins in ((passing, 3), (LoginFailed("wrong password"), 1), (ValueError("?"), 1)):
        login = Login()
        login.fail = error
        with pytest.raises(type(error)):
            await cache_on(login, SleepClock()).token(tries=3)
        assert login.count == logins


async def test_a_caller_near_its_deadline_gets_another_try_before_it() -> None:
    """While others sit out a long rest; but not more than one a second."""
    login, clock, resting = Login(), SleepClock(), anyio.Event()
    login.fail = ConnectError("down")

    async def sleep(seconds: float) -> None:
        if seconds < 4:
            clock.now += seconds
        else:
            resting.set()
            await anyio.sleep_forever()

    cache = TokenCache(login, clock=clock, wall=clock, sleep=sleep, draw=lambda: 1.0)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: cache.token(within=1e6, tries=math.inf))
        await resting.wait()
        clock.now += 1.5
        login.fail = None
        with anyio.fail_after(5):
            assert (await cache.token(within=1.0, tries=math.inf)).value == "token-5"


@pytest.mark.parametrize(("asked", "within"), [(30, 20), (121, math.inf)])
async def test_a_server_that_asks_for_a_longer_wait_than_a_caller_has_ends_it_at_once(
    asked: float, within: float
) -> None:
    login, clock = Login(), SleepClock()
    login.fail = RateLimited("slow down", retry_after=asked)
    with pytest.raises(RateLimited):
        await cache_on(login, clock).token(within=within, tries=math.inf)
    assert (login.count, clock.slept) == (1, [])


async def test_a_wait_that_the_server_asks_for_is_kept() -> None:
    login, clock = Login(), SleepClock()
    login.fail = RateLimited("slow down", retry_after=30)
    with pytest.raises(RateLimited):
        await cache_on(login, clock).token(within=40, tries=math.inf)
    assert login.count == 2
    assert clock.slept[0] >= 30


async def test_closing_ends_the_login_and_those_who_wait_for_it(loop_name: str) -> None:
    async def close() -> None:
        login = Login(delay=3600)
        cache = cache_on(login, SleepClock())
        async with anyio.create_task_group() as group:
            group.start_soon(expect_closed, cache)
            await anyio.wait_all_tasks_blocked()
            await cache.aclose()
        assert cache._task is not None
        assert not cache._task.is_running
        await expect_closed(cache)
        await cache.aclose()
        assert login.count == 1

    async def expect_closed(cache: TokenCache) -> None:
        with pytest.raises(RuntimeError, match="closed"):
            await cache.token()

    await to_thread.run_sync(lambda: anyio.run(close, backend=loop_name))


async def test_one_login_on_either_loop_whoever_asked_for_it_is_gone(loop_name: str) -> None:
    async def ask() -> None:
        login, clock = Login(delay=0.01), SleepClock()
        cache = cache_on(login, clock)
        with anyio.move_on_after(0.001):
            await cache.token()
        assert set(await gather(cache, 20)) == {"token-1"}
        clock.now += 500
        await renewed(cache)
        assert (await cache.token()).value == "token-2"
        assert login.count == 2

    await to_thread.run_sync(lambda: anyio.run(ask, backend=loop_name))


async def test_each_new_token_is_an_event_without_the_token() -> None:
    events: list[Event] = []
    login, clock = Login(), SleepClock()
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
        (jwt(exp=WALL + 100), 3600, 3600),
        (jwt(exp=WALL + 30), None, None),
        (jwt(exp=WALL + 7200), 3600, 3600),
        (jwt(exp=WALL - 10), None, None),
        (jwt(exp=WALL - 10), 3600, 3600),
        (jwt(exp=WALL - 5000, iat=WALL - 6000), None, 1000),
        (jwt(exp=WALL - 5000, iat=WALL - 6000), 3600, 1000),
        (jwt(exp=WALL + 7200, iat=WALL), 3600, 3600),
        (jwt(exp=WALL + 100, iat=WALL + 200), None, None),
        (jwt(exp=1e18, iat=0), None, None),
        (jwt(exp=1e18, iat=0), 3600, 3600),
        (jwt(sub=1), None, None),
        (jwt(exp=True), None, None),
        ("opaque", 1e18, None),
        ("opaque", 0.001, None),
        ("opaque", 1, 1),
    ],
)
def test_the_lifetime_is_the_shorter_of_what_needs_no_clock_of_ours(
    token: str, expires_in: float | None, expected: float | None
) -> None:
    """A JWT's `exp` counts from its `iat`; held against our clock only if nothing else is known."""
    assert lifetime_of(Grant(token, expires_in), wall=WALL) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3600, 3600),
        ("3600", 3600),
        (" 3600.5 ", 3600.5),
        (-1, -1),
        (10**400, None),
        ("1e999", None),
        ("NaN", None),
        (math.inf, None),
        ("an hour", None),
        ("", None),
        (True, None),
        (None, None),
        ([3600], None),
    ],
)
def test_seconds_are_read_from_whatever_a_server_sends(value: object, expected: object) -> None:
    assert seconds_from(value) == expected


SKEWS = [-86_400, -3600, -61, 0, 61, 3500, 3600, 86_400]


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("claims", ["exp and iat", "exp", "none"])
@pytest.mark.parametrize("announced", [3600, None])
async def test_a_wrong_clock_costs_no_storm_of_logins(
    skew: float, claims: str, announced: float | None
) -> None:
    """The server refuses what is over by its own clock; in ten hours ten tokens are enough."""
    clock, ends, logins = SleepClock(WALL), 0.0, 0

    async def login() -> Grant:
        nonlocal ends, logins
        logins += 1
        ends = clock.now + 3600
        stated = {"exp and iat": {"exp": ends, "iat": clock.now}, "exp": {"exp": ends}}.get(claims)
        return Grant(f"opaque-{logins}" if stated is None else jwt(jti=logins, **stated), announced)

    cache = TokenCache(login, clock=clock, wall=lambda: clock.now + skew)
    over, refusals = clock.now + 36_000, 0
    while clock.now < over:
        clock.now += 10
        token = cache.token_now() or await cache.token()
        if clock.now >= ends:
            refusals += 1
            assert cache.refused(token)
            token = await cache.token()
        assert clock.now < ends
    is_thought_shorter = claims == "exp" and announced is None and skew == 3500
    assert logins <= (460 if is_thought_shorter else 12)
    if announced or claims == "exp and iat":
        assert refusals == 0


@pytest.mark.parametrize("jump", [-86_400, -3600, 3600, 86_400])
async def test_a_clock_that_is_set_costs_one_login_at_most(jump: float) -> None:
    login, clock, wall = Login(lifetime=3600), SleepClock(), SleepClock(1e9)
    cache = cache_on(login, clock, wall)
    await cache.token()
    wall.now += jump
    for _ in range(100):
        clock.now += 10
        wall.now += 10
        await cache.token()
    assert login.count == (2 if jump > 0 else 1)


async def test_a_sleeping_machine_wakes_to_a_new_token() -> None:
    """The monotonic clock stood still."""
    login, clock, wall = Login(lifetime=3600), SleepClock(), SleepClock(1e9)
    cache = cache_on(login, clock, wall)
    await cache.token()
    wall.now += 8 * 3600
    assert cache.token_now() is None
    assert set(await gather(cache, 100)) == {"token-2"}


@pytest.mark.parametrize("lifetime", [0, -1, 1e18, math.nan, math.inf, 1e-9, None])
async def test_an_absurd_lifetime_is_survived(lifetime: float | None) -> None:
    login, clock = Login(lifetime=lifetime), SleepClock()
    cache = cache_on(login, clock)
    first = await cache.token()
    for _ in range(1000):
        clock.now += 10
        assert (cache.token_now() or await cache.token()) is first
    cache.refused(first)
    assert (await cache.token()).value == "token-2"


def test_the_time_that_a_login_took_is_taken_off_but_no_more_than_a_tenth() -> None:
    life = Life.starting(0, 0, 270, 300)
    assert (life.renew_at, life.ends_at, life.lifetime) == (210, 270, 300)


@pytest.mark.parametrize(("took", "left"), [(2.0, 598.0), (500.0, 540.0)])
async def test_a_life_begins_when_the_token_was_asked_for(took: float, left: float) -> None:
    login, clock = Login(), SleepClock()

    async def slow() -> Grant:
        clock.now += took
        return await login()

    cache = TokenCache(slow, clock=clock, wall=clock)
    await cache.token()
    clock.now += left - 0.1
    assert cache.token_now() is not None
    clock.now += 0.2
    assert cache.token_now() is None


async def test_a_server_that_refuses_every_token_sees_few_logins() -> None:
    """100 requests a second for ten minutes, all refused."""
    login, clock = Login(), SleepClock()
    cache = cache_on(login, clock)
    passed_on = 0
    for _ in range(60_000):
        clock.now += 0.01
        token = cache.token_now() or await cache.token()
        passed_on += not cache.refused(token)
    assert 100 <= login.count <= 5 + 600 / 5 + 1
    assert passed_on > 59_000


async def test_ordinary_refusals_always_get_a_new_token() -> None:
    """Revoked now and then, or ended without notice."""
    login, clock = Login(lifetime=None), SleepClock()
    cache = cache_on(login, clock)
    for _ in range(50):
        assert cache.refused(await cache.token())
        clock.now += 10
    assert login.count == 50


def test_an_allowance_fills_up_again_but_not_above_its_size() -> None:
    allowance = Allowance(2, every=5)
    assert [allowance.spend(0) for _ in range(3)] == [True, True, False]
    assert [allowance.spend(now) for now in (4.9, 5.1, 5.2)] == [False, True, False]
    assert [allowance.spend(1000) for _ in range(3)] == [True, True, False]


async def test_credentials_refused_again_are_remembered_longer() -> None:
    """A wrong password left running for an hour is tried some sixty times, not seven hundred."""
    login, clock = Login(), SleepClock()
    login.fail = LoginFailed("wrong password")
    cache = cache_on(login, clock)
    tried = []
    for _ in range(3600):
        clock.now += 1
        before = login.count
        with pytest.raises(LoginFailed):
            await cache.token()
        if login.count > before:
            tried.append(clock.now)
    waits = [after - before for before, after in itertools.pairwise(tried)]
    assert waits[:5] == [5, 10, 20, 40, 60]
    assert set(waits[5:]) == {60}
    clock.now += 60
    login.fail = None
    await cache.token()
    cache.refused(await cache.token())
    login.fail = LoginFailed("wrong password")
    with pytest.raises(LoginFailed):
        await cache.token()
    clock.now += 5
    login.fail = None
    assert (await cache.token()).value, "a success in between forgets the earlier refusals"


async def test_a_renewal_that_hangs_holds_up_nobody() -> None:
    login, clock = Login(), SleepClock()
    cache = cache_on(login, clock)
    first = await cache.token()
    clock.now += 600 - 119
    login.delay = 3600
    for _ in range(118):
        assert await cache.token() is first
        await anyio.lowlevel.checkpoint()
        clock.now += 1
    assert login.count == 2
    await cache.aclose()


async def test_at_its_end_callers_wait_for_a_renewal_that_began_early() -> None:
    login, clock = Login(delay=0.01), SleepClock()
    cache = cache_on(login, clock)
    await cache.token()
    clock.now += 600 - 119
    cache.token_now()
    await anyio.wait_all_tasks_blocked()
    clock.now += 119
    assert set(await gather(cache, 50)) == {"token-2"}
    assert login.count == 2


class Refresh:
    """Exchanges refresh tokens, each of which works once."""

    def __init__(self, *, rotates: bool = True) -> None:
        self.valid = "r-0"
        self.given: list[str] = []
        self.rotates = rotates
        self.fail: Exception | None = None

    async def login(self) -> Grant:
        return Grant(f"login-{len(self.given)}", 600, self.valid)

    async def __call__(self, refresh_token: str) -> Grant:
        self.given.append(refresh_token)
        if self.fail is not None:
            raise self.fail
        assert refresh_token == self.valid
        if self.rotates:
            self.valid = f"r-{len(self.given)}"
        return Grant(f"refreshed-{len(self.given)}", 600, self.valid if self.rotates else None)


def refreshing(
    refresh: Refresh, clock: SleepClock, events: list[Event] | None = None
) -> TokenCache:
    on_event = None if events is None else events.append
    return TokenCache(refresh.login, refresh=refresh, clock=clock, wall=clock, on_event=on_event)


@pytest.mark.parametrize("rotates", [True, False])
@pytest.mark.parametrize("age", [500, 700])
async def test_a_token_is_renewed_with_the_latest_refresh_token(rotates: bool, age: float) -> None:
    """Early, or after its end."""
    refresh, clock, events = Refresh(rotates=rotates), SleepClock(), list[Event]()
    cache = refreshing(refresh, clock, events)
    found = [(await cache.token()).value]
    for _ in range(3):
        clock.now += age
        await renewed(cache)
        found.append((await cache.token()).value)
    assert found == ["login-0", "refreshed-1", "refreshed-2", "refreshed-3"]
    assert refresh.given == (["r-0", "r-1", "r-2"] if rotates else ["r-0"] * 3)
    assert events == [
        TokenRenewed(1, 600, "login"),
        *(TokenRenewed(number, 600, "refresh") for number in (2, 3, 4)),
    ]


@pytest.mark.parametrize(
    "failure",
    [
        NotFound("no such path", status=404),
        TypeError("what the author did not foresee"),
        Unauthorized("used", status=401),
        ConnectError("down"),
        LoginFailed("malformed"),
    ],
)
async def test_a_refresh_that_fails_is_a_login_and_left_alone_for_an_hour(
    failure: Exception,
) -> None:
    refresh, clock = Refresh(), SleepClock()
    cache = refreshing(refresh, clock)
    await cache.token()
    refresh.fail = failure
    for _ in range(7):
        clock.now += 500
        await renewed(cache)
        assert (await cache.token()).value.startswith("login-")
    assert len(refresh.given) == 1
    refresh.fail = None
    clock.now += 700
    assert (await cache.token()).value == "refreshed-2"


async def test_after_a_refusal_a_login_and_not_a_refresh_follows() -> None:
    refresh, clock = Refresh(), SleepClock()
    cache = refreshing(refresh, clock)
    cache.refused(await cache.token())
    assert (await cache.token()).value == "login-0"
    assert refresh.given == []
    clock.now += 500
    await renewed(cache)
    assert (await cache.token()).value == "refreshed-1"


async def test_all_tokens_of_late_are_secrets() -> None:
    """An answer may quote a token that another task has replaced meanwhile."""
    refresh, clock = Refresh(), SleepClock()
    cache = TokenCache(refresh.login, refresh=refresh, secrets=("pw",), clock=clock, wall=clock)
    first = await cache.token()
    clock.now += 500
    await renewed(cache)
    assert set(cache.secrets()) == {"pw", "login-0", "r-0", "refreshed-1", "r-1"}
    cache.refused(first)
    assert "login-0" in cache.secrets()
    for _ in range(50):
        clock.now += 500
        await renewed(cache)
    assert len(cache.secrets()) < 12
    assert {"pw", "refreshed-51", "r-51"} <= set(cache.secrets())
    assert "r-51" not in f"{cache!r} {Grant('t', 1, 'r-51')!r}"


@pytest.mark.parametrize("value", ["", " a", "a\nb", "a\x00", "schlüssel"])
def test_a_static_token_that_no_header_can_carry_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="token"):
        StaticToken(value)


def test_a_static_token_has_no_successor() -> None:
    auth = StaticToken("secret-token")
    assert not auth.refused(auth.token_now())
    assert auth.token_now().header == "Bearer secret-token"
    assert "secret-token" not in repr(auth)
