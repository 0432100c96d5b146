"""The command line `nanocorp`."""

__all__ = ["main"]


def main() -> None:
    """Run `nanocorp` with the arguments of the process."""
    from energy_async.cli.early import enter  # noqa: PLC0415 - nothing is loaded before it is used

    enter("nanocorp", "nanocorp_async.cli.app")
