"""The feeds on a world's clock: late days, corrections, outages, windows, conditional requests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

import pytest

from energy_sandbox import Correction, FeedBehaviour, Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.sandbox.conftest import Visitor

PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 5, 23)
HOUR = timedelta(hours=1)
NAIVE = datetime.fromisoformat("2026-05-23")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


class World:
    """A visitor of a sandbox whose clock a test sets."""

    def __init__(self, visit: type[Visitor], behaviour: FeedBehaviour) -> None:
        self.now = at("2026-05-23T12:00:00")
        self.sandbox = Sandbox(assets=1, clock=lambda: self.now, feeds=behaviour)
        self._visit = visit

    async def __aenter__(self) -> Self:
        await self.sandbox.__aenter__()
        self.visitor = await self._visit(self.sandbox).__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.visitor.__aexit__()
        await self.sandbox.aclose()

    async def feed(self, name: str, when: str) -> Any:
        self.now = at(when)
        status, answer = await self.visitor.feed(name)
        return answer if status == 200 else status

    async def ask(self, name: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
        url = f"{self.sandbox.feeds_url}/api/{name}"
        asked = {"Authorization": f"Bearer {self.sandbox.token}", **headers}
        async with self.visitor.http.get(url, headers=asked) as reply:
            return reply.status, reply.headers.copy(), await reply.read()


@pytest.fixture
async def world(visit: type[Visitor], request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with World(visit, request.param) as one:
        yield one


def behaving(**fields: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("world", [FeedBehaviour(**fields)], indirect=True)


@behaving(late={("day-ahead", date(2026, 5, 24)): 5 * HOUR})
async def test_a_late_day_comes_later_and_stays_away_from_other_feeds(world: World) -> None:
    assert (await world.feed("day-ahead-prices", "2026-05-23T17:59:59"))[
        "latestDate"
    ] == "2026-05-23"
    assert (await world.feed("day-ahead-prices", "2026-05-23T18:00:00"))[
        "latestDate"
    ] == "2026-05-24"


@behaving(late={("day-ahead", date(2026, 5, 24)): 30 * HOUR, ("afrr-energy", TODAY): 30 * HOUR})
async def test_a_day_later_than_the_next_is_a_hole_and_in_energy_never_shown(world: World) -> None:
    answer = await world.feed("day-ahead-prices", "2026-05-24T14:00:00")
    days = {row["hour_start_utc"][:10] for row in answer["rows"]}
    assert answer["latestDate"] == "2026-05-25"
    assert len(answer["rows"]) == 28 * 96
    assert "2026-05-24" in days  # the evening before 25 May in Paris
    assert "2026-05-24T12:00:00.000Z" not in {row["hour_start_utc"] for row in answer["rows"]}
    whole = await world.feed("day-ahead-prices", "2026-05-24T20:00:00")
    assert len(whole["rows"]) == 29 * 96
    shown = [
        (await world.feed("afrr-energy", when))["latestDeliveryDateParis"]
        for when in ("2026-05-24T06:00:00", "2026-05-25T06:00:00", "2026-05-25T08:00:00")
    ]
    assert shown == ["2026-05-22", "2026-05-24", "2026-05-24"]


SHIFT = Correction(feed="day-ahead", day=TODAY, at=at("2026-05-23T15:00:00"), every=4, by=2.5)
NULL = Correction(
    feed="afrr-energy", day=TODAY, at=at("2026-05-24T09:00:00"), change="null", every=96
)
DROP = Correction(
    feed="fcr-capacity", day=TODAY, at=at("2026-05-23T20:00:00"), change="drop", every=1
)


@behaving(corrections=[SHIFT, NULL, DROP])
async def test_corrections_change_some_rows_of_a_day_from_a_time_on(world: World) -> None:
    before = (await world.feed("day-ahead-prices", "2026-05-23T14:59:59"))["rows"]
    after = (await world.feed("day-ahead-prices", "2026-05-23T15:00:00"))["rows"]
    moved = [
        round(b["price_eur_mwh"] - a["price_eur_mwh"], 2)
        for a, b in zip(before, after, strict=True)
        if a != b
    ]
    assert moved == [2.5] * 24
    energy = await world.feed("balancing-energy", "2026-05-24T09:00:00")
    nulls = [row for row in energy["afrr"]["chartRows"] if row["upward_price_eur_mwh"] is None]
    assert [row["bucket_start_utc"][11:16] for row in nulls] == ["22:00", "22:05", "22:10"]
    capacity = [
        len((await world.feed("fcr-capacity", when))["rows"])
        for when in ("2026-05-23T19:59:59", "2026-05-23T20:00:00")
    ]
    assert capacity == [7 * 24, 6 * 24]


@behaving(outages=[(at("2026-05-23T15:00:00"), at("2026-05-23T16:00:00"))])
async def test_an_outage_ends(world: World) -> None:
    times = ("2026-05-23T14:59:59", "2026-05-23T15:00:00", "2026-05-23T16:00:00")
    found = [await world.feed("mfrr-capacity", when) for when in times]
    assert [one if isinstance(one, int) else 200 for one in found] == [200, 503, 200]


@behaving(day_ahead_days=2, capacity_days=3, all_steps=True)
async def test_how_much_a_feed_holds_can_be_said(world: World) -> None:
    assert len((await world.feed("day-ahead-prices", "2026-05-23T15:00:00"))["rows"]) == 2 * 96
    assert len((await world.feed("fcr-capacity", "2026-05-23T15:00:00"))["rows"]) == 3 * 24
    answer = await world.feed("afrr-energy", "2026-05-24T15:00:00")
    assert len(answer["recentRows"]) == answer["rowCount"] == 21_600
    assert answer["recentRows"][0] == answer["latestRow"]


@behaving(etags=True, last_modified=True, corrections=[SHIFT])
@pytest.mark.parametrize("name", ["day-ahead-prices", "balancing-capacity", "mfrr-energy"])
@pytest.mark.parametrize(
    ("given", "sent"), [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")]
)
async def test_an_unchanged_answer_is_304(world: World, name: str, given: str, sent: str) -> None:
    status, headers, body = await world.ask(name)
    assert (status, body[:1]) == (200, b"{")
    status, again, body = await world.ask(name, **{sent: headers[given]})
    assert (status, body, again[given]) == (304, b"", headers[given])
    world.now += timedelta(days=1)
    status, later, _ = await world.ask(name, **{sent: headers[given]})
    assert status == 200
    assert later[given] != headers[given]


LATEST = Correction(feed="afrr-energy", day=TODAY, at=at("2026-05-24T09:00:00"), every=1, by=1.5)


@behaving(corrections=[LATEST])
async def test_the_latest_row_is_corrected_with_its_twin(world: World) -> None:
    answer = await world.feed("afrr-energy", "2026-05-24T09:00:00")
    assert answer["latestRow"] == answer["recentRows"][0]


PAST = Correction(feed="day-ahead", day=date(2026, 4, 1), at=at("2026-05-23T15:00:00"))


@behaving(etags=True, corrections=[PAST])
async def test_a_correction_of_a_day_that_is_not_shown_changes_nothing(world: World) -> None:
    world.now = at("2026-05-23T14:00:00")
    tag = (await world.ask("day-ahead-prices"))[1]["ETag"]
    world.now = at("2026-05-23T15:00:00")
    assert (await world.ask("day-ahead-prices", **{"If-None-Match": tag}))[0] == 304


@behaving(last_modified=True, corrections=[DROP])
async def test_an_aggregate_is_as_new_as_its_newest_part(world: World) -> None:
    world.now = at("2026-05-23T21:00:00")
    stamps = [
        (await world.ask(name))[1]["Last-Modified"]
        for name in ("balancing-capacity", "fcr-capacity", "afrr-capacity")
    ]
    assert stamps[0] == stamps[1] == "Sat, 23 May 2026 18:00:00 GMT"
    assert stamps[2] == "Sat, 23 May 2026 14:35:24 GMT"


@behaving(etags=True, corrections=[SHIFT])
async def test_a_correction_has_an_etag_of_its_own(world: World) -> None:
    world.now = at("2026-05-23T14:00:00")
    tag = (await world.ask("day-ahead-prices"))[1]["ETag"]
    world.now = at("2026-05-23T15:00:00")
    assert (await world.ask("day-ahead-prices", **{"If-None-Match": tag}))[0] == 200


@behaving()
async def test_by_default_conditions_are_ignored(world: World) -> None:
    status, headers, _ = await world.ask("day-ahead-prices", **{"If-None-Match": "*"})
    assert status == 200
    assert headers.keys().isdisjoint({"ETag", "Last-Modified"})


@pytest.mark.parametrize(
    "fields",
    [
        {"late": {("gas", TODAY): HOUR}},
        {"late": {("day-ahead", TODAY): -HOUR}},
        {"day_ahead_days": 0},
        {"outages": [(NAIVE, at("2026-05-23"))]},
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"feed|late|aware"):
        FeedBehaviour(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"feed": "gas"},
        {"change": "vanish"},
        {"every": 0},
        {"at": NAIVE},
    ],
)
def test_corrections_that_cannot_be_are_refused(fields: dict[str, Any]) -> None:
    usual = {"feed": "day-ahead", "day": TODAY, "at": datetime(2026, 5, 23, tzinfo=UTC)}
    with pytest.raises(ValueError, match=r"unknown|every|aware"):
        Correction(**{**usual, **fields})
