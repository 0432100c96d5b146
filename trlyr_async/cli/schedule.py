"""`trlyr schedule`: check the schedule of a block, and put it in force."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from energy_async import plot
from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import check_suffix
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import console, note
from energy_async.cli.screen import counted, number
from energy_async.cli.times import parse_day, parse_moment
from energy_async.delivery import BERLIN, QUARTER_HOUR, delivery_day_of
from energy_async.files import write_whole
from trlyr_async import trading
from trlyr_async.cli.account import Account, Member, connected
from trlyr_async.cli.ids import check_id
from trlyr_async.cli.schedule_file import read_schedule
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


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a file of a schedule has to have in it."""

    day: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="The file must have this delivery day (Europe/Berlin), all of its 92, 96 or 100"
            " quarter-hours and nothing else. Default: what is missing of a day is a warning.",
        ),
    ] = None
    time: Annotated[str, typer.Option(help="The column of times.")] = "time"
    power: Annotated[str, typer.Option(help="The column of powers.")] = "power"

    def read(self, file: Path) -> tuple[list[SchedulePoint], list[trading.Finding], date | None]:
        """Give the points, what is wrong with others, and the delivery day."""
        today = delivery_day_of(clock.now(), BERLIN)
        day = None if self.day is None else parse_day(self.day, "--day", today)
        return *read_schedule(file, time=self.time, power=self.power), day


def check(
    file: FileArgument,
    *,
    asset: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="A virtual asset to check against: gates, power, energy, cycles, sold reserve.",
        ),
    ] = None,
    block: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The asset's block, if it has several wholesale blocks."),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw power (kW), its limits and the energy (kWh); ends with .png, .svg or .pdf.",
        ),
    ] = None,
    propose: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the nearest schedule that the battery can follow, as CSV; nothing is sent.",
        ),
    ] = None,
    content: Content,
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
    points, found, day = content.read(file)
    written: list[str] = []
    if asset is not None and points:
        asset_id, owner = check_id(asset, "--asset: "), login.require_owner()
        battery = run_until_interrupted(_read(login.account, owner, asset_id, points))
        own = _own_block(battery, block)
        found += trading.check_schedule(
            points, block=own, period=day, now=clock.now(), battery=battery
        )
        simulation = battery.simulate({own.id or "": points})
        if chart is not None:
            plot.save(trading.draw_simulation(simulation, name=asset_id), chart)
            written.append(f"chart in {chart}")
        if propose is not None:
            written.append(_propose(simulation, battery, own, points, propose))
    elif points or not found:
        found += trading.check_schedule(points, period=day)
    wrong, odd = (sum(one.severity == kind for one in found) for kind in ("error", "warning"))
    for one in found:
        typer.echo(f"{one.severity}: {one}")
    verdict = counted(wrong, "error") if wrong else "no errors"
    warnings = f", {counted(odd, 'warning')}" if odd else ""
    typer.echo("\n".join([f"{_outline(points)}: {verdict}{warnings}", *written]))
    if wrong:
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
            " counts in any case.",
        ),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="TRLYR_JOURNAL",
            help="Record it there before it is sent, and what becomes of it; see `trlyr desk`.",
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "",
    content: Content,
    login: Member,
) -> None:
    """Check a schedule (kW by quarter-hour), put it in force, and say what is out of balance (kWh).

    Nothing is sent if there is an error. Quarter-hours that are not in the file keep their power.
    If the answer is lost, the server is asked what it has.

    Example: trlyr schedule submit 8f3c... 51aa... tomorrow.csv --day 2026-10-25
    """
    points, findings, day = content.read(file)
    options: trading.ScheduleOptions = {"period": day, "reason": reason}
    if deadline is not None:
        options["deadline"] = parse_moment(deadline, BERLIN, "--deadline")
    target = login.require_owner(), check_id(asset, "ASSET: "), check_id(block, "BLOCK: ")
    try:
        trading.require(findings)
        result = run_until_interrupted(_submit(login.account, target, points, journal, options))
    except trading.CheckFailed as error:
        wrong = [one for one in error.findings if one.severity == "error"]
        command = f"trlyr schedule check {file} --asset {target[1]} --block {target[2]}"
        more = f"\n  and {len(wrong) - 1} more errors; {command} lists all"
        raise ValueError(f"{file}: {wrong[0]}{more if wrong[1:] else ''}") from error
    if isinstance(result, trading.Outcome):
        _show_outcome(result)
    else:
        _show(points, result)


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


