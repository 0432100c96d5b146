"""A folder in an object store, through obstore (extra `[stores]`), and whatever a path names."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.request import url2pathname

from energy_async.files import ReadFailed, WriteFailed
from energy_async.storage.credentials import settings
from energy_async.storage.disk import Disk
from energy_async.storage.errors import UnsafeStore
from energy_async.storage.place import Entry, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from energy_async.storage.place import PlaceLike

_KINDS: Final = {
    "s3": "S3Store",
    "s3a": "S3Store",
    "gs": "GCSStore",
    "gcs": "GCSStore",
    "az": "AzureStore",
    "abfs": "AzureStore",
    "abfss": "AzureStore",
    "memory": "MemoryStore",
}
_MEMORY: dict[str, Any] = {}
"""What `memory://` holds, for as long as the process lives, by the name after the slashes."""
_MANGLED: Final = re.compile(r"[a-z][a-z0-9+.-]+:/[^/]")
_PROBES: Final = "_log/probe-"
_METADATA: Final = "//169.254.169.254/"
"""Where a machine of a cloud would be asked for credentials: the last thing that is tried."""
_process = os.getpid()


class Store(Place):
    """See `Place`; made by `place_at`."""

    retries = 6

    def __init__(self, store: Any, url: str, root: str, *, single_writer: bool = False) -> None:  # noqa: ANN401
        super().__init__()
        self._store = store
        self._container, self._root = url, root
        self._url = f"{url}/{root}".rstrip("/")
        self._is_alone = single_writer
        self._is_probed = single_writer

    def __str__(self) -> str:
        return self._url

    def __reduce__(self) -> tuple[Any, ...]:
        if self._url.startswith("memory:"):
            raise TypeError(f"{self} is in the memory of this process and nowhere else")
        made = partial(Store, self._store, self._container, self._root)
        return partial(made, single_writer=self._is_alone), ()

    def prepare(self) -> None:
        """See that what exists is not created again: what every commit rests on."""
        if self._is_probed:
            return
        name = f"{_PROBES}{self.fresh()}"
        self.create(name, b"1")
        again = self.create(name, b"2")
        self.remove([name])
        if again:
            raise UnsafeStore(
                f"{self} overwrites an object that it was asked to create only if there is none "
                "(If-None-Match), so that two writers at once would lose rows; choose another "
                "store, or say that only one process writes at a time: "
                "place_at(url, single_writer=True), on the command line --single-writer"
            )
        self._is_probed = True

    def read(self, name: str) -> bytes:
        """Read an object."""
        obstore, there = _obstore(), None
        with self._errors(name, ReadFailed), contextlib.suppress(FileNotFoundError):
            there = obstore.get(self._store, self._path(name)).bytes()
        if there is None:
            raise FileNotFoundError(f"there is no {self}/{name}")
        return bytes(there)

    def create(self, name: str, content: bytes | memoryview) -> bool:
        """Create an object, by the store's own condition."""
        obstore = _obstore()
        if self._is_alone:
            return self._create_alone(name, content)
        refused = (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError)
        with self._errors(name, WriteFailed):
            try:
                obstore.put(
                    self._store,
                    self._path(name),
                    bytes(content),
                    mode="create",
                    use_multipart=False,
                )
            except refused:
                return False
        return True

    def _create_alone(self, name: str, content: bytes | memoryview) -> bool:
        with contextlib.suppress(FileNotFoundError):
            self.read(name)
            return False
        self.write(name, content)
        return True

    def write(self, name: str, content: bytes | memoryview, *, lasting: bool = True) -> None:  # noqa: ARG002
        """Write an object."""
        with self._errors(name, WriteFailed):
            _obstore().put(self._store, self._path(name), bytes(content), use_multipart=False)

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects."""
        for name in names:
            with self._errors(name, WriteFailed), contextlib.suppress(FileNotFoundError):
                _obstore().delete(self._store, self._path(name))

    def list(self, folder: str = "") -> Iterator[Entry]:
        """List the objects under a folder."""
        prefix = self._path(folder).strip("/")
        with self._errors(folder, ReadFailed):
            for batch in _obstore().list(self._store, prefix or None):
                for one in batch:
                    name = one["path"][len(self._root) :].lstrip("/")
                    yield Entry(name, one["size"], one["last_modified"])

    def url(self, name: str) -> str:
        """Give the URL of an object."""
        return f"{self._url}/{name}"

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if self._root else name

    @contextlib.contextmanager
    def _errors(self, name: str, kind: type[OSError]) -> Iterator[None]:
        """Turn whatever the store raises into an error that names the object."""
        try:
            yield
        except (ReadFailed, WriteFailed):
            raise
        except Exception as exc:
            advice = "; what was written before stays, run again" if kind is WriteFailed else ""
            raise kind(errno.EIO, _reason(exc) + advice, f"{self}/{name}".rstrip("/")) from exc


def place_at(at: PlaceLike, *, single_writer: bool = False, **options: Any) -> Place:  # noqa: ANN401
    """Give the place that a path or a URL names, without touching it.

    Credentials and endpoints of stores are those of the store's own tools: their environment
    variables and, for S3 with boto3 installed, its profiles. Names in a URL are taken as they
    are: `#`, `?`, `%` and spaces have no meaning of their own, apart from `file://`.

    Args:
        at: A path, a URL, or a place, which is given back.
        single_writer: Accept a store that ignores conditional writes; see to it yourself that
            never more than one process writes at a time.
        **options: For the store, such as `endpoint`; see the classes of `obstore.store`.

    Raises:
        ValueError: There is no such kind of URL, or it names no container.
        ImportError: obstore is not installed (extra `[stores]`).
    """
    if isinstance(at, Place):
        return at
    text = os.fspath(at)
    if _MANGLED.match(text):
        raise ValueError(f"{text} was a URL before it was made a path; pass it as text")
    scheme, separator, rest = text.partition("://")
    if not separator:
        return Disk(Path(text))
    if scheme == "file":
        # The host, which is empty or this one, is no part of the path.
        return Disk(Path(url2pathname("/" + rest.partition("/")[2])))
    return _store_at(scheme, rest, single_writer=single_writer, options=options)


def _store_at(scheme: str, rest: str, *, single_writer: bool, options: Mapping[str, Any]) -> Store:
    if scheme not in _KINDS:
        raise ValueError(f"no store is called {scheme}://; there are {', '.join(_KINDS)}, file")
    container, _, path = rest.partition("/")
    parts = [one for one in path.split("/") if one]
    if not container or {".", ".."} & set(parts):
        raise ValueError(f"{scheme}://{rest} names no folder in a container, such as s3://a/b")
    store = _opened(scheme, container, options)
    return Store(store, f"{scheme}://{container}", "/".join(parts), single_writer=single_writer)


def _opened(scheme: str, container: str, options: Mapping[str, Any]) -> Any:  # noqa: ANN401
    stores = _obstore().store
    kind = _KINDS[scheme]
    if kind == "MemoryStore":
        return _MEMORY.setdefault(container, stores.MemoryStore())
    # abfss://container@account.dfs.core.windows.net/path names the account as well.
    container, _, account = container.partition("@")
    known = {"account_name": account.partition(".")[0]} if account else {}
    return getattr(stores, kind)(container, **{**settings(kind, os.environ), **known, **options})


def _reason(exc: Exception) -> str:
    """Say in a line what the store said: obstore adds its own state, servers answer in XML."""
    text = str(exc).partition("\n\nDebug source")[0] or type(exc).__name__
    if _METADATA in text:
        return (
            "no credentials were found; set them as the store's own tools take them"
            " (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws with boto3 installed;"
            " AZURE_STORAGE_CONNECTION_STRING; GOOGLE_APPLICATION_CREDENTIALS)"
        )
    code, message = (re.search(f"<{tag}>([^<]*)", text) for tag in ("Code", "Message"))
    if code is None:
        return " ".join(text.split())
    said = f": {message[1].partition(chr(10))[0]}" if message else ""
    needed = " (rights to read, write, delete and list are needed)" if "Denied" in code[1] else ""
    return f"the store says {code[1]}{said}{needed}"


def _obstore() -> Any:  # noqa: ANN401 - a module
    try:
        import obstore  # noqa: PLC0415 - an extra, loaded when first needed
        import obstore.store  # noqa: PLC0415
    except ImportError as exc:
        raise ImportError("URLs of stores need obstore: pip install trlyr-async[stores]") from exc
    if os.getpid() != _process:
        raise RuntimeError(
            "stores cannot be used in a process that was forked; start it by spawn or forkserver "
            "(multiprocessing.get_context('spawn'))"
        )
    return obstore
