"""Run as a script: pulls in forked children that are killed with signal 9, then one that is not.

Usage: `killed_pulls.py MODE FOLDER [STRIDE]`, with MODE one of

- `steps`: kill before every STRIDE-th step that changes a file of a pull, by default each;
- `update_steps`: the same of an update that finds corrections and a new end;
- `compact_steps`: the same of a compaction of many small files;
- `moments`: kill after random times until one pull gets through;
- `limit`: let no file grow beyond a few hundred bytes, then run again without that limit;
- `update_limit`: the same of an update.

Prints one JSON object; the assertions are in `test_dataset.py`.
"""

from __future__ import annotations

import hashlib
import json
import random
import resource
import shutil
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio._backends._asyncio  # this and all below: before the forks, to make those quick
import msgspec
import pandas  # noqa: F401, ICN001 - what pyarrow imports when it gives out Python values
from pyarrow import parquet

# The root comes last: it holds the packages too, which an installed wheel goes before.
sys.path.append(str(Path(__file__).parents[2]))

import trlyr_async.bulk.revenue  # noqa: F401
from energy_async.storage import Table, clean, place_at, strays
from tests.bulk import fake_terralayr
from tests.killing import in_child, killed_in_turn
from trlyr_async import bulk

if TYPE_CHECKING:
    from collections.abc import Callable

fake: Any = fake_terralayr  # which stands in for a client without being one
START = datetime(2026, 3, 29, 12, tzinfo=UTC)
STRIDE = int(sys.argv[3]) if sys.argv[3:] else 1
FLUSH = bulk.FlushPolicy(windows=3)
CORRECTED = {
    "ancillary": datetime(2026, 3, 30, 2, tzinfo=UTC),
    "tolling": datetime(2026, 3, 30, 22, tzinfo=UTC),
}


def pull(folder: Path, delay: float = 0.0) -> bulk.Report:
    return anyio.run(_pull, folder, delay)


async def _pull(
    folder: Path,
    delay: float,
    server: Any = None,
    flush: bulk.FlushPolicy = FLUSH,
    window: timedelta = timedelta(days=2),
) -> bulk.Report:
    return await bulk.pull_revenue_to(
        server or fake.Server(delay=delay),
        folder,
        fake.ASSETS[:1],
        start=START,
        end=START + timedelta(days=4),
        streams=["tolling", "ancillary"],
        window=window,
        concurrency=2,
        flush=flush,
    )


def prepare(folder: Path) -> None:
    """Make the dataset that an update corrects and extends."""
    anyio.run(_pull, folder, 0.0, fake.Server())


def prepare_many(folder: Path) -> None:
    """Make the dataset that a compaction merges: a file for every window."""
    flush = bulk.FlushPolicy(windows=1, part_rows=0)
    anyio.run(_pull, folder, 0.0, fake.Server(), flush, timedelta(days=1))


def compact(folder: Path) -> None:
    bulk.compact(folder)


def update(folder: Path) -> Any:
    return anyio.run(_update, folder)


async def _update(folder: Path) -> Any:
    server = fake.Server(corrected)
    server.now = lambda: datetime(2026, 12, 1, tzinfo=UTC)
    end = START + timedelta(days=6)
    return await bulk.update(server, folder, bulk.REVENUE, end=end, flush=FLUSH)


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


def finish(folder: Path, run: Callable[[Path], Any] = pull) -> dict[str, Any]:
    """Run without disturbance in a child; tell what the folder holds then."""
    answer = folder.with_suffix(".json")

    def work() -> None:
        before = digest(folder) if run is update else ""
        report = run(folder)
        found = {
            "before": before,
            "complete": run is compact or report.complete,
            "resumed": getattr(report, "resumed", 0),
            "files": len(bulk.files(folder)),
            "digest": digest(folder),
            "left_over": left_over(folder),
        }
        if run is update:
            found["revisions"] = revisions(folder)
            found["unread"] = revisions_on_disk(folder) - len(revisions(folder))
        answer.write_text(json.dumps(found))

    assert in_child(work)
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


def left_over(folder: Path) -> list[str]:
    """Clean up, and say what is no file of the dataset then."""
    table = Table(place_at(folder))
    clean(table, older_than=timedelta(days=-9999))
    return [one.name for one in strays(table, table.load())]


def digest(folder: Path) -> str:
    rows = bulk.read(folder).to_pylist()
    return f"{len(rows)} rows {hashlib.sha256(repr(rows).encode()).hexdigest()}"


def revisions(folder: Path) -> list[str]:
    """The revisions; moments of commits only grow, by a microsecond where two fall together."""
    table = bulk.read_revisions(folder)
    rows = [] if table is None else table.to_pylist()
    return [repr(row | {"noticed_at": row["noticed_at"].replace(microsecond=0)}) for row in rows]


def revisions_on_disk(folder: Path) -> int:
    """Count the rows that a reader with a glob of its own would find, once all is clean."""
    clean(Table(place_at(folder)), older_than=timedelta(days=-9999))
    files = folder.glob("_revisions/stream=*/month=*/*.parquet")
    return sum(parquet.read_metadata(one).num_rows for one in files)


def steps(root: Path, run: Callable[[Path], Any] = pull) -> list[dict[str, Any]]:
    base = None if run is pull else root / "prepared"
    return [
        {"where": where, **finish(folder, run)}
        for folder, where in killed_in_turn(root, run, base, STRIDE)
    ]


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
        "compact_steps": partial(steps, run=compact),
        "update_limit": partial(limit, run=update),
    }
    mode, target = sys.argv[1], Path(sys.argv[2])
    work: Callable[[Path], Any] = pull
    if mode.startswith(("update", "compact")):
        work, make = (update, prepare) if mode.startswith("update") else (compact, prepare_many)
        in_child(partial(make, target / "prepared"))
        shutil.copytree(target / "prepared", target / "undisturbed")
    undisturbed = finish(target / "undisturbed", work)
    print(json.dumps({"undisturbed": undisturbed, "runs": modes[mode](target)}))
