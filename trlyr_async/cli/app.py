"""The commands of `trlyr`. Nothing but their names is loaded before one is called."""

from typing import Final

from typer.core import TyperGroup

from energy_async.cli.commands import Command, Group, program

__all__ = ["app"]

_CLI: Final = "trlyr_async.cli"


def _root() -> None:
    """Work with virtual batteries on terralayr from a shell.

    Whom to work for comes from a profile, see `trlyr profile`, or from the environment:
    TRLYR_USERNAME, TRLYR_PASSWORD, TRLYR_ENVIRONMENT (production, sandbox or a base URL) and
    TRLYR_ORGANISATION_ID. Figures go to standard output, everything else to standard error.

    Exit codes: 0 done, 1 an error, 2 a mistake in the call, 3 something is missing or wrong,
    130 Ctrl-C, 143 a request to end.
    """


_PROFILE: Final = Group(
    "Profiles: whom to work for, by name.",
    {
        "add": Command("Write a profile, or change it.", f"{_CLI}.profile:add"),
        "list": Command("List the profiles.", f"{_CLI}.profile:list_profiles"),
        "use": Command("Take one where no other is named.", f"{_CLI}.profile:use"),
    },
)
_POINTS: Final = Group(
    "Data points: revenue and volumes by category.",
    {
        "pull": Command("Fetch data points into Parquet files.", f"{_CLI}.points:pull"),
        "show": Command("Add up revenue: EUR, and EUR/MW/year.", f"{_CLI}.show:show"),
        "plot": Command("Draw revenue by category.", f"{_CLI}.picture:plot"),
        "report": Command("Write one HTML page.", f"{_CLI}.picture:report"),
    },
)
_REVENUE: Final = Group(
    "Revenue in EUR: fetch it, check it, look at it.",
    {
        "pull": Command("Fetch revenue rows (EUR) into Parquet files.", f"{_CLI}.pull:pull"),
        "show": Command("Add up a dataset: EUR, and EUR/MW/year.", f"{_CLI}.show:show"),
        "update": Command(
            "Bring a dataset up to date: what is new, what was corrected.", f"{_CLI}.update:update"
        ),
        "check": Command(
            "Look for gaps, doubles, rows without a figure and sums that do not agree.",
            f"{_CLI}.check:check",
        ),
        "report": Command("Write one HTML page: findings, revenue.", f"{_CLI}.picture:report"),
        "plot": Command("Draw revenue by stream, by day or month.", f"{_CLI}.picture:plot"),
        "export": Command("Write the rows as one plain file.", f"{_CLI}.upkeep:export"),
        "files": Command("List the Parquet files of a dataset.", f"{_CLI}.upkeep:files"),
        "compare": Command("Hold two pulls against each other.", f"{_CLI}.upkeep:compare"),
        "diff": Command("Say what became of it between two moments.", f"{_CLI}.upkeep:diff"),
        "repair": Command("Take damaged files out, and fetch them.", f"{_CLI}.upkeep:repair"),
        "tidy": Command("Merge small files, forget the past.", f"{_CLI}.upkeep:tidy"),
        "upgrade": Command("Take over a dataset of an older version.", f"{_CLI}.upkeep:upgrade"),
        "points": _POINTS,
    },
)
_SCHEDULE: Final = Group(
    "Schedules of blocks in kW: check them, submit them.",
    {
        "check": Command("Check a schedule; nothing is sent.", f"{_CLI}.schedule:check"),
        "submit": Command("Check a schedule, put it in force.", f"{_CLI}.schedule:submit"),
    },
)

app: Final[TyperGroup] = program(
    _root,
    "trlyr",
    {
        "login": Command("Check the credentials by logging in.", f"{_CLI}.login:login"),
        "profile": _PROFILE,
        "assets": Command("List the virtual assets.", f"{_CLI}.assets:assets"),
        "revenue": _REVENUE,
        "schedule": _SCHEDULE,
        "desk": Command("List submissions: bids and schedules.", f"{_CLI}.desk:desk"),
        "api": Group(
            "The API itself: what it does otherwise than expected.",
            {"check": Command("Ask what only reads, and compare.", f"{_CLI}.api:check")},
        ),
        "mcp": Command("Answer an assistant's questions: assets, revenue.", f"{_CLI}.mcp:mcp"),
        "sandbox": Command("Play both APIs on this machine.", f"{_CLI}.sandbox:sandbox"),
    },
)
