"""A sandbox in a terminal: say where it is, run until stopped."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import sys
from typing import TYPE_CHECKING

from energy_sandbox.problems import SandboxError
from energy_sandbox.sandbox import Sandbox, Upstream

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(
    *,
    port: int = 0,
    feeds_port: int = 0,
    seed: int = 7,
    assets: int = 40,
    rate: float | None = None,
    token_lifetime: float = 3600.0,
    upstream: Upstream = "documented",
    echo: Callable[[str], object] | None = None,
) -> int:
    """Run a sandbox until Ctrl-C or a termination signal, and give the exit code of the process.

    What a user needs goes through `echo`, line by line (standard output by default): URLs,
    credentials and `export` lines to paste. Wrong values and a port in use are told on standard
    error, with code 2.
    """
    try:
        sandbox = Sandbox(
            port=port, feeds_port=feeds_port, seed=seed, assets=assets, rate=rate,
            token_lifetime=token_lifetime, upstream=upstream,
        )  # fmt: skip
        with contextlib.suppress(ValueError):  # a thread may not; it gets no signals either
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_run(sandbox, echo or _print))
    except (SandboxError, ValueError) as exc:
        sys.stderr.write(f"error: {exc}\n")
        return 2
    return 0


async def _run(sandbox: Sandbox, echo: Callable[[str], object]) -> None:
    async with sandbox:
        for line in announcement(sandbox):
            echo(line)
        await asyncio.Event().wait()


def announcement(sandbox: Sandbox) -> list[str]:
    """Write what a user needs to use a running sandbox."""
    assets = sandbox.virtual_asset_ids
    facts = {
        "terralayr API": sandbox.url,
        "French feeds": sandbox.feeds_url,
        "username": sandbox.username,
        "password": sandbox.password,
        "feeds token": sandbox.token,
        "organisation": sandbox.organisation_id,
        "virtual assets": f"{len(assets)}, the first is {assets[0]}",
    }
    exports = [f"export {name}={shlex.quote(value)}" for name, value in sandbox.environment.items()]
    return [
        *(f"{label + ':':<16} {fact}" for label, fact in facts.items()),
        "", "Paste into the shell that is to use it:", "", *exports, "", "Ctrl-C ends the sandbox.",
    ]  # fmt: skip


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
