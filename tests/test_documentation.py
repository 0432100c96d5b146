"""What the README and the docs show runs as it stands there."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
import trustme

from energy_async.bulk.reconcile.findings import KINDS
from energy_sandbox import Sandbox
from nanocorp_async import Nanocorp, archive
from tests import redis_server as servers
from tests.clock import Clock
from trlyr_async import Trlyr, bulk

ROOT = Path(__file__).parent.parent
AREAS = sorted(one.stem for one in (ROOT / "docs" / "areas").glob("[a-z]*.md"))
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *(str(one.relative_to(ROOT)) for one in (ROOT / "docs").rglob("*.md")),
]
UNKNOWN_ASSET = "11111111-1111-1111-1111-111111111111"
RANGE: dict[str, Any] = {
    "start": datetime(2026, 10, 1, tzinfo=UTC),
    "end": datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=2),
}

pytestmark = pytest.mark.filterwarnings("ignore::trlyr_async.ProvisionalEndpointWarning")


def examples(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


async def run(code: str, **names: Any) -> dict[str, Any]:
    """Run a piece of code, which may await at its top level, and give its names."""
    compiled = compile(code, "<example>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    scope: dict[str, Any] = {"__name__": "example", **names}
    awaited = eval(compiled, scope)
    if inspect.isawaitable(awaited):
        await awaited
    return scope


async def run_as_program(code: str, sandbox: Sandbox) -> tuple[str, str]:
    env = {**os.environ, **sandbox.environment}
    done = await anyio.to_thread.run_sync(
        lambda: subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
        )
    )
    return done.stdout, done.stderr


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox(assets=2, clock=clock) as running:
        yield running


@pytest.fixture
async def client(sandbox: Sandbox, clock: Clock) -> AsyncIterator[Trlyr]:
    async with Trlyr(
        sandbox.username, sandbox.password, environment=sandbox.url, rate=1000, wall=clock.wall
    ) as client:
        yield client


@pytest.fixture
async def feeds(sandbox: Sandbox, clock: Clock) -> AsyncIterator[Nanocorp]:
    async with Nanocorp(
        sandbox.token, base_url=sandbox.feeds_url, rate=1000, wall=clock.wall
    ) as client:
        yield client


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_the_first_example_handles_an_unknown_asset(sandbox: Sandbox) -> None:
    (first, _) = examples("README.md")
    assert UNKNOWN_ASSET in first
    assert await run_as_program(first, sandbox) == ("no such virtual asset\n", "")


async def test_the_first_example_adds_up_revenue(sandbox: Sandbox) -> None:
    program = examples("README.md")[0].replace(UNKNOWN_ASSET, sandbox.virtual_asset_ids[0])
    printed, complaints = await run_as_program(program, sandbox)
    assert re.fullmatch(r"\d+\.\d+ EUR\n", printed)
    assert complaints == ""


async def test_the_second_example_pulls_a_dataset(
    sandbox: Sandbox, client: Trlyr, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = examples("README.md")[1]
    await run(second, client=client, organisation=sandbox.organisation_id, **RANGE)
    first, figures = capsys.readouterr().out.splitlines()
    rows, complete, failed = first.split()
    assert int(rows) > 0
    assert (complete, failed) == ("True", "()")
    assert re.match(r"[\d.]+ EUR [\d.]+ EUR/MW/year \d", figures)
    assert list(elsewhere.glob("revenue/stream=*/month=*/*.parquet"))


async def test_the_bulk_page_pulls_both_ways(
    sandbox: Sandbox,
    client: Trlyr,
    clock: Clock,
    elsewhere: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page, planning, updating, looking, points, *_ = examples("docs/bulk.md")
    names = await run(page)
    await names["pull"](client, sandbox.virtual_asset_ids)
    printed = capsys.readouterr().out
    assert printed.count("wholesale ok") == len(sandbox.virtual_asset_ids)
    assert "complete:" in printed
    assert (elsewhere / "revenue").is_dir()
    await run(planning, bulk=names["bulk"], start=names["start"], end=names["end"])
    shown = [line.partition("# ")[2] for line in planning.splitlines() if "# " in line]
    assert capsys.readouterr().out.splitlines() == shown
    await (await run(updating, **names))["update"](client)
    assert capsys.readouterr().out.startswith("rechecked ")
    (await run(looking, bulk=names["bulk"], datetime=datetime))["look_back"](clock())
    assert "Changes(corrected=0, vanished=0, added=0" in capsys.readouterr().out
    await (await run(points, **names))["pull_points"](client, sandbox.virtual_asset_ids)
    assert capsys.readouterr().out.startswith("complete: ")


async def test_the_pages_on_checking_and_tables_run_on_a_pull(
    sandbox: Sandbox,
    client: Trlyr,
    feeds: Nanocorp,
    elsewhere: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = sandbox.virtual_asset_ids
    await bulk.pull_revenue_to(client, "revenue/", ids, streams=["tolling"], **RANGE)
    source = bulk.data_points("virtual_asset", "hourly")
    await bulk.pull_to(client, "points/", source, bulk.plan_pull(source, ids, **RANGE))
    (checking,) = examples("docs/checking.md")
    assert (await run(checking))["found"].compared
    await archive(feeds, "prices/", feeds=["day-ahead"], once=True)
    wide, join, polars = examples("docs/tables.md")
    names = await run(wide)
    assert len(names["wide"]) > 0
    priced = (await run(join, **names))["priced"]
    assert priced.num_rows == bulk.read("revenue/").num_rows > 0
    await run(polars)
    assert capsys.readouterr().out == ""


def test_every_finding_is_on_the_page() -> None:
    """And nothing else: a kind that is not there any more is not promised."""
    text = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z ,]+) \| (?:error|warning|notice) \|", text, re.MULTILINE)
    assert sorted(kind for row in rows for kind in row.split(", ")) == sorted(KINDS)


async def test_the_sandbox_page_shows_passing_tests(elsewhere: Path) -> None:
    page, feeds = examples("docs/sandbox.md")
    await (await run(page))["test_my_service"]()
    await (await run(feeds))["test_a_correction_is_kept"](str(elsewhere / "prices"))


async def test_the_page_on_feeds_archives_and_watches(
    feeds: Nanocorp, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the order of the page: each example finds what the ones before have stored."""
    said = []
    for code in examples("docs/feeds.md"):
        await run(code, client=feeds)
        said.append(capsys.readouterr().out)
    stored, read, watched, timed = said
    assert re.search(r"^day-ahead: \d{4}-\d\d-\d\d: \d+ rows added$", stored, re.MULTILINE)
    assert re.search(r"^\d+ rows added, 0 corrected; {} \(\)$", stored, re.MULTILINE)
    assert "replaced_at" in read
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d+ prices\n", watched)
    assert timed == ""
    assert (elsewhere / "prices" / "feed=day-ahead").is_dir()


