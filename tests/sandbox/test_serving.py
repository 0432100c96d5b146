"""Starting and stopping: from a shell, twice, on a taken port, without the extra."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

import energy_sandbox
from energy_sandbox import Sandbox, SandboxError, serve

if TYPE_CHECKING:
    from tests.sandbox.conftest import Visitor

ROOT = Path(energy_sandbox.__file__).parent.parent


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


async def test_a_taken_port_is_told(sandbox: Sandbox) -> None:
    taken = port_of(sandbox.url)
    with pytest.raises(SandboxError, match=f"port {taken} on 127.0.0.1 is in use"):
        async with Sandbox(assets=1, port=taken):
            pytest.fail("started on a taken port")


async def test_a_second_port_that_is_taken_frees_the_first(sandbox: Sandbox) -> None:
    other = Sandbox(assets=1, feeds_port=port_of(sandbox.url))
    with pytest.raises(SandboxError, match="in use"):
        await other.__aenter__()
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(other._terralayr.url)


async def test_serve_tells_a_taken_port_without_a_traceback(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await asyncio.to_thread(serve, port=port_of(sandbox.url))
    assert code == 2
    assert "in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [{"assets": 0}, {"rate": 0.0}, {"token_lifetime": -1.0}], ids=str
)
def test_senseless_values_are_told(
    options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve(**options) == 2
    assert capsys.readouterr().err.startswith("error: ")


async def test_a_sandbox_runs_once() -> None:
    sandbox = Sandbox(assets=1)
    with pytest.raises(SandboxError, match="not running"):
        _ = sandbox.url
    async with sandbox:
        pass
    await sandbox.aclose()
    with pytest.raises(SandboxError, match="once"):
        await sandbox.__aenter__()


async def test_a_free_port_can_be_asked_for_again(visit: type[Visitor]) -> None:
    async with Sandbox(assets=1) as first:
        port = port_of(first.url)
    async with Sandbox(assets=1, port=port) as second, visit(second):
        assert port_of(second.url) == port


def test_a_missing_extra_is_told() -> None:
    """Importing the package works; making a sandbox says what to install."""
    program = (
        "import sys; sys.modules['jsonschema'] = None\n"
        "import energy_sandbox\n"
        "try: energy_sandbox.Sandbox()\n"
        "except energy_sandbox.SandboxError as exc: print(exc)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert 'pip install "trlyr-async[sandbox]"' in done.stdout


def test_the_sandbox_loads_neither_client_nor_transport_nor_generator() -> None:
    """It must be able to disagree with them."""
    program = (
        "import sys, energy_sandbox; energy_sandbox.Sandbox()\n"
        "print([n for n in sys.modules if n.split('.')[0] in "
        "('energy_async', 'trlyr_async', 'nanocorp_async', 'codegen')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(os.name == "nt", reason="signals as sent here are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_from_a_shell(number: signal.Signals) -> None:
    """What is printed is enough to use the sandbox, and Ctrl-C ends it cleanly."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import energy_sandbox; energy_sandbox.serve(seed=5, assets=2)",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        given: dict[str, str] = {}
        while len(given) < 6:
            line = (await process.stdout.readline()).decode()
            assert line, "the sandbox ended early"
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                given[name] = value
        await use(given)
        process.send_signal(number)
        _, errors = await asyncio.wait_for(process.communicate(), 200)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    assert (process.returncode, errors) == (0, b"")


async def use(given: dict[str, str]) -> None:
    """Log in, list the assets and read a feed with nothing but the exported values."""
    url = given["TRLYR_ENVIRONMENT"]
    login = {"username": given["TRLYR_USERNAME"], "password": given["TRLYR_PASSWORD"]}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{url}/auth/public/authenticate", json=login) as reply:
            token = (await reply.json())["access_token"]
        path = f"{url}/organisations/{given['TRLYR_ORGANISATION_ID']}/virtual-assets"
        async with http.get(path, headers={"Authorization": f"Bearer {token}"}) as reply:
            assert len(await reply.json()) == 2
        feed = f"{given['NANOCORP_BASE_URL']}/api/fcr-capacity"
        headers = {"Authorization": f"Bearer {given['NANOCORP_TOKEN']}"}
        async with http.get(feed, headers=headers) as reply:
            assert reply.status == 200


def test_the_package_names_what_it_offers() -> None:
    assert sorted(energy_sandbox.__all__) == energy_sandbox.__all__
    assert all(hasattr(energy_sandbox, name) for name in energy_sandbox.__all__)


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_trio_is_refused_with_what_to_do_there() -> None:
    sandbox = Sandbox(assets=1)
    with pytest.raises(SandboxError, match="runs on asyncio alone"):
        await sandbox.__aenter__()
