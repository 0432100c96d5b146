"""Tokens and the rate limit."""

from __future__ import annotations

import asyncio
import json
import random
from base64 import urlsafe_b64decode
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy_sandbox import Sandbox
from energy_sandbox.limiter import SlidingWindow
from energy_sandbox.problems import Refusal
from energy_sandbox.tokens import TokenBook

if TYPE_CHECKING:
    from tests.sandbox.conftest import Visitor


def assets_path(sandbox: Sandbox) -> str:
    return f"/organisations/{sandbox.organisation_id}/virtual-assets"


def claims(token: str) -> dict[str, Any]:
    """The claims of a JWT."""
    part = token.split(".")[1]
    decoded = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert isinstance(decoded, dict)
    return decoded


async def test_a_login_answers_an_oauth_token_set(visitor: Visitor, sandbox: Sandbox) -> None:
    status, tokens = await visitor.log_in()
    assert status == 200
    assert set(tokens) == {
        "access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type",
    }  # fmt: skip
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    told = claims(tokens["access_token"])
    assert told["exp"] - told["iat"] == 3600
    assert sandbox.counters.logins == 2


async def test_several_tokens_are_valid_at_once(visitor: Visitor, sandbox: Sandbox) -> None:
    _, tokens = await visitor.log_in()
    for headers in (visitor.headers, {"Authorization": f"bearer {tokens['access_token']}"}):
        status, _ = await visitor.ask("GET", assets_path(sandbox), headers=headers)
        assert status == 200


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer ", "Bearer nonsense", "Basic dXNlcjpwYXNz", "nonsense"],
)
async def test_a_bad_token_is_refused(
    visitor: Visitor, sandbox: Sandbox, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    status, answer = await visitor.ask("GET", assets_path(sandbox), headers=headers)
    assert (status, answer["error"]) == (401, "Unauthorized")


async def test_a_token_of_another_sandbox_is_refused(
    visitor: Visitor, visit: type[Visitor]
) -> None:
    """Even of one with the same seed and the same credentials."""
    async with Sandbox(assets=8) as twin, visit(twin) as other:
        status, _ = await visitor.ask("GET", assets_path(twin), headers=other.headers)
    assert status == 401


async def test_revoked_tokens_die_and_new_ones_live(visitor: Visitor, sandbox: Sandbox) -> None:
    assert sandbox.revoke_tokens() == 1
    status, answer = await visitor.get(assets_path(sandbox))
    assert (status, "revoked" in answer["message"]) == (401, True)
    async with type(visitor)(sandbox) as again:
        assert (await again.get(assets_path(sandbox)))[0] == 200
    assert sandbox.counters.logins == 2


async def test_tokens_expire(visit: type[Visitor]) -> None:
    async with Sandbox(assets=1, token_lifetime=0.0) as sandbox, visit(sandbox) as visitor:
        status, answer = await visitor.get(assets_path(sandbox))
    assert (status, "expired" in answer["message"]) == (401, True)


def test_a_token_lives_exactly_as_long_as_told() -> None:
    now = 1000.0
    book = TokenBook(b"key", 60, clock=lambda: now)
    header = f"Bearer {book.issue('me')['access_token']}"
    now = 1059.9
    book.check(header)
    now = 1060.0
    with pytest.raises(Refusal, match="expired"):
        book.check(header)


async def test_the_rate_limit_answers_429_with_retry_after(visit: type[Visitor]) -> None:
    """The login counts too; a refused request is counted and takes nothing from the allowance."""
    async with Sandbox(assets=1, rate=3) as sandbox, visit(sandbox) as visitor:
        path = assets_path(sandbox)
        statuses = [(await visitor.get(path))[0] for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        async with visitor.http.get(sandbox.url + path, headers=visitor.headers) as reply:
            assert reply.headers["Retry-After"] == "1"
            assert reply.headers["RateLimit"].startswith('"default";r=0;t=')
            assert reply.headers["RateLimit-Policy"] == '"default";q=3;w=1'
            assert (await reply.json())["error"] == "Too Many Requests"
        assert sandbox.counters.rate_limited == 3
        assert sandbox.counters.count("get_virtual_assets", 429) == 3
        assert sandbox.counters.refused == 0
        assert (await visitor.feed("fcr-capacity"))[0] == 200  # each API has its own allowance


async def test_answers_within_the_limit_say_what_is_left(visit: type[Visitor]) -> None:
    async with Sandbox(assets=1, rate=5) as sandbox, visit(sandbox) as visitor:
        url = sandbox.url + assets_path(sandbox)
        async with visitor.http.get(url, headers=visitor.headers) as reply:
            assert reply.headers["RateLimit"] == '"default";r=3;t=1'


@given(
    rate=st.sampled_from([0.5, 1, 2.5, 7, 50]),
    seed=st.integers(0, 1000),
)
def test_no_window_ever_holds_more_than_its_quota(rate: float, seed: int) -> None:
    """Whatever the arrivals, and each refusal was due: the quota was really spent."""
    now = 0.0
    window = SlidingWindow(rate, clock=lambda: now)
    dice = random.Random(seed)
    passed: list[float] = []
    for _ in range(200):
        now += dice.expovariate(rate * 2)
        recent = [at for at in passed if now - at < window.window]
        if len(recent) < window.quota:
            window.admit()
            passed.append(now)
        else:
            with pytest.raises(Refusal) as refused:
                window.admit()
            wait = int(refused.value.headers["Retry-After"])
            assert wait >= recent[0] + window.window - now


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_rate_must_be_a_rate(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Sandbox(rate=rate)


async def test_counters_see_each_request(visitor: Visitor, sandbox: Sandbox) -> None:
    """By operation, with or without its area, and by status."""
    await asyncio.gather(*(visitor.get(assets_path(sandbox)) for _ in range(5)))
    await visitor.get("/nowhere")
    await visitor.feed("fcr-capacity")
    counters = sandbox.counters
    assert counters.requests["virtual_assets.get_virtual_assets", 200] == 5
    assert counters.count("get_virtual_assets") == counters.count(
        "virtual_assets.get_virtual_assets"
    )
    assert counters.count("-", 404) == counters.count(status=404) == counters.refused == 1
    assert counters.count("get_fcr_capacity", 200) == 1
    assert counters.count() == 8


async def test_request_ids_never_repeat(visitor: Visitor, sandbox: Sandbox) -> None:
    seen = set()
    for index in range(6):
        url = f"{sandbox.url}/nowhere" if index % 2 else f"{sandbox.feeds_url}/nowhere"
        async with visitor.http.get(url) as reply:
            seen.add(reply.headers["X-Request-Id"])
    assert len(seen) == 6


async def test_many_sandboxes_run_side_by_side() -> None:
    """Each with its own ports, counters and tokens."""
    async with Sandbox(seed=1, assets=1) as first, Sandbox(seed=2, assets=1) as second:
        urls = {first.url, first.feeds_url, second.url, second.feeds_url}
        assert len(urls) == 4
        async with aiohttp.ClientSession() as http, http.get(first.url) as reply:
            assert reply.status == 404
        assert (first.counters.count(), second.counters.count()) == (1, 0)


async def test_the_world_has_its_own_clock(visit: type[Visitor]) -> None:
    """An asset is listed only while the clock is within its life."""
    listed = []
    for moment in ("2021-02-01T12:00:00+00:00", "2030-02-01T12:00:00+00:00"):
        now = partial(datetime.fromisoformat, moment)
        async with Sandbox(assets=20, clock=now) as sandbox, visit(sandbox) as visitor:
            _, assets = await visitor.get(assets_path(sandbox))
            listed.append(len(assets))
    assert 0 < listed[0] < listed[1] == 20


async def test_a_range_picks_the_assets_alive_in_it(visitor: Visitor, sandbox: Sandbox) -> None:
    path = assets_path(sandbox)
    _, assets = await visitor.get(path)
    first = min(asset["start"] for asset in assets)
    _, before = await visitor.get(path, start="2010-01-01T00:00:00Z", end="2019-12-30T00:00:00Z")
    _, early = await visitor.get(path, start="2010-01-01T00:00:00Z", end=first)
    assert before == []
    assert {asset["start"] for asset in early} == {first}


async def test_a_refresh_token_works_once(sandbox: Sandbox, visitor: Visitor) -> None:
    _, tokens = await visitor.log_in()
    path, body = "/auth/public/refresh", {"refresh_token": tokens["refresh_token"]}
    status, renewed = await visitor.ask("POST", path, json=body, headers={})
    assert (status, set(renewed)) == (200, set(tokens))
    visitor.headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    assert (await visitor.get("/auctions"))[0] == 200
    assert (await visitor.ask("POST", path, json=body))[0] == 401
    sandbox.revoke_tokens()
    body = {"refresh_token": renewed["refresh_token"]}
    assert (await visitor.ask("POST", path, json=body))[0] == 401


@pytest.mark.parametrize("area", ["revenue-reporting", "physical-assets"])
async def test_a_health_check_needs_no_token(visitor: Visitor, area: str) -> None:
    status, answer = await visitor.ask("GET", f"/{area}/health", headers={})
    assert (status, answer) == (200, None)
