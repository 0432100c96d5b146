"""Processes on one machine share a token, and nothing else can read it."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.lowlevel
import platformdirs
import pytest

from energy_async import FileTokenStore
from energy_async.locking import lock_on, try_lock
from energy_async.transport.tokens.token import TokenCache
from energy_async.transport.tokens.token_life import Grant
from energy_async.transport.tokens.token_store import AccountStore
from tests.clock import SleepClock
from tests.faults.server import Connection, Seen, answer, serve

BASE = "https://api.example"
posix = pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX matter")


class Login:
    def __init__(self, lifetime: float | None = 600) -> None:
        self.count = 0
        self.lifetime = lifetime

    async def __call__(self) -> Grant:
        self.count += 1
        return Grant(f"token-{id(self)}-{self.count}", self.lifetime)


def store_in(folder: Path, user: str = "anna") -> AccountStore:
    return AccountStore(FileTokenStore(folder / "tokens"), BASE, user, lock_limit=0.5)


def file_in(folder: Path) -> Path:
    (found,) = (folder / "tokens").glob("*.json")
    return found


async def test_a_second_process_uses_the_token_of_the_first(tmp_path: Path) -> None:
    clock, first, second = SleepClock(), Login(), Login()
    token = await TokenCache(first, store=store_in(tmp_path), clock=clock, wall=clock).token()
    again = await TokenCache(second, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert again.value == token.value
    assert (first.count, second.count) == (1, 0)


async def test_a_stored_token_that_was_refused_is_not_taken_again(tmp_path: Path) -> None:
    clock, first, second = SleepClock(), Login(), Login()
    await TokenCache(first, store=store_in(tmp_path), clock=clock, wall=clock).token()
    cache = TokenCache(second, store=store_in(tmp_path), clock=clock, wall=clock)
    cache.refused(await cache.token())
    assert (await cache.token()).value.startswith(f"token-{id(second)}")
    assert second.count == 1


async def test_a_stored_token_that_is_over_is_not_taken(tmp_path: Path) -> None:
    clock, first, second = SleepClock(), Login(), Login()
    await TokenCache(first, store=store_in(tmp_path), clock=clock, wall=clock).token()
    clock.now += 700
    await TokenCache(second, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert second.count == 1


async def test_accounts_do_not_share_tokens(tmp_path: Path) -> None:
    clock, first, second = SleepClock(), Login(), Login()
    await TokenCache(first, store=store_in(tmp_path), clock=clock, wall=clock).token()
    other = store_in(tmp_path, "berta")
    await TokenCache(second, store=other, clock=clock, wall=clock).token()
    assert second.count == 1


@posix
async def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    clock = SleepClock()
    await TokenCache(Login(), store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert stat.S_IMODE(file_in(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tokens").stat().st_mode) == 0o700
    assert "anna" not in file_in(tmp_path).name


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"token": 3, "version": 1}',
        b'{"token": "old", "ends_at": null}',
        b'{"token": "newer", "version": 2}',
        b'{"token": "two\\r\\nlines", "version": 1}',
        b'{"token": "x", "version": 1, "ends_at": "soon"}',
        b"\xff\xfe",
    ],
)
async def test_a_damaged_file_is_ignored_with_a_line_in_the_log(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    clock, login = SleepClock(), Login()
    await TokenCache(Login(), store=store_in(tmp_path), clock=clock, wall=clock).token()
    file_in(tmp_path).write_bytes(content)
    with caplog.at_level(logging.WARNING, "energy_async"):
        await TokenCache(login, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert login.count == 1
    assert "ignored" in caplog.text


def make_readable(file: Path) -> None:
    file.chmod(0o644)


def make_symlink(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to(file.with_name("elsewhere"))


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir(mode=0o700)


def make_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, mode=0o600)


@posix
@pytest.mark.parametrize("spoil", [make_readable, make_symlink, make_folder, make_pipe])
async def test_a_file_that_cannot_be_trusted_is_ignored(
    tmp_path: Path, spoil: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    clock, login = SleepClock(), Login()
    await TokenCache(Login(), store=store_in(tmp_path), clock=clock, wall=clock).token()
    spoil(file_in(tmp_path))
    await TokenCache(login, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert login.count == 1
    assert "token store: " in caplog.text


@posix
async def test_a_symbolic_link_is_seen_also_where_the_system_follows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows has no O_NOFOLLOW."""
    monkeypatch.setattr("energy_async.transport.tokens.token_file._READ", os.O_RDONLY)
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("a", b"secret")
    assert await store.load("a") == b"secret"
    make_symlink(tmp_path / "tokens" / "a.json")
    assert await store.load("a") is None


@posix
@pytest.mark.parametrize("spoil", [make_readable, make_symlink, make_pipe])
async def test_a_file_that_cannot_be_trusted_is_replaced(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    clock, third = SleepClock(), Login()
    await TokenCache(Login(), store=store_in(tmp_path), clock=clock, wall=clock).token()
    spoil(file_in(tmp_path))
    for login in (Login(), third):
        await TokenCache(login, store=store_in(tmp_path), clock=clock, wall=clock).token()
    assert third.count == 0
    assert stat.S_IMODE(file_in(tmp_path).lstat().st_mode) == 0o600


@posix
async def test_a_file_of_another_user_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("0" * 32, b"secret")
    assert await store.load("0" * 32) == b"secret"
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(PermissionError, match="owned by another user"):
        await store.load("0" * 32)
    monkeypatch.setattr(store, "_check_directory", lambda: None)
    assert await store.load("0" * 32) is None
    assert "owned by another user" in caplog.text


@posix
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o720])
async def test_a_folder_that_others_can_write_to_is_not_used(
    tmp_path: Path, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens").chmod(mode)
    login = Login()
    await TokenCache(login, store=store_in(tmp_path)).token()
    assert login.count == 1
    assert list((tmp_path / "tokens").iterdir()) == []
    assert "open to others" in caplog.text


@posix
async def test_a_folder_that_is_a_symbolic_link_is_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "tokens").symlink_to(tmp_path / "elsewhere")
    login = Login()
    await TokenCache(login, store=store_in(tmp_path)).token()
    assert login.count == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert "a symbolic link" in caplog.text


