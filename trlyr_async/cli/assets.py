"""`trlyr assets`: which virtual batteries there are, and how large they are."""

import asyncio
import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from energy_async.cli.formats import Format, choose
from energy_async.cli.notes import log_verbosely
from energy_async.cli.options import FormatOption, OutputOption, VerboseOption
from energy_async.cli.output import emit, stdout_is_terminal
from energy_async.cli.screen import View, counted, number
from energy_async.cli.times import parse_moment
from energy_async.columns import arrow_column, load_pyarrow
from energy_async.delivery import BERLIN
from energy_async.tables import to_arrow
from trlyr_async import virtual_assets
from trlyr_async.cli.account import (
    Account,
    EnvironmentOption,
    OrganisationOption,
    UsernameOption,
    connected,
)
from trlyr_async.cli.account import account as account_of
from trlyr_async.models.virtual_assets import VirtualAsset

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["assets", "mean_mw", "require_organisation"]

_TITLES: Final = {
    "id": "id",
    "delivery_zone": "zone",
    "rated_charge_power": "charge",
    "rated_discharge_power": "discharge",
    "energy_capacity": "energy",
    "available_energy_capacity": "available",
    "markets": "markets",
    "start": "in service from",
    "end": "until",
}
_POWER: Final = ("rated_charge_power", "rated_discharge_power")
_ENERGY: Final = ("energy_capacity", "available_energy_capacity")
_KW_PER_MW: Final = 1000


def assets(
    *,
    organisation: OrganisationOption = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Only assets whose life touches the time from START to END; a plain date is its"
            " midnight in Berlin. Default: the server's, from yesterday to a year ahead.",
        ),
    ] = None,
    end: Annotated[str | None, typer.Option(metavar="TIME", help="See --start.")] = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    environment: EnvironmentOption = None,
    username: UsernameOption = None,
    verbose: VerboseOption = False,
) -> None:
    """List the virtual assets of an organisation. Power in kW, energy in kWh, times in UTC.

    The table shows the main columns; CSV, JSON and Parquet hold every field.

    Example: [bold]trlyr assets --organisation 0b5e... -o assets.csv[/]
    """
    if verbose:
        log_verbosely()
    target = choose(format_, output, is_terminal=stdout_is_terminal())
    who, owner = account_of(environment, username), require_organisation(organisation)
    found = asyncio.run(_fetch(who, owner, _moment(start, "--start"), _moment(end, "--end")))
    table = to_arrow(found, VirtualAsset)
    if target.format is Format.TABLE:
        markets = pa_texts([_markets(one) for one in found])
        table = table.append_column("markets", markets)
    emit(table, _view(found, table), target)


def require_organisation(organisation: str | None) -> str:
    """Give the organisation.

    Raises:
        ValueError: None was named.
    """
    if not organisation:
        raise ValueError("no organisation: set TRLYR_ORGANISATION_ID or give --organisation")
    return organisation


def mean_mw(asset: VirtualAsset) -> float | None:
    """Give the mean of rated charge and discharge power in MW, which EUR/MW is counted on."""
    powers = [asset.rated_charge_power, asset.rated_discharge_power]
    known = [power for power in powers if power is not None]
    if len(known) < len(powers) or asset.units_power not in {"kW", None}:
        return None
    return sum(known) / len(known) / _KW_PER_MW


async def _fetch(
    who: Account, organisation: str, start: datetime | None, end: datetime | None
) -> list[VirtualAsset]:
    async with connected(who) as client:
        return await virtual_assets.get_virtual_assets(client, organisation, start=start, end=end)


def _moment(text: str | None, name: str) -> datetime | None:
    return None if text is None else parse_moment(text, BERLIN, name)


def _view(found: Sequence[VirtualAsset], table: "pa.Table") -> View:
    power, energy = _unit(found, "units_power", "kW"), _unit(found, "units_energy", "kWh")
    total = math.fsum(mw for one in found if (mw := mean_mw(one)) is not None)
    return View(
        title=f"{counted(len(found), 'virtual asset')}, {number(total, 1)} MW",
        columns=[name for name in _TITLES if name in table.column_names],
        titles=_TITLES,
        units={**dict.fromkeys(_POWER, power), **dict.fromkeys(_ENERGY, energy)},
        caption="MW: mean of rated charge and discharge power" if found else "",
    )


def _unit(found: Sequence[VirtualAsset], field: str, usual: str) -> str:
    """Give the unit that the answers name; the usual one where they name none."""
    return " or ".join(sorted({getattr(one, field) or usual for one in found})) or usual


def _markets(asset: VirtualAsset) -> str | None:
    names = [block.market for block in asset.block_metadata or () if block.market]
    return ", ".join(dict.fromkeys(names)) or None


def pa_texts(texts: Sequence[str | None]) -> "pa.Array":
    """Give texts as a column."""
    pa = load_pyarrow()
    return arrow_column(texts, pa.field("text", pa.string()))
