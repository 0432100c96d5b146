"""The command line `nanocorp`."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run `nanocorp` with the arguments of the process."""
    from energy_async.cli.entry import run  # noqa: PLC0415 - nothing is loaded before it is used

    sys.exit(run("nanocorp", "nanocorp_async.cli.app"))
