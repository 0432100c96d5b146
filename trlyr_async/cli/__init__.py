"""The command line `trlyr`."""

__all__ = ["main"]


def main() -> None:
    """Run `trlyr` with the arguments of the process."""
    from energy_async.cli.early import enter  # noqa: PLC0415 - nothing is loaded before it is used

    enter("trlyr", "trlyr_async.cli.app")
