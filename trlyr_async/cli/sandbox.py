"""`trlyr sandbox`: both APIs on this machine."""

from typing import Annotated

import typer

__all__ = ["sandbox"]


def sandbox(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the terralayr API; 0 takes a free one.")
    ] = 0,
    feeds_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the French feeds; 0 takes a free one.")
    ] = 0,
    assets: Annotated[int, typer.Option(min=1, help="Number of virtual assets.")] = 40,
    seed: Annotated[int, typer.Option(help="Decides every figure and identifier.")] = 7,
    rate: Annotated[
        float | None,
        typer.Option(help="Requests a second that each API lets pass. Default: no limit."),
    ] = None,
    token_lifetime: Annotated[float, typer.Option(help="Seconds that a token lives.")] = 3600.0,
) -> None:
    """Play the terralayr API and the French feeds on this machine, with made-up figures.

    Prints the lines to paste into the shell that is to use it. Ctrl-C ends it.

    Example: trlyr sandbox --port 8080 --assets 200
    """
    from api_sandbox.serving import serve  # noqa: PLC0415 - only this command needs it

    code = serve(
        port=port, feeds_port=feeds_port, assets=assets, seed=seed, rate=rate,
        token_lifetime=token_lifetime,
    )  # fmt: skip
    raise typer.Exit(code)
