"""Which account a command works for, and the client that speaks for it."""

import getpass
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Final, NamedTuple, TypeAlias, TypedDict, Unpack

import typer

from energy_async.cli import clock
from energy_async.transport.client import ApiClient
from energy_async.transport.events import Event
from energy_async.transport.token import StaticToken
from energy_async.transport.token_file import FileTokenStore
from energy_async.transport.token_store import AccountStore
from trlyr_async import Trlyr
from trlyr_async._client import base_url_of
from trlyr_async._paths import paths_from_env

__all__ = [
    "Account",
    "EnvironmentOption",
    "OrganisationOption",
    "Pace",
    "UsernameOption",
    "account",
    "connected",
    "password",
]

EnvironmentOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        metavar="NAME|URL",
        envvar="TRLYR_ENVIRONMENT",
        help="production, sandbox or a base URL. Default: production.",
        show_default=False,
    ),
]
UsernameOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--username",
        "-u",
        envvar="TRLYR_USERNAME",
        help="The password comes from TRLYR_PASSWORD or is asked for; there is no option for it.",
        show_default=False,
    ),
]
OrganisationOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--organisation",
        metavar="ID",
        envvar="TRLYR_ORGANISATION_ID",
        help="The organisation that owns the assets.",
        show_default=False,
    ),
]

_PASSWORD: Final = "TRLYR_PASSWORD"  # noqa: S105 - the name of a variable


class Pace(TypedDict, total=False):
    """How a command's client goes about its requests; see `Trlyr`."""

    rate: float
    concurrency: int
    on_event: Callable[[Event], None] | None


class Account(NamedTuple):
    """A user of an environment."""

    username: str
    base_url: str

    @property
    def store(self) -> AccountStore:
        """The account's place in the token files, whether filled or not."""
        return AccountStore(FileTokenStore(), self.base_url, self.username)


def account(environment: str | None, username: str | None) -> Account:
    """Settle whom to work for.

    Raises:
        ValueError: Nobody is named, or the environment is unknown.
    """
    base_url = base_url_of(environment or "production")
    if not username:
        unset = [] if os.environ.get(_PASSWORD) else [_PASSWORD]
        names = " and ".join(["TRLYR_USERNAME", *unset])
        raise ValueError(f"no credentials: set {names} (or give --username)")
    return Account(username, base_url)


def password(who: Account) -> str:
    """Take the password from the environment, or ask for it if someone is there to answer.

    Raises:
        ValueError: There is none.
    """
    found = os.environ.get(_PASSWORD, "")
    if not found and sys.stdin.isatty() and sys.stderr.isatty():
        found = getpass.getpass(f"Password of {who.username} at {who.base_url}: ")
    if not found:
        raise ValueError(f"no password for {who.username}: set {_PASSWORD}")
    return found


@asynccontextmanager
async def connected(who: Account, **options: Unpack[Pace]) -> AsyncIterator[ApiClient]:
    """Open a client; a token that `trlyr login --store` left is used before anyone is asked.

    With a password at hand the token file is kept up to date too; without one the stored token
    serves until it ends.
    """
    stored = await who.store.load()
    if stored is not None and not os.environ.get(_PASSWORD) and _is_alive(stored.ends_at):
        async with ApiClient(
            who.base_url, auth=StaticToken(stored.token), wall=clock.wall, **options
        ) as client:
            yield client
        return
    store = FileTokenStore() if stored is not None else None
    async with Trlyr(
        who.username, password(who), environment=who.base_url, token_store=store, wall=clock.wall,
        paths=paths_from_env(), **options,
    ) as client:  # fmt: skip
        yield client


def _is_alive(ends_at: float | None) -> bool:
    return ends_at is None or ends_at > time.time()
