"""What the commands that fill a dataset have in common: how they pull, and how they end."""

import shlex
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

import msgspec
import typer

from energy_async.bulk import FlushPolicy, OnProgress, Place, Report, WindowReport
from energy_async.bulk.dataset import Dataset
from energy_async.bulk.report import not_offered
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import check_suffix
from energy_async.cli.interrupt import Terminated, run_until_interrupted
from energy_async.cli.notes import console, fail
from energy_async.cli.options import Writer
from energy_async.cli.screen import counted
from energy_async.files import write_whole
from energy_async.transport.client import ApiClient
from energy_async.transport.errors import EnergyApiError, RateLimited, ServerError, TransportError
from trlyr_async.cli.account import Account, connected
from trlyr_async.cli.progress import Traffic, shown_progress

__all__ = ["FLUSH", "Transfer", "Work"]

T = TypeVar("T")
Work: TypeAlias = Callable[[ApiClient, OnProgress], Awaitable[T]]
"""Gets the client, and what is to be called after each window."""

FLUSH: Final = FlushPolicy(rows=30_000)
"""Smaller than the library's own: a command should fit beside others on a small machine."""
_SHOWN: Final = 10
_PASSING: Final = (TransportError, RateLimited, ServerError)


@dataclass(frozen=True, kw_only=True)
class Transfer(Writer):
    """How a command pulls, and how it ends."""

    rate: Annotated[float, typer.Option(help="Requests a second at most.")] = 10.0
    concurrency: Annotated[int, typer.Option(min=1, help="Requests under way at most.")] = 8
    progress: Annotated[
        Literal["auto", "json"],
        typer.Option(
            help="On standard error: auto is a bar on a terminal, else a line now and then; json is"
            " one object a line after each window."
        ),
    ] = "auto"
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the outcome as JSON.")
    ] = None

    def __post_init__(self) -> None:
        if not 0 < self.rate < float("inf"):
            raise ValueError(
                f"--rate must be a positive number of requests a second, got {self.rate:g}"
            )
        if self.report is not None:
            check_suffix(self.report, ".json")

    def run(self, who: Account, out: Place, work: Work[T]) -> tuple[T, Traffic]:
        """Run work that fills a dataset; where it ends early, say how to go on."""
        traffic = Traffic()
        return _run_resumable(self._work(who, traffic, work), out), traffic

    async def _work(self, who: Account, traffic: Traffic, work: Work[T]) -> T:
        async with connected(
            who, rate=self.rate, concurrency=self.concurrency, on_event=traffic.note
        ) as client:
            with shown_progress(traffic, self.rate, as_json=self.progress == "json") as step:
                return await work(client, step)

    def end(self, out: Place, traffic: Traffic, *reports: Report, **facts: object) -> None:
        """Write the report that was asked for; list what failed, and end with code 3 then."""
        windows = [window for one in reports for window in one.windows]
        complete = all(one.complete for one in reports)
        if self.report is not None:
            last = reports[-1]
            found = {
                "complete": complete,
                "dataset": str(out),
                "rows": last.rows,
                "windows": len(last.windows),
                "windows_from_earlier_runs": last.resumed,
                "failed": [
                    {"window": str(one.window), "error": one.error}
                    for one in windows
                    if one.outcome == "failed"
                ],
                "not_offered": not_offered(windows),
                "requests": traffic.requests,
                "logins": traffic.logins,
                "seconds": round(sum(one.elapsed for one in reports), 3),
                **facts,
            }
            text = msgspec.json.format(msgspec.json.encode(found), indent=2)
            write_whole(self.report, text, b"\n")
        if not complete:
            _list_failed(windows)
            raise typer.Exit(ExitCode.INCOMPLETE)


def _list_failed(windows: Sequence[WindowReport]) -> None:
    """List what failed and what the server does not offer, on standard error."""
    screen = console()
    for stream, error in not_offered(windows).items():
        screen.print(f"not offered: {stream}: {error}", markup=False)
    failed = [one for one in windows if one.outcome == "failed"]
    if not failed:
        return
    screen.print(f"failed: {counted(len(failed), 'window')}", style="bold red")
    for one in failed[:_SHOWN]:
        screen.print(f"  {one.window}: {one.error}", markup=False)
    if len(failed) > _SHOWN:
        screen.print(f"  … and {len(failed) - _SHOWN:,} more; --report FILE lists all")
    screen.print("The same command again fetches only these.")


def _run_resumable(work: Coroutine[Any, Any, T], out: Place) -> T:
    try:
        return run_until_interrupted(work)
    except KeyboardInterrupt as end:
        _say_how_to_go_on("interrupted", out)
        terminated = isinstance(end, Terminated)
        code = ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED
        raise typer.Exit(code) from None
    except EnergyApiError as error:
        code = fail(error)
        if isinstance(error, _PASSING) or _is_there(out):
            _say_how_to_go_on("stopped", out)
        raise typer.Exit(code) from None


def _say_how_to_go_on(what: str, out: Place) -> None:
    command = shlex.join(["trlyr", *sys.argv[1:]])
    kept = f"what was fetched is kept in {out}" if _is_there(out) else "nothing was fetched yet"
    console().print(
        f"{what}; {kept}. To go on, run the same command:", f"  {command}", sep="\n", markup=False
    )


def _is_there(out: Place) -> bool:
    try:
        return bool(Dataset(out).answered())
    except (OSError, ValueError):
        return False
