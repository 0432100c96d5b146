"""The live view: what it shows, when it asks, and that it outlives whatever fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import msgspec
import pytest

from energy_async import Request, WireReply, WireRequest
from energy_sandbox import Sandbox
from nanocorp_async import Nanocorp, Timing, market_feeds
from nanocorp_async.live import Board, Entry, ask_once, entries, watch
from nanocorp_async.live.watch import RHYTHM

if TYPE_CHECKING:
    from nanocorp_async.tidy import MarketRow

MORNING = datetime(2026, 10, 25, 8, 5, tzinfo=UTC)  # 09:05 in Paris, an hour put back


class Turning:
    """A clock that only the test's sleeps move, once nothing else can run."""

    def __init__(self, now: datetime, end: datetime) -> None:
        self.time, self.end = now, end
        self.over = anyio.Event()

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        await anyio.wait_all_tasks_blocked()
        self.time += timedelta(seconds=seconds)
        if self.time >= self.end:
            self.over.set()
            await anyio.sleep_forever()

    @property
    def timing(self) -> Timing:
        return Timing(now=self.now, sleep=self.sleep, draw=lambda: 0.5, rhythm=RHYTHM)


class Recorded:
    """Answers as the sandbox gave them, or a status; keeps when each path was asked for."""

    def __init__(self, bodies: dict[str, bytes], turning: Turning) -> None:
        self.bodies, self.turning = bodies, turning
        self.asked: list[tuple[str, datetime]] = []
        self.broken: tuple[str, datetime, datetime] | None = None
        """A path that answers 503, from when and until when."""
        self.conditions: list[str | None] = []
        self.held: str | None = None
        """A path that never answers."""

    async def send(self, request: WireRequest) -> WireReply:
        path = "/" + request.url.partition("//")[2].partition("/")[2]
        self.asked.append((path, self.turning.now()))
        if path == self.held:
            await anyio.sleep_forever()
        headers = {"content-type": "application/json", "etag": f'"{len(self.bodies[path])}"'}
        self.conditions.append(request.headers.get("If-None-Match"))
        if self.broken is not None:
            broken, start, end = self.broken
            if path == broken and start <= self.turning.now() < end:
                return WireReply(503, headers, b'{"error": "down"}')
        if self.conditions[-1] == headers["etag"]:
            return WireReply(304, headers, b"")
        return WireReply(200, headers, self.bodies[path])

    async def aclose(self) -> None: ...

    def times(self, path: str) -> list[datetime]:
        return [at for one, at in self.asked if one == path]


PATHS = ("/api/day-ahead-prices", "/api/balancing-capacity", "/api/balancing-energy")


async def bodies_at(now: datetime) -> dict[str, bytes]:
    async with (
        Sandbox(assets=1, clock=lambda: now) as sandbox,
        Nanocorp(sandbox.token, base_url=sandbox.feeds_url, rate=1e6) as client,
    ):
        names = ("get_day_ahead_prices", "get_balancing_capacity", "get_balancing_energy")
        replies = [await client.send_raw(Request(market_feeds.OPERATIONS[name])) for name in names]
    return dict(zip(PATHS, (one.body for one in replies), strict=True))


@pytest.fixture
async def bodies() -> dict[str, bytes]:
    return await bodies_at(MORNING)


async def watched(backend: Recorded, turning: Turning) -> list[tuple[datetime, list[Entry], Board]]:
    shown: list[tuple[datetime, list[Entry], Board]] = []
    async with (
        Nanocorp("token", backend=backend, rate=1e6, retries=0) as client,
        anyio.create_task_group() as group,
    ):

        async def run() -> None:
            await watch(
                client,
                lambda board, now: shown.append((now, entries(board, now), board)),
                timing=turning.timing,
            )

        group.start_soon(run)
        await turning.over.wait()
        group.cancel_scope.cancel()
    return shown


