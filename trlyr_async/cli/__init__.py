"""The command line `trlyr`."""

import os

__all__ = ["main"]


def main() -> None:
    """Run `trlyr` with the arguments of the process."""
    try:
        from energy_async.cli.early import enter  # noqa: PLC0415 - nothing is loaded too early

        enter("trlyr", "trlyr_async.cli.app")
    except KeyboardInterrupt:
        os.write(2, b"interrupted\n")
        os._exit(130)
