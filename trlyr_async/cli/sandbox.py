"""`trlyr sandbox`: both APIs on this machine."""

import shlex
from typing import Annotated, Final, Literal

import typer

__all__ = ["sandbox"]

PORT: Final = 8718
FEEDS_PORT: Final = 8719


_LINES: Final = {
    "sh": "export {0}={1}", "fish": "set -gx {0} {1}", "powershell": "$env:{0} = '{2}'",
}  # fmt: skip
"""How a shell sets a variable, by its name, its value quoted for a shell, and the plain value."""


def sandbox(
    *,
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            help="Port of the terralayr API, the same every time so that datasets can be resumed;"
            " 0 takes a free one.",
        ),
    ] = PORT,
    feeds_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the French feeds, likewise.")
    ] = FEEDS_PORT,
    assets: Annotated[int, typer.Option(min=1, help="Number of virtual assets.")] = 40,
    seed: Annotated[int, typer.Option(help="Decides every figure and identifier.")] = 7,
    rate: Annotated[
        float | None,
        typer.Option(help="Requests a second that each API lets pass. Default: no limit."),
    ] = None,
    token_lifetime: Annotated[
        float, typer.Option(min=1.0, help="Seconds that a token lives.")
    ] = 3600.0,
    env: Annotated[
        Literal["sh", "fish", "powershell"] | None,
        typer.Option(help="Print the environment that leads to it, for a shell, and end."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Write a profile that leads to it, and say how its password is set.",
        ),
    ] = None,
    upstream: Annotated[
        Literal["documented", "surprising"],
        typer.Option(help="surprising: an API that is not as documented, for `trlyr api check`."),
    ] = "documented",
) -> None:
    """Play the terralayr API and the French feeds on this machine, with made-up figures.

    Prints the lines to paste into the shell that is to use it; `eval "$(trlyr sandbox --env sh)"`
    sets them in another shell. Revenue ends at the present moment. Ctrl-C ends it.

    Example: trlyr sandbox --assets 200
    """
    from energy_sandbox import Sandbox  # noqa: PLC0415 - only this command needs it
    from energy_sandbox.serving import serve  # noqa: PLC0415

    if (env or profile) and not (port and feeds_port):
        raise ValueError(
            "--env and --profile need the ports: a free one is known to the sandbox alone"
        )
    one = Sandbox(seed=seed, assets=assets, port=port, feeds_port=feeds_port)
    if env:
        for name, value in one.environment.items():
            typer.echo(_LINES[env].format(name, shlex.quote(value), value))
        return
    if profile:
        _write(profile, one.environment)
    code = serve(
        port=port, feeds_port=feeds_port, assets=assets, seed=seed, rate=rate,
        token_lifetime=token_lifetime, upstream=upstream,
    )  # fmt: skip
    raise typer.Exit(code)


def _write(name: str, environment: dict[str, str]) -> None:
    """Write a profile of the sandbox; its password is not put into the file."""
    from trlyr_async.cli import profiles  # noqa: PLC0415

    one = profiles.Profile(
        username=environment["TRLYR_USERNAME"],
        environment=environment["TRLYR_ENVIRONMENT"],
        organisation=environment["TRLYR_ORGANISATION_ID"],
    )
    profiles.add(name, one)
    typer.echo(f"profile {name} is written: export TRLYR_PASSWORD={environment['TRLYR_PASSWORD']}")