async def board_at(now: datetime, fetched: datetime | None = None) -> Board:
    bodies = await bodies_at(fetched or now)
    turning = Turning(now, now)
    async with Nanocorp("token", backend=Recorded(bodies, turning), rate=1e6) as client:
        return await ask_once(client, timing=turning.timing)


def named(found: list[Entry]) -> dict[str, Entry]:
    assert len({one.name for one in found}) == len(found)
    return {one.name: one for one in found}


async def test_the_newest_values_of_all_feeds_are_shown() -> None:
    board = await board_at(MORNING)
    lines = named(entries(board, MORNING))
    assert list(lines) == [
        "Day-ahead now", "Day-ahead next", "Day-ahead tomorrow",
        "FCR capacity",
        "aFRR capacity upward", "aFRR capacity downward",
        "mFRR capacity upward", "mFRR capacity downward",
        "aFRR energy upward", "aFRR energy downward",
        "mFRR energy upward", "mFRR energy downward",
    ]  # fmt: skip
    now, following = lines["Day-ahead now"], lines["Day-ahead next"]
    quarter = timedelta(minutes=15)
    assert (now.start, now.end) == (MORNING.replace(minute=0), MORNING.replace(minute=15))
    assert (following.start, following.end) == (now.end, MORNING.replace(minute=0) + 2 * quarter)
    rows: dict[datetime | None, MarketRow] = {row.start: row for row in board.day_ahead.rows}
    assert (now.price, following.price) == (rows[now.start].price, rows[now.end].price)
    assert lines["FCR capacity"].volume_mw is not None
    assert lines["FCR capacity"].unit == "EUR/MW (period not documented)"
    assert lines["aFRR energy upward"].end == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert lines["aFRR energy upward"].fetched_at is not None
    states = {one.state for name, one in lines.items() if name != "Day-ahead tomorrow"}
    assert states == {"fresh"}
    assert lines["Day-ahead tomorrow"].state == "not published yet"


async def test_two_time_horizons_have_a_line_each() -> None:
    board = await board_at(MORNING)
    board.capacity.rows = [
        msgspec.structs.replace(row, time_horizon=horizon)
        for row in board.capacity.rows
        for horizon in ("DAILY", "PERIODIC")
    ]
    lines = named(entries(board, MORNING))
    assert {"FCR capacity", "FCR capacity periodic", "aFRR capacity upward periodic"} <= set(lines)


async def test_tomorrow_is_published_in_the_afternoon() -> None:
    now = datetime(2026, 10, 24, 13, 30, tzinfo=UTC)
    line = named(entries(await board_at(now), now))["Day-ahead tomorrow"]
    assert line.state == "fresh"
    assert line.remark == "mean of 100 prices"
    assert line.end is not None
    assert line.start is not None
    assert line.end - line.start == timedelta(hours=25)


async def test_yesterdays_answer_is_late_the_day_after() -> None:
    board = await board_at(MORNING)
    later = MORNING + timedelta(days=1)
    lines = named(entries(board, later))
    assert lines["Day-ahead now"].state == "late"
    assert lines["FCR capacity"].state == "late"
    assert lines["aFRR energy upward"].state == "late"
    assert lines["aFRR energy upward"].price is not None


async def test_energy_of_the_day_before_is_fresh_until_the_next_is_due() -> None:
    board = await board_at(MORNING)
    due = datetime(2026, 10, 26, 1, 21, tzinfo=UTC)
    just_before, at = (
        named(entries(board, now))["mFRR energy upward"].state
        for now in (due - timedelta(seconds=1), due)
    )
    assert (just_before, at) == ("fresh", "late")


def test_before_the_first_answer_all_is_waiting() -> None:
    board = Board()
    assert {one.state for one in entries(board, MORNING)} == {"waiting"}
    board.energy.error = "down"
    assert named(entries(board, MORNING))["aFRR energy"].state == "no answer"


