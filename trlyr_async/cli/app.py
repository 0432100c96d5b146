"""The commands of `trlyr`."""

from collections.abc import Callable
from typing import Final

import typer

from energy_async.cli.options import VersionOption, help_from, new_app
from trlyr_async.cli.api import check as check_api
from trlyr_async.cli.assets import assets
from trlyr_async.cli.check import check
from trlyr_async.cli.desk import desk
from trlyr_async.cli.login import login
from trlyr_async.cli.picture import plot, report
from trlyr_async.cli.points import pull as pull_points
from trlyr_async.cli.pull import pull
from trlyr_async.cli.sandbox import sandbox
from trlyr_async.cli.schedule import check as check_schedule
from trlyr_async.cli.schedule import submit
from trlyr_async.cli.show import show
from trlyr_async.cli.update import update
from trlyr_async.cli.upkeep import diff, export, files, repair, tidy, upgrade

__all__ = ["app"]

app = new_app("trlyr")
revenue = new_app("revenue")
points = new_app("points")
schedule = new_app("schedule")
api = new_app("api")


def _root(
    *,
    _version: VersionOption = False,
) -> None:
    """Work with virtual batteries on terralayr from a shell.

    Credentials come from the environment: TRLYR_USERNAME, TRLYR_PASSWORD, and TRLYR_ENVIRONMENT
    (production, sandbox or a base URL). Figures go to standard output, everything else to
    standard error.

    Exit codes: 0 done, 1 an error, 2 a mistake in the call, 3 something is missing or wrong,
    130 Ctrl-C, 143 a request to end.
    """


app.callback(help=help_from(_root))(_root)
_COMMANDS: Final[tuple[tuple[typer.Typer, Callable[..., None]], ...]] = (
    (app, login),
    (app, assets),
    (app, desk),
    (app, sandbox),
    (revenue, pull),
    (revenue, show),
    (revenue, update),
    (revenue, check),
    (revenue, report),
    (revenue, plot),
    (revenue, export),
    (revenue, files),
    (revenue, diff),
    (revenue, repair),
    (revenue, tidy),
    (revenue, upgrade),
    (points, pull_points),
    (schedule, check_schedule),
    (schedule, submit),
    (api, check_api),
)
for _where, _command in _COMMANDS:
    _where.command(help=help_from(_command))(_command)
revenue.add_typer(points, name="points", help="Data points: revenue and volumes by category.")
app.add_typer(revenue, name="revenue", help="Revenue in EUR: fetch it, check it, look at it.")
app.add_typer(api, name="api", help="The API itself: what it does otherwise than expected.")
app.add_typer(schedule, name="schedule", help="Schedules of blocks in kW: check them, submit them.")
