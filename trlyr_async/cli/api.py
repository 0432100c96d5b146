"""`trlyr api check`: what a real server does, against what this client expects of it."""

from typing import Annotated

import typer

from energy_async.cli.contact import ContactOptions
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.contact import Contact
from energy_async.transport.client import ApiClient
from trlyr_async import api
from trlyr_async.cli.account import Member, connected

__all__ = ["check"]


def check(
    *,
    known: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="NAME=VALUE",
            help="An identifier that no answer shows, such as fleet_id=... or category=... May be"
            " repeated.",
        ),
    ] = None,
    contact: ContactOptions,
    login: Member,
) -> None:
    """Find out what the API of today does otherwise than this client expects.

    Every operation that only reads is asked once or a few times, slowly, in the order in which
    identifiers become known; nothing is changed. Without credentials only upstream's own documents
    are compared.

    Paths that are right where ours are not are taken from the JSON file that the profile or
    TRLYR_PATHS names.

    Ends with code 3 if anything is otherwise than expected.

    Example: trlyr api check --organisation ID --html check.html --record check.json
    """
    given: dict[str, list[str]] = {}
    for one in known or ():
        name, sign, value = one.partition("=")
        if not (name and sign and value):
            raise ValueError(f"--id takes NAME=VALUE, got {one!r}")
        given.setdefault(name, []).append(value)
    contact.check_files()
    found = run_until_interrupted(_check(login, given, contact.pause))
    contact.report(found, api.record(found, words=contact.word or ()))


async def _check(login: Member, known: dict[str, list[str]], pause: float) -> Contact:
    if not login.is_named:
        async with ApiClient(login.base_url, auth=None) as client:
            return await api.documents(client)
    async with connected(login.account) as client:
        return await api.check(client, organisation_id=login.owner, known=known, pause=pause)