async def test_feeds_are_asked_every_quarter_of_an_hour_and_sent_once(
    bodies: dict[str, bytes],
) -> None:
    turning = Turning(MORNING, MORNING + timedelta(minutes=16))
    backend = Recorded(bodies, turning)
    shown = await watched(backend, turning)
    assert len(shown) == 16 * 60
    for path in PATHS:
        assert backend.times(path) == [MORNING + timedelta(minutes=15) * n for n in range(2)]
    assert backend.conditions.count(None) == 3
    answered = [one.answered_at for one in shown[-1][2].statuses.values()]
    assert answered == [MORNING + timedelta(minutes=15)] * 3
    assert named(shown[-1][1])["aFRR energy upward"].state == "fresh"


async def test_a_day_that_is_about_to_come_is_asked_for_every_five_minutes(
    bodies: dict[str, bytes],
) -> None:
    noon = datetime(2026, 10, 25, 12, 20, tzinfo=UTC)  # 13:20 in Paris
    turning = Turning(noon, noon + timedelta(minutes=16))
    backend = Recorded(bodies, turning)
    await watched(backend, turning)
    assert backend.times(PATHS[0]) == [noon + timedelta(minutes=5) * n for n in range(4)]
    assert len(backend.times(PATHS[1])) == 2


async def test_a_feed_that_fails_keeps_its_values_and_says_why(bodies: dict[str, bytes]) -> None:
    turning = Turning(MORNING, MORNING + timedelta(minutes=48))
    backend = Recorded(bodies, turning)
    backend.broken = (PATHS[2], MORNING + timedelta(minutes=2), turning.end)
    shown = await watched(backend, turning)
    board, last = shown[-1][2], named(shown[-1][1])
    assert board.energy.failures > 2
    assert "503" in board.energy.error
    assert last["aFRR energy upward"].price is not None
    assert board.day_ahead.error == ""
    minutes = [(at - MORNING) / timedelta(minutes=1) for at in backend.times(PATHS[2])]
    assert minutes == [0, 15, 16, 18, 22, 30, 46]


async def test_a_cell_that_cannot_be_read_costs_its_row_alone(bodies: dict[str, bytes]) -> None:
    answer = msgspec.json.decode(bodies[PATHS[0]])
    answer["rows"][0]["price_eur_mwh"] = "83,4"
    turning = Turning(MORNING, MORNING)
    backend = Recorded({**bodies, PATHS[0]: msgspec.json.encode(answer)}, turning)
    async with Nanocorp("token", backend=backend, rate=1e6) as client:
        board = await ask_once(client, timing=turning.timing)
    assert len(board.day_ahead.rows) == len(answer["rows"]) - 1
    assert "$.rows[0].price_eur_mwh" in board.day_ahead.error
    assert "83,4" in board.day_ahead.error


async def test_a_slow_feed_is_asked_once_and_holds_up_nothing(bodies: dict[str, bytes]) -> None:
    turning = Turning(MORNING, MORNING + timedelta(minutes=32))
    backend = Recorded(bodies, turning)
    backend.held = PATHS[0]
    shown = await watched(backend, turning)
    assert len(shown) == 32 * 60
    assert len(backend.times(PATHS[0])) == 1
    assert len(backend.times(PATHS[2])) == 3
    assert named(shown[-1][1])["Day-ahead now"].state == "waiting"
    assert named(shown[-1][1])["aFRR energy upward"].state == "fresh"


async def test_a_feed_that_comes_back_is_as_before(bodies: dict[str, bytes]) -> None:
    turning = Turning(MORNING, MORNING + timedelta(minutes=10))
    backend = Recorded(bodies, turning)
    backend.broken = (PATHS[2], MORNING, MORNING + timedelta(minutes=2))
    shown = await watched(backend, turning)
    status = shown[-1][2].energy
    assert (status.error, status.failures) == ("", 0)
    assert status.answered_at == MORNING + timedelta(minutes=3)
    assert named(shown[1][1])["aFRR energy"].state == "no answer"
    assert named(shown[-1][1])["aFRR energy upward"].state == "fresh"
