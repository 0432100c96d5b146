"""Where tables are: a folder of the file system, or one in an object store, named by its URL."""

from __future__ import annotations

import abc
import os
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.request import url2pathname

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

_MANGLED = re.compile(r"[a-z][a-z0-9+.-]+:/[^/]")


class Entry(NamedTuple):
    """A file as a listing shows it; `modified` is aware, by the clock of the store."""

    name: str
    size: int
    modified: datetime


def _random_name() -> str:
    return uuid.uuid4().hex


class Place(abc.ABC):
    """Files under names such as `stream=tolling/month=2026-03/part-1.parquet`, each written whole.

    Everything blocks. What the disk or the store refuses is raised as `WriteFailed` or
    `ReadFailed`, both `OSError`.

    Attributes:
        retries: How many times a refused request may be worth repeating.

    Args:
        fresh: Gives 32 hexadecimal digits that nobody else has, to name a new file by.
    """

    retries: int = 0

    def __init__(self, fresh: Callable[[], str] = _random_name) -> None:
        self.fresh = fresh

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make the folder, and see that exclusive creation works.

        Raises:
            UnsafeStore: The store overwrites where it was asked to create.
        """

    @abc.abstractmethod
    def read(self, name: str) -> bytes:
        """Read a file as it is now; `FileNotFoundError` if there is none."""

    @abc.abstractmethod
    def create(self, name: str, content: bytes | memoryview) -> bool:
        """Write a file whole if there is none; False if there is.

        After a `WriteFailed` the file may be there all the same, or appear later.
        """

    @abc.abstractmethod
    def write(self, name: str, content: bytes | memoryview, *, lasting: bool = True) -> None:
        """Write a file whole, in place of one that may be there.

        One that is not `lasting` may be the one of before after a power cut.
        """

    @abc.abstractmethod
    def remove(self, names: Iterable[str]) -> None:
        """Remove files; one that is gone already is no error."""

    @abc.abstractmethod
    def list(self, folder: str = "") -> Iterator[Entry]:
        """List the files under a folder, its folders included; nothing if there is none."""

    @abc.abstractmethod
    def url(self, name: str) -> str:
        """Name a file as other readers (DuckDB, polars, pandas) take it."""


PlaceLike: TypeAlias = "str | os.PathLike[str] | Place"
"""A folder of the file system, the URL of one (`s3://`, `gs://`, `az://`, `memory://`, `file://`),
or a `Place` with options of its own."""


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
    from energy_async.storage.disk import Disk  # noqa: PLC0415 - which knows this module

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
    from energy_async.storage.store import open_store  # noqa: PLC0415 - an extra

    return open_store(scheme, rest, single_writer=single_writer, options=options)
