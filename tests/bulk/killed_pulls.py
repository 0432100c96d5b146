"""Run as a script: pulls in forked children that are killed with signal 9, then one that is not.

Usage: `killed_pulls.py MODE FOLDER`, with MODE one of

- `steps`: kill before every single file operation of a pull in turn;
- `moments`: kill after random times until one pull gets through;
- `limit`: let no file grow beyond a few hundred bytes, then run again without that limit.

Prints one JSON object; the assertions are in `test_dataset.py`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import random
import resource
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio._backends._asyncio  # this and all below: before the forks, to make those quick
import pandas  # noqa: F401, ICN001 - what pyarrow imports when it gives out Python values

import trlyr_async.bulk.revenue_table  # noqa: F401
from trlyr_async import bulk

if TYPE_CHECKING:
    from collections.abc import Callable

_SPEC = importlib.util.spec_from_file_location(
    "fake_terralayr", Path(__file__).with_name("fake_terralayr.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
fake: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(fake)

START = datetime(2026, 3, 27, tzinfo=UTC)


def pull(folder: Path, delay: float = 0.0) -> bulk.Report:
    return anyio.run(_pull, folder, delay)


async def _pull(folder: Path, delay: float) -> bulk.Report:
    return await bulk.pull_revenue_to(
        fake.Server(delay=delay),
        folder,
        fake.ASSETS[:2],
        start=START,
        end=START + timedelta(days=4),
        streams=["tolling", "ancillary"],
        window=timedelta(days=2),
        concurrency=2,
        flush=bulk.FlushPolicy(windows=3),
    )


def in_child(work: Callable[[], object], *, kill_after: float | None = None) -> bool:
    """Run `work` in a fork; tell whether it lived to its end."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert status == 0 or os.WIFSIGNALED(status), f"the pull failed: {status}"
    return status == 0


def die_before(step: int) -> None:
    """Kill this process before its file operation number `step`."""
    count = 0

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return operation

    for name in ("mkdir", "open", "fsync", "replace", "unlink", "close"):
        setattr(os, name, deadly(getattr(os, name)))


def finish(folder: Path) -> dict[str, Any]:
    """Pull without disturbance in a child; tell what the folder holds then."""
    answer = folder.with_suffix(".json")

    def work() -> None:
        report = pull(folder)
        found = {
            "complete": report.complete,
            "resumed": report.resumed,
            "rows": report.rows,
            "digest": digest(folder),
            "left_over": sorted(one.name for one in folder.rglob(".*.tmp")),
        }
        answer.write_text(json.dumps(found))

    assert in_child(work)
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


def digest(folder: Path) -> str:
    rows = bulk.read(folder).to_pylist()
    return f"{len(rows)} rows {hashlib.sha256(repr(rows).encode()).hexdigest()}"


def steps(root: Path) -> list[dict[str, Any]]:
    outcomes = []
    for step in range(1, 1000):
        folder = root / f"step-{step}"

        def work(step: int = step, folder: Path = folder) -> None:
            die_before(step)
            pull(folder)

        lived = in_child(work)
        outcomes.append({"lived": lived, **finish(folder)})
        if lived:
            break
    return outcomes


def moments(root: Path) -> list[dict[str, Any]]:
    outcomes = []
    for attempt in range(6):
        folder = root / f"moment-{attempt}"
        draw = random.Random(attempt)
        kills = 0
        patience = 0.02  # grows, so that the pull gets through in the end on a slow machine too
        while not in_child(partial(pull, folder, 0.002), kill_after=draw.uniform(0, patience)):
            kills += 1
            patience *= 1.2
        outcomes.append({"kills": kills, **finish(folder)})
    return outcomes


def limit(root: Path) -> list[dict[str, Any]]:
    folder = root / "limited"

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))
        try:
            pull(folder)
        except OSError as exc:
            said = {"type": type(exc).__name__, "text": str(exc), "file": exc.filename}
            resource.setrlimit(
                resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            )
            (root / "said.json").write_text(json.dumps(said))

    assert in_child(work)
    left_over = sorted(one.name for one in folder.rglob(".*.tmp"))
    said = json.loads((root / "said.json").read_text())
    return [{"said": said, "left_after_failure": left_over, **finish(folder)}]


if __name__ == "__main__":
    modes = {"steps": steps, "moments": moments, "limit": limit}
    target = Path(sys.argv[2])
    undisturbed = finish(target / "undisturbed")
    print(json.dumps({"undisturbed": undisturbed, "runs": modes[sys.argv[1]](target)}))  # noqa: T201