def _propose(
    simulation: trading.Simulation,
    battery: trading.Battery,
    block: Block,
    points: Sequence[SchedulePoint],
    path: Path,
) -> str:
    """Write the schedule with the smallest change that makes it possible, and say how large."""
    gate = timedelta(seconds=battery.asset.dispatch_gate_closure_seconds or 0)
    found = trading.propose(simulation, battery.asset, block, not_before=clock.now() + gate)
    if found is None:
        return "no proposal: no schedule of this block alone is possible"
    powers = {one.time: one.power for one in (*points, *found.points)}
    lines = [f"{time:%Y-%m-%dT%H:%M:%SZ},{power}" for time, power in sorted(powers.items())]
    write_whole(path, "\n".join(["time,power", *lines, ""]).encode())
    changed = counted(len(found.points), "quarter-hour")
    return f"proposal in {path}: {changed} changed, {number(found.changed_kwh, 1)} kWh"


async def _submit(
    who: Account,
    target: tuple[str, str, str],
    points: Sequence[SchedulePoint],
    journal: Path | None,
    options: trading.ScheduleOptions,
) -> trading.SubmittedSchedule | trading.Outcome:
    async with connected(who) as client, AsyncExitStack() as stack:
        if journal is not None:
            options["journal"] = await stack.enter_async_context(trading.SqliteJournal(journal))
        try:
            return await trading.submit_schedule(client, *target, points, **options)
        except trading.SubmissionUnknown as error:
            note(f"{error}")
            return await trading.look_up(client, error)


def _outline(points: Sequence[SchedulePoint]) -> str:
    if not points:
        return "0 quarter-hours"
    powers = [number(power(point.power for point in points), 1) for power in (min, max)]
    end = points[-1].time + QUARTER_HOUR
    return (
        f"{counted(len(points), 'quarter-hour')}, {powers[0]} to {powers[1]} kW,"
        f" {points[0].time:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    )


def _show(points: Sequence[SchedulePoint], result: trading.SubmittedSchedule) -> None:
    """Print what is in force, and what is out of balance."""
    for one in result.findings:
        note(str(one))
    for reason in result.unread:
        note(f"in force, but not read afterwards: {reason}")
    typer.echo(f"in force: {_outline(points)}")
    if result.imbalance is not None:
        typer.echo(str(result.imbalance))
    if result.adjustments:
        typer.echo(f"adjusted by the server: {counted(len(result.adjustments), 'quarter-hour')}")
    if result.differences:
        first, many = result.differences[0], counted(len(result.differences), "quarter-hour")
        there = "nothing" if first.found is None else f"{number(first.found, 1)} kW"
        message = f"the server has another power for {many}, first {first.time:%Y-%m-%d %H:%M} UTC:"
        console().print(f"{message} {there}, not {number(first.sent, 1)} kW", markup=False)
        raise typer.Exit(ExitCode.ERROR)


def _show_outcome(outcome: trading.Outcome) -> None:
    """Print what became of a schedule whose answer was lost; only one in force is a success."""
    if outcome.in_force:
        typer.echo(f"in force: {outcome.why}")
        return
    state = "not seen in force" if outcome.answer == "not_seen" else "perhaps in force"
    console().print(f"{state}: {outcome.why}. Submitting it again does no harm.", markup=False)
    raise typer.Exit(ExitCode.ERROR)
