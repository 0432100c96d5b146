"""Emulators of object stores, and a server before S3's that loses answers, refuses and is stale."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import io
import os
import random
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
import uuid
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AZURE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_AZURITE = "node_modules/azurite/dist/src/blob/main.js"
_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host,"
    " Signature=0"
)
_BUSY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class Trouble:
    """Stands before an S3 server and disturbs what it is told to.

    Attributes:
        busy: The share of requests that are refused with 503 before anything is done.
        lost: The share of requests that are carried out and whose answer is an error.
        lost_creates: How many of the next conditional writes lose their answer.
        stale: Whether listings are those of the first time they were asked.
        careless: Whether conditions of writes are ignored.
        hold: What a PUT must have in its path to be held until `release` is set; `held` is set
            meanwhile. The first one only, before it is carried out or after (`late`).
    """

    def __init__(self, app: Callable[..., Any], seed: int = 1) -> None:
        self.busy = self.lost = 0.0
        self.lost_creates = 0
        self.stale = self.careless = False
        self.hold, self.late = "", False
        self.held, self.release = threading.Event(), threading.Event()
        self.requests = 0
        self._app = app
        self._draw = random.Random(seed)
        self._listings: dict[str, tuple[str, list[Any], bytes]] = {}

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.requests += 1
        if environ.pop("HTTP_X_GOOG_IF_GENERATION_MATCH", None) == "0":
            environ["HTTP_IF_NONE_MATCH"] = "*"
        if "Credential" not in environ.get("HTTP_AUTHORIZATION", ""):
            environ["HTTP_AUTHORIZATION"] = _SIGNED
        if self._draw.random() < self.busy:
            return _refusal(start_response)
        if self.careless:
            environ.pop("HTTP_IF_NONE_MATCH", None)
        kept: list[Any] = []

        def keep(status: str, headers: Any, _info: Any = None) -> Any:
            kept[:] = [status, headers]
            return lambda _: None

        is_held = self._holds(environ)
        if is_held and not self.late:
            self.release.wait()
        body = b"".join(self._app(environ, keep))
        if is_held and self.late:
            self.release.wait()
        query = environ.get("QUERY_STRING", "")
        if self.stale and "list-type=2" in query:
            status, headers, body = self._listings.setdefault(query, (kept[0], kept[1], body))
            kept[:] = [status, headers]
        if self._loses(environ):
            return _refusal(start_response)
        start_response(kept[0], [*kept[1], ("x-goog-generation", "1")])
        return [body]

    def _holds(self, environ: Any) -> bool:
        if environ["REQUEST_METHOD"] != "PUT" or not self.hold:
            return False
        if self.hold not in environ["PATH_INFO"]:
            return False
        self.hold = ""
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read())
        self.held.set()
        return True

    def _loses(self, environ: Any) -> bool:
        if environ.get("HTTP_IF_NONE_MATCH") and self.lost_creates > 0:
            self.lost_creates -= 1
            return True
        return self._draw.random() < self.lost


def _refusal(start_response: Any) -> Any:
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(_BUSY)))]
    start_response("503 Slow Down", headers)
    return [_BUSY]


@contextlib.contextmanager
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Trouble]]:
    """Run moto, with a bucket in it; give the URL of a folder, and what can disturb it."""
    server = pytest.importorskip("moto.server", reason="moto[server] plays S3")
    serving = pytest.importorskip("werkzeug.serving")
    trouble = Trouble(server.DomainDispatcherApplication(server.create_backend_app))
    running = serving.make_server("127.0.0.1", 0, trouble, threaded=True)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{running.server_port}"
    settings = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_ENDPOINT_URL": endpoint,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/bucket{id(trouble)}", method="PUT"))
    yield f"s3://bucket{id(trouble)}/revenue [1]#?%41 ü", trouble
    running.shutdown()
    running.server_close()


@contextlib.contextmanager
def azure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Run azurite, with a container in it; give the URL of a folder."""
    script = _azurite()
    if script is None:
        pytest.skip("there is no azurite here: npm install azurite")
    port = free_port()
    words = ["node", str(script), "--silent", "--inMemoryPersistence", "--skipApiVersionCheck"]
    with running([*words, "--blobPort", str(port)], port, tmp_path):
        account = f"http://127.0.0.1:{port}/devstoreaccount1"
        monkeypatch.setenv(
            "AZURE_STORAGE_CONNECTION_STRING",
            f"AccountName=devstoreaccount1;AccountKey={AZURE_KEY};BlobEndpoint={account};",
        )
        _make_container(account)
        yield "az://revenue/a [1]#?%41 ü"


@contextlib.contextmanager
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the URL of an empty folder in Google Cloud Storage, or in moto spoken to as that.

    `TEST_GS_URL` names a folder in a real bucket. The emulators of Google's store that there are
    know its JSON requests only; the XML ones, which obstore sends, are those of S3 but for the
    names of two headers.
    """
    if url := os.environ.get("TEST_GS_URL", ""):
        yield f"{url}/{uuid.uuid4().hex} [1]#?%41 ü"
        return
    with s3(monkeypatch) as (found, _):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", os.environ["AWS_ENDPOINT_URL"])
        yield found.replace("s3://", "gs://")


@contextlib.contextmanager
def running(words: list[str], port: int, folder: Path) -> Iterator[None]:
    """Run a server until the block ends; it is there once its port answers."""
    process = subprocess.Popen(
        words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            if process.poll() is not None:
                pytest.skip(f"{words[0]} ended at once with {process.returncode}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def _azurite() -> Path | None:
    if shutil.which("node") is None:
        return None
    above = [Path(__file__).parents[2], *Path(__file__).parents[3:4]]
    places = [Path(folder) / _AZURITE for root in above for folder in (root, root / "azurite")]
    return next((one for one in places if one.is_file()), None)


def _make_container(account: str) -> None:
    """Make a container as the Blob service asks for it: signed with the account's key."""
    date = formatdate(usegmt=True)
    said = f"x-ms-date:{date}\nx-ms-version:2021-08-06\n/devstoreaccount1/devstoreaccount1/revenue"
    text = "PUT" + "\n" * 12 + said + "\nrestype:container"
    digest = hmac.new(base64.b64decode(AZURE_KEY), text.encode(), hashlib.sha256).digest()
    headers = {
        "x-ms-date": date,
        "x-ms-version": "2021-08-06",
        "Authorization": f"SharedKey devstoreaccount1:{base64.b64encode(digest).decode()}",
        "Content-Length": "0",
    }
    address = f"{account}/revenue?restype=container"
    urllib.request.urlopen(urllib.request.Request(address, method="PUT", headers=headers))
