"""Run as a script: pulls in forked children that are killed with signal 9, then one that is not.

Usage: `killed_pulls.py MODE FOLDER`, with MODE one of

- `steps`: kill before every single file operation of a pull in turn;
- `update_steps`: the same of an update that finds corrections and a new end;
- `moments`: kill after random times until one pull gets through;
- `limit`: let no file grow beyond a few hundred bytes, then run again without that limit;
- `update_limit`: the same of an update.

Prints one JSON object; the assertions are in `test_dataset.py`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio._backends._asyncio  # this and all below: before the forks, to make those quick
import msgspec
import pandas  # noqa: F401, ICN001 - what pyarrow imports when it gives out Python values
from pyarrow import parquet

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

START = datetime(2026, 3, 29, 12, tzinfo=UTC)
FLUSH = bulk.FlushPolicy(windows=3)
CORRECTED = {
    "ancillary": datetime(2026, 3, 30, 2, tzinfo=UTC),
    "tolling": datetime(2026, 3, 30, 22, tzinfo=UTC),
}


def pull(folder: Path, delay: float = 0.0) -> bulk.Report:
    return anyio.run(_pull, folder, delay)


async def _pull(folder: Path, delay: float, server: Any = None) -> bulk.Report:
    return await bulk.pull_revenue_to(
        server or fake.Server(delay=delay),
        folder,
        fake.ASSETS[: 1 if server else 2],
        start=START,
        end=START + timedelta(days=4),
        streams=["tolling", "ancillary"],
        window=timedelta(days=2),
        concurrency=2,
        flush=FLUSH,
    )


def prepare(folder: Path) -> None:
    """Make the dataset that an update corrects and extends."""
    anyio.run(_pull, folder, 0.0, fake.Server())


def update(folder: Path) -> Any:
    return anyio.run(_update, folder)


async def _update(folder: Path) -> Any:
    return await bulk.update(
        fake.Server(corrected),
        folder,
        bulk.REVENUE,
        end=START + timedelta(days=6),
        flush=FLUSH,
        now=lambda: START + timedelta(days=9),
    )


def corrected(_asset: str, stream: str, rows: list[Any]) -> list[Any]:
    """Correct a row of each stream and let another one vanish."""
    moments = {one.start_ts for one in rows}
    gone = CORRECTED[stream] + timedelta(days=1)
    return [
        msgspec.structs.replace(one, revenue=9.0, version_number="2")
        if one.start_ts == CORRECTED[stream]
        else one
        for one in rows
        if one.start_ts != gone or len(moments) == 1
    ]


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

    # All that the folder, its lock and its files ask of the system to change something.
    for name in ("mkdir", "open", "fsync", "replace", "unlink", "close"):
        setattr(os, name, deadly(getattr(os, name)))


def finish(folder: Path, run: Callable[[Path], Any] = pull) -> dict[str, Any]:
    """Run without disturbance in a child; tell what the folder holds then."""
    answer = folder.with_suffix(".json")

    def work() -> None:
        before = digest(folder) if run is update else ""
        report = run(folder)
        found = {
            "before": before,
            "complete": report.complete,
            "resumed": getattr(report, "resumed", 0),
            "rows": report.rows,
            "digest": digest(folder),
            "left_over": sorted(one.name for one in folder.rglob(".*.tmp")),
        }
        if run is update:
            found["revisions"] = revisions(folder)
            found["unread"] = revisions_on_disk(folder) - len(found["revisions"])
        answer.write_text(json.dumps(found))

    assert in_child(work)
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


def digest(folder: Path) -> str:
    rows = bulk.read(folder).to_pylist()
    return f"{len(rows)} rows {hashlib.sha256(repr(rows).encode()).hexdigest()}"


def revisions(folder: Path) -> list[str]:
    table = bulk.read_revisions(folder)
    return [] if table is None else [repr(row) for row in table.to_pylist()]


def revisions_on_disk(folder: Path) -> int:
    """Count the rows that a reader with a glob of its own would find."""
    files = folder.glob("_revisions/stream=*/month=*/*.parquet")
    return sum(parquet.read_metadata(one).num_rows for one in files)


def steps(root: Path, run: Callable[[Path], Any] = pull) -> list[dict[str, Any]]:
    outcomes = []
    for step in range(1, 1000):
        folder = root / f"step-{step}"
        if run is update:
            shutil.copytree(root / "prepared", folder)

        def work(step: int = step, folder: Path = folder) -> None:
            die_before(step)
            run(folder)

        lived = in_child(work)
        outcomes.append({"lived": lived, **finish(folder, run)})
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


def limit(root: Path, run: Callable[[Path], Any] = pull) -> list[dict[str, Any]]:
    folder = root / "limited"
    if run is update:
        shutil.copytree(root / "prepared", folder)

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))
        try:
            run(folder)
        except OSError as exc:
            said = {"type": type(exc).__name__, "text": str(exc), "file": exc.filename}
            resource.setrlimit(
                resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            )
            (root / "said.json").write_text(json.dumps(said))

    assert in_child(work)
    left_over = sorted(one.name for one in folder.rglob(".*.tmp"))
    said = json.loads((root / "said.json").read_text())
    return [{"said": said, "left_after_failure": left_over, **finish(folder, run)}]


if __name__ == "__main__":
    modes: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
        "steps": steps,
        "moments": moments,
        "limit": limit,
        "update_steps": partial(steps, run=update),
        "update_limit": partial(limit, run=update),
    }
    mode, target = sys.argv[1], Path(sys.argv[2])
    work: Callable[[Path], Any] = pull
    if mode.startswith("update"):
        work = update
        in_child(partial(prepare, target / "prepared"))
        shutil.copytree(target / "prepared", target / "undisturbed")
    undisturbed = finish(target / "undisturbed", work)
    print(json.dumps({"undisturbed": undisturbed, "runs": modes[mode](target)}))  # noqa: T201
