"""`trlyr login`: are the credentials good, and until when?"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from energy_async.cli import clock
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.transport.tokens.token_file import FileTokenStore
from energy_async.transport.tokens.token_life import StoredToken
from trlyr_async import Trlyr
from trlyr_async.cli.account import Account, Login, password

__all__ = ["login"]


def login(
    *,
    who: Login,
    store: Annotated[
        bool,
        typer.Option(
            "--store",
            help="Keep the token in a file that only you can read, so that later commands need"
            " neither a login nor the password until it ends.",
        ),
    ] = False,
) -> None:
    """Check the credentials by logging in, and say until when the token lasts (UTC).

    The token is never printed. Example: trlyr login --environment sandbox
    """
    account = who.account
    run_until_interrupted(_log_in(account, password(account), store=store))


async def _log_in(who: Account, secret: str, *, store: bool) -> None:
    async with Trlyr(who.username, secret, environment=who.base_url, wall=clock.wall) as client:
        token = await client.log_in()
    typer.echo(f"logged in at {who.base_url} as {who.username}; {_until(token.ends_at)}")
    if store:
        await _keep(who, token)


def _until(ends_at: float | None) -> str:
    if ends_at is None:
        return "the server does not say how long the token lasts"
    return f"the token lasts until {datetime.fromtimestamp(ends_at, UTC):%Y-%m-%d %H:%M:%S} UTC"


async def _keep(who: Account, token: StoredToken) -> None:
    store, directory = who.store, FileTokenStore().directory
    async with store.locked():
        await store.save(token)
        kept = await store.load()
    if kept is None or kept.token != token.token:
        raise OSError(f"the token could not be kept in {directory}; --verbose says why")
    typer.echo(f"kept in {directory}; delete that folder to forget it")
