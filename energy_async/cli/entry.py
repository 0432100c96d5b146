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
from energy_async.cli.interrupt import Terminated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from energy_async.cli.clock import Clock

__all__ = ["run"]

_NEEDED = ("typer", "rich", "pyarrow")


def run(
    program: str,
    module: str,
    arguments: Sequence[str] | None = None,
    *,
    clock: Clock | None = None,
) -> int:
    """Run the typer application `app` of `module`; give the exit code.

    Args:
        program: The name shown in help texts.
        module: Imported only once it is known that the extra is installed.
        arguments: Instead of those of the process.
        clock: Gives the present time, aware; this machine's clock by default.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        sys.stderr.write('pip install "trlyr-async[cli]"\n')
        return ExitCode.MISUSE
    # Arrow's own pool keeps what it once had; the system's gives 15 MB back. Read at import.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from energy_async.cli.notes import fail, show_warning  # noqa: PLC0415 - needs rich
    from energy_async.transport.provisional import ProvisionalEndpointWarning  # noqa: PLC0415

    with going_by(clock), warnings.catch_warnings():
        warnings.simplefilter("always", ProvisionalEndpointWarning)
        warnings.showwarning = show_warning
        try:
            import_module(module).app(args=arguments, prog_name=program)
        except SystemExit as exc:
            return _code(exc)
        except KeyboardInterrupt as end:
            ended = isinstance(end, Terminated)
            return ExitCode.TERMINATED if ended else ExitCode.INTERRUPTED
        except BrokenPipeError:
            return close_stdout()
        except Exception as exc:  # noqa: BLE001 - the last stop before the user
            return fail(exc)
    return ExitCode.DONE


def close_stdout() -> ExitCode:
    """Give up on standard output, so that the interpreter does not complain at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.PIPE_CLOSED


def _code(exc: SystemExit) -> int:
    if exc.code is None:
        return ExitCode.DONE
    return exc.code if isinstance(exc.code, int) else ExitCode.ERROR