async def test_the_page_on_testing_shows_passing_tests() -> None:
    """One after the other, as if all stood in one file."""
    scope: dict[str, Any] = {}
    for code in (one for one in examples("docs/testing.md") if "trlyr_client" not in one):
        scope |= await run(code, **scope)
    tests = [name for name in scope if name.startswith("test_")]
    assert len(tests) == 6
    for name in tests:
        await scope[name]()


def test_the_page_on_testing_shows_a_module_with_fixtures(tmp_path: Path) -> None:
    """As pytest runs it in a folder of its own, where it finds the fixtures by itself."""
    setting, service, _, module, *_ = examples("docs/testing.md")
    (tmp_path / "conftest.py").write_text(setting, encoding="utf-8")
    (tmp_path / "test_service.py").write_text(service + module, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-o", "anyio_mode=auto", "--strict-markers"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "4 passed" in done.stdout, done.stdout


@pytest.mark.parametrize("number", range(2))
async def test_the_page_on_times_and_units_tells_the_truth(number: int) -> None:
    await run(examples("docs/times-and-units.md")[number])


async def test_the_page_on_requests_makes_a_client() -> None:
    client = (await run(examples("docs/requests.md")[0]))["client"]
    assert client.base_url == "https://api.sandbox.trlyr.com"
    await client.aclose()


async def test_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    mine = authority.issue_cert("me@example.com")
    authority.cert_pem.write_to_path(str(tmp_path / "company-ca.pem"))
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "client.pem"))
    mine.private_key_pem.write_to_path(str(tmp_path / "client.key"))
    monkeypatch.chdir(tmp_path)
    proxied, certified = examples("docs/networks.md")
    await (await run(proxied))["client"].aclose()
    assert (await run(certified))["context"].get_ca_certs()


async def test_the_page_on_requests_shows_a_store_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = examples("docs/requests.md")[1]
    await run(code)
    assert capsys.readouterr().out.strip() == code.rpartition("# ")[2].strip()


