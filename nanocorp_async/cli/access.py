"""Where the feeds are, and with which token, for all commands."""

import os
from typing import Annotated

import typer

__all__ = ["EnvironmentOption", "require_token"]

EnvironmentOption = Annotated[
    str | None,
    typer.Option(
        "--environment", "-e", metavar="URL", envvar="NANOCORP_BASE_URL",
        help="Where the feeds are. Default: the public service.", show_default=False,
    ),
]  # fmt: skip


def require_token() -> None:
    """Raise `ValueError` if the environment holds no token."""
    if not os.environ.get("NANOCORP_TOKEN"):
        raise ValueError("no token: set NANOCORP_TOKEN (dashboard of the service, tab API)")
