"""A Redis of one's own on loopback, to be killed and started again; for tests and measurements."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, Self

from tests.ports import free_port

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE = 10.0


def is_installed() -> bool:
    """Whether there is a `redis-server` to start (Debian: `apt-get install redis-server`)."""
    return shutil.which("redis-server") is not None


class RedisServer:
    """A `redis-server` that keeps nothing on disk, on a port of its own.

    Args:
        password: What clients have to name, if anything.
    """

    def __init__(self, password: str | None = None) -> None:
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="redis-")
        self.port = free_port()

    @property
    def url(self) -> str:
        """Where it is, password included."""
        user = f":{self._password}@" if self._password else ""
        return f"redis://{user}127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, with no memory of earlier, and wait until it takes connections."""
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": self._folder.name,
            "save": "",
            "appendonly": "no",
            **({"requirepass": self._password} if self._password else {}),
        }
        command = ["redis-server", *(part for k, v in options.items() for part in (f"--{k}", v))]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        over = time.monotonic() + PATIENCE
        while not _listens(self.port):
            if self._process.poll() is not None or time.monotonic() > over:
                raise RuntimeError("redis-server did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once; connections break."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._folder.cleanup()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
