"""The commands of `nanocorp`: the prices in one form, and each feed as it is."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from energy_async.cli.formats import Format, Target, choose
from energy_async.cli.notes import log_verbosely
from energy_async.cli.options import (
    FormatOption,
    OutputOption,
    VerboseOption,
    VersionOption,
    help_from,
    new_app,
)
from energy_async.cli.output import emit, show, stdout_is_terminal, width_for, write_bytes
from energy_async.cli.screen import grid
from energy_async.delivery import PARIS
from nanocorp_async import Nanocorp
from nanocorp_async.cli.access import EnvironmentOption, require_token
from nanocorp_async.cli.api import check as check_api
from nanocorp_async.cli.archive_commands import add_archive_commands
from nanocorp_async.cli.feeds import FEEDS, Feed, Section
from nanocorp_async.cli.live import live
from nanocorp_async.cli.price_commands import add_price_commands
from nanocorp_async.cli.sheet import sheet
from nanocorp_async.cli.tabulate import joined, section_table, view_of

__all__ = ["app"]

app = new_app("nanocorp")

LocalOption = Annotated[
    bool, typer.Option("--local", help="Times in Europe/Paris with their offset, not in UTC.")
]
RecentOption = Annotated[
    bool,
    typer.Option("--recent", help="The most recent rows in the finest steps that the feed gives."),
]


def _root(
    *,
    _version: VersionOption = False,
) -> None:
    """Read the French electricity market feeds from a shell.

    The token comes from NANOCORP_TOKEN; there is no option for it. Times are in UTC unless --tz or
    --local is given.

    The short commands (day-ahead to energy) give prices in one form, by delivery day, as tables or
    charts. The long ones (day-ahead-prices to balancing-energy) give a feed under its own names;
    their JSON is the whole answer, always in UTC.

    `archive` keeps what the feeds publish in a folder, `watch` tells of new days and corrections.

    Exit codes: 0 done, 1 an error, 2 a mistake in the call, 3 `archive --once` got no answer from
    some feed.
    """


def _help(feed: Feed) -> str:
    paragraphs = [
        feed.help,
        feed.remark,
        "CSV and Parquet hold one table with a column `product`." if feed.is_aggregate else "",
        f"Example: [bold]nanocorp {feed.command} --local -o {feed.command}.csv[/]",
    ]
    return "\n\n".join(filter(None, paragraphs))


def _command(feed: Feed) -> Callable[..., None]:
    def plain(
        *,
        format_: FormatOption = None,
        output: OutputOption = None,
        local: LocalOption = False,
        environment: EnvironmentOption = None,
        verbose: VerboseOption = False,
    ) -> None:
        _run(feed, format_, output, environment, local=local, verbose=verbose)

    def with_recent(
        *,
        format_: FormatOption = None,
        output: OutputOption = None,
        local: LocalOption = False,
        recent: RecentOption = False,
        environment: EnvironmentOption = None,
        verbose: VerboseOption = False,
    ) -> None:
        _run(feed, format_, output, environment, local=local, verbose=verbose, recent=recent)

    return with_recent if feed.has_recent else plain


def _run(
    feed: Feed,
    wanted: Format | None,
    output: Path | None,
    environment: str | None,
    *,
    local: bool,
    verbose: bool,
    recent: bool = False,
) -> None:
    if verbose:
        log_verbosely()
    target = choose(wanted, output, is_terminal=stdout_is_terminal())
    require_token()
    answer = asyncio.run(_fetch(feed, environment))
    _write(
        answer,
        feed.sections(answer, "recent" if recent else "chart"),
        target,
        PARIS if local else None,
    )


async def _fetch(feed: Feed, environment: str | None) -> Any:  # noqa: ANN401 - eight types
    async with Nanocorp.from_env(base_url=environment) as client:
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
    elif len(sections) == 1:
        emit(section_table(sections[0]), view_of(sections[0], zone), target)
    else:
        _emit_joined(sections, target, zone)


def _emit_joined(sections: list[Section], target: Target, zone: str | None) -> None:
    if not sections:
        raise ValueError("the answer holds no product")
    emit(joined(sections), view_of(sections[0], zone), target)


app.callback(help=help_from(_root))(_root)
add_price_commands(app)
add_archive_commands(app)
app.command(help=help_from(sheet))(sheet)
app.command(help=help_from(live))(live)
api = new_app("api")
api.callback()(lambda: None)  # a group, though it has one command
api.command("check", help=help_from(check_api))(check_api)
app.add_typer(api, name="api", help="The feeds themselves: what they do otherwise than expected.")
for _feed in FEEDS:
    app.command(_feed.command, help=_help(_feed))(_command(_feed))
