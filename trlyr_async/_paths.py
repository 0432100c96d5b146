"""Paths that the user corrects, and a documented sibling of those that nobody has read."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from energy_async.transport.request import Operation, Request
from energy_async.transport.urls import PathTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_paths", "paths_from", "sibling_of"]

_AREAS: Final = (
    "auctions",
    "auth",
    "monitoring",
    "physical_assets",
    "revenue_reporting",
    "virtual_assets",
)


def paths_from(file: str | None) -> dict[str, str]:
    """The paths in a JSON file, such as the one that `TRLYR_PATHS` names; none without a file.

    Raises:
        ValueError: The file cannot be read, or is no object of texts.
    """
    if not file:
        return {}
    try:
        return msgspec.json.decode(Path(file).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError) as error:
        message = f"paths: {file} must hold a JSON object of operations and paths: {error}"
        raise ValueError(message) from None


def check_paths(paths: Mapping[str, str]) -> None:
    """Raise ValueError unless each path takes the parameters of its operation."""
    for name, path in paths.items():
        area, _, function = name.partition(".")
        known = _operations(area) if area in _AREAS else {}
        if function not in known:
            message = f"paths: there is no operation {name!r}; such as {_EXAMPLE}"
            raise ValueError(message)
        expected, came = (sorted(PathTemplate(text).names) for text in (known[function].path, path))
        if expected != came:
            message = (
                f"paths: {name} takes {', '.join(expected) or 'no parameter'} in its path,"
                f" and {path!r} has {', '.join(came) or 'none'}"
            )
            raise ValueError(message)


_EXAMPLE: Final = "revenue_reporting.get_wholesale_revenue"


def _operations(area: str) -> Mapping[str, Operation[Any]]:
    module = import_module(f"trlyr_async._generated.{area}.operations")
    found: Mapping[str, Operation[Any]] = module.OPERATIONS
    return found


def sibling_of(request: Request[Any]) -> Request[Any] | None:
    """The tolling revenue of the same asset: the one published operation beside its siblings."""
    asset, query = request.path.get("virtualAssetID"), request.query
    is_revenue = request.operation.name.startswith("revenue_reporting.")
    if not is_revenue or asset is None or not {"start", "end"} <= query.keys():
        return None
    tolling = _operations("revenue_reporting")["get_tolling_revenue"]
    span = {name: query[name] for name in ("start", "end")}
    return Request(tolling, path={"virtualAssetID": asset}, query=span)
