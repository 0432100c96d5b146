"""From the shell to a command and back: one exit code, never a traceback."""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from energy_async.cli.clock import going_by
from energy_async.cli.exits import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from energy_async.cli.clock import Clock

__all__ = ["close_stdout", "run", "version_line"]

_NEEDED = ("typer", "rich", "pyarrow")


def run(
    program: str, module: str, arguments: Sequence[str] | None = None, *, clock: Clock | None = None
) -> int:
    """Run the application `app` of `module`; give the exit code.

    Args:
        program: The name shown in help texts.
        module: Imported only once it is known that the extra is installed.
        arguments: Instead of those of the process.
        clock: Gives the present time, aware; this machine's clock by default.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if any(find_spec(name) is None for name in _NEEDED):
        sys.stderr.write('pip install "trlyr-async[cli]"\n')
        return ExitCode.MISUSE
    if words == ["--version"]:  # asked in scripts, and needs nothing of what follows
        sys.stdout.write(f"{version_line(program)}\n")
        return ExitCode.DONE
    # Arrow's own pool keeps what it once had; the system's gives 15 MB back. Read at import.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    with going_by(clock), warnings.catch_warnings():
        try:
            import_module(module).app(args=words, prog_name=program)
        except SystemExit as exc:
            return _code(exc)
        except BrokenPipeError:
            return close_stdout()
        except Exception as exc:  # noqa: BLE001 - the last stop before the user
            from energy_async.cli.notes import fail  # noqa: PLC0415 - needs rich

            return fail(exc)
    return ExitCode.DONE


def version_line(program: str) -> str:
    """Give the program's name and the version, as far as the package is installed."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow

    try:
        return f"{program} {version('trlyr-async')}"
    except PackageNotFoundError:
        return f"{program}, not installed"


def close_stdout() -> ExitCode:
    """Give up on standard output, so that the interpreter does not complain at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.PIPE_CLOSED


def _code(exc: SystemExit) -> int:
    if exc.code is None:
        return ExitCode.DONE
    return exc.code if isinstance(exc.code, int) else ExitCode.ERROR
