"""The commands of `nanocorp`. Nothing but their names is loaded before one is called."""

from functools import partial
from typing import TYPE_CHECKING, Final

from typer.core import TyperGroup

from energy_async.cli.commands import Command, Group, program

if TYPE_CHECKING:
    from collections.abc import Callable

_CLI: Final = "nanocorp_async.cli"
_PRICES: Final = {
    "day-ahead": "Day-ahead prices of France in EUR/MWh.",
    "fcr": "FCR capacity of France.",
    "afrr": "aFRR of France: capacity, and energy in EUR/MWh.",
    "mfrr": "mFRR of France: capacity, and energy in EUR/MWh.",
    "capacity": "FCR, aFRR and mFRR capacity of France.",
    "energy": "aFRR and mFRR energy prices of France in EUR/MWh.",
}


def _root() -> None:
    """Read the French electricity market feeds from a shell.

    The token comes from NANOCORP_TOKEN; there is no option for it. Times are in UTC unless --tz is
    given.

    day-ahead to energy give prices in one form, by delivery day, as tables or charts.

    `archive` keeps what the feeds publish in a folder, `watch` reports new days and corrections.

    Exit codes: 0 done, 1 an error, 2 a mistake in the call, 3 there is nothing to show, or `archive
    --once` got no answer from some feed.
    """


def _prices(name: str) -> "Callable[..., None]":
    from nanocorp_async.cli.price_commands import command_of  # noqa: PLC0415 - on demand

    return command_of(name, _PRICES[name])


app: Final[TyperGroup] = program(
    _root,
    "nanocorp",
    {
        **{name: Command(text, partial(_prices, name)) for name, text in _PRICES.items()},
        "archive": Group(
            "Keep what the feeds publish, and look at what was kept: archive PLACE keeps.",
            {
                "keep": Command(
                    "Keep what the feeds publish: a Parquet file for each delivery day.",
                    f"{_CLI}.archive_commands:archive",
                ),
                "show": Command("Show prices of an archive.", f"{_CLI}.archived:show"),
                "plot": Command("Draw prices of an archive.", f"{_CLI}.archived:plot"),
                "export": Command(
                    "Write rows of an archive as one file.", f"{_CLI}.archived:export"
                ),
            },
            default="keep",
        ),
        "watch": Command(
            "Report when a delivery day is published, corrected or late.",
            f"{_CLI}.archive_commands:watch",
        ),
        "sheet": Command("Put a delivery day on one HTML page.", f"{_CLI}.sheet:sheet"),
        "api": Group(
            "The feeds themselves: what they do otherwise than expected.",
            {"check": Command("Ask each feed once, and compare.", f"{_CLI}.api:check")},
        ),
        "live": Command("Show the newest values of all feeds.", f"{_CLI}.live:live"),
    },
)
