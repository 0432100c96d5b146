"""Where the feeds are, and with which token, for all commands."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from energy_async.cli import clock
from nanocorp_async import Nanocorp


@dataclass(frozen=True, kw_only=True)
class Feeds:
    """Where the feeds are."""

    environment: Annotated[
        str | None,
        typer.Option(
            "--environment", "-e", metavar="URL", envvar="NANOCORP_BASE_URL",
            help="Where the feeds are. Default: the public service.",
        ),
    ] = None  # fmt: skip

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Nanocorp]:
        """Open a client; the token comes from the environment."""
        async with Nanocorp.from_env(base_url=self.environment, wall=clock.wall) as client:
            yield client

    def require_token(self) -> None:
        """Raise `ValueError` if the environment holds no token."""
        if not os.environ.get("NANOCORP_TOKEN"):
            raise ValueError("no token: set NANOCORP_TOKEN (dashboard of the service, tab API)")
