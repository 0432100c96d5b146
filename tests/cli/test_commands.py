"""Commands are loaded when they are called, and a signal at any instant is one line."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command_at import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Command


def _paths(program: str) -> Iterator[list[str]]:
    def below(group: Any, path: list[str]) -> Iterator[list[str]]:
        for name, one in group.commands.items():
            yield [*path, name]
            yield from below(one, [*path, name]) if hasattr(one, "commands") else ()

    yield from below(import_module(f"{MODULES[program]}.app").app, [program])


@pytest.mark.parametrize("words", [*_paths("trlyr"), *_paths("nanocorp")], ids=" ".join)
def test_every_command_can_be_loaded_and_explains_itself(
    command: Command, words: list[str]
) -> None:
    ended = command(*words, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: {' '.join(words)} ")
    assert "Example: " in ended.out or "Commands:" in ended.out


@pytest.mark.parametrize("program", list(MODULES))
def test_help_and_version_load_no_client(program: str) -> None:
    for words, heavy in (
        (["--help"], {"aiohttp", "anyio", "asyncio", "pyarrow", "rich.console"}),
        (["--version"], {"typer", "rich", "msgspec", "asyncio"}),
    ):
        code = (
            "import sys; from energy_async.cli.entry import run;"
            f" run({program!r}, '{MODULES[program]}.app', {words!r});"
            f" print(sorted({heavy!r} & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_a_signal_while_modules_are_imported_is_one_line_and_130() -> None:
    """Whatever is being imported: each step of the import counts as an instant."""
    code = (
        "import os, signal, sys\n"
        "from trlyr_async.cli import main\n"
        "at, count = int(sys.argv.pop(1)), 0\n"
        "def trace(frame, event, arg):\n"
        "    global count\n"
        "    if 'importlib' in frame.f_code.co_filename and event == 'call':\n"
        "        count += 1\n"
        "        if count == at:\n"
        "            sys.setprofile(None)\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.setprofile(trace)\n"
        "main()\n"
    )
    for at in (1, 30, 300, 1000, 3000):
        done = subprocess.run(
            [sys.executable, "-c", code, str(at), "revenue", "show", "nowhere"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n"), at


def test_a_shell_completes_commands(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "_TRLYR_COMPLETE": "complete_bash",
        "COMP_WORDS": "trlyr revenue pu",
        "COMP_CWORD": "2",
    }.items():
        monkeypatch.setenv(name, value)
    assert command("trlyr").out.split() == ["pull"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_its_script(command: Command, shell: str) -> None:
    ended = command("trlyr", "--show-completion", shell)
    assert (ended.code, ended.err) == (0, "")
    assert "_TRLYR_COMPLETE" in ended.out
