"""How a command ends, for scripts that look at `$?`."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """The exit codes of `trlyr` and `nanocorp`."""

    DONE = 0
    ERROR = 1
    """The server, the network or the disk refused."""
    MISUSE = 2
    """The command line, the environment or the folder is not what the command needs."""
    INCOMPLETE = 3
    """A pull ended, and some windows failed; run it again to fetch those."""
    INTERRUPTED = 130
    """Ctrl-C, after everything was put away."""
    TERMINATED = 143
    """A request to end (SIGTERM), after everything was put away."""
    PIPE_CLOSED = 141
    """Whoever read the output has stopped reading."""
