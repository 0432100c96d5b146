"""How much memory a large pull takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import energy_async

CODE = """
import importlib.util, json, sys
from datetime import UTC, datetime, timedelta
import aiohttp, anyio
from energy_async.columns import load_pyarrow
from trlyr_async import bulk

spec = importlib.util.spec_from_file_location("fake_terralayr", sys.argv[1])
fake = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fake)
quarters = [datetime(2026, 3, 1, tzinfo=UTC) + n * timedelta(minutes=15) for n in range(2977)]

def buckets(stream, start, end):
    return ((one, one + timedelta(minutes=15)) for one in quarters if start <= one <= end)

fake.buckets = buckets  # quarter-hours in every stream: 476,160 rows

def kibibytes(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name))

load_pyarrow()  # before the reading, so that only the pull is measured
from pyarrow import parquet
before = kibibytes("VmRSS")
start = quarters[0]
report = anyio.run(lambda: bulk.pull_revenue_to(
    fake.Server(), sys.argv[2], fake.ASSETS[:40], start=start, end=start + timedelta(days=31)
))
grown = (kibibytes("VmHWM") - before) / 1024
loaded = sorted({"pandas", "polars", "pyarrow.dataset"} & set(sys.modules))
print(json.dumps({"rows": report.rows, "grown": grown, "loaded": loaded}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from /proc")
def test_half_a_million_rows_pass_through_a_bounded_buffer(tmp_path: Path) -> None:
    """Held at once, they would take several times as much; pandas stays unloaded.

    Arrow's own allocator keeps what was freed, and how much of it is chance.
    """
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(Path(__file__).with_name("fake_terralayr.py")),
         str(tmp_path / "data")],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(energy_async.__file__).parents[1]),
            "ARROW_DEFAULT_MEMORY_POOL": "system",
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rows"] == 476_160
    assert found["loaded"] == []
    assert found["grown"] < 60
