"""`trlyr mcp`, asked by the client of the protocol's own SDK over a pipe."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from energy_sandbox import Sandbox
from tests.clock import Clock
from trlyr_async import Trlyr, bulk

pytest.importorskip("mcp")

from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client

START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC)


async def test_an_assistant_reads_revenue_assets_and_operations(tmp_path: Path) -> None:
    async with Sandbox(assets=2, clock=Clock()) as sandbox:
        async with Trlyr(sandbox.username, sandbox.password, environment=sandbox.url) as client:
            assets = sandbox.virtual_asset_ids
            await bulk.pull_revenue_to(client, tmp_path / "two", assets, start=START, end=END)
        env = {**os.environ, **sandbox.environment}
        program = StdioServerParameters(
            command=sys.executable, args=["-m", "trlyr_async.cli", "mcp", "two"],
            env=env, cwd=tmp_path,
        )  # fmt: skip
        async with Client(stdio_client(program)) as assistant:
            names = {tool.name for tool in (await assistant.list_tools()).tools}
            assert names == {
                "list_datasets", "get_revenue", "list_gaps", "list_assets", "describe_operation"
            }  # fmt: skip
            total = await ask(assistant, "list_datasets")
            by_asset = await ask(assistant, "get_revenue", dataset="two", by=["asset"])
            gaps = await ask(assistant, "list_gaps", dataset="two")
            listed = await ask(assistant, "list_assets")
            known = await ask(
                assistant, "describe_operation", name="revenue_reporting.get_tolling_revenue"
            )
            wrong = await assistant.call_tool("get_revenue", {"dataset": "three"})
    whole = bulk.add_up(tmp_path / "two").total.revenue
    assert total["result"][0]["revenue_eur"] == whole
    assert sum(row["revenue"] for row in by_asset["rows"]) == pytest.approx(whole)
    assert by_asset["units"]["revenue"] == "EUR"
    assert gaps == {"gaps": [], "number": 0}
    assert {row["id"] for row in listed["rows"]} == set(assets)
    assert known["request"] == "GET /revenue-reporting/{virtualAssetID}/tolling"
    assert wrong.is_error
    assert "no dataset 'three'; there are: two" in str(wrong.content)


async def ask(assistant: Client, tool: str, **arguments: object) -> Any:
    """The rows of an answer that is none of an error."""
    found = await assistant.call_tool(tool, arguments)
    assert not found.is_error, found.content
    return found.structured_content
