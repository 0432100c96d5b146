"""Commands as a shell runs them, against a sandbox in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

import energy_async
from energy_async.cli.entry import run
from energy_sandbox import Sandbox
from tests.cli import command_at
from tests.cli.command_at import MODULES
from tests.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ended:
    """How a command ended. `out` and `err` are what it wrote."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


class Command(Protocol):
    def __call__(self, *words: str | Path) -> Ended: ...


class Started(Protocol):
    def __call__(self, *words: str | Path) -> subprocess.Popen[str]: ...


@contextmanager
def running(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Run a sandbox beside code that is not async."""
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with sandbox:
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(200)
    try:
        yield sandbox
    finally:
        over.set()
        thread.join()


@pytest.fixture
def clock() -> Clock:
    """What the commands and their sandbox go by."""
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Sandbox]:
    """A sandbox of four assets that the environment leads to, far from the user's own files."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("TRLYR_PROFILE", raising=False)
    monkeypatch.setenv("COLUMNS", "160")
    with running(Sandbox(assets=4, clock=clock)) as one:
        for name, value in one.environment.items():
            monkeypatch.setenv(name, value)
        yield one


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], clock: Clock) -> Command:
    """Run a command in this process: `command("trlyr", "assets")`."""

    def call(*words: str | Path) -> Ended:
        program, *arguments = map(str, words)
        capsys.readouterr()
        code = run(program, f"{MODULES[program]}.app", arguments, clock=clock)
        written = capsys.readouterr()
        return Ended(code, written.out, written.err)

    return call


@pytest.fixture(autouse=True)
def _same_code_in_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that a test starts import what the test imports, wherever they start."""
    monkeypatch.setenv("PYTHONPATH", str(Path(energy_async.__file__).parents[1]))
    monkeypatch.setenv("PYTHONSAFEPATH", "1")


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """What --verbose does to the log ends with the test."""
    log = logging.getLogger("energy_async")
    handlers, level, propagate = log.handlers[:], log.level, log.propagate
    yield
    log.handlers[:] = handlers
    log.setLevel(level)  # and not by assignment: loggers cache what is enabled
    log.propagate = propagate


@pytest.fixture
def started(sandbox: Sandbox, clock: Clock) -> Started:
    """Start a command in a process of its own, as a leader of its own group."""
    assert sandbox.url

    def start(*words: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, command_at.__file__, clock().isoformat(), *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )

    return start
