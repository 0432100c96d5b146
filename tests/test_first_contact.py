"""The first day with a real account: a server that is not quite as its documents let one think."""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from energy_async.transport.request import Request
from tests.foreign import PATHS, Foreign
from trlyr_async import (
    NotFound,
    OperationNotFound,
    OutcomeUnknown,
    Trlyr,
    bulk,
    revenue_reporting,
    virtual_assets,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore::energy_async.transport.provisional.ProvisionalEndpointWarning"
)
ASSETS = [f"VA-{number:04}" for number in range(40)]
START, END = datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 9, 30, 22, tzinfo=UTC)
FOREIGN = ("paths", "half-open")


def client_of(server: Foreign, **options: Any) -> Trlyr:
    return Trlyr("u", "p", environment=server.url, rate=math.inf, retries=0, **options)


@pytest.mark.parametrize("streams", [bulk.ALL, bulk.ALL[1:]], ids=["all", "without tolling"])
async def test_a_pull_leaves_out_what_is_not_there_and_goes_on(streams: Any) -> None:
    """One request for each stream is wasted, however many assets and months there are."""
    async with Foreign(FOREIGN, assets=40) as server, client_of(server) as client:
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
    async with Foreign(FOREIGN, assets=40) as server, client_of(server, paths=PATHS) as client:
        pull = bulk.pull_revenue(client, ASSETS[:5], start=START, end=END)
        rows = [row async for batch in pull for row in batch.rows]
    assert pull.report.complete
    assert len(rows) == 5 * 4 * 92
    assert server.absent == []


async def test_an_unknown_asset_is_no_missing_path() -> None:
    async with Foreign(FOREIGN, assets=40) as server, client_of(server) as client:
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
    async with Foreign(FOREIGN, assets=40) as server, client_of(server) as client:
        operation = virtual_assets.OPERATIONS["create_fcr_bids"]
        client._offered._absent[operation.path] = "404", 404
        path = {"organisationID": "o", "virtualAssetID": "VA-0001"}
        with pytest.raises(OperationNotFound, match="nothing was sent"):
            await client.send(Request(operation, path=path, body=[]))
    assert server.absent == []


BIDS = "/organisations/{organisationID}/virtual-assets/{virtualAssetID}/fcr/bids"


@pytest.mark.parametrize("surprises", [("bids",), ()], ids=["elsewhere", "there"])
@pytest.mark.parametrize("corrected", [False, True])
async def test_a_guessed_path_is_read_before_a_bid_is_sent_there(
    surprises: Any, corrected: bool
) -> None:
    """A bid leaves unless the path is proved not to be there, or if the user has set the path."""
    paths = {"virtual_assets.create_fcr_bids": BIDS} if corrected else {}
    async with Foreign(surprises) as server, client_of(server, paths=paths) as client:
        operation = virtual_assets.OPERATIONS["create_fcr_bids"]
        body = [{"product": "NEGPOS_00_04"}]
        request = Request(
            operation, path={"organisationID": "o-1", "virtualAssetID": "VA-0001"}, body=body
        )
        for _ in range(2):
            with pytest.raises((OperationNotFound, OutcomeUnknown)):
                await client.send(request)
    posted = [path for method, path, _ in server.sent if method == "POST"]
    read = [path for method, path, _ in server.sent if method == "GET"]
    is_held = surprises == ("bids",) and not corrected
    assert len(posted) == (0 if is_held else 2)
    assert read.count("/organisations/o-1/virtual-assets/VA-0001/fcr/bids") == (not corrected)


async def test_a_misspelt_choice_is_refused_before_it_is_sent() -> None:
    """A typo in a path would look like a path that is not there."""
    async with Foreign(()) as server, client_of(server) as client:
        wrong: Any = "Daily"
        with pytest.raises(ValueError, match="resolution must be one of raw, 15-minute"):
            await revenue_reporting.get_virtual_asset_data_points(
                client, "VA-0001", wrong, start=START, end=END
            )
        with pytest.raises(ValueError, match="market must be one of capacity, energy"):
            await virtual_assets.get_afrr_bids(
                client, "o-1", "VA-0001", delivery_day=START.date(), market=wrong
            )
    assert server.sent == []


async def test_a_bid_for_an_asset_that_is_not_there_says_nothing_of_the_path() -> None:
    async with Foreign(("bids",)) as server, client_of(server) as client:
        operation = virtual_assets.OPERATIONS["create_fcr_bids"]
        path = {"organisationID": "o-1", "virtualAssetID": "VA-9999"}
        with pytest.raises(OutcomeUnknown):
            await client.send(Request(operation, path=path, body=[]))
    assert [path for method, path, _ in server.sent if method == "POST"]


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
    async with Foreign(FOREIGN, assets=40) as server:
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
