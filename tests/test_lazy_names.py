"""What is loaded late is no secret from type checkers, and neither is what does not exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")


def test_a_checker_finds_names_that_do_not_exist(tmp_path: Path) -> None:
    (tmp_path / "face.py").write_text(
        "from energy_async import Timeouts, units_of\n"
        "from nanocorp_async import archive, markett_feeds\n"
        "from trlyr_async import Trlyyr, models, trading, virtual_assets\n"
        "virtual_assets.get_virtual_asset\n"
        "virtual_assets.get_virtual_aset\n"
        "models.virtual_assets.Blok\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "face.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if "error:" in line]
    found = [line.partition(": error: ")[0] for line in lines]
    assert found == ["face.py:2", "face.py:3", "face.py:5", "face.py:6"], done.stdout
