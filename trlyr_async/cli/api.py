"""`trlyr api check`: what a real server does, against what this client expects of it."""

import asyncio
import os
from typing import Annotated

import typer

from energy_async.cli.contact import HtmlOption, PauseOption, RecordOption, WordOption, tell
from energy_async.contact import Contact
from energy_async.transport.client import ApiClient
from trlyr_async import api
from trlyr_async._client import base_url_of
from trlyr_async.cli.account import (
    EnvironmentOption,
    OrganisationOption,
    UsernameOption,
    account,
    connected,
)

__all__ = ["check"]


def check(
    *,
    organisation: OrganisationOption = None,
    known: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="NAME=VALUE",
            show_default=False,
            help="An identifier that no answer shows, such as fleet_id=... or category=... May be"
            " repeated.",
        ),
    ] = None,
    html: HtmlOption = None,
    record: RecordOption = None,
    word: WordOption = None,
    pause: PauseOption = 0.5,
    environment: EnvironmentOption = None,
    username: UsernameOption = None,
) -> None:
    """Find out what the API of today does otherwise than this client expects.

    Every operation that only reads is asked once or a few times, slowly, in the order in which
    identifiers become known; nothing is changed. Without credentials only upstream's own documents
    are compared.

    Paths that are right where ours are not are taken from the JSON file that TRLYR_PATHS names.

    Ends with code 3 if anything is otherwise than expected.

    Example: [bold]trlyr api check --organisation ID --html check.html --record check.json[/]
    """
    given: dict[str, list[str]] = {}
    for one in known or ():
        name, sign, value = one.partition("=")
        if not (name and sign and value):
            raise ValueError(f"--id takes NAME=VALUE, got {one!r}")
        given.setdefault(name, []).append(value)
    found = asyncio.run(_check(environment, username, organisation, given, pause))
    tell(found, api.record(found, words=word or ()), html, record)


async def _check(
    environment: str | None,
    username: str | None,
    organisation: str | None,
    known: dict[str, list[str]],
    pause: float,
) -> Contact:
    if not username and not os.environ.get("TRLYR_PASSWORD"):
        async with ApiClient(base_url_of(environment or "production"), auth=None) as client:
            return await api.documents(client)
    async with connected(account(environment, username)) as client:
        return await api.check(client, organisation_id=organisation, known=known, pause=pause)
