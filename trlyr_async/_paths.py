"""Paths that the user corrects, and a documented sibling of those that nobody has read."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from energy_async.transport.request import READING, Operation, Request
from energy_async.transport.urls import PathTemplate
from trlyr_async import models

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_paths", "paths_from", "sibling_of"]


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
        known = _operations(area) if area in dir(models) else {}
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


_KNOWN: Final = frozenset({"published", "observed", "documented"})
_EXAMPLE: Final = "revenue_reporting.get_wholesale_revenue"


def _operations(area: str) -> Mapping[str, Operation[Any]]:
    module = import_module(f"trlyr_async._generated.{area}.operations")
    found: Mapping[str, Operation[Any]] = module.OPERATIONS
    return found


def sibling_of(request: Request[Any]) -> Request[Any] | None:
    """A request that only reads, and shows whether what another one asks for is there.

    For one that changes something, what reads at the same path. Else the tolling revenue of the
    same asset, and otherwise the documented operation of the longest path that this one begins
    with, which takes the same identifiers.
    """
    operation, query = request.operation, request.query
    every = _operations(operation.name.partition(".")[0])
    reading = {one.path: one for one in every.values() if one.method in READING}
    if operation.method not in READING:
        twin = reading.get(operation.path)
        return None if twin is None else Request(replace(twin, returns=bytes), path=request.path)
    if operation.name.startswith("revenue_reporting."):
        if "virtualAssetID" not in request.path or not {"start", "end"} <= query.keys():
            return None
        span = {name: query[name] for name in ("start", "end")}
        asset = {"virtualAssetID": request.path["virtualAssetID"]}
        return Request(every["get_tolling_revenue"], path=asset, query=span)
    for path in sorted(reading, key=len, reverse=True):
        above = reading[path]
        is_known = above.provenance in _KNOWN and operation.path.startswith(f"{path}/")
        if is_known and {*PathTemplate(path).names} == request.path.keys():
            return Request(replace(above, returns=bytes), path=request.path)
    return None
