"""Draw the pictures of docs/analyst.md: `python examples/pictures.py docs/pictures`.

A sandbox plays the API on a pinned day, so that the same pictures come out every time.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import tempfile
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from anyio.from_thread import start_blocking_portal
from rich.console import Console
from rich.text import Text

from energy_async.cli.entry import run
from energy_sandbox import Sandbox
from trlyr_async import Trlyr, bulk, virtual_assets

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 28, 10, 30, tzinfo=UTC)
WIDTH = 100


class Stopped(Exception):
    """A pull was stopped."""


def main(target: Path) -> None:
    """Draw all pictures into a folder."""
    target.mkdir(parents=True, exist_ok=True)
    target = target.resolve()
    with running(Sandbox(assets=5, clock=lambda: NOW)) as sandbox, elsewhere():
        os.environ.update(sandbox.environment, COLUMNS=str(WIDTH))
        terminal(target / "pull.svg", "revenue pull last-month --rate 500 --out october")
        terminal(target / "portfolio.svg", "revenue show october --by portfolio,stream")
        typed("revenue pull this-month --rate 500 --out november")
        typed(f"revenue plot november -o {target / 'november.png'}")
        asyncio.run(stopped_pull(sandbox))
        typed(f"revenue plot stopped -o {target / 'incomplete.png'}")


async def stopped_pull(sandbox: Sandbox) -> None:
    """Pull ten months, and be stopped in March."""

    def stop(progress: bulk.Progress) -> None:
        if progress.latest.window.start >= datetime(2026, 3, 1, tzinfo=UTC):
            raise Stopped

    start, end = datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)
    async with Trlyr.from_env(rate=500, wall=NOW.timestamp) as client:
        owned = await virtual_assets.get_virtual_assets(
            client, sandbox.organisation_id, start=start, end=end
        )
        with suppress(Stopped):
            await bulk.pull_revenue_to(
                client, "stopped", owned, start=start, end=end, window=timedelta(days=31),
                concurrency=1, on_progress=stop,
            )  # fmt: skip


def typed(words: str) -> str:
    """Run a command of `trlyr`, and give what it wrote to standard output."""
    before, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    try:
        run("trlyr", "trlyr_async.cli.app", words.split(), clock=lambda: NOW)
        sys.stdout.flush()
        written: bytes = sys.stdout.buffer.getvalue()  # type: ignore[attr-defined]
    finally:
        sys.stdout = before
    return written.decode()


def terminal(path: Path, words: str) -> None:
    """Draw a terminal in which a command was typed."""
    screen = Console(record=True, width=WIDTH, file=io.StringIO())
    shown = words.replace(" --rate 500", "")
    screen.print(Text(f"$ trlyr {shown}\n{typed(words)}"))
    path.write_text(screen.export_svg(title="trlyr"), encoding="utf-8")


@contextmanager
def running(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Run a sandbox in a thread of its own."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(sandbox) as one:
        yield one


@contextmanager
def elsewhere() -> Iterator[None]:
    """Work in a folder that goes away."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
