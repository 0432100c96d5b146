"""The commands that give a feed under its own names."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import typer

from energy_async.cli.commands import without
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import Format, Target
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import note
from energy_async.cli.options import Output
from energy_async.cli.output import emit, show, width_for, write_bytes
from energy_async.cli.screen import grid
from energy_async.delivery import PARIS
from nanocorp_async.cli.access import Feeds
from nanocorp_async.cli.feeds import FEEDS, Feed, Section
from nanocorp_async.cli.tabulate import joined, section_table, view_of

__all__ = ["command_of"]


def command_of(name: str, summary: str) -> Callable[..., None]:
    """Make the command of a feed."""
    feed = FEEDS[name]

    def command(
        *,
        out: Output,
        local: Annotated[
            bool,
            typer.Option("--local", help="Times in Europe/Paris with their offset, not in UTC."),
        ] = False,
        recent: Annotated[
            bool,
            typer.Option(
                "--recent", help="The most recent rows in the finest steps that the feed gives."
            ),
        ] = False,
        feeds: Feeds,
    ) -> None:
        target = out.target()
        feeds.require_token()
        answer = run_until_interrupted(_fetch(feed, feeds))
        sections = feed.sections(answer, "recent" if recent else "chart")
        if not any(one.rows for one in sections):
            note(f"{name}: the feed holds no rows; nothing was written")
            raise typer.Exit(ExitCode.INCOMPLETE)
        _write(answer, sections, target, PARIS if local else None)

    command.__doc__ = _help(name, summary, feed)
    return command if feed.has_recent else without(command, "recent")


def _help(name: str, summary: str, feed: Feed) -> str:
    paragraphs = [
        summary,
        feed.remark,
        "CSV and Parquet hold one table with a column `product`." if feed.is_aggregate else "",
        f"Example: nanocorp {name} --local -o {name}.csv",
    ]
    return "\n\n".join(filter(None, paragraphs))


async def _fetch(feed: Feed, feeds: Feeds) -> Any:  # noqa: ANN401 - eight types
    async with feeds.client() as client:
        return await feed.fetch(client)


def _write(
    answer: msgspec.Struct, sections: list[Section], target: Target, zone: str | None
) -> None:
    if target.format is Format.JSON:
        text = msgspec.json.format(msgspec.json.encode(answer), indent=2)
        write_bytes(text + b"\n", target.path)
    elif target.format is Format.TABLE:
        width = width_for(target)
        tables = (grid(section_table(one), view_of(one, zone), width) for one in sections)
        show(*tables, path=target.path)
    else:
        table = section_table(sections[0]) if len(sections) == 1 else joined(sections)
        emit(table, view_of(sections[0], zone), target)
