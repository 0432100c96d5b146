"""Which account a command works for, and the client that speaks for it."""

import getpass
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final, NamedTuple, TypedDict, Unpack

import typer

from energy_async.cli import clock
from energy_async.cli.notes import keep_secret
from energy_async.transport.client import ApiClient
from energy_async.transport.events import Event
from energy_async.transport.tokens.token import StaticToken
from energy_async.transport.tokens.token_file import FileTokenStore
from energy_async.transport.tokens.token_store import AccountStore
from trlyr_async import Trlyr
from trlyr_async._client import base_url_of
from trlyr_async._paths import paths_from, sibling_of
from trlyr_async.cli import profiles

__all__ = ["Account", "Login", "Member", "Pace", "connected", "password"]

_PASSWORD: Final = "TRLYR_PASSWORD"  # noqa: S105 - the name of a variable


class Pace(TypedDict, total=False):
    """How a command's client goes about its requests; see `Trlyr`."""

    rate: float
    concurrency: int
    on_event: Callable[[Event], None] | None


class Account(NamedTuple):
    """A user of an environment, the file of paths that are right there, and who named it."""

    username: str
    base_url: str
    paths: str | None = None
    is_profile: bool = False

    @property
    def store(self) -> AccountStore:
        """The account's place in the token files, whether filled or not."""
        return AccountStore(FileTokenStore(), self.base_url, self.username)


@dataclass(frozen=True, kw_only=True)
class Login:
    """Whom to work for: options, else a profile, else the environment."""

    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Whom to work for, by name; see trlyr profile. Default: TRLYR_PROFILE, else"
            " TRLYR_USERNAME and its like, else the profile in use.",
        ),
    ] = None
    environment: Annotated[
        str | None,
        typer.Option(
            "--environment",
            "-e",
            metavar="NAME|URL",
            help="production, sandbox or a base URL. Default: the profile's, TRLYR_ENVIRONMENT,"
            " or production.",
        ),
    ] = None
    username: Annotated[
        str | None,
        typer.Option(
            "--username",
            "-u",
            help="Default: the profile's, or TRLYR_USERNAME. The password comes from TRLYR_PASSWORD"
            " or the system's keyring, or is asked for; there is no option for it.",
        ),
    ] = None

    @cached_property
    def account(self) -> Account:
        """The account."""
        username = self.username or self._named.username
        if not username:
            unset = [] if os.environ.get(_PASSWORD) else [_PASSWORD]
            names = " and ".join(["TRLYR_USERNAME", *unset])
            raise ValueError(
                f"no credentials: set {names} (or give --username), or trlyr profile add NAME"
            )
        is_profile = profiles.chosen(self.profile) is not None
        return Account(username, self.base_url, self._named.paths, is_profile)

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return base_url_of(self.environment or self._named.environment)

    @property
    def is_named(self) -> bool:
        """Whether it is said whom to work for."""
        return bool(self.username or self._named.username or os.environ.get(_PASSWORD))

    @cached_property
    def _named(self) -> profiles.Profile:
        """The profile that holds, or what the environment says in its place."""
        return profiles.chosen(self.profile) or profiles.Profile(
            username=os.environ.get("TRLYR_USERNAME", ""),
            environment=os.environ.get("TRLYR_ENVIRONMENT") or "production",
            organisation=os.environ.get("TRLYR_ORGANISATION_ID"),
            paths=os.environ.get("TRLYR_PATHS"),
        )


@dataclass(frozen=True, kw_only=True)
class Member(Login):
    """Whom to work for, and in which organisation."""

    organisation: Annotated[
        str | None,
        typer.Option(
            "--organisation",
            metavar="ID",
            help="The organisation that owns the assets. Default: the profile's, or"
            " TRLYR_ORGANISATION_ID.",
        ),
    ] = None

    @cached_property
    def owner(self) -> str | None:
        """The organisation, if one is named."""
        return self.organisation or self._named.organisation

    def require_owner(self) -> str:
        """Give the organisation."""
        if not self.owner:
            raise ValueError("no organisation: set TRLYR_ORGANISATION_ID or give --organisation")
        return self.owner


def password(who: Account) -> str:
    """Take the password from the environment or the keyring, or ask if someone can answer.

    That of the environment belongs to the user of the environment: for a profile the keyring comes
    first.
    """
    kept = profiles.load_password(who.username, who.base_url)
    given = os.environ.get(_PASSWORD)
    found = (kept or given if who.is_profile else given or kept) or ""
    if not found and sys.stdin.isatty() and sys.stderr.isatty():
        found = getpass.getpass(f"Password of {who.username} at {who.base_url}: ")
    if not found:
        raise ValueError(f"no password for {who.username}: set {_PASSWORD}")
    keep_secret(found)
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
            who.base_url, auth=StaticToken(stored.token), wall=clock.wall,
            paths=paths_from(who.paths), probe=sibling_of, **options,
        ) as client:  # fmt: skip
            yield client
        return
    store = FileTokenStore() if stored is not None else None
    async with Trlyr(
        who.username, password(who), environment=who.base_url, token_store=store, wall=clock.wall,
        paths=paths_from(who.paths), **options,
    ) as client:  # fmt: skip
        yield client


def _is_alive(ends_at: float | None) -> bool:
    return ends_at is None or ends_at > clock.wall()