async def test_the_bulk_page_pulls_shards(
    sandbox: Sandbox,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if not servers.is_installed():
        pytest.skip("there is no redis-server here; on Debian: apt-get install redis-server")
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    (code,) = [one for one in examples("docs/bulk.md") if "def pull_shard" in one]
    with servers.RedisServer() as redis:
        local = code.replace("s3://bucket/revenue", str(elsewhere / "shared"))
        names = await run(local.replace("redis://127.0.0.1:6379/0", redis.url))
        plan = names["bulk"].plan(sandbox.virtual_asset_ids, **RANGE)
        await anyio.to_thread.run_sync(names["pull_all"], plan)
    assert int(capsys.readouterr().out) > 0
    assert sandbox.counters.logins == 1


async def test_the_page_on_trading_trades(
    sandbox: Sandbox, client: Trlyr, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    schedule, fleet, simulate, battery, bid, journal, _ = examples("docs/trading.md")
    given = {
        "client": client,
        "organisation_id": sandbox.organisation_id,
        "virtual_asset_id": sandbox.virtual_asset_ids[1],
    }
    names = await run(schedule, **given)
    assert capsys.readouterr().out == "True balanced: no charge or discharge is missing ()\n"
    await run(fleet, **names)
    assert f"{names['block_id']} True 20" in capsys.readouterr().out
    await run(simulate, **names)
    assert "the battery ends at 20.1%" in capsys.readouterr().out
    await run(battery, **names)
    assert capsys.readouterr().out == "5000.0 [] 0.0\n"
    names = await run(bid, **given)
    assert capsys.readouterr().out == ""
    await run(journal.replace('"desk.sqlite"', repr(str(tmp_path / "desk.sqlite"))), **names)
    assert capsys.readouterr().out.startswith("200 ")


async def test_the_page_on_trading_finds_a_lost_bid(
    sandbox: Sandbox, client: Trlyr, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.inject("cut_body", operation="submit_ancillary_bids")
    await run(
        examples("docs/trading.md")[4],
        client=client,
        organisation_id=sandbox.organisation_id,
        virtual_asset_id=sandbox.virtual_asset_ids[1],
    )
    assert capsys.readouterr().out.startswith("sent True upstream has what was sent")


def test_the_page_on_trading_is_typed(tmp_path: Path) -> None:
    *desk, bid, journal, limits = examples("docs/trading.md")
    given = "client: Trlyr\norganisation_id: str\nvirtual_asset_id: str\n"
    imports = "from trlyr_async import Trlyr, trading\n"
    programs = ["".join(desk), bid + journal, limits.replace("\n...\n", "\n")]
    for number, code in enumerate(programs):
        body = f"async def example() -> None:\n{textwrap.indent(code, '    ')}"
        (tmp_path / f"page{number}.py").write_text(imports + given + body, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", *tmp_path.iterdir()],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


async def test_the_page_on_scripts_adds_up_revenue(sandbox: Sandbox) -> None:
    (page,) = examples("docs/scripts.md")
    assert await run_as_program(page, sandbox) == ("no such virtual asset\n", "")
    known = page.replace(UNKNOWN_ASSET, sandbox.virtual_asset_ids[0])
    printed, complaints = await run_as_program(known, sandbox)
    assert re.fullmatch(r"\d+\.\d+ EUR\n", printed)
    assert complaints == ""


async def test_the_page_on_watching_shows_spans_and_metrics(sandbox: Sandbox) -> None:
    (page,) = examples("docs/watching.md")
    printed, complaints = await run_as_program(page, sandbox)
    assert complaints == ""
    for shown in ("GET /auctions {", "auctions.get_auctions {", "http.client.request.duration"):
        assert shown in printed


@pytest.mark.parametrize("area", AREAS)
async def test_the_examples_of_an_area_run(
    area: str,
    sandbox: Sandbox,
    client: Trlyr,
    feeds: Nanocorp,
    monkeypatch: pytest.MonkeyPatch,
    elsewhere: Path,
) -> None:
    """With the names that the pages say are given, against the sandbox, in an empty folder."""
    assert list(elsewhere.iterdir()) == []
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    found = examples(f"docs/areas/{area}.md")
    assert found
    for code in found:
        await run(
            code,
            client=feeds if area == "market-feeds" else client,
            organisation_id=sandbox.organisation_id,
            virtual_asset_id=sandbox.virtual_asset_ids[1],  # large enough for any bid
            physical_asset_id=sandbox.physical_asset_ids[1],
        )


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", text)
    missing = [one for one in targets if not ((ROOT / page).parent / one).exists()]
    assert missing == []
