"""Killed at any instant, an archive goes on as if nothing had been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
@pytest.mark.timeout(500)
def test_an_archive_killed_in_the_middle_of_any_write_ends_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed_archives.py")), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    situations = json.loads(done.stdout)
    fell: Counter[str] = Counter()
    for name, (undisturbed, outcomes) in situations.items():
        for step, one in enumerate(outcomes, 1):
            assert {**one, "where": ""} == {**undisturbed, "where": ""}, (name, step, one["where"])
        assert undisturbed["damaged"] == 0
        assert [bool(one["where"]) for one in outcomes] == [True] * (len(outcomes) - 1) + [False]
        fell.update(one["where"] for one in outcomes[:-1])
    assert fell.total() > 60
    for what in ("rows", "commit", "put aside"):
        assert fell[f"half written: {what}"] > 0, fell
        assert fell[f"not flushed to the disk: {what}"] > 0, fell
    assert fell["before link: commit"] >= 3
    gaps = situations["second"][0]["gaps"]
    assert sum(" missing " in one for one in gaps) == 4
    assert sum(" replaced " in one for one in gaps) == 1
    assert sum(" unread " in one for one in gaps) == 1
