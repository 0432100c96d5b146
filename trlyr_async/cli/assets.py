"""`trlyr assets`: which virtual batteries there are, and how large they are."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import typer

from energy_async.cli import clock
from energy_async.cli.exits import ExitCode
from energy_async.cli.formats import Format
from energy_async.cli.interrupt import run_until_interrupted
from energy_async.cli.notes import note
from energy_async.cli.options import Output, When
from energy_async.cli.output import emit
from energy_async.cli.screen import View, counted, number
from energy_async.cli.times import Range
from energy_async.columns import arrow_column, load_pyarrow
from energy_async.delivery import BERLIN
from energy_async.tables import to_arrow
from trlyr_async import virtual_assets
from trlyr_async.bulk.assets import mean_mw
from trlyr_async.cli.account import Account, Member, connected
from trlyr_async.models.virtual_assets import VirtualAsset

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["assets"]

_TITLES: Final = {
    "id": "id",
    "portfolio_id": "portfolio",
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


def assets(when: When, *, out: Output, login: Member) -> None:
    """List the virtual assets of an organisation. Power in kW, energy in kWh, times in UTC.

    With a time, only those whose life touches it; by default the server's choice, from yesterday
    to a year ahead; none at all is code 3. The table shows the main columns; files hold every
    field, such as the id of the portfolio.

    Example: trlyr assets --organisation 0b5e... -o assets.csv
    """
    target, span = out.target(), when.given(BERLIN, clock.now())
    found = run_until_interrupted(_fetch(login.account, login.require_owner(), span))
    if not found:
        note(f"no virtual asset{f' from {span}' if span else ''}; nothing was written")
        raise typer.Exit(ExitCode.INCOMPLETE)
    table = to_arrow(found, VirtualAsset)
    if target.format is Format.TABLE:
        pa = load_pyarrow()
        field = pa.field("markets", pa.string())
        table = table.append_column(field, arrow_column(list(map(_markets, found)), field))
    emit(table, _view(found, table), target)


async def _fetch(who: Account, organisation: str, span: Range | None) -> list[VirtualAsset]:
    start, end = (span.start, span.end) if span else (None, None)
    async with connected(who) as client:
        return await virtual_assets.get_virtual_assets(client, organisation, start=start, end=end)


def _view(found: Sequence[VirtualAsset], table: "pa.Table") -> View:
    power, energy = _unit(found, "units_power", "kW"), _unit(found, "units_energy", "kWh")
    total = math.fsum(mw for one in found if (mw := mean_mw(one)) is not None)
    return View(
        title=f"{counted(len(found), 'virtual asset')}, {number(total, 2)} MW",
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
