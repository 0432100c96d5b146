"""`trlyr profile`: whom to work for, by name."""

import getpass
import sys
from typing import Annotated

import msgspec
import typer

from trlyr_async._client import base_url_of
from trlyr_async._paths import check_paths, paths_from
from trlyr_async.cli import profiles
from trlyr_async.cli.ids import check_id

__all__ = ["add", "list_profiles", "use"]

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Its name, such as work.")]


def add(
    name: NameArgument,
    *,
    username: Annotated[str, typer.Option("--username", "-u", help="As at the login.")],
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="production, sandbox or a base URL.")
    ] = "production",
    organisation: Annotated[
        str | None, typer.Option(metavar="ID", help="The organisation that owns the assets.")
    ] = None,
    paths: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Paths that are right there, as TRLYR_PATHS names them."),
    ] = None,
    keyring: Annotated[
        bool,
        typer.Option(
            "--keyring",
            help="Ask for the password, or read it from standard input, and put it into the"
            " system's keyring (extra keyring). It never stands in the file.",
        ),
    ] = False,
) -> None:
    """Write a profile, or change it; the first one is used where no other is named.

    Example: trlyr profile add work -u me@example.com --organisation 0b5e... --keyring
    """
    if not name.strip() or not username.strip():
        raise ValueError("a profile needs a name and a username")
    base_url = base_url_of(environment)
    check_paths(paths_from(paths))
    one = profiles.Profile(
        username=username,
        environment=environment,
        organisation=None if organisation is None else check_id(organisation, "--organisation: "),
        paths=paths,
    )
    if keyring:
        profiles.save_password(username, base_url, _password(username, base_url))
    typer.echo(f"profile {name} in {profiles.add(name, one)}")


def list_profiles() -> None:
    """List the profiles, a star before the one in use; passwords are not among what they hold.

    Example: trlyr profile list
    """
    found = profiles.read()
    for name, one in sorted(found.profiles.items()):
        owner = f", organisation {one.organisation}" if one.organisation else ""
        mark = "*" if name == found.used else " "
        typer.echo(f"{mark} {name}: {one.username} at {one.environment}{owner}")


def use(name: NameArgument) -> None:
    """Take a profile where no other is named and TRLYR_USERNAME is not set.

    Example: trlyr profile use work
    """
    found = profiles.read()
    one = found[name]
    profiles.write(msgspec.structs.replace(found, used=name))
    typer.echo(f"{name}: {one.username} at {base_url_of(one.environment)}")


def _password(username: str, base_url: str) -> str:
    if not sys.stdin.isatty():
        found = sys.stdin.readline().rstrip("\n")
    else:
        found = getpass.getpass(f"Password of {username} at {base_url}: ")
    if not found:
        raise ValueError("no password was given; nothing was written")
    return found
