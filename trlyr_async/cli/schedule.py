"""`trlyr schedule`: check the schedule of a block, and put it in force."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import check_suffix
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import note
from energy_async.cli.screen import counted, number
from energy_async.cli.times import parse_day, parse_moment
from energy_async.delivery import BERLIN, QUARTER_HOUR, delivery_day_of
from energy_async.files import write_whole
from trlyr_async import trading
from trlyr_async.cli.account import Account, Member, connected
from trlyr_async.cli.ids import check_id
from trlyr_async.cli.schedule_file import read_schedule
from trlyr_async.cli.schedule_report import in_short, outline, say_outcome, say_result, verdict
from trlyr_async.models.virtual_assets import Block, SchedulePoint

__all__ = ["check", "submit"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

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
    ),
]


AssetOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--asset",
        metavar="ID",
        help="A virtual asset to check against: gates, power, energy, cycles, sold reserve.",
    ),
]
BlockOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--block", metavar="ID", help="The asset's block, if it has several wholesale blocks."
    ),
]
ChartOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--chart",
        metavar="FILE",
        help="Draw power (kW), its limits and the energy (kWh); ends with .png, .svg or .pdf.",
    ),
]
ProposeOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--propose",
        metavar="FILE",
        help="Write the nearest schedule that the battery can follow, as CSV; nothing is sent.",
    ),
]


def check(
    file: FileArgument,
    *,
    asset: AssetOption = None,
    block: BlockOption = None,
    day: DayOption = None,
    chart: ChartOption = None,
    propose: ProposeOption = None,
    time: TimeOption = "time",
    power: PowerOption = "power",
    login: Member,
) -> None:
    """Check a schedule (kW by quarter-hour) and list everything that is wrong; nothing is sent.

    With --asset, the server is asked what the battery has stored and sold, and the battery is
    followed through the schedule; else no server is asked. Ends with code 2 if there are errors;
    warnings alone are none.

    Example: trlyr schedule check tomorrow.csv --asset 8f3c... --chart tomorrow.png
    """
    if asset is None and (block or chart or propose):
        raise ValueError("--block, --chart and --propose need --asset")
    if chart is not None:
        check_suffix(chart, ".png", ".svg", ".pdf")
    if propose is not None:
        check_suffix(propose, ".csv")
    period, written = _day(day), list[str]()
    points, found = read_schedule(file, time=time, power=power)
    if asset is not None and points:
        asset_id, owner = check_id(asset, "--asset: "), login.require_owner()
        battery = run_until_interrupted(_read(login.account, owner, asset_id, points))
        own = _own_block(battery, block)
        found += battery.check(own, points, period=period, now=clock.now())
        written = [*_draw(battery, own, points, chart), *_propose(battery, own, points, propose)]
    elif points or not found:
        found += trading.check_schedule(points, period=period)
    for one in found:
        typer.echo(f"{one.severity}: {one}")
    typer.echo(f"{outline(points)}: {verdict(found)}")
    for line in written:
        typer.echo(line)
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


async def _read(
    who: Account, owner: str, asset: str, points: Sequence[SchedulePoint]
) -> trading.Battery:
    start, last = (one.time - (one.time - _EPOCH) % QUARTER_HOUR for one in (points[0], points[-1]))
    async with connected(who) as client:
        return await trading.read_battery(
            client, owner, asset, start=start, end=last + QUARTER_HOUR
        )


def _own_block(battery: trading.Battery, block: str | None) -> Block:
    known = trading.wholesale_blocks(battery.asset)
    wanted = known if block is None else [check_id(block, "--block: ")]
    found = [one for one in battery.blocks if one.id in wanted]
    if len(found) != 1:
        raise ValueError(f"--block: give one of {', '.join(known) or 'none: the asset has none'}")
    return found[0]


def _draw(
    battery: trading.Battery, block: Block, points: Sequence[SchedulePoint], path: Path | None
) -> Iterator[str]:
    if path is None:
        return
    from energy_async import plot  # noqa: PLC0415 - loaded for this alone

    simulation = battery.simulate({block.id or "": points})
    plot.save(trading.draw_simulation(simulation, name=battery.asset.id or ""), path)
    yield f"chart in {path}"


def _propose(
    battery: trading.Battery, block: Block, points: Sequence[SchedulePoint], path: Path | None
) -> Iterator[str]:
    """Write the schedule with the smallest change that makes it possible, and say how large."""
    if path is None:
        return
    gate = timedelta(seconds=battery.asset.dispatch_gate_closure_seconds or 0)
    simulation = battery.simulate({block.id or "": points})
    found = trading.propose(simulation, battery.asset, block, not_before=clock.now() + gate)
    if found is None:
        yield "no proposal: no schedule of this block alone is possible"
        return
    powers = {one.time: one.power for one in (*points, *found.points)}
    lines = [f"{time:%Y-%m-%dT%H:%M:%SZ},{power}" for time, power in sorted(powers.items())]
    write_whole(path, "\n".join(["time,power", *lines, ""]).encode())
    changed = counted(len(found.points), "quarter-hour")
    yield f"proposal in {path}: {changed} changed, {number(found.changed_kwh, 1)} kWh"


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


def _day(text: str | None) -> date | None:
    today = delivery_day_of(clock.now(), BERLIN)
    return None if text is None else parse_day(text, "--day", today)
