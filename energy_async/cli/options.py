"""Options that several commands take, spelled and explained the same everywhere."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from energy_async.cli.formats import Format, Target, choose
from energy_async.cli.output import stdout_is_terminal
from energy_async.cli.times import (
    EXAMPLES,
    Range,
    parse_between,
    parse_day,
    parse_period,
    parse_range,
)
from energy_async.delivery import delivery_day_of
from energy_async.storage import Place, PlaceLike, place_at

__all__ = ["DatasetArgument", "Output", "When", "WhenOrDay", "Writer", "parse_place"]


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
        """Give the format and the file."""
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

    @property
    def named(self) -> dict[str, str]:
        """What was said, by the way of saying it."""
        both = self.start if self.start is not None else self.end
        ways = {"range": self.range_, "month": self.month, "year": self.year, "both": both}
        return {way: text for way, text in ways.items() if text is not None}

    def given(self, zone: str, now: datetime) -> Range | None:
        """Give the range; None if no time was said."""
        if len(self.named) > 1:
            raise ValueError(
                "the time is given more than once: take RANGE, --month, --year, or --start with"
                " --end"
            )
        for way, text in self.named.items():
            if way == "range":
                return parse_range(text, zone, now)
            if way == "day":
                parse_day(text, "--day", delivery_day_of(now, zone))
                return parse_range(text, zone, now)
            if way != "both":
                return parse_period(text, way, zone, f"--{way}")
            if self.start is None or self.end is None:
                given, lacking = ("--start", "--end") if self.end is None else ("--end", "--start")
                raise ValueError(f"{given} needs {lacking} beside it")
            return parse_between(self.start, self.end, zone)
        return None

    def require(self, zone: str, now: datetime) -> Range:
        """Give the range; a `ValueError` if no time was said."""
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

    @property
    def named(self) -> dict[str, str]:
        """What was said, by the way of saying it."""
        return {**super().named, **({} if self.day is None else {"day": self.day})}


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


def parse_place(text: str | Place) -> Place:
    """Give the place that a path or a URL names."""
    if not str(text).strip():
        raise typer.BadParameter("an empty name is no place")
    try:
        return place_at(text)
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from exc


DatasetArgument: TypeAlias = Annotated[
    Place,
    typer.Argument(
        metavar="PLACE",
        parser=parse_place,
        help="A folder, or a URL such as s3://bucket/revenue; written by trlyr revenue pull.",
    ),
]
