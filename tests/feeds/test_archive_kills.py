"""Killed at any instant, an archive goes on as if nothing had been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_an_archive_killed_before_any_file_operation_ends_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed_archives.py")), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name, (undisturbed, outcomes) in json.loads(done.stdout).items():
        assert len(outcomes) > 25, name
        assert [one["lived"] for one in outcomes] == [False] * (len(outcomes) - 1) + [True]
        for step, one in enumerate(outcomes, 1):
            assert {**one, "lived": None} == {**undisturbed, "lived": None}, (name, step)
        assert undisturbed["left_over"] == []
    assert len(json.loads(done.stdout)["second"][0]["gaps"]) == 2
