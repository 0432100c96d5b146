"""An upstream that is not quite as its documents let one think: to practise a first contact on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any

import msgspec

from energy_sandbox.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from energy_sandbox.sending import Answer

RATE = 50.0
"""Requests a second, for the sake of the headers."""
_MOVED = {"wholesale-revenue": "wholesale", "vba/revenue": "virtual-battery-auction"}
_GONE = frozenset({"wholesale", "virtual-battery-auction", "ancillary"})
_MARKETS = ("WHOLESALE", "FCR", "AFRR_POS", "AFRR_NEG")
_STARTS = ("startTs", "time", "timestamp")


def path(raw_path: str) -> str:
    """The path that the documents have: two streams are elsewhere, one is switched off."""
    if not raw_path.startswith("/revenue-reporting/"):
        return raw_path
    if raw_path.rpartition("/")[2] in _GONE:
        raise Refusal(404, f"no such path: {raw_path}")
    new = next((new for new in _MOVED if raw_path.endswith(f"/{new}")), None)
    return raw_path if new is None else raw_path.removesuffix(new) + _MOVED[new]


def answer(name: str, query: Mapping[str, str], given: Answer) -> Answer:
    """The answer with half-open ranges, hours for quarter-hours, and members nobody expects."""
    if given.status != 200 or not given.body:  # noqa: PLR2004 - nothing to change
        return given
    value = msgspec.json.decode(given.body)
    if "end" in query:
        value = _before(value, datetime.fromisoformat(query["end"]))
    name = name.rpartition(".")[2]
    if name == "get_wholesale_revenue":
        value = _hours(value)
    if name == "get_tolling_revenue":
        value = [{"version": one.pop("versionNumber"), "settled": True, **one} for one in value]
    if name in {"get_virtual_assets", "get_virtual_asset"}:
        markets = cycle(_MARKETS)
        for asset in value if isinstance(value, list) else [value]:
            for block in asset.get("blockMetadata", ()):
                block["market"] = next(markets)
    return replace(given, body=msgspec.json.encode(value))


def _before(value: Any, end: datetime) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _before(one, end) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    return [_before(one, end) for one in value if _start(one) != end]


def _start(row: Any) -> datetime | None:  # noqa: ANN401 - any JSON
    name = next((name for name in _STARTS if isinstance(row, dict) and name in row), None)
    return None if name is None else datetime.fromisoformat(row[name])


def _hours(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Whole hours within the range; a part of one would be other money."""
    found: list[dict[str, Any]] = []
    for four in zip(*(rows[n:] for n in range(4)), strict=False):
        start = datetime.fromisoformat(four[0]["startTs"])
        end = datetime.fromisoformat(four[3]["endTs"])
        if start.minute == 0 and end - start == timedelta(hours=1):
            revenue = round(sum(one["revenue"] for one in four), 2)
            found.append({**four[0], "endTs": four[3]["endTs"], "revenue": revenue})
    return found
