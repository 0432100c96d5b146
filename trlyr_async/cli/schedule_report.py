"""What came of checking or submitting a schedule, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from energy_async.cli.exits import ExitCode
from energy_async.cli.notes import console, note
from energy_async.cli.screen import counted, number
from energy_async.delivery import QUARTER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from trlyr_async import trading
    from trlyr_async.models.virtual_assets import SchedulePoint

__all__ = ["in_short", "outline", "say_outcome", "say_result", "verdict"]


def outline(points: Sequence[SchedulePoint]) -> str:
    """Say what a schedule holds, in a few words."""
    if not points:
        return "0 quarter-hours"
    powers = [point.power for point in points]
    end = points[-1].time + QUARTER_HOUR
    return (
        f"{counted(len(points), 'quarter-hour')}, {number(min(powers), 1)} to"
        f" {number(max(powers), 1)} kW,"
        f" {points[0].time:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    )


def verdict(found: Sequence[trading.Finding]) -> str:
    """Count errors and warnings."""
    wrong = sum(one.severity == "error" for one in found)
    odd = sum(one.severity == "warning" for one in found)
    said = [counted(wrong, "error") if wrong else "no errors"]
    return ", ".join([*said, counted(odd, "warning")] if odd else said)


def in_short(error: trading.CheckFailed, file: Path, asset: str, block: str) -> str:
    """Give the first error, and where to find the others."""
    wrong = [one for one in error.findings if one.severity == "error"]
    if len(wrong) == 1:
        return f"{file}: {wrong[0]}"
    command = f"trlyr schedule check {file} --asset {asset} --block {block}"
    return f"{file}: {wrong[0]}\n  and {len(wrong) - 1} more errors; {command} lists all"


def say_result(points: Sequence[SchedulePoint], result: trading.SubmittedSchedule) -> None:
    """Say what is in force, and what is out of balance."""
    for warning in result.findings:
        note(str(warning))
    for reason in result.unread:
        note(f"in force, but not read afterwards: {reason}")
    typer.echo(f"in force: {outline(points)}")
    if result.imbalance is not None:
        typer.echo(_imbalance(result.imbalance))
    if result.adjustments:
        typer.echo(f"adjusted by the server: {counted(len(result.adjustments), 'quarter-hour')}")
    if result.differences:
        console().print(_first_difference(result.differences), markup=False)
        raise typer.Exit(ExitCode.ERROR)


def _first_difference(differences: Sequence[trading.ScheduleDifference]) -> str:
    first, many = differences[0], counted(len(differences), "quarter-hour")
    held = "nothing" if first.found is None else f"{number(first.found, 1)} kW"
    return (
        f"the server holds another power for {many}, first {first.time:%Y-%m-%d %H:%M} UTC:"
        f" {held}, not {number(first.sent, 1)} kW"
    )


def _imbalance(imbalance: trading.ScheduleImbalance) -> str:
    if imbalance.is_balanced:
        return "balanced: no charge or discharge is missing"
    if imbalance.feedback:
        return f"out of balance: {imbalance.feedback}"
    charge, discharge = (
        "an unknown amount" if kwh is None else f"{number(kwh, 1)} kWh"
        for kwh in (imbalance.charge_kwh, imbalance.discharge_kwh)
    )
    return f"out of balance: {charge} of charge and {discharge} of discharge are missing"


def say_outcome(outcome: trading.Outcome) -> None:
    """Say what became of a schedule whose answer was lost; only one in force is a success."""
    if outcome.in_force:
        typer.echo(f"in force: {outcome.why}")
        return
    said = "not seen in force" if outcome.answer == "not_seen" else "perhaps in force"
    console().print(f"{said}: {outcome.why}. Submitting it again does no harm.", markup=False)
    raise typer.Exit(ExitCode.ERROR)
