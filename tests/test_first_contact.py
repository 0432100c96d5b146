"""The first day with a real account: a server that is not quite as its documents let one think."""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from energy_async.transport.request import Request
from trlyr_async import NotFound, OperationNotFound, Trlyr, bulk, revenue_reporting, virtual_assets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.filterwarnings(
    "ignore::energy_async.transport.provisional.ProvisionalEndpointWarning"
)
ASSETS = [f"VA-{number:04}" for number in range(40)]  # no UUIDs
START, END = datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 9, 30, 22, tzinfo=UTC)
PATHS = {
    f"revenue_reporting.get_{name}_revenue": f"/revenue-reporting/{{virtualAssetID}}/{there}"
    for name, there in {
        "wholesale": "wholesale-revenue",
        "ancillary": "ancillary-services",
        "virtual_battery_auction": "vba/revenue",
    }.items()
}


class Foreign:
    """Days in UTC by containment in half-open ranges; a router's own 404 for other paths."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: Counter[str] = Counter()
        self.absent: list[str] = []
        self.app = web.Application()
        self.app.router.add_post("/auth/public/authenticate", self._login)
        for there in ("tolling", *(path.split("}/")[1] for path in PATHS.values())):
            self.app.router.add_get(f"/revenue-reporting/{{asset}}/{there}", self._revenue)
        self.app.router.add_route("*", "/{tail:.*}", self._nothing)

    async def _login(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})

    async def _revenue(self, request: web.Request) -> web.Response:
        asset = request.match_info["asset"]
        if asset not in ASSETS:
            return web.json_response({"detail": f"no asset {asset}"}, status=404)
        self.asked[request.path.split("/", 3)[3]] += 1
        start, end = (datetime.fromisoformat(request.query[key]) for key in ("start", "end"))
        day = start.replace(hour=0) + timedelta(days=start.hour > 0)
        rows = []
        while (after := day + timedelta(days=1)) <= end:
            rows.append(
                {"startTs": day.isoformat(), "endTs": after.isoformat(), "revenue": 1.0,
                 "virtualAssetID": asset}
            )  # fmt: skip
            day = after
        return web.json_response(rows)

    async def _nothing(self, request: web.Request) -> web.Response:
        self.absent.append(request.path)
        return web.Response(status=404, text="404 page not found")


@asynccontextmanager
async def foreign() -> AsyncIterator[Foreign]:
    server = Foreign()
    runner = web.AppRunner(server.app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def client_of(server: Foreign, **options: Any) -> Trlyr:
    return Trlyr("u", "p", environment=server.url, rate=math.inf, retries=0, **options)


@pytest.mark.parametrize("streams", [bulk.ALL, bulk.ALL[1:]], ids=["all", "without tolling"])
async def test_a_pull_leaves_out_what_is_not_there_and_goes_on(streams: Any) -> None:
    """One request for each stream is wasted, however many assets and months there are."""
    async with foreign() as server, client_of(server) as client:
        pull = bulk.pull_revenue(client, ASSETS, start=START, end=END, streams=streams)
        rows = [row async for batch in pull for row in batch.rows]
    assert len(server.absent) == 3
    assert len(rows) == (len(ASSETS) * 92 if "tolling" in streams else 0)
    report = pull.report
    assert not report.complete
    assert report.failed == ()
    assert list(report.not_offered) == list(bulk.ALL[1:])
    for stream, said in report.not_offered.items():
        assert f"paths={{'revenue_reporting.get_{stream}_revenue'" in said
        assert str(report).count(f"not offered: {stream}") == 1


async def test_paths_make_the_pull_complete() -> None:
    async with foreign() as server, client_of(server, paths=PATHS) as client:
        pull = bulk.pull_revenue(client, ASSETS[:5], start=START, end=END)
        rows = [row async for batch in pull for row in batch.rows]
    assert pull.report.complete
    assert len(rows) == 5 * 4 * 92
    assert server.absent == []


async def test_an_unknown_asset_is_no_missing_path() -> None:
    async with foreign() as server, client_of(server) as client:
        with pytest.raises(NotFound) as caught:
            await revenue_reporting.get_wholesale_revenue(client, "other", start=START, end=END)
        assert type(caught.value) is NotFound
        with pytest.raises(OperationNotFound) as caught:
            await revenue_reporting.get_wholesale_revenue(client, "VA-0001", start=START, end=END)
        assert caught.value.attempts == 1
        with pytest.raises(OperationNotFound, match="nothing was sent"):
            await revenue_reporting.get_wholesale_revenue(client, "VA-0002", start=START, end=END)
    assert len(server.absent) == 2


async def test_a_submission_is_not_sent_where_its_path_is_known_not_to_be_there() -> None:
    async with foreign() as server, client_of(server) as client:
        operation = virtual_assets.OPERATIONS["create_fcr_bids"]
        client._offered._absent[operation.path] = "404", 404
        path = {"organisationID": "o", "virtualAssetID": "VA-0001"}
        with pytest.raises(OperationNotFound, match="nothing was sent"):
            await client.send(Request(operation, path=path, body=[]))
    assert server.absent == []


@pytest.mark.parametrize(
    ("paths", "match"),
    [
        ({"revenue_reporting.get_wholesale": "/x"}, "no operation"),
        ({"nowhere.get_x": "/x"}, "no operation"),
        ({"revenue_reporting.get_wholesale_revenue": "/x"}, "takes virtualAssetID in its path"),
        ({"revenue_reporting.get_wholesale_revenue": "x"}, "starts with a slash"),
    ],
)
def test_paths_are_checked_when_a_client_is_made(paths: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Trlyr("u", "p", paths=paths)


@pytest.mark.parametrize("corrected", [False, True])
async def test_the_command_says_what_is_not_offered_once(tmp_path: Path, corrected: bool) -> None:
    file = tmp_path / "paths.json"
    file.write_text(json.dumps(PATHS if corrected else {}))
    arguments = ["--start", "2026-07-01", "--end", "2026-10-01", "--out", str(tmp_path / "out")]
    for asset in ASSETS[:3]:
        arguments += ["--asset", asset]
    async with foreign() as server:
        environment = {
            **os.environ,
            "TRLYR_USERNAME": "u",
            "TRLYR_PASSWORD": "p",
            "TRLYR_ENVIRONMENT": server.url,
            "TRLYR_PATHS": str(file),
            "COLUMNS": "400",
            "HOME": str(tmp_path),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "trlyr_async.cli", "revenue", "pull", *arguments,
            "--rate", "1000", env=environment, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = (text.decode() for text in await process.communicate())
    assert process.returncode == (0 if corrected else 3), out + err
    assert err.count("not offered:") == (0 if corrected else 3)
    assert "same command again" not in err
    assert len(server.absent) == (0 if corrected else 3)
