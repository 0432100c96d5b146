"""One pull by several Dask workers, with a real Redis between them; requests counted at the server.

`python -m tests.bulk.shared_limit` does the same at full length.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest

from energy_sandbox import Sandbox
from tests import redis_server as servers
from trlyr_async import bulk

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not servers.is_installed(),
    reason="there is no redis-server here; on Debian: apt-get install redis-server",
)


def run(*arguments: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def per_second(sent: list[float], start: float, end: float) -> float:
    return sum(start <= one < end for one in sent) / (end - start)


def test_workers_share_one_rate_and_one_login_while_redis_goes_and_comes() -> None:
    """Three workers at 50 requests/s; Redis is away from second 4 to second 7.

    On a busy machine requests arrive late and so closer together; workers that did not share would
    send 150 in a second.
    """
    outcome: Any = json.loads(
        run("-m", "tests.bulk.shared_limit", "--json", "--days=5", "--kill=4", "--restart=7")
    )
    sent, killed, restarted = outcome["sent"], outcome["killed"], outcome["restarted"]
    assert len(sent) == 30 * 4 * 5
    assert outcome["complete"]
    assert outcome["rows"] == outcome["rows_of_one"] > 0
    assert outcome["logins"] == 1
    assert outcome["most"] <= 75
    assert per_second(sent, 1, killed) >= 30
    assert 15 <= per_second(sent, killed + 0.5, restarted) <= 42
    lost = {who for at, who, what in outcome["told"] if "Lost" in what}
    regained = {who: at for at, who, what in outcome["told"] if "Regained" in what}
    assert lost == regained.keys() == {0, 1, 2}
    assert max(regained.values()) <= restarted + 6
    assert per_second(sent, max(regained.values()) + 0.5, sent[-1] - 0.5) >= 25


async def test_the_example_fills_one_dataset_with_one_login(tmp_path: Path) -> None:
    async with Sandbox(assets=6, rate=100) as sandbox:
        with servers.RedisServer() as redis:
            printed = await anyio.to_thread.run_sync(
                lambda: run(
                    "examples/dask_pull.py",
                    f"--redis={redis.url}",
                    f"--out={tmp_path / 'pulled'}",
                    "--workers=2",
                    "--shards=4",
                    **sandbox.environment,
                )
            )
        assert sandbox.counters.logins == 1
    first, last = printed.splitlines()
    assert first.startswith("24 requests: 6 assets, 4 streams")
    failed, _, rows = last.partition(" windows failed; ")
    assert failed == "0"
    assert rows == f"{bulk.read(tmp_path / 'pulled').num_rows:,} rows"
    assert not rows.startswith("0 ")
