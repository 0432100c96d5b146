"""An error is a line or two and an exit code; a traceback is for --verbose, a secret for nobody."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys

import pytest

from energy_async.bulk import DatasetMismatch, UnsafeStore
from energy_async.cli.exits import ExitCode
from energy_async.cli.failures import explain
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import fail, log_verbosely, note
from energy_async.files import WriteFailed
from energy_async.transport.errors import (
    ConnectError,
    LoginFailed,
    NotSubscribed,
    RateLimited,
    ServerError,
)


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        (ConnectError("h:1 could not be reached"), ["could not be reached"], ExitCode.ERROR),
        (LoginFailed("refused"), ["refused"], ExitCode.ERROR),
        (ServerError("HTTP 500", request_id="r-7"), ["try again later", "r-7"], ExitCode.ERROR),
        (RateLimited("HTTP 429", retry_after=9), ["--rate"], ExitCode.ERROR),
        (NotSubscribed("HTTP 401"), ["NANOCORP_TOKEN"], ExitCode.ERROR),
        (WriteFailed(28, "No space left", "/d/x"), ["/d/x", "No space left"], ExitCode.ERROR),
        (FileNotFoundError(2, "No such file", "ids.txt"), ["ids.txt"], ExitCode.ERROR),
        (UnsafeStore("no conditions"), ["no conditions"], ExitCode.ERROR),
        (DatasetMismatch("holds other things"), ["other things"], ExitCode.MISUSE),
        (ValueError("--start: no"), ["--start: no"], ExitCode.MISUSE),
        (ImportError("needs pyarrow"), ["needs pyarrow"], ExitCode.MISUSE),
        (ZeroDivisionError("a bug"), ["unexpected", "a bug", "--verbose"], ExitCode.ERROR),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_every_error_is_explained_in_two_lines_at_most(
    error: Exception, words: list[str], code: ExitCode
) -> None:
    failure = explain(error)
    assert failure.code == code
    assert len(failure.lines) <= 2
    assert all(word in " ".join(failure.lines) for word in words)


def test_the_error_inside_a_group_is_the_one_that_counts() -> None:
    group = ExceptionGroup("g", [ExceptionGroup("h", [ValueError("inner")])])
    assert explain(group) == (("inner",), ExitCode.MISUSE)


def test_no_message_shows_a_secret_of_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRLYR_PASSWORD", "swordfish-7")
    monkeypatch.setenv("NANOCORP_TOKEN", "tunafish-8")
    text = "sent swordfish-7 and tunafish-8"
    fail(ValueError(text))
    note(text)
    log_verbosely()
    logging.getLogger("energy_async").warning(text)
    shown = capsys.readouterr().err
    assert shown.count("sent *** and ***") == 3
    assert "fish" not in shown


def test_a_second_ctrl_c_does_not_disturb_the_putting_away() -> None:
    kept = []

    async def work() -> None:
        signal.raise_signal(signal.SIGINT)
        try:
            await asyncio.sleep(30)
        finally:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0)
            kept.append("rows")

    with pytest.raises(KeyboardInterrupt):
        run_until_interrupted(work())
    assert kept == ["rows"]


def test_work_that_ends_by_itself_gives_its_result() -> None:
    async def work() -> int:
        return 7

    before = signal.getsignal(signal.SIGINT)
    assert run_until_interrupted(work()) == 7
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("program", ["trlyr_async.cli", "nanocorp_async.cli"])
@pytest.mark.parametrize("missing", ["typer", "rich", "pyarrow"])
def test_without_the_extra_the_one_line_to_type_is_printed(program: str, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from {program} import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == ExitCode.MISUSE
    assert ended.stderr == 'pip install "trlyr-async[cli]"\n'
    assert ended.stdout == ""
