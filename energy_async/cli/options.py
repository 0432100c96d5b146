"""Options that several commands take, spelled and explained the same everywhere."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from energy_async.cli.formats import Format, Target, choose
from energy_async.cli.output import stdout_is_terminal
from energy_async.cli.ranges import (
    EXAMPLES,
    Range,
    parse_between,
    parse_month,
    parse_range,
    parse_year,
)
from energy_async.cli.times import parse_day
from energy_async.delivery import delivery_day_of
from energy_async.storage import Place, PlaceLike, place_at

__all__ = ["Output", "When", "WhenOrDay", "Writer"]

_ONCE: Final = (
    "the time is given more than once: take RANGE, --month, --year, or --start with --end"
)


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where a table goes, and as what."""

    format_: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="Default: what the name after -o ends with; without -o a table on a terminal and"
            " CSV in a pipe.",
        ),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to FILE, whole or not at all."),
    ] = None

    def target(self) -> Target:
        """Give the format and the file.

        Raises:
            ValueError: They do not go together, or nothing can be written there.
        """
        return choose(self.format_, self.output, is_terminal=stdout_is_terminal())


@dataclass(frozen=True, kw_only=True)
class When:
    """Which time is meant; said once, in one of several ways."""

    range_: Annotated[str | None, typer.Argument(metavar="[RANGE]", help=f"One of {EXAMPLES}.")] = (
        None
    )
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="From here on: a plain date is the local midnight at which its delivery day begins"
            " (Europe/Berlin for terralayr, Europe/Paris for the French feeds); or RFC 3339 with"
            " an offset.",
        ),
    ] = None
    end: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Up to here, not included; --end 2026-11-01 ends with the last of October.",
        ),
    ] = None
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="A month.")] = None
    year: Annotated[str | None, typer.Option(metavar="YYYY", help="A year.")] = None

    def given(self, zone: str, now: datetime) -> Range | None:
        """Give the range; None if no time was said.

        Raises:
            ValueError: It is said more than once or by half; it cannot be read, or is empty.
        """
        both = self.start if self.start is not None else self.end
        ways = [one for one in (self.range_, both, self.month, self.year) if one is not None]
        if len(ways) > 1:
            raise ValueError(_ONCE)
        if self.range_ is not None:
            return parse_range(self.range_, zone, now)
        if self.month is not None:
            return parse_month(self.month, zone)
        if self.year is not None:
            return parse_year(self.year, zone)
        if both is None:
            return None
        if self.start is None or self.end is None:
            given, lacking = ("--start", "--end") if self.end is None else ("--end", "--start")
            raise ValueError(f"{given} needs {lacking} beside it")
        return parse_between(self.start, self.end, zone)

    def require(self, zone: str, now: datetime) -> Range:
        """Give the range.

        Raises:
            ValueError: As `given`; or no time was said.
        """
        found = self.given(zone, now)
        if found is None:
            raise ValueError(
                "no time is given: name one, such as last-month, --month 2026-10, or"
                " --start 2026-10-01 --end 2026-11-01"
            )
        return found


@dataclass(frozen=True, kw_only=True)
class WhenOrDay(When):
    """Which time is meant, a single delivery day among the ways to say it."""

    day: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="A delivery day: RANGE by another name."),
    ] = None

    def given(self, zone: str, now: datetime) -> Range | None:
        """Give the range; None if no time was said.

        Raises:
            ValueError: As `When.given`; `--day` is no day.
        """
        if self.day is None:
            return super().given(zone, now)
        day = parse_day(self.day, "--day", delivery_day_of(now, zone)).isoformat()
        if self.range_ is not None:
            raise ValueError(_ONCE)
        return replace(self, day=None, range_=day).given(zone, now)


@dataclass(frozen=True, kw_only=True)
class Writer:
    """How a command writes into a dataset or an archive."""

    single_writer: Annotated[
        bool,
        typer.Option(
            "--single-writer",
            help="Accept a store that ignores conditional writes; see to it that no other process"
            " writes at the same time.",
        ),
    ] = False

    def place(self, place: PlaceLike) -> Place:
        """Give the place for one writer at a time, if that was said."""
        return place_at(str(place), single_writer=True) if self.single_writer else place_at(place)
