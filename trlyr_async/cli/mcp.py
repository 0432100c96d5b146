"""`trlyr mcp`: datasets, assets and what is known of the API, for assistants that speak MCP.

In: questions of a client of the Model Context Protocol on standard input. Out: rows with units.
Nothing here sends a bid or a schedule, or writes a file.
"""

import functools
import importlib
import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import anyio.to_thread
import typer

from energy_async import EnergyApiError
from energy_async.bulk import Place, missing_in
from energy_async.cli.options import parse_place
from energy_async.tables import to_arrow, units
from trlyr_async import bulk, models, virtual_assets
from trlyr_async.bulk import figures
from trlyr_async.cli.account import Member, connected
from trlyr_async.models.virtual_assets import VirtualAsset

if TYPE_CHECKING:
    import pyarrow as pa
    from mcp.server.mcpserver import MCPServer

    from energy_async.transport.client import ApiClient

__all__ = ["mcp", "server_of"]

_ABOUT: Final = (
    "Revenue and assets of virtual batteries on terralayr, to read only. A figure that is null is"
    " not known, never zero; `covers` says which part of the time a sum stands for."
)
_MOST: Final = 1000
"""Rows that an answer holds; the rest is counted."""
Rows = dict[str, Any]


def mcp(
    datasets: Annotated[
        list[Place] | None,
        typer.Argument(metavar="DATASET...", parser=parse_place, help="What may be read."),
    ] = None,
    *,
    login: Member,
) -> None:
    """Answer an assistant's questions over the Model Context Protocol, on standard input.

    It reads the datasets that are named, and lists assets if an account is given. It never trades.

    Example: trlyr mcp october november
    """
    try:
        importlib.import_module("mcp.server.mcpserver")
    except ImportError as exc:
        raise ImportError('MCP needs its SDK: pip install "trlyr-async[mcp]"') from exc

    server_of(datasets or (), login).run("stdio")


def server_of(datasets: Sequence[Place], login: Member) -> "MCPServer[Any]":
    """The server. One client asks for all, within its rate."""
    from mcp.server.mcpserver import MCPServer  # noqa: PLC0415 - an extra

    tools = _Tools(datasets, login)
    server: MCPServer[Any] = MCPServer("trlyr", instructions=_ABOUT, lifespan=tools.hold_client)
    for tool in (tools.list_datasets, tools.get_revenue, tools.list_gaps, tools.list_assets):
        server.add_tool(_explained(tool))
    server.add_tool(_explained(describe_operation))
    return server


def _explained(tool: Callable[..., Any]) -> Callable[..., Any]:
    """A tool whose own errors reach the assistant as they are worded; the rest is a crash."""
    from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415 - an extra

    @functools.wraps(tool)
    async def explained(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any tool's
        try:
            if inspect.iscoroutinefunction(tool):
                return await tool(*args, **kwargs)
            work = functools.partial(tool, *args, **kwargs)  # it reads files: not on the loop
            return await anyio.to_thread.run_sync(work)
        except (ValueError, EnergyApiError, OSError) as exc:
            raise ToolError(str(exc)) from exc

    return explained


class _Tools:
    """What an assistant may ask; each answers with plain rows."""

    def __init__(self, datasets: Sequence[Place], login: Member) -> None:
        self._datasets = {str(one): one for one in datasets}
        self._login = login
        self._client: ApiClient | None = None

    @asynccontextmanager
    async def hold_client(self, _: object) -> AsyncIterator[None]:
        """Hold a client for as long as the server runs, if an account is named."""
        if not self._login.is_named:
            yield
            return
        async with connected(self._login.account) as self._client:
            yield

    def list_datasets(self) -> list[Rows]:
        """Each dataset with its total in EUR, its EUR/MW/year, and what these stand for."""
        totals = {name: bulk.add_up(place).total for name, place in self._datasets.items()}
        return [
            {
                "dataset": name,
                "revenue_eur": total.revenue,
                "eur_per_mw_year": total.per_mw_year,
                "rows": total.rows,
                "covers": str(total.covers),
            }
            for name, total in totals.items()
        ]

    def get_revenue(self, dataset: str, by: Sequence[figures.Cut] = ("stream",)) -> Rows:
        """Revenue of a dataset in EUR and EUR/MW/year, cut in one or two ways."""
        return _answer(bulk.add_up(self._place(dataset)).table(*by))

    def list_gaps(self, dataset: str) -> Rows:
        """What a dataset lacks: times that were asked for and never answered."""
        found = [str(one) for one in missing_in(self._place(dataset))]
        return {"gaps": found[:_MOST], "number": len(found)}

    async def list_assets(self) -> Rows:
        """The virtual assets of the organisation: power in kW, energy in kWh, times in UTC."""
        if self._client is None:
            raise ValueError("no account: start trlyr mcp with a profile, or set TRLYR_USERNAME")
        owner = self._login.require_owner()
        return _answer(
            to_arrow(await virtual_assets.get_virtual_assets(self._client, owner), VirtualAsset)
        )

    def _place(self, dataset: str) -> Place:
        if dataset not in self._datasets:
            there = ", ".join(self._datasets) or "none"
            raise ValueError(f"no dataset {dataset!r}; there are: {there}")
        return self._datasets[dataset]


def describe_operation(name: str) -> Rows:
    """What is known of an operation such as revenue_reporting.get_tolling_revenue."""
    area, _, function = name.partition(".")
    if area not in dir(models):
        raise ValueError(f"no area {area!r}; there are: {', '.join(dir(models))}")
    module = importlib.import_module(f"trlyr_async.{area}")
    if function not in module.OPERATIONS:
        raise ValueError(f"no {function!r} there; {area} has {', '.join(module.OPERATIONS)}")
    operation = module.OPERATIONS[function]
    return {
        "request": f"{operation.method} {operation.path}",
        "provenance": operation.provenance,
        "documentation": getattr(module, function).__doc__,
    }


def _answer(table: "pa.Table") -> Rows:
    """The rows of a table with the units of its columns."""
    return {
        "units": units(table),
        "rows": table.slice(0, _MOST).to_pylist(),
        "number": table.num_rows,
    }
