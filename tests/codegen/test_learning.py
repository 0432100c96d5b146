"""From records of a real API to documents: proposed, built, and the same pull is complete."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from codegen import areas
from codegen.cli import main
from codegen.learning.learn import learn
from codegen.learning.proposals import schema_of
from energy_async import bulk
from energy_async.contact.shapes import read
from tests.foreign import PATHS, SURPRISES, Foreign
from trlyr_async import Trlyr, api

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of its own, whose client can be built and run."""
    for name in ("specs", "trlyr_async", "nanocorp_async", "energy_sandbox"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


async def record_of(server: Foreign, to: Path, **options: Any) -> api.Contact:
    async with Trlyr("u", "p", environment=server.url, rate=math.inf, **options) as client:
        record = api.record(await api.check(client, organisation_id="o-1", pause=0))
    to.write_bytes(api.to_json(record))
    return record


async def command(*arguments: str, root: Path, url: str = "") -> tuple[int, str]:
    environment = {**os.environ, "TRLYR_USERNAME": "u", "TRLYR_PASSWORD": "p", "COLUMNS": "200",
                   "TRLYR_ENVIRONMENT": url, "HOME": str(root),
                   "PYTHONPATH": str(root)}  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, cwd=root, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


@pytest.mark.parametrize("documents", [True, False])
async def test_learn_build_and_the_same_pull_is_complete(
    root: Path, documents: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where upstream publishes no document, the record has the paths that the user has set."""
    record = root / "record.json"
    pull = ["trlyr_async.cli", "revenue", "pull", "--start", "2026-07-01", "--end", "2026-08-01",
            "--rate", "1000", "--asset", "VA-0000", "--asset", "VA-0001"]  # fmt: skip
    async with Foreign() as server:
        server.has_documents = documents
        await record_of(server, record, **({} if documents else {"paths": PATHS}))
        code, out = await command(*pull, "--out", str(root / "before"), root=root, url=server.url)
        assert code == 3, out
        learned = main(["--root", str(root), "learn", str(record), "--write",
                        "--only", "revenue_reporting.*"])  # fmt: skip
        assert learned == 3  # paths moved and a member was renamed: releases in use are hit
        said = capsys.readouterr().out
        assert said.count("proposed: ") == 13, said
        assert "version_number: travels as 'version', was 'versionNumber'" in said
        assert main(["--root", str(root), "build"]) == 0
        server.absent.clear()
        code, out = await command(*pull, "--out", str(root / "after"), root=root, url=server.url)
    assert code == 0, out
    assert server.absent == []
    made = (root / "trlyr_async/_generated/revenue_reporting/models.py").read_text()
    assert 'version_number: str | None = field(name="version"' in made
    assert "settlement_status: str | None" in made
    operations = (root / "trlyr_async/_generated/revenue_reporting/operations.py").read_text()
    assert "Observed: 1 record of the real API" in operations
    assert revenue_of(root / "after") == (2 * 4 * 31, 2 * 4 * sum(range(1, 32)))


def revenue_of(place: Path) -> tuple[int, float]:
    """Rows and their sum: what the server has for a day is the number of the day."""
    rows = bulk.read(place).to_pylist()
    return len(rows), sum(row["revenue"] for row in rows)


def changed(record: api.Contact, name: str, **changes: Any) -> api.Contact:
    replace: Callable[..., Any] = msgspec.structs.replace
    found: api.Contact = replace(
        record,
        operations=tuple(
            replace(one, **changes) if one.operation == name else one for one in record.operations
        ),
    )
    return found


async def test_contradictions_are_reported_and_nothing_is_proposed_there(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    async with Foreign(SURPRISES[1:]) as server:
        record = await record_of(server, one)
    answer = read([{"revenue": "text", "startTs": "text date-time"}])
    tolling = "revenue_reporting.get_tolling_revenue"
    energy = "virtual_assets.get_latest_state_of_energy"
    other = changed(record, tolling, answer=answer)
    two.write_bytes(api.to_json(changed(other, energy, verdict="not there", status=404)))
    found = learn([one, two], areas.load(), ROOT)
    said = {one.document: one.message for one in found.contradictions}
    assert said[tolling] == "$[].revenue is number and text"
    assert "is there in one record and not in another" in said[energy]
    assert not {tolling, energy} & {one.operation for one in found.proposed + found.by_hand}
    alone = learn([one], areas.load(), ROOT)
    assert tolling in {one.operation for one in alone.proposed}


def test_what_is_no_record_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text("[]")
    assert main(["learn", str(tmp_path / "x.json")]) == 1
    assert "no record of an API check" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "schema"),
    [
        ("null|text date-time", {"type": "string", "format": "date-time"}),
        ("integer|number", {"type": "number"}),
        ("text|text date", {"type": "string"}),
        (["integer"], {"type": "array", "items": {"type": "integer"}}),
        ({"*": "number"}, {"type": "object", "additionalProperties": {"type": "number"}}),
        ({"soc?": "number"}, {"type": "object", "properties": {"soc": {"type": "number"}}}),
        ("integer|text", {}),
    ],
)
def test_schemas_say_what_is_certain(written: Any, schema: Any) -> None:
    assert schema_of(read(written)) == schema
