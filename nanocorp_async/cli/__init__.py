"""The command line `nanocorp`."""

import os

__all__ = ["main"]


def main() -> None:
    """Run `nanocorp` with the arguments of the process."""
    try:
        from energy_async.cli.early import enter  # noqa: PLC0415 - nothing is loaded too early

        enter("nanocorp", "nanocorp_async.cli.app")
    except KeyboardInterrupt:
        os.write(2, b"interrupted\n")
        os._exit(130)
