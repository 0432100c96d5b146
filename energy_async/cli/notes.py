"""Standard error: errors, short notes, and the log under `--verbose`. Never a secret."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from typing import TYPE_CHECKING, Final, TextIO

from rich.console import Console
from rich.text import Text

from energy_async.cli.exits import ExitCode
from energy_async.cli.failures import explain
from energy_async.transport.provisional import ProvisionalEndpointWarning
from energy_async.transport.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ProvisionalEndpointWarning",
    "busy",
    "console",
    "fail",
    "keep_secret",
    "log_verbosely",
    "masked",
    "note",
    "say_ended",
    "show_warning",
]

_LOG: Final = logging.getLogger("energy_async")
_SECRETS: Final = ("TRLYR_PASSWORD", "NANOCORP_TOKEN")
_ASKED: Final[set[str]] = set()
"""Secrets that came from elsewhere than the environment."""


def console() -> Console:
    """Give a console on standard error as it is at this moment."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """Say something that is good to know."""
    # Written to the stream as it is now: a progress bar puts itself in its place and keeps below.
    sys.stderr.write(f"note: {masked(text)}\n")


@contextlib.contextmanager
def busy(with_what: str) -> Iterator[None]:
    """Say on a terminal, while the block runs, what takes so long; elsewhere nothing."""
    screen = console()
    if not screen.is_terminal:
        yield
        return
    with screen.status(Text(f"{with_what} …")):  # a path may look like markup
        yield


def masked(text: str) -> str:
    """Mask the credentials that stand in the environment, and those that were asked for."""
    found = (*filter(None, (os.environ.get(name) for name in _SECRETS)), *_ASKED)
    return redact(text, found)


def keep_secret(text: str) -> None:
    """Mask this text too, in all that is shown from now on."""
    _ASKED.add(text)


def say_ended(*, terminated: bool) -> ExitCode:
    """Say in one line that a signal has ended the command."""
    sys.stderr.write("terminated\n" if terminated else "interrupted\n")
    return ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED


def fail(error: BaseException) -> ExitCode:
    """Say what went wrong in a line or two; under `--verbose` the log shows all of it."""
    _LOG.debug("the error in full", exc_info=error)
    failure = explain(error)
    first, *rest = failure.lines
    screen = console()
    screen.print("error:", style="bold red", end=" ")
    screen.print(masked(first), markup=False)
    for line in rest:
        screen.print(f"  {masked(line)}", markup=False)
    return failure.code


def show_warning(  # the signature of `warnings.showwarning`
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a warning as one short line, without a place in the source."""
    if file is not None:
        text = warnings.formatwarning(message, category, filename, lineno, line)
        file.write(masked(text))
    elif issubclass(category, ProvisionalEndpointWarning):
        operation = str(message).partition(" ")[0].rpartition(".")[2]
        note(f"{operation} is provisional: its path has not been read anywhere and may be wrong")
    else:
        note(f"{category.__name__}: {message}")


def log_verbosely() -> None:
    """Send the log to standard error, with credentials masked."""
    handler = _ToStderr()
    handler.setFormatter(_Masking("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _LOG.handlers[:] = [handler]
    _LOG.setLevel(logging.DEBUG)
    _LOG.propagate = False


class _ToStderr(logging.Handler):
    """Writes to standard error as it is at the moment, as `note` does."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")


class _Masking(logging.Formatter):
    """Masks in the finished text, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
