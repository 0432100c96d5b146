"""A command in a process of its own, at a time of a test's choice: `command_at.py TIME trlyr`."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta

from energy_async.cli.entry import run

MODULES = {"trlyr": "trlyr_async.cli", "nanocorp": "nanocorp_async.cli"}


def main(start: str, program: str, *arguments: str) -> int:
    began = time.monotonic()

    def clock() -> datetime:
        return datetime.fromisoformat(start) + timedelta(seconds=time.monotonic() - began)

    return run(program, f"{MODULES[program]}.app", arguments, clock=clock)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
