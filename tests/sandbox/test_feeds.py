"""The French feeds: Paris days, published by the clock, aggregates equal to single feeds."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from energy_sandbox import Sandbox
from energy_sandbox.feeds.behaviour import FeedName
from energy_sandbox.feeds.edition import PUBLICATIONS

if TYPE_CHECKING:
    from tests.sandbox.conftest import Visitor

PARIS = ZoneInfo("Europe/Paris")
FEEDS = (
    "day-ahead-prices", "fcr-capacity", "afrr-capacity", "mfrr-capacity",
    "afrr-energy", "mfrr-energy", "balancing-capacity", "balancing-energy",
)  # fmt: skip


def at(text: str) -> Sandbox:
    """A sandbox whose clock stands at a Paris time."""
    now = datetime.fromisoformat(text).replace(tzinfo=PARIS)
    return Sandbox(assets=1, clock=lambda: now)


async def feed(visit: type[Visitor], sandbox: Sandbox, name: str) -> Any:
    async with sandbox, visit(sandbox) as visitor:
        status, answer = await visitor.feed(name)
    assert status == 200
    return answer


def paris_day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(PARIS).date()


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic abc", "own"])
async def test_only_the_token_opens_the_feeds(
    visitor: Visitor, sandbox: Sandbox, name: str, token: str
) -> None:
    """Not even a terralayr token does."""
    headers = visitor.headers if token == "own" else {"Authorization": token}
    async with visitor.http.get(f"{sandbox.feeds_url}/api/{name}", headers=headers) as reply:
        assert reply.status == 401
        assert (await reply.json())["message"] == "no active subscription"


async def test_feeds_take_no_parameters(visitor: Visitor, sandbox: Sandbox) -> None:
    url = f"{sandbox.feeds_url}/api/fcr-capacity?date=2026-01-01"
    async with visitor.http.get(url, headers={"Authorization": f"Bearer {sandbox.token}"}) as reply:
        assert reply.status == 400


@pytest.mark.parametrize(
    ("feed_name", "now", "day"),
    [
        ("day-ahead", "2026-05-23T12:59:59", date(2026, 5, 23)),
        ("day-ahead", "2026-05-23T13:00:00", date(2026, 5, 24)),
        ("fcr-capacity", "2026-05-23T16:35:25", date(2026, 5, 24)),
        ("afrr-energy", "2026-05-24T01:10:28", date(2026, 5, 22)),
        ("afrr-energy", "2026-05-24T01:10:29", date(2026, 5, 23)),
    ],
)
def test_days_are_published_by_paris_clocks(feed_name: FeedName, now: str, day: date) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=PARIS)
    publication = PUBLICATIONS[feed_name]
    assert publication.latest(instant) == day
    published = publication.moment(day)
    assert published <= instant < published + timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "changed", "quarters"),
    [("2026-04-16T14:00:00", "2026-03-29", 92), ("2026-11-10T14:00:00", "2026-10-25", 100)],
)
async def test_day_ahead_covers_29_paris_days(
    visit: type[Visitor], now: str, changed: str, quarters: int
) -> None:
    """Without gap or overlap, also where the clock changes."""
    answer = await feed(visit, at(now), "day-ahead-prices")
    rows = answer["rows"]
    days = Counter(paris_day(row["hour_start_utc"]).isoformat() for row in rows)
    assert len(days) == 29
    assert (min(days), max(days)) == (answer["earliestDate"], answer["latestDate"])
    assert days.pop(changed) == quarters
    assert set(days.values()) == {96}
    assert all(a["hour_end_utc"] == b["hour_start_utc"] for a, b in pairwise(rows))


async def test_midday_prices_turn_negative_in_spring(visit: type[Visitor]) -> None:
    rows = (await feed(visit, at("2026-06-01T14:00:00"), "day-ahead-prices"))["rows"]
    negative = [row["hour_start_utc"][11:13] for row in rows if row["price_eur_mwh"] < 0]
    midday = [hour for hour in negative if 8 <= int(hour) < 15]
    assert len(midday) > 50
    assert len(midday) > len(negative) / 2
    assert 20 < sum(row["price_eur_mwh"] for row in rows) / len(rows) < 90


LENGTHS = [
    ("2026-05-24T08:00:00", "2026-05-23", 21_600, 288, 192),
    ("2026-03-30T08:00:00", "2026-03-29", 20_700, 276, 184),
    ("2026-10-26T08:00:00", "2026-10-25", 22_500, 300, 200),
]


@pytest.mark.parametrize(("now", "day", "steps", "buckets", "directions"), LENGTHS)
async def test_energy_feeds_count_the_day(
    visit: type[Visitor], now: str, day: str, steps: int, buckets: int, directions: int
) -> None:
    answer = await feed(visit, at(now), "balancing-energy")
    afrr, mfrr = answer["afrr"], answer["mfrr"]
    assert afrr["latestDeliveryDateParis"] == mfrr["latestDeliveryDateParis"] == day
    assert (afrr["rowCount"], len(afrr["chartRows"])) == (steps, buckets)
    assert (mfrr["rowCount"], 2 * len(mfrr["chartRows"])) == (directions, directions)
    for rows, key in ((afrr["chartRows"], "bucket"), (mfrr["chartRows"], "period")):
        assert {paris_day(row[f"{key}_start_utc"]).isoformat() for row in rows} == {day}
        assert all(a[f"{key}_end_utc"] == b[f"{key}_start_utc"] for a, b in pairwise(rows))


async def test_energy_averages_come_from_the_rows(visit: type[Visitor]) -> None:
    answer = await feed(visit, at("2026-05-24T08:00:00"), "balancing-energy")
    for part in (answer["afrr"], answer["mfrr"]):
        for direction in ("upward", "downward"):
            rows = [row[f"{direction}_price_eur_mwh"] for row in part["chartRows"]]
            average = part[f"average{direction.capitalize()}Price"]
            assert average == pytest.approx(sum(rows) / len(rows), abs=0.02)


async def test_recent_rows_end_with_the_latest(visit: type[Visitor]) -> None:
    answer = await feed(visit, at("2026-05-24T08:00:00"), "balancing-energy")
    afrr, mfrr = answer["afrr"], answer["mfrr"]
    assert afrr["recentRows"][0] == afrr["latestRow"]
    assert (
        afrr["latestRow"]["period_end_utc"]
        == afrr["latestPeriodEndUtc"]
        == "2026-05-23T22:00:00.000Z"
    )
    assert len(afrr["recentRows"]) == 45
    assert mfrr["recentRows"][0] == mfrr["chartRows"][-1]
    assert mfrr["latestUpwardRow"]["direction"] == "UPWARD"
    newest = mfrr["recentRows"][0]["upward_price_eur_mwh"]
    assert newest == mfrr["latestUpwardRow"]["clearing_price_eur_mwh"]


async def test_mfrr_shows_zeros_where_nothing_was_called(visit: type[Visitor]) -> None:
    rows = (await feed(visit, at("2026-05-24T08:00:00"), "mfrr-energy"))["chartRows"]
    upward = [row["upward_price_eur_mwh"] for row in rows]
    assert 10 < upward.count(0) < 80


@pytest.mark.parametrize(
    ("product", "directions"),
    [
        ("fcr", {"SYMMETRIC"}),
        ("afrr", {"UPWARD", "DOWNWARD"}),
        ("mfrr", {"UPWARD", "DOWNWARD"}),
    ],
)
async def test_capacity_rows_are_hourly(
    visit: type[Visitor], product: str, directions: set[str]
) -> None:
    """One row per hour and direction, also on a day of 25 hours; offered covers contracted."""
    rows = (await feed(visit, at("2026-10-26T18:00:00"), f"{product}-capacity"))["rows"]
    assert {row["direction"] for row in rows} == directions
    days = Counter(paris_day(row["period_start_utc"]).isoformat() for row in rows)
    assert days["2026-10-25"] == 25 * len(directions)
    assert max(days) == "2026-10-27"
    for row in rows:
        length = datetime.fromisoformat(row["period_end_utc"]) - datetime.fromisoformat(
            row["period_start_utc"]
        )
        assert length == timedelta(hours=1)
        assert row["offered_volume_mw"] >= row["contracted_volume_mw"] > 0
        assert ("volume_mw" in row) == (product == "fcr")


async def test_fcr_prices_hold_for_a_block(visit: type[Visitor]) -> None:
    """Blocks begin at 0, 4, 8, ... o'clock in Paris; the first one lasts 5 hours on 25 October."""
    rows = (await feed(visit, at("2026-10-26T18:00:00"), "fcr-capacity"))["rows"]
    blocks: dict[tuple[date, int], list[float]] = {}
    for row in rows:
        local = datetime.fromisoformat(row["period_start_utc"]).astimezone(PARIS)
        blocks.setdefault((local.date(), local.hour // 4), []).append(row["price"])
    assert all(len(set(prices)) == 1 for prices in blocks.values())
    assert len(blocks[date(2026, 10, 25), 0]) == 5
    assert len({prices[0] for prices in blocks.values()}) > 20


@pytest.mark.parametrize("whole", ["capacity", "energy"])
async def test_aggregates_equal_the_single_feeds(visit: type[Visitor], whole: str) -> None:
    async with at("2026-05-24T18:00:00") as sandbox, visit(sandbox) as visitor:
        _, answer = await visitor.feed(f"balancing-{whole}")
        newest = answer.pop("latestFetchedAtUtc")
        singles = {name: (await visitor.feed(f"{name}-{whole}"))[1] for name in answer}
    assert answer == singles
    assert newest == max(single["latestFetchedAtUtc"] for single in singles.values())


async def test_times_have_milliseconds_and_a_z(visit: type[Visitor]) -> None:
    texts: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            texts.extend(text for key, text in value.items() if key.lower().endswith("utc"))
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    async with at("2026-05-24T18:00:00") as sandbox, visit(sandbox) as visitor:
        for name in FEEDS:
            walk((await visitor.feed(name))[1])
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    assert len(texts) > 1000
    assert all(form.fullmatch(text) for text in texts)


async def test_feeds_depend_on_seed_and_clock_alone(visit: type[Visitor]) -> None:
    first = await feed(visit, at("2026-05-24T18:00:00"), "balancing-energy")
    second = await feed(visit, at("2026-05-24T20:00:00"), "balancing-energy")
    assert first == second