async def test_a_place_that_cannot_be_used_costs_only_a_login(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tokens").write_text("a file stands where the folder should be")
    login = Login()
    assert (await TokenCache(login, store=store_in(tmp_path)).token()).value
    assert "no lock (FileExistsError)" in caplog.text


async def test_a_full_disk_costs_the_others_a_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(descriptor: int) -> os.stat_result:
        raise OSError(28, "No space left on device")

    login = Login()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", full)
        assert (await TokenCache(login, store=store_in(tmp_path)).token()).value
    assert "save failed" in caplog.text
    assert [one.suffix for one in (tmp_path / "tokens").iterdir()] == [".lock"]


SAVING = """
import anyio, sys
from energy_async import FileTokenStore

async def main():
    store = FileTokenStore(sys.argv[1])
    await store.save("key", b"first")
    print("saving", flush=True)
    while True:
        await store.save("key", b"x" * 3_000)
        await store.save("key", b"y" * 1_000)

anyio.run(main)
"""


def test_a_process_killed_while_it_saves_leaves_one_file_and_a_whole_one(tmp_path: Path) -> None:
    for delay in (0.0, 0.001, 0.005, 0.02):
        with subprocess.Popen(
            [sys.executable, "-c", SAVING, str(tmp_path / "tokens")], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.kill()
        assert [one.name for one in (tmp_path / "tokens").iterdir()] == ["key.json"]
        found = file_in(tmp_path).read_bytes().rstrip()
        assert found in (b"first", b"x" * 3_000, b"y" * 1_000)


@posix
async def test_a_file_that_has_another_name_too_is_not_written_to(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    await store.save("a", b"secret")
    os.link(tmp_path / "tokens" / "a.json", tmp_path / "elsewhere")
    await store.save("a", b"newer")
    assert await store.load("a") == b"newer"
    assert (tmp_path / "elsewhere").read_bytes() == b"secret"


async def test_by_default_the_files_lie_in_the_cache_folder_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    directory = FileTokenStore().directory
    assert directory == platformdirs.user_cache_path("trlyr-async", appauthor=False) / "tokens"
    if sys.platform == "linux":
        assert directory == tmp_path / "trlyr-async" / "tokens"
    assert not directory.exists(), "nothing is made before it is needed"


@pytest.mark.parametrize("missing", ["filelock", "platformdirs"])
def test_a_missing_library_names_the_extra(missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from energy_async import FileTokenStore\n"
        "try: FileTokenStore()\n"
        "except ImportError as error: print(error)\n"
        "import trlyr_async\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == (f"FileTokenStore needs {missing}: pip install trlyr-async[cache]\n")


async def test_a_taken_lock_leaves_the_event_loop_running(tmp_path: Path) -> None:
    store, turns = FileTokenStore(tmp_path), 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await anyio.lowlevel.checkpoint()
            turns += 1

    async with store.locked("a"), anyio.create_task_group() as group:
        group.start_soon(count_turns)
        with anyio.move_on_after(0.1) as waiting:
            async with store.locked("a"):
                pytest.fail("the lock was given twice")
        async with store.locked("b"):
            group.cancel_scope.cancel()
    assert waiting.cancelled_caught
    assert turns > 5
    async with store.locked("a"):
        pass


def test_a_lock_excludes_others_until_it_is_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(seconds: float) -> None:
        pytest.fail("a try must not wait")

    first, second = (lock_on(tmp_path / "lock", purpose="", extra="") for _ in range(2))
    assert try_lock(first)
    with monkeypatch.context() as patched:
        patched.setattr(time, "sleep", wait)
        assert not try_lock(second)
    other = threading.Thread(target=first.release)
    other.start()
    other.join()
    with second.acquire(timeout=60):
        assert not try_lock(first)
    assert try_lock(first)
    first.release()


def test_the_end_of_a_process_frees_its_lock(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from energy_async.locking import lock_on, try_lock;"
        " lock = lock_on(pathlib.Path(sys.argv[1]), purpose='', extra='');"
        " print(try_lock(lock), flush=True); sys.stdin.read()"
    )
    lock = lock_on(tmp_path / "lock", purpose="", extra="")
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"True"
        assert not try_lock(lock)
        process.kill()
        process.wait()
        assert try_lock(lock)
    lock.release()


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


async def test_processes_started_together_log_in_once(tmp_path: Path) -> None:
    import asyncio  # noqa: PLC0415 - subprocesses and a server in one loop

    async def login(connection: Connection, seen: Seen) -> None:
        await asyncio.sleep(0.05)
        await connection.send(answer({"access_token": "shared-token", "expires_in": 600}))

    async def handler(connection: Connection, seen: Seen) -> None:
        is_right = seen.headers.get("authorization") == "Bearer shared-token"
        await connection.send(answer([1]) if is_right else answer({}, status=401))

    async with serve(handler, login=login) as server:
        command = [sys.executable, "-c", PROCESS, server.url, str(tmp_path / "tokens")]
        running = [
            await asyncio.create_subprocess_exec(
                *command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
            )
            for _ in range(3)
        ]
        outputs = [(await process.communicate())[0] for process in running]
        assert outputs == [b"[1]\n"] * 3
        assert server.logins == 1
    text = b"".join(path.read_bytes() for path in (tmp_path / "tokens").iterdir())
    assert b"pass-word-1" not in text
