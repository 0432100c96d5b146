"""`trlyr login`: are the credentials good, and until when?"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from energy_async.cli.notes import log_verbosely
from energy_async.cli.options import VerboseOption
from energy_async.transport.errors import LoginFailed, StatusError
from energy_async.transport.token_file import FileTokenStore
from energy_async.transport.token_life import Grant, StoredToken, lifetime_of
from trlyr_async import Trlyr, auth
from trlyr_async.cli.account import Account, EnvironmentOption, UsernameOption, account, password
from trlyr_async.models.auth import LoginRequest

__all__ = ["login"]

_REFUSED: Final = frozenset({400, 401, 403, 404, 422})


def login(
    *,
    environment: EnvironmentOption = None,
    username: UsernameOption = None,
    store: Annotated[
        bool,
        typer.Option(
            "--store",
            help="Keep the token in a file that only you can read, so that later commands need"
            " neither a login nor the password until it ends.",
        ),
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Check the credentials by logging in, and say until when the token lasts (UTC).

    The token is never printed. Example: [bold]trlyr login --environment sandbox[/]
    """
    who = account(environment, username)
    secret = password(who)
    if verbose:
        log_verbosely([secret])
    grant = asyncio.run(_log_in(who, secret))
    lifetime = lifetime_of(grant, wall=time.time())
    typer.echo(f"logged in at {who.base_url} as {who.username}; {_until(lifetime)}")
    if store:
        asyncio.run(_keep(who, grant, lifetime))


async def _log_in(who: Account, secret: str) -> Grant:
    request = LoginRequest(username=who.username, password=secret)
    async with Trlyr(who.username, secret, environment=who.base_url) as client:
        try:
            answer = await auth.authenticate(client, body=request)
        except StatusError as error:
            if error.status in _REFUSED:
                raise _refusal(who, error) from error
            raise
    if not answer.access_token:
        raise LoginFailed(f"{who.base_url} answered the login without a token")
    return Grant(answer.access_token, answer.expires_in, answer.refresh_token)


def _refusal(who: Account, error: StatusError) -> LoginFailed:
    said = f" ({error.detail})" if error.detail else ""
    return LoginFailed(
        f"{who.base_url} refuses {who.username} with HTTP {error.status}{said}: check"
        " TRLYR_USERNAME, TRLYR_PASSWORD and that the account belongs to this environment",
        request_id=error.request_id,
    )


def _until(lifetime: float | None) -> str:
    if lifetime is None:
        return "the server does not say how long the token lasts"
    end = datetime.fromtimestamp(time.time() + lifetime, UTC)
    return f"the token lasts until {end:%Y-%m-%d %H:%M:%S} UTC"


async def _keep(who: Account, grant: Grant, lifetime: float | None) -> None:
    store, directory = who.store, FileTokenStore().directory
    ends_at = None if lifetime is None else time.time() + lifetime
    token = StoredToken(
        token=grant.token, ends_at=ends_at, lifetime=lifetime, refresh_token=grant.refresh_token
    )
    async with store.locked():
        await store.save(token)
        kept = await store.load()
    if kept is None or kept.token != token.token:
        raise OSError(f"the token could not be kept in {directory}; --verbose says why")
    typer.echo(f"kept in {directory}; delete that folder to forget it")
