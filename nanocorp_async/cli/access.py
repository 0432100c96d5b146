"""Where the feeds are, and with which token, for all commands."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

import typer

from energy_async.cli import clock
from energy_async.cli.interrupt import run_until_interrupted
from nanocorp_async import Nanocorp

T = TypeVar("T")


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

    def run(self, work: Callable[[Nanocorp], Awaitable[T]]) -> T:
        """Do some work with a client, until it ends or Ctrl-C; the token is the environment's.

        Raises:
            ValueError: There is none.
        """

        async def run() -> T:
            async with Nanocorp.from_env(base_url=self.environment, wall=clock.wall) as client:
                return await work(client)

        self.require_token()
        return run_until_interrupted(run())

    def require_token(self) -> None:
        """Raise `ValueError` if the environment holds no token."""
        if not os.environ.get("NANOCORP_TOKEN"):
            raise ValueError("no token: set NANOCORP_TOKEN (dashboard of the service, tab API)")
