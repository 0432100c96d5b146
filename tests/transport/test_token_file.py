"""Processes on one machine share a token, and nothing else can read it."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from energy_async.filelock import FileLock
from energy_async.transport.token import TokenCache
from energy_async.transport.token_file import FileTokenStore
from energy_async.transport.token_life import Grant
from tests.transport.conftest import Clock, Seen, Serve, answer

BASE = "https://api.example"


class Login:
    def __init__(self, lifetime: float | None = 600) -> None:
        self.count = 0
        self.lifetime = lifetime

    async def __call__(self) -> Grant:
        self.count += 1
        return Grant(f"token-{id(self)}-{self.count}", self.lifetime)


def store_in(folder: Path, user: str = "anna") -> FileTokenStore:
    return FileTokenStore(folder / "tokens").bound_to(BASE, user)


def file_in(folder: Path) -> Path:
    (found,) = (folder / "tokens").glob("*.json")
    return found


async def test_a_second_process_uses_the_token_of_the_first(tmp_path: Path) -> None:
    clock, first, second = Clock(), Login(), Login()
    token = await TokenCache(first, store=store_in(tmp_path), clock=clock, wall=clock).token()
    again = await TokenCache(second, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert again.value == token.value
    assert (first.count, second.count) == (1, 0)


async def test_a_stored_token_that_was_refused_is_not_taken_again(tmp_path: Path) -> None:
    clock, first, second = Clock(), Login(), Login()
    await TokenCache(first, store=store_in(tmp_path), clock=clock, wall=clock).token()
    cache = TokenCache(second, store=store_in(tmp_path), clock=clock, wall=clock)
    cache.refused(await cache.token())
    assert (await cache.token()).value.startswith(f"token-{id(second)}")
    assert second.count == 1


@pytest.mark.parametrize("age", [490, 700])
async def test_a_stored_token_near_its_end_is_not_taken(tmp_path: Path, age: float) -> None:
    clock, first, second = Clock(), Login(), Login()
    await TokenCache(first, store=store_in(tmp_path), clock=clock, wall=clock).token()
    clock.now += age
    await TokenCache(second, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert second.count == 1


async def test_accounts_do_not_share_tokens(tmp_path: Path) -> None:
    clock, first, second = Clock(), Login(), Login()
    await TokenCache(first, store=store_in(tmp_path), clock=clock, wall=clock).token()
    other = store_in(tmp_path, "berta")
    await TokenCache(second, store=other, clock=clock, wall=clock).token()
    assert second.count == 1


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX matter")
async def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    clock = Clock()
    await TokenCache(Login(), store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert stat.S_IMODE(file_in(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tokens").stat().st_mode) == 0o700
    assert "anna" not in file_in(tmp_path).name


@pytest.mark.parametrize("content", [b"", b"{", b'{"token": 3}', b"\xff\xfe"])
async def test_a_damaged_file_is_ignored_with_a_line_in_the_log(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    clock, login = Clock(), Login()
    await TokenCache(Login(), store=store_in(tmp_path), clock=clock, wall=clock).token()
    file_in(tmp_path).write_bytes(content)
    with caplog.at_level(logging.WARNING, "energy_async"):
        await TokenCache(login, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert login.count == 1
    assert "ignoring" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX matter")
async def test_a_file_that_others_could_read_is_not_trusted(tmp_path: Path) -> None:
    clock, login = Clock(), Login()
    await TokenCache(Login(), store=store_in(tmp_path), clock=clock, wall=clock).token()
    file_in(tmp_path).chmod(0o644)
    await TokenCache(login, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert login.count == 1


async def test_a_place_that_cannot_be_used_costs_only_a_login(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, login = Clock(), Login()
    (tmp_path / "tokens").write_text("a file stands where the folder should be")
    with caplog.at_level(logging.WARNING, "energy_async"):
        token = await TokenCache(login, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert token.value
    assert "cannot be used" in caplog.text


async def test_an_unbound_store_says_so() -> None:
    with pytest.raises(RuntimeError, match="bound_to"):
        await FileTokenStore("anywhere").load()


PROCESS = """
import asyncio, sys
from energy_async import FileTokenStore, Operation, Request
from trlyr_async import Trlyr

async def main():
    store = FileTokenStore(sys.argv[2])
    async with Trlyr("anna", "pass-word-1", environment=sys.argv[1], token_store=store) as client:
        operation = Operation(
            name="x.y", method="GET", path="/things", returns=list[int], repeatable=True
        )
        print(await client.send(Request(operation)))

asyncio.run(main())
"""


async def test_processes_started_together_log_in_once(serve: Serve, tmp_path: Path) -> None:
    import asyncio  # noqa: PLC0415 - subprocesses and a server in one loop

    async def handler(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.target == "/auth/public/authenticate":
            await asyncio.sleep(0.05)
            writer.write(answer({"access_token": "shared-token", "expires_in": 600}))
        else:
            is_right = seen.headers.get("authorization") == "Bearer shared-token"
            writer.write(answer([1]) if is_right else answer({}, status=401))

    async with serve(handler) as server:
        command = [sys.executable, "-c", PROCESS, server.url, str(tmp_path / "tokens")]
        running = [
            await asyncio.create_subprocess_exec(
                *command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
            )
            for _ in range(3)
        ]
        outputs = [(await process.communicate())[0] for process in running]
        assert outputs == [b"[1]\n"] * 3
        assert server.count("/auth") == 1
    text = b"".join(path.read_bytes() for path in (tmp_path / "tokens").iterdir())
    assert b"pass-word-1" not in text


def test_a_file_lock_excludes_others_until_it_is_freed(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    with first:
        assert first.held
        assert not second.try_acquire()
        with pytest.raises(TimeoutError, match="another process"):
            second.acquire(timeout=0.03)
        with pytest.raises(RuntimeError, match="already locked"):
            first.try_acquire()
    assert second.try_acquire()
    second.release()
    second.release()
    assert not second.held


def test_the_end_of_a_process_frees_its_lock(tmp_path: Path) -> None:
    code = (
        "import os, sys; from energy_async.filelock import FileLock;"
        " FileLock(sys.argv[1]).acquire(); os._exit(9)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "lock")]
    subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert FileLock(tmp_path / "lock").try_acquire()
