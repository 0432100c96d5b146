"""`trlyr schedule`: check the schedule of a block, and put it in force."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import note
from energy_async.cli.times import parse_day, parse_moment
from energy_async.delivery import BERLIN, delivery_day_of
from trlyr_async import trading, virtual_assets
from trlyr_async.cli.account import Account, Member, connected
from trlyr_async.cli.ids import check_id
from trlyr_async.cli.schedule_file import read_schedule
from trlyr_async.cli.schedule_report import (
    in_short,
    outline,
    say_outcome,
    say_result,
    verdict,
)
from trlyr_async.models.virtual_assets import Block, SchedulePoint, VirtualAsset

__all__ = ["check", "submit"]

FileArgument: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="CSV or Parquet with a time and a power for each quarter-hour: its start, RFC 3339"
        " with an offset; kW, discharge positive, charge negative.",
    ),
]
TimeOption: TypeAlias = Annotated[str, typer.Option("--time", help="The column of times.")]
PowerOption: TypeAlias = Annotated[str, typer.Option("--power", help="The column of powers.")]
DayOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--day",
        metavar="DATE",
        help="The file must hold this delivery day (Europe/Berlin), all of its 92, 96 or 100"
        " quarter-hours and nothing else. Default: what is missing of a day is a warning.",
        show_default=False,
    ),
]


def check(
    file: FileArgument,
    *,
    asset: Annotated[
        str | None,
        typer.Option(
            "--asset",
            metavar="ID",
            help="A virtual asset to check against: power, gate closure. Needs --block.",
            show_default=False,
        ),
    ] = None,
    block: Annotated[
        str | None,
        typer.Option("--block", metavar="ID", help="The asset's block.", show_default=False),
    ] = None,
    day: DayOption = None,
    time: TimeOption = "time",
    power: PowerOption = "power",
    login: Member,
) -> None:
    """Check a schedule (kW by quarter-hour) and list everything that is wrong; nothing is sent.

    Without --asset and --block no server is asked. Ends with code 2 if there are errors; warnings
    alone are none.

    Example: trlyr schedule check tomorrow.csv --day 2026-10-25
    """
    if (asset is None) != (block is None):
        raise ValueError("--asset and --block go together")
    period = _day(day)
    points, findings = read_schedule(file, time=time, power=power)
    known: tuple[VirtualAsset | None, Block | None] = (None, None)
    if asset is not None and block is not None and points:
        ids = check_id(asset, "--asset: "), check_id(block, "--block: ")
        known = run_until_interrupted(_fetch(login.account, login.require_owner(), *ids, points))
    found = [*findings, *_checked(points, findings, known, period)]
    for one in found:
        typer.echo(f"{one.severity}: {one}")
    typer.echo(f"{outline(points)}: {verdict(found)}")
    if any(one.severity == "error" for one in found):
        raise typer.Exit(ExitCode.MISUSE)


def submit(
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="Id of the virtual asset.")],
    block: Annotated[str, typer.Argument(metavar="BLOCK", help="Id of its wholesale block.")],
    file: FileArgument,
    *,
    deadline: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="By when the server must have it, RFC 3339 with an offset. The first gate closure"
            " holds in any case.",
            show_default=False,
        ),
    ] = None,
    day: DayOption = None,
    time: TimeOption = "time",
    power: PowerOption = "power",
    login: Member,
) -> None:
    """Check a schedule (kW by quarter-hour), put it in force, and say what is out of balance (kWh).

    Nothing is sent if there is an error. Quarter-hours that are not in the file keep their power.
    If the answer is lost, the server is asked what it holds.

    Example: trlyr schedule submit 8f3c... 51aa... tomorrow.csv --day 2026-10-25
    """
    points, findings = read_schedule(file, time=time, power=power)
    until = None if deadline is None else parse_moment(deadline, BERLIN, "--deadline")
    asset, block, period = check_id(asset, "ASSET: "), check_id(block, "BLOCK: "), _day(day)
    who, owner = login.account, login.require_owner()
    try:
        trading.require(findings)
        result = run_until_interrupted(_submit(who, owner, asset, block, points, until, period))
    except trading.CheckFailed as error:
        raise ValueError(in_short(error, file, asset, block)) from error
    if isinstance(result, trading.Outcome):
        say_outcome(result)
    else:
        say_result(points, result)


async def _fetch(
    who: Account, owner: str, asset: str, block: str, points: Sequence[SchedulePoint]
) -> tuple[VirtualAsset, Block]:
    async with connected(who) as client:
        return (
            await virtual_assets.get_virtual_asset(client, owner, asset),
            await virtual_assets.get_block(
                client, owner, asset, block, start=points[0].time, end=points[-1].time
            ),
        )


async def _submit(
    who: Account,
    owner: str,
    asset: str,
    block: str,
    points: Sequence[SchedulePoint],
    deadline: datetime | None,
    day: date | None,
) -> trading.SubmittedSchedule | trading.Outcome:
    async with connected(who) as client:
        try:
            return await trading.submit_schedule(
                client, owner, asset, block, points, deadline=deadline, period=day
            )
        except trading.SubmissionUnknown as error:
            note(f"{error}")
            return await trading.look_up(client, error)


def _checked(
    points: Sequence[SchedulePoint],
    unreadable: Sequence[trading.Finding],
    known: tuple[VirtualAsset | None, Block | None],
    day: date | None,
) -> Iterable[trading.Finding]:
    if not points and unreadable:
        return ()
    asset, block = known
    now = None if asset is None else clock.now()
    return trading.check_schedule(points, asset=asset, block=block, period=day, now=now)


def _day(text: str | None) -> date | None:
    today = delivery_day_of(clock.now(), BERLIN)
    return None if text is None else parse_day(text, "--day", today)
