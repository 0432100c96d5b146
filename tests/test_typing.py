"""What a type checker sees of the public face: all that is there, and nothing that is not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("mypy")

RIGHT = """\
import asyncio
from datetime import UTC, datetime

from energy_async import ApiClient, Timeouts, sync
from nanocorp_async import Nanocorp, market_feeds
from trlyr_async import NotFound, Trlyr, bulk, models, revenue_reporting, trading, virtual_assets

START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


async def main(client: Trlyr, feeds: Nanocorp, plain: ApiClient) -> float | None:
    rows = await revenue_reporting.get_tolling_revenue(client, "a", start=START, end=END)
    await revenue_reporting.get_tolling_revenue(plain, "a", start=START, end=END)
    patient = client.with_options(timeout=Timeouts(read=90), retries=0)
    asset: models.virtual_assets.VirtualAsset = await virtual_assets.get_virtual_asset(
        patient, "o", "a", headers={"X-Desk": "7"}
    )
    prices = await market_feeds.get_day_ahead_prices(feeds)
    report = await bulk.pull_revenue_to(client, "revenue", ["a"], start=START, end=END)
    try:
        await trading.submit_schedule(client, "o", "a", "b", {START: 10.0})
    except NotFound as error:
        print(error.status, asset.id, prices, report.complete)
    return rows[0].revenue


with sync(Trlyr("u", "p", user_agent="desk/1")) as call:
    call(revenue_reporting.get_tolling_revenue, "a", start=START, end=END)
asyncio.run(main(Trlyr.from_env(), Nanocorp("t"), ApiClient("https://x", auth=None)))
"""
MISTAKES = """\
from datetime import UTC, datetime

from nanocorp_async import Nanocorp, markett_feeds, market_feeds  # a module that is not there
from trlyr_async import Trlyr, Trlyyr, models, revenue_reporting, virtual_assets  # a typo

START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
client = Trlyr("u", "p", rates=5.0)  # an option that is not there


async def main(client: Trlyr, feeds: Nanocorp) -> None:
    rows = await revenue_reporting.get_tolling_revenue(client, "a", start=START, end=END)
    print(rows[0].revenues)  # a field that is not there
    print(1.0 + rows[0].revenue)  # a number that may be missing
    await revenue_reporting.get_tolling_revenue(client, "a", start="2026-10-01", end=END)  # a text
    await virtual_assets.get_virtual_asets(client, "o")  # a function that is not there
    await market_feeds.get_day_ahead_prices(client)  # the client of the other API
    await virtual_assets.get_virtual_assets(client, "o", lane="fast")  # a lane that is not there
    print(models.virtual_assets.Blok)  # a struct that is not there
"""


def mypy(file: Path) -> dict[int, str]:
    cache = str(file.parent / "cache")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, file.name]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
    lines = [line.split(":", 3) for line in done.stdout.splitlines() if ": error:" in line]
    return {int(number): said for _, number, _, said in lines}


def pyright(file: Path) -> dict[int, str]:
    pytest.importorskip("pyright")
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(
        [*command, file.name], cwd=file.parent, capture_output=True, text=True, check=False
    )
    if not done.stdout.startswith("{"):
        pytest.skip(f"pyright could not be run: {done.stderr[-200:]}")  # it needs Node
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {1 + one["range"]["start"]["line"]: one["message"] for one in found}


@pytest.fixture(params=[mypy, pyright], ids=["mypy", "pyright"])
def checker(request: pytest.FixtureRequest) -> Callable[[Path], dict[int, str]]:
    found: Callable[[Path], dict[int, str]] = request.param
    return found


def test_what_is_right_passes_and_every_mistake_is_found(
    tmp_path: Path, checker: Callable[[Path], dict[int, str]]
) -> None:
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(RIGHT, "utf-8")
    wrong.write_text(MISTAKES, "utf-8")
    assert checker(right) == {}
    lines = MISTAKES.splitlines()
    expected = [number for number, line in enumerate(lines, 1) if "  # " in line]
    assert len(expected) == 10
    assert sorted(checker(wrong)) == expected
