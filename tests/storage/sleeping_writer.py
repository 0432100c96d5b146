"""Run as a script: updates the dataset at a URL, with short time-outs; the parent stops it midway.

Usage: `sleeping_writer.py URL`. Ends with 0 when complete, with 3 where it says to run again.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import anyio

# The root comes last: it holds the packages too, which an installed wheel goes before.
sys.path.append(str(Path(__file__).parents[2]))

from energy_async.files import ReadFailed, WriteFailed
from energy_async.storage import place_at
from tests.storage.test_stores import FLUSH, RANGE, corrected, server
from trlyr_async import bulk

TIMEOUT = timedelta(seconds=3)


async def main(url: str) -> None:
    place = place_at(
        url,
        client_options={"timeout": TIMEOUT, "allow_http": True},
        retry_config={"max_retries": 2, "retry_timeout": TIMEOUT},
    )
    report = await bulk.update_revenue(
        server(corrected), place, end=RANGE["end"] + timedelta(days=2), flush=FLUSH
    )
    assert report.complete


if __name__ == "__main__":
    try:
        anyio.run(main, sys.argv[1])
    except (ReadFailed, WriteFailed) as exc:
        print(exc, flush=True)
        raise SystemExit(3) from exc
