"""Shards of one plan, pulled apart and read as one; what cannot be one is refused."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from energy_async.bulk import Plan
from trlyr_async import bulk

START = datetime(2026, 3, 27, tzinfo=UTC)
DAYS = timedelta(days=4)


def plan_of(assets: list[str], **fields: Any) -> Plan:
    return bulk.plan(assets, **{"start": START, "end": START + DAYS, **fields})


async def pull(fake: Any, folder: Path, plan: Plan) -> None:
    await bulk.pull_to(fake.Server(), folder, bulk.REVENUE, plan)


@pytest.fixture
async def shards(fake: Any, tmp_path: Path) -> Path:
    """Three assets in three shards."""
    folder = tmp_path / "shards"
    folder.mkdir()
    for number, shard in enumerate(plan_of(fake.ASSETS[:3]).shards(3)):
        await pull(fake, folder / f"shard-{number}", shard)
    return folder


async def test_the_shards_together_are_the_pull_that_was_shared_out(
    fake: Any, shards: Path, tmp_path: Path
) -> None:
    plan = plan_of(fake.ASSETS[:3])
    await pull(fake, tmp_path / "whole", plan)
    whole = bulk.read(tmp_path / "whole")
    assert whole.num_rows > 0
    assert bulk.read_shards(shards, plan).equals(whole)
    assert bulk.read_shards(shards).equals(whole)


async def test_which_shard_is_where_does_not_matter(fake: Any, tmp_path: Path) -> None:
    plan = plan_of(fake.ASSETS[:2])
    await pull(fake, tmp_path / "whole", plan)
    (tmp_path / "notes.txt").write_text("beside the shards")
    (tmp_path / "shard-1.bak").mkdir()
    first, second = plan.shards(2)
    await pull(fake, tmp_path / "shard-0", second)
    await pull(fake, tmp_path / "shard-1", first)
    assert bulk.read_shards(tmp_path, plan).equals(bulk.read(tmp_path / "whole"))


def test_a_folder_without_shards_says_so(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(bulk.DatasetMismatch, match="holds no shards"):
            bulk.read_shards(folder)


async def test_a_gap_in_the_numbers_is_a_missing_shard(shards: Path) -> None:
    shutil.rmtree(shards / "shard-1")
    with pytest.raises(bulk.DatasetMismatch, match=r"missing shard-1$"):
        bulk.read_shards(shards)


async def test_the_last_shard_is_missed_with_the_plan_at_hand(fake: Any, shards: Path) -> None:
    shutil.rmtree(shards / "shard-2")
    with pytest.raises(bulk.DatasetMismatch, match=f"missing, the one of {fake.ASSETS[2]}"):
        bulk.read_shards(shards, plan_of(fake.ASSETS[:3]))


async def test_a_shard_that_has_fetched_nothing_yet_says_so(shards: Path) -> None:
    for part in (shards / "shard-1").rglob("*.parquet"):
        part.unlink()
    with pytest.raises(bulk.DatasetMismatch, match=r"shard-1 has no part yet"):
        bulk.read_shards(shards)


async def test_an_asset_in_two_shards_is_refused(fake: Any, shards: Path) -> None:
    """As after a second run with another number of shards."""
    shutil.rmtree(shards / "shard-2")
    await pull(fake, shards / "shard-2", plan_of(fake.ASSETS[1:3]))
    with pytest.raises(
        bulk.DatasetMismatch, match=f"shard-1 and shard-2 both hold {fake.ASSETS[1]}"
    ):
        bulk.read_shards(shards)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("end", {"end": START + timedelta(days=3)}),
        ("start", {"start": START + timedelta(days=1)}),
        ("streams", {"streams": ["tolling"]}),
    ],
)
async def test_shards_of_different_pulls_are_refused(
    fake: Any, shards: Path, field: str, fields: dict[str, Any]
) -> None:
    shutil.rmtree(shards / "shard-1")
    await pull(fake, shards / "shard-1", plan_of(fake.ASSETS[1:2], **fields))
    with pytest.raises(bulk.DatasetMismatch, match=f"different pulls: {field} is"):
        bulk.read_shards(shards)


@pytest.mark.parametrize(
    ("wrong", "assets", "fields"),
    [
        ("does not ask for", slice(0, 2), {}),
        ("another plan", slice(0, 3), {"end": START + timedelta(days=9)}),
        ("another plan", slice(0, 3), {"streams": ["tolling"]}),
    ],
    ids=["asset", "range", "streams"],
)
async def test_shards_of_another_plan_are_refused(
    fake: Any, shards: Path, wrong: str, assets: slice, fields: dict[str, Any]
) -> None:
    with pytest.raises(bulk.DatasetMismatch, match=wrong):
        bulk.read_shards(shards, plan_of(fake.ASSETS[assets], **fields))


async def test_another_number_of_shards_does_not_go_on_with_these(fake: Any, shards: Path) -> None:
    first, _ = plan_of(fake.ASSETS[:3]).shards(2)
    with pytest.raises(bulk.DatasetMismatch, match="another pull's dataset"):
        await pull(fake, shards / "shard-0", first)
