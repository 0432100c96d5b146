"""A client in a thread of its own, for code that cannot await."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import assert_type

import anyio.to_thread
import pytest

import energy_async
import nanocorp_async
import trlyr_async
from energy_async import ApiClient, NotFound, WireReply, WireRequest, sync
from energy_async.transport.request import Operation, Request
from energy_sandbox import Sandbox
from trlyr_async import Trlyr, bulk, revenue_reporting
from trlyr_async.models.revenue_reporting import TollingRevenue

START = datetime(2026, 10, 1, tzinfo=UTC)
END = START + timedelta(days=1)
UNKNOWN = "11111111-1111-1111-1111-111111111111"
THINGS = Operation[list[int]](
    name="things.get_things", method="GET", path="/things", returns=list[int], repeatable=True
)


class Backend:
    """Answers with a status; notes in which thread it was used and closed."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.sent: list[WireRequest] = []
        self.used_in: set[str] = set()
        self.closed_in: str | None = None

    async def send(self, request: WireRequest) -> WireReply:
        self.sent.append(request)
        self.used_in.add(threading.current_thread().name)
        return WireReply(self.status, {}, b"[1]")

    async def aclose(self) -> None:
        self.closed_in = threading.current_thread().name


def client_on(backend: Backend) -> ApiClient:
    return ApiClient("https://api.example", auth=None, backend=backend, rate=1e6)


async def get_things(client: ApiClient) -> list[int]:
    """Get things, as a generated function does."""
    return await client.send(Request(THINGS))


def test_results_come_back_and_the_client_is_closed_in_its_own_thread() -> None:
    backend = Backend()
    client = client_on(backend)
    with sync(client) as call:
        assert call(get_things) == [1]
        before = client.closed
    assert backend.used_in == {"energy_async.sync"}
    assert backend.closed_in == "energy_async.sync"
    assert (before, client.closed) == (False, True)
    assert "energy_async.sync" not in {thread.name for thread in threading.enumerate()}


async def test_it_works_in_a_thread_that_runs_a_loop_already() -> None:
    """As a notebook does."""
    with sync(client_on(Backend())) as call:
        assert call(get_things) == [1]


def test_several_threads_may_call_at_once() -> None:
    with sync(client_on(Backend())) as call, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: call(get_things), range(40)))
    assert found == [[1]] * 40


def test_errors_come_through_and_the_client_stays_usable() -> None:
    backend = Backend(404)
    with sync(client_on(backend)) as call:
        with pytest.raises(NotFound) as caught:
            call(get_things)
        backend.status = 200
        assert call(get_things) == [1]
    assert caught.value.operation == "things.get_things"


def test_an_error_in_the_block_closes_the_client_too() -> None:
    backend = Backend()
    with pytest.raises(ZeroDivisionError), sync(client_on(backend)):
        raise ZeroDivisionError
    assert backend.closed_in == "energy_async.sync"


def test_after_the_block_a_call_is_refused() -> None:
    with sync(client_on(Backend())) as call:
        pass
    with pytest.raises(RuntimeError, match="not running"):
        call(get_things)


@pytest.mark.filterwarnings("ignore::trlyr_async.ProvisionalEndpointWarning")
async def test_endpoint_functions_and_pulls_keep_their_types(tmp_path: Path) -> None:
    def script(sandbox: Sandbox) -> int:
        client = Trlyr(sandbox.username, sandbox.password, environment=sandbox.url, rate=1000)
        asset_id = sandbox.virtual_asset_ids[0]
        with trlyr_async.sync(client) as call:
            rows = call(
                revenue_reporting.get_tolling_revenue, asset_id, start=START, end=END, timeout=30
            )
            assert_type(rows, list[TollingRevenue])
            report = call(bulk.pull_revenue_to, tmp_path / "d", [asset_id], start=START, end=END)
            assert_type(report, bulk.Report)
            with pytest.raises(NotFound):
                call(revenue_reporting.get_tolling_revenue, UNKNOWN, start=START, end=END)
        assert report.complete
        return len(rows)

    async with Sandbox(assets=2) as sandbox:
        assert await anyio.to_thread.run_sync(script, sandbox) > 0


INTERRUPTED = """
import asyncio, os, sys
from energy_async import ApiClient, sync
from tests.test_blocking import get_things

def say(word):
    os.write(1, (word + "\\n").encode())  # at once: two threads speak

class Hanging:
    async def send(self, request):
        say("sent")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            say("cancelled")
            raise

    async def aclose(self):
        say("closed")

client = ApiClient("https://api.example", auth=None, backend=Hanging())
with sync(client) as call:
    try:
        call(get_things)
    except KeyboardInterrupt:
        say("interrupted")
        if "again" in sys.argv:
            raise
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process there")
@pytest.mark.parametrize("how", ["once", "again"])
def test_ctrl_c_cancels_the_request_and_closes_the_client(how: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, how]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=200)
    assert first == "sent\n"
    assert sorted(rest.split()) == ["cancelled", "closed", "interrupted"]
    assert ("KeyboardInterrupt" in complaints) == (how == "again")
    assert (process.returncode == 0) == (how == "once")


def test_each_package_offers_the_same_door() -> None:
    assert trlyr_async.sync is nanocorp_async.sync is energy_async.sync
