"""The first and last instants of a process: a signal ends it in one line, whatever is imported."""

import atexit
import os
import signal
import sys

__all__ = ["SIGNALS", "end_at_once", "enter"]

SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
"""The signals that ask a command to end, and the word for each."""


def enter(program: str, module: str) -> None:
    """Run a program with the arguments of the process, and end the process.

    Before a command is at work nothing has begun that a signal could tear.
    """
    for number in SIGNALS:
        signal.signal(number, end_at_once)
        # The interpreter gives signals back to the system once the command has ended.
        atexit.register(signal.signal, number, signal.SIG_IGN)
    from energy_async.cli.entry import run  # noqa: PLC0415 - only now is an interrupt one line

    sys.exit(run(program, module))


def end_at_once(number: int, _frame: object) -> None:
    """End with the code that a shell expects: 130 for Ctrl-C, 143 for SIGTERM."""
    os.write(2, f"{SIGNALS[signal.Signals(number)]}\n".encode())
    os._exit(128 + number)
