"""`trlyr desk`: what was submitted, and what became of it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.clock import TODAY
from trlyr_async import trading

if TYPE_CHECKING:
    from energy_sandbox import Sandbox
    from tests.cli.conftest import Command


@pytest.fixture
def journal(tmp_path: Path, sandbox: Sandbox) -> Path:
    """A schedule that upstream took, and one whose process died before it was sent."""
    path = tmp_path / "desk.sqlite"
    asset = sandbox.virtual_asset_ids[1]
    block = sandbox.world.noise.uuid("block", asset, "WHOLESALE")
    place = f"/organisations/{sandbox.organisation_id}/virtual-assets/{asset}/blocks/{block}"

    async def write() -> None:
        async with trading.SqliteJournal(path) as kept:
            for name, hour, verdict in (("one", 12, "in_force"), ("two", 13, "sending")):
                time = (TODAY + timedelta(days=2)).strftime(f"%Y-%m-%dT{hour}:00:00Z")
                intent = trading.Intent(
                    id=name,
                    operation="virtual_assets.update_block_schedule",
                    method="PUT",
                    path=place,
                    body=json.dumps({"schedule": [{"time": time, "power": 50.0}]}).encode(),
                    base_url=sandbox.url,
                    before={time: 0.0},
                    prepared_at=TODAY,
                    subject=f"battery {name}",
                    reason="test",
                )
                record = trading.Record(intent_id=name, at=TODAY, verdict=verdict)  # type: ignore[arg-type]
                await kept.begin(intent, record)

    asyncio.run(write())
    return path


def test_the_desk_lists_submissions_and_what_is_open(command: Command, journal: Path) -> None:
    ended = command("trlyr", "desk", "--journal", journal, "--format", "json")
    assert ended.code == 3
    rows = json.loads(ended.out)
    assert [(row["subject"], row["verdict"]) for row in rows] == [
        ("battery one", "in_force"),
        ("battery two", "sending"),
    ]
    only = command("trlyr", "desk", "--journal", journal, "--open", "--format", "table")
    assert "battery two" in only.out
    assert "battery one" not in only.out
    assert "2 submissions, 1 open" in only.out


def test_the_desk_settles_what_is_open(command: Command, journal: Path) -> None:
    ended = command("trlyr", "desk", "--journal", journal, "--settle", "--format", "json")
    second = json.loads(ended.out)[1]
    assert second["verdict"] == "not_seen"
    assert "still has what stood there before" in second["why"]
    assert ended.code == 3


def test_a_journal_that_is_not_there_is_an_error(command: Command, tmp_path: Path) -> None:
    ended = command("trlyr", "desk", "--journal", tmp_path / "none.sqlite")
    assert ended.code == 1
    assert "no journal at" in ended.err
    assert not (tmp_path / "none.sqlite").exists()
