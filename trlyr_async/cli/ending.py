"""How a command that fills a dataset ends: interrupted, stopped, with windows that failed."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

import typer

from energy_async.bulk import read_manifest
from energy_async.bulk.report import not_offered
from energy_async.cli.exits import ExitCode
from energy_async.cli.interrupt import Terminated, run_until_interrupted
from energy_async.cli.notes import console, fail
from energy_async.cli.screen import counted
from energy_async.transport.errors import EnergyApiError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from energy_async.bulk import Place, WindowReport

__all__ = ["list_failed", "run_resumable"]

T = TypeVar("T")

_SHOWN: Final = 10


def run_resumable(work: Coroutine[Any, Any, T], out: Place) -> T:
    """Run work that fills a dataset; where it ends early, say how to go on.

    Raises:
        Exit: It was interrupted, or a refusal ended it.
    """
    try:
        return run_until_interrupted(work)
    except KeyboardInterrupt as end:
        _say_how_to_go_on("interrupted", out)
        terminated = isinstance(end, Terminated)
        code = ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED
        raise typer.Exit(code) from None
    except EnergyApiError as error:
        code = fail(error)
        _say_how_to_go_on("stopped", out)
        raise typer.Exit(code) from None


def list_failed(windows: Sequence[WindowReport]) -> None:
    """List what failed and what the server does not offer, on standard error."""
    screen = console()
    for stream, error in not_offered(windows).items():
        screen.print(f"not offered: {stream}: {error}", markup=False)
    failed = [one for one in windows if one.outcome == "failed"]
    if not failed:
        return
    screen.print(f"failed: {counted(len(failed), 'window')}", style="bold red")
    for one in failed[:_SHOWN]:
        screen.print(f"  {one.window}: {one.error}", markup=False)
    if len(failed) > _SHOWN:
        screen.print(f"  … and {len(failed) - _SHOWN:,} more; --report FILE lists all")
    screen.print("The same command again fetches only these.")


def _say_how_to_go_on(what: str, out: Place) -> None:
    command = shlex.join(["trlyr", *sys.argv[1:]])
    kept = f"what was fetched is kept in {out}" if _is_there(out) else "nothing was fetched yet"
    console().print(
        f"{what}; {kept}. To go on, run the same command:",
        f"  {command}",
        sep="\n",
        markup=False,
    )


def _is_there(out: Place) -> bool:
    try:
        return bool(read_manifest(out))
    except (OSError, ValueError):
        return False
