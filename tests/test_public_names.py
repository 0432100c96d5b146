"""The public names are there, sorted, and cost nothing before they are used."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

PACKAGES = [
    "energy_sandbox",
    "energy_async",
    "energy_async.bulk",
    "energy_async.completeness",
    "energy_async.delivery",
    "energy_async.market",
    "energy_async.page",
    "energy_async.tables",
    "nanocorp_async",
    "nanocorp_async.live",
    "nanocorp_async.market_feeds",
    "nanocorp_async.models",
    "nanocorp_async.publication",
    "nanocorp_async.sheet",
    "nanocorp_async.tidy",
    "nanocorp_async.tolerant",
    "trlyr_async",
    "trlyr_async.auth",
    "trlyr_async.bulk",
    "trlyr_async.models",
    "trlyr_async.revenue_reporting",
    "trlyr_async.trading",
    "trlyr_async.virtual_assets",
]
ERRORS = [
    "BadRequest",
    "Conflict",
    "ClientClosed",
    "ConnectError",
    "ConnectionBroken",
    "DeadlineExceeded",
    "DecodeFailed",
    "EnergyApiError",
    "Forbidden",
    "LoginFailed",
    "NotFound",
    "NotSubscribed",
    "OutcomeUnknown",
    "RateLimited",
    "RequestTimeout",
    "ServerError",
    "StatusError",
    "TransportError",
    "Unauthorized",
]


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("name", PACKAGES)
def test_every_name_in_all_is_there(name: str) -> None:
    module = importlib.import_module(name)
    assert len(set(module.__all__)) == len(module.__all__)
    missing = [one for one in module.__all__ if not hasattr(module, one)]
    assert missing == []


@pytest.mark.parametrize("package", ["energy_async", "trlyr_async", "nanocorp_async"])
@pytest.mark.parametrize("error", ERRORS)
def test_every_error_can_be_imported_from_every_package(package: str, error: str) -> None:
    module = importlib.import_module(package)
    assert getattr(module, error).__name__ == error


@pytest.mark.parametrize("package", ["energy_async", "trlyr_async", "nanocorp_async"])
def test_importing_a_package_loads_neither_aiohttp_nor_an_area(package: str) -> None:
    loaded = modules_after(f"import {package}")
    assert "aiohttp" not in loaded
    assert [one for one in loaded if "_generated" in one] == []


def test_an_area_loads_no_other_area() -> None:
    loaded = modules_after("from trlyr_async import revenue_reporting")
    areas = {one.split(".")[2] for one in loaded if one.startswith("trlyr_async._generated.")}
    assert areas == {"revenue_reporting"}


def test_trading_brings_no_tables_and_no_http() -> None:
    loaded = modules_after("from trlyr_async import trading; trading.build_schedule({})")
    assert loaded.isdisjoint({"aiohttp", "pyarrow", "pandas", "polars"})


def test_aiohttp_comes_with_the_first_client_and_not_with_its_first_request() -> None:
    loaded = modules_after("import trlyr_async; trlyr_async.Trlyr('a', 'b')")
    assert "aiohttp" in loaded


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="trlyr_async"):
        importlib.import_module("trlyr_async").nonsense  # noqa: B018
