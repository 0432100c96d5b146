"""`python -m api_sandbox`: run a sandbox in a terminal."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from api_sandbox.serving import serve

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, run until stopped, give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m api_sandbox",
        description="Play the terralayr API and the French market feeds on this machine.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=0, help="port of the terralayr API (a free one)"
    )
    parser.add_argument(
        "--feeds-port", type=int, default=0, help="port of the French feeds (a free one)"
    )
    parser.add_argument("--seed", type=int, default=7, help="decides every figure (%(default)s)")
    parser.add_argument(
        "--assets", type=int, default=40, help="number of virtual assets (%(default)s)"
    )
    parser.add_argument("--rate", type=float, help="requests per second and API (no limit)")
    parser.add_argument(
        "--token-lifetime",
        type=float,
        default=3600.0,
        help="seconds that a token lives (%(default)s)",
    )
    parser.add_argument(
        "--upstream", choices=["documented", "surprising"], default="documented",
        help="surprising: to practise a first contact on (%(default)s)",
    )  # fmt: skip
    return serve(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
